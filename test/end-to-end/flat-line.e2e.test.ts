import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, startScene, type Scene } from '@envigate/test-support';
import { sendFiles } from './testing/send-files.ts';

// A sensor that is stuck, over real FTP: its readings carry rule, version and threshold in the API;
// a late file that breaks the flat line takes the mark away; what changed stays in the record.
jest.setTimeout(180_000);

const minute = 60_000;
/** An hour of one day (UTC), so that all of it is within reach of any. */
const begin = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 12 * 60 * minute;
const stuck = '7.10';
const [station, prefix, account] = ['NUO001', 'HN_ABCD_NUO001', 'acc-nuo001'];

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ eventLog: 'postgres', layout: 'one-process', stations: 1, files: 1 });
});
afterAll(() => scene?.stop());

interface ShownReading {
  readonly instant: string;
  readonly flag: number;
  readonly reasons: readonly string[];
}

/** `minute flag reasons` of each. */
async function readings(): Promise<readonly string[]> {
  const { items } = await scene.gateway.get<{ items: readonly ShownReading[] }>(
    `/api/v1/readings?station=${station}&limit=1000`,
  );
  return items.map(({ instant, flag, reasons }) =>
    [(Date.parse(instant) - begin) / minute, flag, ...reasons].join(' '),
  );
}

const send = (minutes: readonly number[], value: string): Promise<void> =>
  sendFiles(
    scene,
    account,
    prefix,
    minutes.map((at) => ({ instant: begin + at * minute, value })),
  );

/** Until the services, which share one view of the registry, go by the rule. */
async function importRule(version: number, minutes: number): Promise<void> {
  const rules = [{ code: 'flat', version, kind: 'flat-line', minutes }];
  await scene.gateway.importRegistry({ ...scene.fleet.registry, rules });
  await eventually(async () => {
    const { items } = await scene.gateway.get<{ items: readonly object[] }>('/api/v1/rules');
    expect(items).toEqual([expect.objectContaining({ rule: 'flat', version })]);
  });
}

/** What was marked and is no more, oldest first. */
function withdrawn(): Promise<readonly { minute: number; flag: number; reasons: string[] }[]> {
  return scene.database.query(
    `SELECT (extract(epoch FROM instant - $1) / 60)::float8 AS minute, flag, reasons
     FROM reading_assessment_history WHERE superseded_at > assessed_at ORDER BY superseded_at, instant`,
    [new Date(begin)],
  );
}

test('a flat line is marked as a whole, with rule, version and threshold', async () => {
  await importRule(2, 30);
  await send([0, 5, 10, 15, 25], stuck);
  await eventually(async () => expect(await readings()).toHaveLength(5));
  expect(await readings()).toContain('25 1');
  await send([30], stuck);
  await eventually(async () =>
    expect(await readings()).toEqual(
      [0, 5, 10, 15, 25, 30].map((at) => `${at} 3 flat-line@2[flat: 30 min]`),
    ),
  );
  expect(await withdrawn()).toEqual([]);
});

test('late data that break it take the mark away, and the record reports what was withdrawn', async () => {
  await send([20], '9.30');
  await eventually(async () =>
    expect(await readings()).toEqual([0, 5, 10, 15, 20, 25, 30].map((at) => `${at} 1`)),
  );
  expect(await withdrawn()).toEqual(
    [0, 5, 10, 15, 25, 30].map((at) => ({
      ...{ minute: at, flag: 3, reasons: ['flat-line@2[flat: 30 min]'] },
    })),
  );
});

test('a new version of the rule marks what new data touch, under its own number', async () => {
  await importRule(3, 10);
  await send([35], stuck);
  await eventually(async () =>
    expect((await readings()).slice(-4)).toEqual([
      '20 1',
      ...[25, 30, 35].map((at) => `${at} 3 flat-line@3[flat: 10 min]`),
    ]),
  );
});

test('a correction of the stuck value moves the mark with it', async () => {
  await send([30], '8.20');
  await eventually(async () =>
    expect((await readings()).slice(-3)).toEqual(['25 1', '30 1', '35 1']),
  );
  expect((await withdrawn()).slice(-3)).toEqual(
    [25, 30, 35].map((at) => ({
      ...{ minute: at, flag: 3, reasons: ['flat-line@3[flat: 10 min]'] },
    })),
  );
});
