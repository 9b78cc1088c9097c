import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { measureClockOffset } from './clock-offset.ts';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.drop());

const minute = 60_000;

test.each([0, 5, -7])('of a clock that is %i minutes behind the database', async (minutes) => {
  const clock = (): Date => new Date(Date.now() - minutes * minute);
  const offset = await measureClockOffset(fixture.database, clock);
  expect(Math.abs(offset - minutes * 60)).toBeLessThan(5);
});
