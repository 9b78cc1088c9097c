import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { validateConfiguration } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import type { Database } from '@envigate/postgres';
import { Health, Telemetry, silentLogger, systemClock } from '@envigate/runtime';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { console as service } from './compose.ts';

jest.setTimeout(60_000);

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.drop());

let console: { readonly value: { readonly url: string }; stop(): Promise<void> };
let release: () => void;
let locked: Promise<void>;

async function start(timeoutSeconds: number): Promise<void> {
  const config = validateConfiguration({
    console: { port: 0, queries: { connections: 3, timeoutSeconds } },
  });
  console = (await service
    .compose({
      ...{ config, logger: silentLogger(), telemetry: new Telemetry(), health: new Health() },
      ...{ clock: systemClock, database: fixture.database },
      registry: { current: () => RegistryView.empty },
      eventLog: { check: async () => undefined },
    })
    .start()) as typeof console;
}

/** Questions about the quarantine wait from now on until the test ends. */
beforeEach(async () => {
  const taken = new Promise<void>((resolve) => {
    locked = fixture.database.transaction(async (tx) => {
      await tx.execute('LOCK TABLE quarantine IN ACCESS EXCLUSIVE MODE');
      resolve();
      await new Promise<void>((done) => (release = done));
    });
  });
  await taken;
});
afterEach(async () => {
  release();
  await locked;
  await console.stop();
});

const asking = async (database: Database): Promise<number> => {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
     AND application_name = 'envigate console' AND state = 'active'`,
  );
  return row!.count;
};
const get = (path: string, signal?: AbortSignal) =>
  fetch(`${console.value.url}${path}`, signal && { signal });

test('a question ends when its client leaves, and others are answered at once', async () => {
  await start(30);
  const clients = new AbortController();
  const asked = Array.from({ length: 40 }, () =>
    get('/api/v1/quarantine?text=nothere', clients.signal),
  );
  const ended = Promise.allSettled(asked);
  await eventually(async () => expect(await asking(fixture.database)).toBe(3));
  clients.abort();
  await ended;
  const began = performance.now();
  expect((await get('/api/v1/gaps')).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(5_000);
  await eventually(async () => expect(await asking(fixture.database)).toBe(0));
});

test('a question that takes too long is given up, and the answer says what to do', async () => {
  await start(0.2);
  const response = await get('/api/v1/quarantine');
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    code: 'question-too-large',
    message: expect.stringContaining('console.queries.timeoutSeconds'),
    messageVi: expect.stringContaining('console.queries.timeoutSeconds'),
  });
  expect((await get('/api/v1/gaps')).status).toBe(200);
});
