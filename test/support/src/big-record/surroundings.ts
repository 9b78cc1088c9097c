import type { Registry } from '@envigate/contracts';
import type { Database } from '@envigate/postgres';
import { lastBeforeOutage, type RecordSize } from './record-size.ts';

/** The last stations send rarely; those before them fell silent. */
export const mostStations = { rare: 5, silent: 5, silentDays: 60 } as const;
export const target = 'ministry';
/** Takes nothing since two months. */
export const outageTarget = 'province';

const parameterCodes = Array.from({ length: 10 }, (_, i) => `P${i + 1}`);

export const replayBatch = 'BATCH000000000000000000001';

/** A station's code by its number, from 1. */
export const stationCode = (number: number): string => `S${number}`;

/** What the services know of the stations of a big record. */
export function registryOf({ stations }: RecordSize): Registry {
  return {
    facilities: [{ code: 'FACT', name: 'Nhà máy' }],
    parameters: parameterCodes.map((code) => ({
      ...{ code, symbol: code, name: code, nameEn: code, unit: 'mg/L' },
    })),
    stations: Array.from({ length: stations }, (_, i) => ({
      ...{ code: stationCode(i + 1), facility: 'FACT', name: `Trạm ${i + 1}` },
      kind: 'waste-water' as const,
    })),
    accounts: [],
    targets: [],
  };
}

/** What is not partitioned: stations, lanes, gaps, versions of the registry, replays, work that waits. */
export async function insertSurroundings(database: Database, size: RecordSize): Promise<void> {
  const { stations, receptions } = size;
  const hundredth = Math.ceil(receptions / 100);
  const hours = `interval '1 hour'`;
  const statements = [
    `INSERT INTO station_keys (station_id, station) OVERRIDING SYSTEM VALUE
     SELECT n, 'S' || n FROM generate_series(1, ${stations}) n`,
    `SELECT setval(pg_get_serial_sequence('station_keys', 'station_id'), ${stations})`,
    `INSERT INTO parameter_keys (parameter_id, parameter) OVERRIDING SYSTEM VALUE
     SELECT n, CASE n WHEN 11 THEN 'XYZ' ELSE 'P' || n END FROM generate_series(1, 11) n`,
    `SELECT setval(pg_get_serial_sequence('parameter_keys', 'parameter_id'), 11)`,
    `SELECT setval('file_numbers', ${receptions} * 2), setval('quarantine_numbers', ${receptions} * 2),
            setval(pg_get_serial_sequence('deliveries', 'delivery_id'), ${receptions} * 3)`,
    `INSERT INTO ledger_chains (chain, sequence, hash)
     SELECT chain, (SELECT max(chain_sequence) FROM receptions WHERE receptions.chain = of.chain), ''
     FROM unnest(ARRAY['station.readings/0', 'station.quarantine/0']) AS of (chain)`,
    `INSERT INTO delivery_lanes (target, station_id, failures)
     SELECT '${target}', n, 0 FROM generate_series(1, ${stations}) n
     UNION ALL SELECT '${outageTarget}', n, 7 FROM generate_series(${lastBeforeOutage(size) + 1}, ${stations}) n`,
    `INSERT INTO coverage (station_id, first_instant, last_instant)
     SELECT n, now() - interval '1 year', now() FROM generate_series(1, ${stations}) n`,
    `INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at, closed_at)
     SELECT n % ${stations} + 1, 'transmission', now() - n * ${hours},
            CASE WHEN n <= ${mostStations.silent + mostStations.rare} THEN NULL ELSE now() - n * ${hours} + ${hours} END,
            CASE n % 50 WHEN 0 THEN '12h' WHEN 1 THEN '1h' ELSE '15min' END, now() - n * ${hours}, now()
     FROM generate_series(${hundredth}, 1, -1) n`,
    `INSERT INTO registry_items (kind, code, version, valid_from, valid_to, actor, body)
     SELECT 'station', 'S' || n % ${stations} + 1, n, now() - n * ${hours}, now() - n * ${hours} + ${hours}, 'a', '{}'
     FROM generate_series(1, ${hundredth}) n`,
    `INSERT INTO replay_batches (batch_id, actor, requested_at, selection, upto, expanded_at)
     VALUES ('${replayBatch}', 'a', now(), '{}', 0, now())`,
    `INSERT INTO replays (reception_id, batch_id, file_no, spool_sequence, recorded_at, outcome)
     SELECT 'replay' || row_number() OVER (), '${replayBatch}', file_no, row_number() OVER (), now(), 'stored'
     FROM (SELECT file_no FROM file_keys LIMIT ${hundredth}) chosen`,
    `INSERT INTO assessment_due (station_id, day, from_instant, to_instant)
     SELECT s, current_date - d, now() - interval '1 day', now()
     FROM generate_series(1, ${stations}) s, generate_series(1, ${Math.ceil(hundredth / stations)}) d`,
  ];
  for (const statement of statements) await database.execute(statement);
}
