import type { Registry } from '@envigate/contracts';
import type { Database } from '@envigate/postgres';

/** Stations of the bench: five a facility, all of one province, ten parameters each. */
export function benchRegistry(stations: number): Registry {
  const parameters = ['pH', 'TSS', 'COD', 'BOD5', 'NH4', 'TN', 'TP', 'Temp', 'Flow', 'DO'];
  const codes = Array.from({ length: stations }, (_, i) => codeOf(i));
  return {
    facilities: Array.from({ length: Math.ceil(stations / 5) }, (_, i) => ({
      ...{ code: `F${i}`, name: `Cơ sở ${i}`, provinceCode: 'BD' },
    })),
    parameters: [],
    targets: [],
    stations: codes.map((code, i) => ({
      ...{ code, facility: `F${Math.floor(i / 5)}`, name: code, kind: 'waste-water' },
      parameters: parameters.map((parameter) => ({ parameter })),
    })),
    accounts: codes.map((code) => ({ code: `A-${code}`, stations: [code] })),
  };
}

const codeOf = (i: number): string => `ST${String(i).padStart(4, '0')}`;

/** Every station sent its newest data at `last`. */
export async function fillStations(
  database: Database,
  { stations }: Registry,
  last: Date,
): Promise<void> {
  await database.execute(
    'INSERT INTO station_keys (station) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING',
    [stations.map(({ code }) => code)],
  );
  await database.execute(
    `INSERT INTO coverage (station_id, first_instant, last_instant)
     SELECT station_id, $1::timestamptz - interval '1 year', $1 FROM station_keys`,
    [last],
  );
}

const secondsOfYear = 365 * 24 * 3_600;

/**
 * Closed gaps of all stations: of `total` that lie evenly over the year before `last`, the rows from `from` on, before
 * `to`. A gap takes half of the time from one to the next.
 */
export async function fillGaps(
  database: Database,
  last: Date,
  { from, to, total }: Readonly<Record<'from' | 'to' | 'total', number>>,
): Promise<void> {
  await database.execute(
    `WITH stations AS (SELECT station_id, row_number() OVER (ORDER BY station_id) - 1 AS place FROM station_keys),
          counted AS (SELECT count(*) AS count FROM stations),
          row AS (SELECT generate_series($2::bigint, $3::bigint - 1) AS place)
     INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at, closed_at)
     SELECT station_id, 'transmission', begin, begin + every.step / 2, '15min', begin, begin
     FROM row, counted, stations,
          LATERAL (SELECT $4::float8 * counted.count * interval '1 second' AS step) every,
          LATERAL (SELECT $1::timestamptz - interval '1 day' - (row.place / counted.count) * every.step AS begin) at
     WHERE stations.place = row.place % counted.count`,
    [last, from, to, secondsOfYear / total],
  );
}
