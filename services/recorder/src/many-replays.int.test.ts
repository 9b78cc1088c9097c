import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stationFileCodec, type Registry } from '@envigate/contracts';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import { publish } from '@envigate/event-log/contract-suite';
import { importRegistry, insertBatch } from '@envigate/postgres';
import { eventually } from '@envigate/test-support';
import { reception, registry as base } from './testing/recorder-scene.ts';
import { RecorderPair } from './testing/recorder-pair.ts';
import { proveRecord } from './testing/prove-record.ts';

const places = ['1', '2', '3', '4'] as const;
/** Of each place: more than two steps of a request. */
const filesOfPlace = 513;
const files = places.length * filesOfPlace;

const [station] = base.stations;
const registry: Registry = {
  ...base,
  stations: places.map((place) => ({ ...station!, code: `S${place}` })),
  accounts: places.map((place) => ({ code: `A${place}`, stations: [`S${place}`, 'S1'] })),
};

let pair: RecorderPair;
beforeEach(async () => {
  pair = await RecorderPair.start(registry);
  await importRegistry(pair.database, registry, { actor: 'officer' });
});
afterEach(() => pair.close());

/** A file under a name that no station of its account has, with a reading of a minute of its own. */
function misnamed(place: string, minute: number): OutgoingRecord {
  const time = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().replace(/\D/g, '');
  const content = Buffer.from(`pH\t7.1\t\t${time.slice(0, 14)}\t00\r\n`);
  const account = `A${place}`;
  const arrival = reception(`odd${place}_${time.slice(0, 14)}.txt`, content);
  const value = stationFileCodec.encode({
    type: 'station-file.v2',
    reception: { ...arrival, account },
    content,
  });
  return { stream: streams.files, key: account, id: arrival.receptionId, value };
}

const one = async <Row extends object>(sql: string): Promise<Row> => {
  const [row] = await pair.database.query<Row>(sql);
  return row!;
};
const recordedAre = (outcome: string, expected: number) =>
  eventually(
    async () => {
      const { count } = await one<{ count: number }>(
        `SELECT count(*) FROM receptions WHERE outcome = '${outcome}'`,
      );
      if (count !== expected) throw new Error(`${count} of ${expected} are ${outcome}`);
    },
    { timeoutMs: 120_000 },
  );

test('thousands of files, asked for by queries while two recorders run, are replayed once each', async () => {
  const sent = places.flatMap((place) =>
    Array.from({ length: filesOfPlace }, (_, minute) => misnamed(place, minute)),
  );
  await publish(pair.log, sent);
  await recordedAre('quarantined', files);

  for (const place of places) {
    const selection = { kind: 'quarantine', account: `A${place}` } as const;
    await insertBatch(pair.database, { actor: 'chị Lan', selection, station: `S${place}` });
  }
  await recordedAre('stored', files);

  expect(
    await one(
      `SELECT count(*) AS replays, count(DISTINCT file_no) AS files, count(DISTINCT batch_id) AS batches,
              count(*) FILTER (WHERE outcome = 'stored') AS stored FROM replays`,
    ),
  ).toEqual({ replays: files, files, batches: places.length, stored: files });
  expect(
    await one(
      `SELECT count(*), min(spool_sequence), max(spool_sequence), sum(new_readings)::int AS new,
              sum(repeats)::int AS repeats FROM receptions WHERE spool_id = 'replay'`,
    ),
  ).toEqual({ count: files, min: 1, max: files, new: files, repeats: 0 });
  expect(await one('SELECT count(*), max(revision) AS revision FROM readings')).toEqual({
    count: files,
    revision: 1,
  });
  expect(await one('SELECT count(*) FROM quarantine WHERE resolved_at IS NULL')).toEqual({
    count: 0,
  });
  expect(await one('SELECT count(*) FROM outbox')).toEqual({ count: 0 });
  expect(await proveRecord(pair.database)).toEqual([]);
  for (const recorded of pair.recorded) expect(recorded).toBeGreaterThan(0);
}, 300_000);
