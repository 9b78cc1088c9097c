import type { Reading } from '@envigate/contracts';
import { statement, type Session } from '../connection/session.ts';
import {
  keysOf,
  nameOf,
  valueOf,
  type ReadingKey,
  type ReadingRow,
  type ValueColumns,
} from '../readings/readings.ts';
import type { JudgedReading, KeptReading, KeyHistory } from './key-history.ts';
import type { FileBefore } from './replayed-files.ts';

export interface KeyInHand extends ReadingKey {
  /** What the file gives for it now, and its place in the list of rows; undefined where nothing. */
  readonly row: ReadingRow | undefined;
  readonly index: number | undefined;
}

export function judged(reading: Reading | undefined): JudgedReading | undefined {
  if (reading === undefined) return undefined;
  const { value, censored, unit, status, flag, reasons } = reading;
  return { value, censored, unit, status, flag, reasons };
}

/** Of which the file gave something, and gives nothing now. */
export async function formerKeys(
  tx: Session,
  fileNo: number,
  { state, stationId, dataFrom, dataTo }: FileBefore,
  given: readonly ReadingKey[],
): Promise<readonly KeyInHand[]> {
  if (state !== 'stored' || stationId === null || dataFrom === null || dataTo === null) return [];
  const rows = await tx.query<{ parameterId: number; instant: Date }>(selectFormerKeys, [
    ...[stationId, dataFrom, dataTo, fileNo],
  ]);
  const now = new Set(given.map(nameOf));
  return rows
    .map(({ parameterId, instant }): KeyInHand => {
      const at = { stationId, parameterId, instant: instant.toISOString() };
      return { ...at, row: undefined, index: undefined };
    })
    .filter((key) => !now.has(nameOf(key)));
}

type HistoryRow = ValueColumns<KeptReading> & { readonly place: number };

/** One per key. */
export async function readHistories(
  tx: Session,
  keys: readonly ReadingKey[],
): Promise<readonly KeyHistory[]> {
  if (keys.length === 0) return [];
  const rows = await tx.query<HistoryRow>(selectHistories, keysOf(keys));
  const histories = keys.map(() => ({
    current: undefined as KeptReading | undefined,
    passed: [] as KeptReading[],
  }));
  for (const { place, ...columnsOfRow } of rows) {
    const history = histories[place - 1];
    if (history === undefined) throw new Error(`no key at place ${place}`);
    const kept = valueOf(columnsOfRow);
    if (kept.supersededAt === undefined || kept.supersededAt === null) history.current = kept;
    else history.passed.push(kept);
  }
  return histories;
}

const given = `unnest($1::integer[], $2::integer[], $3::timestamptz[])`;
export const givenAt = (more: string) =>
  `unnest($1::integer[], $2::integer[], $3::timestamptz[], ${more})`;

const selectFormerKeys = statement(
  'replay-former-keys',
  `SELECT parameter_id AS "parameterId", instant FROM readings
   WHERE station_id = $1 AND instant BETWEEN $2 AND $3 AND file_no = $4
   UNION
   SELECT parameter_id, instant FROM reading_revisions
   WHERE station_id = $1 AND instant BETWEEN $2 AND $3 AND file_no = $4 AND withdrawn_by IS NULL`,
);

// A file of this very batch has no reception yet: it came after any that is replayed.
const historyOf = (table: string, supersededAt: string, more = '') => `
  SELECT given.place, known.value, known.unit, known.status, known.flag, known.reasons,
         known.censored AS relation, known.censored_limit AS "limit", known.revision,
         known.file_no AS "fileNo", ${supersededAt} AS "supersededAt",
         coalesce((SELECT min(received_at) FROM receptions WHERE file_no = known.file_no),
                  now()) AS "receivedAt",
         (SELECT encode(content_hash, 'hex') FROM files WHERE file_no = known.file_no) AS "contentHash"
  FROM ${given} WITH ORDINALITY AS given (station_id, parameter_id, instant, place)
  JOIN ${table} known USING (station_id, parameter_id, instant) ${more}`;

const selectHistories = statement(
  'replay-histories',
  `${historyOf('readings', 'NULL::text')}
   UNION ALL
   ${historyOf('reading_revisions', 'known.superseded_at::text', 'WHERE known.withdrawn_by IS NULL')}
   ORDER BY place, "supersededAt", revision`,
);
