import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { readServerFacts } from './server-facts.ts';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.drop());

test('of the server that the tests use', async () => {
  const { version, major, ...facts } = await readServerFacts(fixture.database);
  expect(version).toMatch(new RegExp(`^${major}\\.`));
  expect(facts).toMatchObject({ encoding: 'UTF8', isReadOnly: false, mayCreate: true });
  expect(facts.maxConnections).toBeGreaterThan(10);
  expect(facts.maxLocksPerTransaction).toBeGreaterThan(10);
});

test('names what is switched off', async () => {
  await fixture.database.transaction(async (tx) => {
    await tx.execute('SET LOCAL synchronous_commit = off');
    expect((await readServerFacts(tx)).unsafe).toContain('synchronous_commit');
  });
});
