import type { Registry } from '@envigate/contracts';
import { localTime } from '@envigate/test-support';
import type { CorpusScene, SentFile } from './corpus-scene.ts';

export const hourMs = 3_600_000;

/** A station whose files come in an order of their own, every hour one; its files go on to the ministry. */
export interface OrderStation {
  readonly code: string;
  readonly account: string;
}

export function orderStation(name: string): OrderStation {
  return { code: `ORDER-${name}`, account: `order-${name}` };
}

export function withOrderStations(registry: Registry, stations: readonly OrderStation[]): Registry {
  return {
    ...registry,
    stations: [
      ...registry.stations,
      ...stations.map(({ code }) => ({
        ...{ code, facility: 'CORPUS', name: `Trạm ${code}`, kind: 'waste-water' as const },
        ...{ intervalMinutes: 60, targets: ['ministry'] },
        parameters: [{ parameter: 'COD', min: 0, max: 500 }],
      })),
    ],
    accounts: [
      ...registry.accounts,
      ...stations.map(({ account, code }) => ({ code: account, stations: [code] })),
    ],
  };
}

/** The file of one moment, with one value of COD. */
export function fileOf({ code }: OrderStation, instantMs: number, cod: number): SentFile {
  const time = localTime(new Date(instantMs));
  return {
    name: `${code}_${time}.txt`,
    content: Buffer.from(`COD\t${cod}\tmg/L\t${time}\t00\r\n`),
  };
}

/** Everything that the database and the ministry have of the station. */
export interface OrderOutcome {
  /** Current values in order of time. */
  readonly readings: readonly { instantMs: number; value: number; revision: number }[];
  /** Values that were replaced, in order of time. */
  readonly superseded: readonly number[];
  /** Receptions by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Lengths of the gaps that stand between two readings. */
  readonly gapHours: readonly number[];
  /** COD of every file that the ministry took, in the order in which it did. */
  readonly delivered: readonly number[];
}

export async function outcomeOf(
  { database }: CorpusScene,
  { code, account }: OrderStation,
): Promise<OrderOutcome> {
  const ofStation = 'JOIN station_keys USING (station_id) WHERE station = $1';
  const readings = await database.query<{ instant: Date; value: number; revision: number }>(
    `SELECT instant, value, revision FROM readings ${ofStation} ORDER BY instant`,
    [code],
  );
  const superseded = await database.query<{ value: number }>(
    `SELECT value FROM reading_revisions ${ofStation} ORDER BY instant, revision`,
    [code],
  );
  const outcomes = await database.query<{ outcome: string; receptions: number }>(
    'SELECT outcome, count(*) AS receptions FROM receptions WHERE account = $1 GROUP BY outcome',
    [account],
  );
  const gaps = await database.query<{ from_instant: Date; to_instant: Date }>(
    `SELECT from_instant, to_instant FROM gaps ${ofStation}
     AND removed_at IS NULL AND to_instant IS NOT NULL ORDER BY from_instant`,
    [code],
  );
  const deliveries = await database.query<{ payload: Buffer }>(
    `SELECT payload FROM deliveries ${ofStation} AND state = 'sent' ORDER BY ended_at, delivery_id`,
    [code],
  );
  return {
    readings: readings.map(({ instant, ...rest }) => ({ instantMs: instant.getTime(), ...rest })),
    superseded: superseded.map(({ value }) => value),
    outcomes: Object.fromEntries(outcomes.map(({ outcome, receptions }) => [outcome, receptions])),
    gapHours: gaps.map(
      ({ from_instant: from, to_instant: to }) => (to.getTime() - from.getTime()) / hourMs,
    ),
    delivered: deliveries.map(({ payload }) => Number(payload.toString().split('\t')[1])),
  };
}
