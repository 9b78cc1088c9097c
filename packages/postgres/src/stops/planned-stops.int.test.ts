import type { Registry } from '@envigate/contracts';
import type { PlannedStopDesk, RecordedStop, StopEntry, StopOutcome } from '@envigate/domain';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { importRegistry } from '../registry/registry-store.ts';
import { plannedStopDesk } from './planned-stops.ts';

const registry: Registry = {
  facilities: [
    { code: 'F1', name: 'Nhà máy 1', provinceCode: 'QNi' },
    { code: 'F2', name: 'Nhà máy 2', provinceCode: 'QNi' },
  ],
  stations: ['F1', 'F1', 'F2'].map((facility, i) => ({
    ...{ code: `S${i + 1}`, facility, name: `Trạm ${i + 1}`, kind: 'waste-water' as const },
  })),
  parameters: [{ code: 'pH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' }],
  accounts: [],
  targets: [],
};

const start = Date.UTC(2026, 0, 1);
const at = (hours: number): Date => new Date(start + hours * 3_600_000);

let db: TestDatabase;
let desk: PlannedStopDesk;
beforeEach(async () => {
  db = await testDatabase();
  await importRegistry(db.database, registry, { actor: 'test' });
  desk = plannedStopDesk(db.database, () => at(100));
  await db.database.execute(
    `WITH key AS (INSERT INTO station_keys (station) VALUES ('S1'), ('S2'), ('S3') RETURNING station_id)
     INSERT INTO coverage (station_id, first_instant, last_instant) SELECT station_id, $1, $2 FROM key`,
    [at(0), at(90)],
  );
});
afterEach(() => db.drop());

const entry = (from: number, to: number, more: Partial<StopEntry> = {}): StopEntry => ({
  ...{ scope: { kind: 'station', code: 'S1' }, parameters: undefined, from: at(from), to: at(to) },
  ...{ expectedRestart: undefined, reason: 'maintenance', words: '', ...more },
});

async function enter(stop: StopEntry): Promise<RecordedStop> {
  return recorded(await desk.enter(stop, 'Lê An'));
}

function recorded(outcome: StopOutcome): RecordedStop {
  if (outcome.kind !== 'recorded') throw new Error(JSON.stringify(outcome));
  return outcome.stop;
}

/** `station from–to` of what is to be judged anew, in hours; and nothing is any more. */
async function due(): Promise<readonly string[]> {
  const rows = await db.database.query<{ text: string }>(
    `SELECT format('%s %s–%s', station, extract(epoch FROM from_instant - $1)::int / 3600,
                   extract(epoch FROM to_instant - $1)::int / 3600) AS text
     FROM gaps_due JOIN station_keys USING (station_id) ORDER BY station, day`,
    [at(0)],
  );
  await db.database.execute('DELETE FROM gaps_due');
  return rows.map(({ text }) => text);
}

describe('a stop', () => {
  test('is kept as it was entered, and its stretch is judged anew, day by day', async () => {
    const given = entry(20, 50, {
      ...{ parameters: ['pH'], expectedRestart: at(51), reason: 'other', words: 'Thay đầu đo' },
    });
    const stop = await enter(given);
    expect(stop).toMatchObject({ ...given, version: 1, isCancelled: false, actor: 'Lê An' });
    expect(await due()).toEqual(['S1 20–24', 'S1 24–48', 'S1 48–50']);
    expect((await desk.list({ withCancelled: false, limit: 10 })).rows).toEqual([stop]);
    expect(await desk.during({ from: +at(49), to: +at(60) })).toEqual([stop]);
    expect(await desk.during({ from: +at(50), to: undefined })).toEqual([]);
  });

  test('of a facility or a province is judged anew for each of its stations', async () => {
    await enter(entry(1, 2, { scope: { kind: 'facility', code: 'F1' } }));
    expect(await due()).toEqual(['S1 1–2', 'S2 1–2']);
    await enter(entry(1, 2, { scope: { kind: 'province', code: 'QNi' } }));
    expect(await due()).toEqual(['S1 1–2', 'S2 1–2', 'S3 1–2']);
  });

  test('that is still to come has nothing to be judged anew', async () => {
    const aYear = 24 * 365;
    await enter(entry(aYear - 24, aYear));
    expect(await due()).toEqual([]);
  });

  test('that cannot be is refused, and nothing is kept', async () => {
    expect(await desk.enter(entry(5, 5), 'Lê An')).toMatchObject({ kind: 'refused' });
    const unknown = entry(1, 2, { scope: { kind: 'station', code: 'S9' } });
    expect(await desk.enter(unknown, 'Lê An')).toMatchObject({
      ...{ kind: 'refused', reason: { en: 'no station "S9"' } },
    });
    expect(await desk.list({ withCancelled: true, limit: 10 })).toEqual({
      rows: [],
      next: undefined,
    });
  });

  test('that overlaps others is kept, and names them', async () => {
    const first = await enter(entry(0, 10));
    const outcome = await desk.enter(
      entry(9, 12, { scope: { kind: 'province', code: 'QNi' } }),
      'Lê An',
    );
    expect(outcome).toMatchObject({ kind: 'recorded', overlaps: [{ stopId: first.stopId }] });
  });
});

describe('a change', () => {
  test('is a version of its own; nothing of the earlier ones is lost', async () => {
    const { stopId } = await enter(entry(0, 10));
    await due();
    const ended = await desk.change(stopId, { kind: 'end', at: at(6) }, 'Trần Bình', 'Xong sớm');
    expect(recorded(ended)).toMatchObject({ version: 2, to: at(6), actor: 'Trần Bình' });
    expect(await due()).toEqual(['S1 6–10']);
    const moved = { kind: 'correct', from: at(1), reason: 'repair' } as const;
    await desk.change(stopId, moved, 'Lê An', 'Ghi nhầm');
    expect(await due()).toEqual(['S1 0–1']);
    await desk.change(stopId, { kind: 'cancel' }, 'Lê An', 'Không dừng');
    expect(await due()).toEqual(['S1 1–6']);
    const versions = await desk.versions(stopId);
    expect(versions.map(({ version, isCancelled, note }) => [version, isCancelled, note])).toEqual([
      ...[
        [4, true, 'Không dừng'],
        [3, false, 'Ghi nhầm'],
      ],
      ...[
        [2, false, 'Xong sớm'],
        [1, false, ''],
      ],
    ]);
    expect(versions.at(-1)).toMatchObject({ ...entry(0, 10), actor: 'Lê An' });
    expect((await desk.list({ withCancelled: false, limit: 10 })).rows).toEqual([]);
    expect((await desk.list({ withCancelled: true, limit: 10 })).rows).toHaveLength(1);
    expect(await desk.during({ from: 0, to: undefined })).toEqual([]);
  });

  test('that cannot be changes nothing', async () => {
    const { stopId } = await enter(entry(0, 10));
    await due();
    const late = await desk.change(stopId, { kind: 'end', at: at(11) }, 'a', 'b');
    const backwards = await desk.change(stopId, { kind: 'correct', to: at(-1) }, 'a', 'b');
    const absent = await desk.change(stopId + 1, { kind: 'cancel' }, 'a', 'b');
    expect([late.kind, backwards.kind, absent.kind]).toEqual(['refused', 'refused', 'not-found']);
    expect(await desk.versions(stopId)).toHaveLength(1);
    expect(await due()).toEqual([]);
  });

  test('of a station that the registry lost can still be taken back', async () => {
    const { stopId } = await enter(entry(0, 10));
    const stations = registry.stations.slice(1);
    await importRegistry(db.database, { ...registry, stations }, { actor: 'test' });
    expect(await desk.change(stopId, { kind: 'cancel' }, 'a', 'b')).toMatchObject({
      ...{ kind: 'recorded', stop: { isCancelled: true } },
    });
  });

  test('by two persons at a time: one after the other, on what is there then', async () => {
    const { stopId } = await enter(entry(0, 10));
    const outcomes = await Promise.all(
      [3, 4, 5, 6].map((to) => desk.change(stopId, { kind: 'end', at: at(to) }, 'a', `${to}`)),
    );
    const kept = outcomes.filter(({ kind }) => kind === 'recorded');
    const versions = await desk.versions(stopId);
    expect(versions.map(({ version }) => version)).toEqual(
      Array.from({ length: kept.length + 1 }, (_, i) => kept.length + 1 - i),
    );
  });
});

test('the list is in pages, of a station with those of its facility and province', async () => {
  const province = entry(30, 40, { scope: { kind: 'province', code: 'QNi' } });
  const other = entry(0, 10, { scope: { kind: 'station', code: 'S2' } });
  const [first, second, third] = [
    await enter(entry(0, 10)),
    await enter(other),
    await enter(province),
  ];
  const page = await desk.list({ withCancelled: false, limit: 2 });
  expect(page).toEqual({ rows: [third, second], next: second.stopId });
  expect(await desk.list({ withCancelled: false, limit: 2, after: page.next })).toEqual({
    ...{ rows: [first], next: undefined },
  });
  const ofStation = { withCancelled: false, limit: 10, station: 'S1' };
  expect((await desk.list(ofStation)).rows).toEqual([third, first]);
  const inTime = { ...ofStation, from: at(10), to: at(31) };
  expect((await desk.list(inTime)).rows).toEqual([third]);
});
