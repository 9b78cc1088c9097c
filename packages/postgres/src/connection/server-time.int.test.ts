import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { measureClockOffset, readTime } from './server-time.ts';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.drop());

const minute = 60_000;

test('the time of a transaction is that of its beginning, to the millisecond', async () => {
  await fixture.database.transaction(async (tx) => {
    const began = await readTime(tx);
    expect(Math.abs(began.getTime() - Date.now())).toBeLessThan(5_000);
    await tx.execute('SELECT pg_sleep(0.01)');
    expect(await readTime(tx)).toEqual(began);
  });
});

test.each([0, 5, -7])(
  'the offset of a clock that is %i minutes behind the database',
  async (minutes) => {
    const clock = (): Date => new Date(Date.now() - minutes * minute);
    const offset = await measureClockOffset(fixture.database, clock);
    expect(Math.abs(offset - minutes * 60)).toBeLessThan(5);
  },
);
