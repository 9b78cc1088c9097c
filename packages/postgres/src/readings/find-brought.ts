import { statement, type Session } from '../connection/session.ts';
import { hexArray } from '../connection/array-literal.ts';
import { keysOf, valueOf, type ReadingRow, type ValueColumns } from './readings.ts';
import type { BroughtValue, ReadingValue } from './resolve-readings.ts';

/**
 * What the bytes of each row brought for its key before, under whatever name; rows of which they
 * brought nothing are left out.
 */
export async function findBrought(
  tx: Session,
  rows: readonly ReadingRow[],
): Promise<ReadonlyMap<ReadingRow, readonly BroughtValue[]>> {
  const brought = new Map<ReadingRow, BroughtValue[]>();
  if (rows.length === 0) return brought;
  const found = await tx.query<ValueColumns<ReadingValue> & { place: number }>(selectBrought, [
    ...keysOf(rows),
    hexArray(rows.map(({ contentHash }) => contentHash)),
  ]);
  for (const { place, ...columns } of found) {
    const row = rows[place - 1];
    if (row === undefined) throw new Error(`no reading at place ${place}`);
    const value = { ...valueOf(columns), contentHash: row.contentHash };
    const values = brought.get(row);
    if (values === undefined) brought.set(row, [value]);
    else values.push(value);
  }
  return brought;
}

const history = (table: string) =>
  `SELECT value, unit, status, censored AS relation, censored_limit AS "limit", file_no FROM ${table}
   WHERE (station_id, parameter_id, instant)
       = (given.station_id, given.parameter_id, given.instant)`;

// What was withdrawn is what no file gives: it must not stop the same bytes from giving it now.
const revisions = `${history('reading_revisions')} AND withdrawn_by IS NULL`;

const selectBrought = statement(
  'readings-brought',
  `SELECT given.place, past.value, past.unit, past.status, past.relation, past."limit"
   FROM unnest($1::integer[], $2::integer[], $3::timestamptz[], $4::bytea[])
        WITH ORDINALITY AS given (station_id, parameter_id, instant, content_hash, place)
   CROSS JOIN LATERAL (${history('readings')} UNION ALL ${revisions}) past
   JOIN files USING (file_no)
   WHERE files.content_hash = given.content_hash`,
);
