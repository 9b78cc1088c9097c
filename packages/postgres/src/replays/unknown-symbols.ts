import type { UnknownSymbol } from '@envigate/domain';
import type { Session } from '../session.ts';
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

/** By station and symbol. Reads as much of the index as there are such readings. */
export function listUnknownSymbols(session: Session): Promise<readonly UnknownSymbol[]> {
  return session.query<UnknownSymbol>(
    `${pairs}
     SELECT station, parameter AS symbol, readings, first AS "from", last AS "to",
            json_build_object('rawValue', raw_value, 'rawUnit', raw_unit,
                              'fileId', encode(file_id, 'hex'), 'fileName', name) AS latest
     FROM pairs JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id),
     LATERAL (SELECT count(*) AS readings, min(instant) AS first, max(instant) AS last
              FROM readings r
              WHERE ${hasUnknownSymbol}
                AND (r.station_id, r.parameter_id) = (pairs.station_id, pairs.parameter_id)) counted,
     LATERAL (SELECT raw_value, raw_unit, file_no FROM readings r
              WHERE (r.station_id, r.parameter_id, r.instant)
                  = (pairs.station_id, pairs.parameter_id, counted.last)) latest
     JOIN files USING (file_no)
     ORDER BY station, symbol`,
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
