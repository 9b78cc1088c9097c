import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  eventually,
  killAtRandom,
  seededRandom,
  settleScene,
  startScene,
  type Scene,
} from '@envigate/test-support';
import { ask } from './testing/ask.ts';
import { describeOnOneEventLog } from './testing/describe-on-event-logs.ts';
import { sendFiles } from './testing/send-files.ts';

// The offset of a station was wrong by five minutes and is corrected; its files are read again, and recorder,
// normaliser, gap-detector and forwarder are killed meanwhile: the end is the same.
// Repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>.
jest.setTimeout(420_000);

const kills = Number(process.env['ENVIGATE_TEST_KILLS'] ?? 6);
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
const minute = 60_000;
const newest = Math.floor(Date.now() / minute - 2) * minute;
/** One file a minute, with a gap of an hour in the middle. */
const instants = Array.from({ length: 500 }, (_, i) => newest - i * minute).filter(
  (_, i) => i < 200 || i >= 260,
);
const shift = -5 * minute;

describeOnOneEventLog('postgres', 'a reread on the %s event log', (eventLog) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await startScene({ eventLog, layout: 'process-per-service', stations: 1, files: 1 });
    const readings = instants.map((instant, i) => ({ instant, value: valueOf(i) }));
    await sendFiles(scene, 'acc-nuo001', 'HN_ABCD_NUO001', readings);
    await eventually(async () => expect((await gaps(scene)).map(endsOf)).toEqual([gapAt(0)]), {
      ...{ timeoutMs: 120_000, everyMs: 500 },
    });
    await settleScene(scene, 120_000);
  });
  afterAll(() => scene?.stop());

  test('moves everything to its true time, whoever is killed', async () => {
    await correctOffset(scene);
    const request = { actor: 'chị Lan', station: 'NUO001', note: 'sai giờ', requestId: 'the one' };
    const range = { from: new Date(newest - 1_000 * minute).toISOString() };
    const { batch, files } = await ask<{ batch: string; files: number }>(scene, 'files/reread', {
      ...request,
      ...range,
    });
    expect(files).toBeGreaterThanOrEqual(instants.length);
    const victims = ['recorder', 'normaliser', 'gap-detector', 'forwarder'].map((name) =>
      scene.gateway.processes.get(name)!,
    );
    const random = seededRandom(seed);
    const killed = await killAtRandom({ victims, kills, withinMs: 1_500, random });
    console.info(`${eventLog}, seed ${seed}: killed ${killed.join(', ')}`);
    await eventually(
      async () =>
        expect(await ask(scene, `replays/${batch}`)).toMatchObject({
          ...{ underWay: 0, isExpanded: true, quarantined: 0 },
        }),
      { timeoutMs: 180_000, everyMs: 1_000 },
    );
    const rows = await scene.database.query<{ instant: Date; value: number }>(
      `SELECT instant, value FROM readings JOIN files USING (file_no)
       WHERE name LIKE 'HN_ABCD_NUO001%' AND instant BETWEEN $1 AND $2 ORDER BY instant DESC`,
      [new Date(newest + shift - 499 * minute), new Date(newest + shift)],
    );
    expect(rows.map(({ instant, value }) => [instant.getTime(), value])).toEqual(
      instants.map((instant, i) => [instant + shift, Number(valueOf(i))]),
    );
    const [past] = await scene.database.query<{ withdrawn: number; unsaid: number }>(
      `SELECT count(*) AS withdrawn, count(*) FILTER (WHERE actor IS NULL) AS unsaid
       FROM reading_revisions past LEFT JOIN replays ON replays.reception_id = past.withdrawn_by
       LEFT JOIN replay_batches USING (batch_id)
       WHERE past.withdrawn_by IS NOT NULL AND instant > $1`,
      [new Date(newest + shift)],
    );
    expect(past).toEqual({ withdrawn: 5, unsaid: 0 });
  });

  test('moves the gap as well', () =>
    eventually(async () => expect((await gaps(scene)).map(endsOf)).toEqual([gapAt(shift)]), {
      ...{ timeoutMs: 120_000, everyMs: 1_000 },
    }));
});

const valueOf = (place: number) => `${1 + place / 1_000}`;

const gapAt = (by: number) => [
  new Date(newest - 260 * minute + by).toISOString(),
  new Date(newest - 199 * minute + by).toISOString(),
];

interface ListedGap {
  readonly from: string;
  readonly to: string | null;
}

const endsOf = ({ from, to }: ListedGap) => [from, to].map((at) => new Date(at ?? 0).toISOString());

/** Those that lie within the files of the test. */
async function gaps(scene: Scene): Promise<readonly ListedGap[]> {
  const { items } = await ask<{ items: readonly ListedGap[] }>(scene, 'gaps?station=NUO001');
  return items.filter(({ from }) => Date.parse(from) > newest - 450 * minute);
}

async function correctOffset({ gateway, fleet }: Scene): Promise<void> {
  const stations = fleet.registry.stations.map((station) => ({
    ...station,
    utcOffsetMinutes: 425,
  }));
  await gateway.importRegistry({ ...fleet.registry, stations });
}
