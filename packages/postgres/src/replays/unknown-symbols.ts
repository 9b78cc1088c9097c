import { maxCounted } from '@envigate/contracts';
import { maxUnknownSymbols, type UnknownSymbol } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import type { SelectedFile } from './selection.ts';

// As the partial index on them says it.
export const hasUnknownSymbol = `reasons <> '{}' AND names_unknown_symbol(reasons)`;

/** A symbol of a station that its readings are kept under, as the registry did not know it. */
export interface SymbolPair {
  readonly stationId: number;
  readonly parameterId: number;
  readonly station: string;
  readonly symbol: string;
}

/** A walk from one pair to the next over the index, whatever number of readings each has. */
const pairs = `
  WITH RECURSIVE pairs AS (
    (SELECT station_id, parameter_id FROM readings WHERE ${hasUnknownSymbol}
     ORDER BY station_id, parameter_id LIMIT 1)
    UNION ALL
    SELECT next.station_id, next.parameter_id FROM pairs, LATERAL (
      SELECT station_id, parameter_id FROM readings
      WHERE ${hasUnknownSymbol}
        AND (station_id, parameter_id) > (pairs.station_id, pairs.parameter_id)
      ORDER BY station_id, parameter_id LIMIT 1) next
  )`;

/** By their numbers. */
export function listSymbolPairs(session: Session): Promise<readonly SymbolPair[]> {
  return session.query<SymbolPair>(
    `${pairs}
     SELECT pairs.station_id AS "stationId", pairs.parameter_id AS "parameterId", station,
            parameter AS symbol
     FROM pairs JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
     ORDER BY pairs.station_id, pairs.parameter_id`,
  );
}

/** By station and symbol: the first so many, whose readings share what is counted at most. */
export function listUnknownSymbols(
  session: Session,
  maxRows = maxCounted,
): Promise<readonly UnknownSymbol[]> {
  const ofPair = (what: string, order: string, limit: string): string =>
    `SELECT ${what} FROM readings r
     WHERE ${hasUnknownSymbol}
       AND r.station_id = pair.station_id AND r.parameter_id = pair.parameter_id
     ORDER BY r.station_id ${order}, r.parameter_id ${order}, r.instant ${order} LIMIT ${limit}`;
  return session.query<UnknownSymbol>(
    `${pairs}, listed AS MATERIALIZED (SELECT * FROM pairs LIMIT ${maxUnknownSymbols})
     SELECT station, parameter AS symbol, readings, first.instant AS "from", latest.instant AS "to",
            json_build_object('rawValue', raw_value, 'rawUnit', raw_unit,
                              'fileId', encode(file_id, 'hex'), 'fileName', name) AS latest
     FROM (SELECT *, count(*) OVER () AS pairs FROM listed) pair
     JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id),
     LATERAL (SELECT count(*) AS readings
              FROM (${ofPair('1', 'ASC', `greatest($1::bigint / pair.pairs, 1)`)}) few) counted,
     LATERAL (${ofPair('r.instant', 'ASC', '1')}) first,
     LATERAL (${ofPair('r.instant, r.raw_value, r.raw_unit, r.file_no', 'DESC', '1')}) latest
     JOIN files USING (file_no)
     ORDER BY station, symbol`,
    [maxRows],
  );
}

export interface FileOfPair extends SelectedFile {
  /** Of the reading, as PostgreSQL writes it: with its microseconds. */
  readonly instant: string;
}

/** Files that readings of the pair came with, in order of the readings' time. */
export async function nextFilesOfPair(
  session: Session,
  { stationId, parameterId }: Pick<SymbolPair, 'stationId' | 'parameterId'>,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly FileOfPair[]> {
  return session.query(
    `SELECT row_number() OVER (ORDER BY instant) AS position, file_no AS "fileNo",
            length(content) AS size, instant::text AS instant
     FROM (SELECT instant, file_no FROM readings
           WHERE ${hasUnknownSymbol} AND station_id = $1 AND parameter_id = $2
             AND instant > coalesce($3::timestamptz, '-infinity')
           ORDER BY instant LIMIT $4) reading
     JOIN files USING (file_no) ORDER BY instant`,
    [stationId, parameterId, after, limit],
  );
}
