import type { SequenceRange } from '@envigate/domain';
import {
  listArchivedSpools,
  readArchivedSequences,
  sizeOfRanges,
  subtractRanges,
} from '../archived/archived-ranges.ts';
import { numberArray, statement, type Session } from '../connection/session.ts';
import type { SpoolCounts } from './checkpoints.ts';
import type { AuditFault } from './faults.ts';

/** How far the sequences of a spool were counted; as JSON it is kept by an audit that may be interrupted. */
export interface SpoolPlace {
  /** Sequences up to this were counted. */
  readonly upto: number;
  readonly counts: SpoolCounts;
  /** Sequences up to `upto` that the ledger did not have, ascending. */
  readonly missing: readonly SequenceRange[];
}

export const spoolBegin: SpoolPlace = {
  upto: 0,
  counts: { stored: 0, duplicate: 0, quarantined: 0 },
  missing: [],
};

export interface CountedPiece {
  readonly place: SpoolPlace;
  readonly faults: readonly AuditFault[];
}

/** Counts the next `rows` receptions of a spool, up to `head` at most. */
export async function countPiece(
  session: Session,
  spoolId: string,
  from: SpoolPlace,
  head: number,
  rows: number,
): Promise<CountedPiece> {
  const to = await placeAfter(session, spoolId, from.upto, head, rows);
  const evidence = await readEvidence(session, spoolId, from.upto, to);
  const ranges = await readArchivedSequences(session, spoolId, from.upto, to);
  const twice = await findRecordedAgain(session, spoolId, ranges);
  const { missing, doubled: ofRecord, ...found } = evidence;
  const doubled = [...ofRecord, ...twice];
  const archived = sizeOfRanges(ranges);
  const counts = archived === 0 ? found : { ...found, archived };
  const place = {
    upto: to,
    counts: addSpoolCounts(from.counts, counts),
    missing: joinRanges(from.missing, subtractRanges(missing, ranges)),
  };
  return { place, faults: doubled.map((sequence) => ({ kind: 'doubled', spoolId, sequence })) };
}

/** Archived sequences that the record has as well. */
async function findRecordedAgain(
  session: Session,
  spoolId: string,
  ranges: readonly SequenceRange[],
): Promise<readonly number[]> {
  if (ranges.length === 0) return [];
  const rows = await session.query<{ sequence: number }>(
    `SELECT spool_sequence AS sequence
     FROM unnest($2::bigint[], $3::bigint[]) AS archived (first, last)
     JOIN receptions ON spool_id = $1 AND spool_sequence BETWEEN first AND last LIMIT 1000`,
    [spoolId, numberArray(ranges.map(({ from }) => from)), numberArray(ranges.map(({ to }) => to))],
  );
  return rows.map(({ sequence }) => sequence);
}

/** Looks again for what was missing: what was on its way then has arrived. */
export async function countMissing(
  session: Session,
  spoolId: string,
  { upto, counts, missing }: SpoolPlace,
): Promise<CountedPiece> {
  let place: SpoolPlace = { upto, counts, missing: [] };
  const faults: AuditFault[] = [];
  for (const { from, to } of missing) {
    let part: SpoolPlace = { ...place, upto: from - 1 };
    while (part.upto < to) {
      const piece = await countPiece(session, spoolId, part, to, piecesRows);
      part = piece.place;
      faults.push(...piece.faults);
    }
    place = { ...part, upto };
  }
  return { place, faults };
}

/** A statement over the index and its rows: a tenth of a second. */
export const piecesRows = 50_000;

/** Most sequences are there: an end is found by its rows, so that a jump of the numbers costs nothing. */
async function placeAfter(
  session: Session,
  spoolId: string,
  from: number,
  head: number,
  rows: number,
): Promise<number> {
  const [row] = await session.query<{ sequence: number }>(
    `SELECT spool_sequence AS sequence FROM receptions
     WHERE spool_id = $1 AND spool_sequence > $2 AND spool_sequence <= $3
     ORDER BY spool_sequence OFFSET $4 LIMIT 1`,
    [spoolId, from, head, rows - 1],
  );
  return row?.sequence ?? head;
}

interface Evidence extends SpoolCounts {
  readonly missing: readonly SequenceRange[];
  readonly doubled: readonly number[];
}

// One statement, so that counts and missing sequences are of the same moment.
const selectEvidence = statement(
  'ledger-evidence',
  `WITH seen AS (
     SELECT spool_sequence AS sequence, outcome FROM receptions
     WHERE spool_id = $1 AND spool_sequence > $2 AND spool_sequence <= $3
     UNION ALL
     SELECT DISTINCT spool_sequence, 'quarantined' FROM undecodable_messages
     WHERE spool_id = $1 AND spool_sequence > $2 AND spool_sequence <= $3 AND consumer = 'recorder'
       AND NOT EXISTS (SELECT FROM receptions r
                       WHERE r.spool_id = $1 AND r.spool_sequence = undecodable_messages.spool_sequence)
   ), neighbours AS (
     SELECT sequence, lag(sequence, 1, $2) OVER (ORDER BY sequence) AS previous
     FROM (SELECT sequence FROM seen UNION ALL SELECT $3 + 1) bounded
   )
   SELECT count(*) FILTER (WHERE outcome = 'stored')      AS stored,
          count(*) FILTER (WHERE outcome = 'duplicate')   AS duplicate,
          count(*) FILTER (WHERE outcome = 'quarantined') AS quarantined,
          (SELECT coalesce(json_agg(json_build_object('from', previous + 1, 'to', sequence - 1)
                                    ORDER BY sequence), '[]')
           FROM neighbours WHERE sequence - previous > 1) AS missing,
          ARRAY(SELECT DISTINCT sequence FROM neighbours
                WHERE sequence = previous AND sequence > $2 LIMIT 1000) AS doubled
   FROM seen`,
);

async function readEvidence(
  session: Session,
  spoolId: string,
  from: number,
  to: number,
): Promise<Evidence> {
  const [row] = await session.query<Evidence>(selectEvidence, [spoolId, from, to]);
  if (row === undefined) throw new Error('an aggregate gave no row');
  return row;
}

export function addSpoolCounts(one: SpoolCounts, other: SpoolCounts): SpoolCounts {
  return {
    stored: one.stored + other.stored,
    duplicate: one.duplicate + other.duplicate,
    quarantined: one.quarantined + other.quarantined,
    ...((one.archived ?? other.archived) === undefined
      ? {}
      : { archived: (one.archived ?? 0) + (other.archived ?? 0) }),
  };
}

/** Ranges of one piece behind those of the pieces before; two that touch are one. */
function joinRanges(
  before: readonly SequenceRange[],
  after: readonly SequenceRange[],
): readonly SequenceRange[] {
  const [last, first] = [before.at(-1), after.at(0)];
  if (first === undefined || last?.to !== first.from - 1) return [...before, ...after];
  return [...before.slice(0, -1), { from: last.from, to: first.to }, ...after.slice(1)];
}

/** Every spool that the ledger has heard of. */
export async function listLedgerSpools(session: Session): Promise<readonly string[]> {
  // A walk from one spool to the next over the index, instead of a scan of the ledger.
  const rows = await session.query<{ spool_id: string }>(
    `WITH RECURSIVE spools AS (
       (SELECT spool_id FROM receptions ORDER BY spool_id LIMIT 1)
       UNION ALL
       SELECT (SELECT spool_id FROM receptions WHERE spool_id > spools.spool_id ORDER BY spool_id LIMIT 1)
       FROM spools WHERE spool_id IS NOT NULL
     )
     SELECT spool_id FROM spools WHERE spool_id IS NOT NULL`,
  );
  const archived = await listArchivedSpools(session);
  return [
    ...new Set([...rows.map((row) => row.spool_id), ...archived.map((each) => each.spoolId)]),
  ];
}

/** The spool of replays: how many were asked for, and those whose messages wait in the outbox. */
export async function readReplaySpool(
  session: Session,
): Promise<{ readonly head: number; readonly waiting: readonly SequenceRange[] }> {
  const [row] = await session.query<{ head: number; waiting: readonly number[] }>(
    `SELECT last_sequence AS head,
            ARRAY(SELECT spool_sequence::integer FROM outbox
                  JOIN replays ON replays.reception_id = outbox.record_id
                  WHERE stream = 'station.files' ORDER BY spool_sequence) AS waiting
     FROM replay_spool`,
  );
  if (row === undefined) throw new Error('replay_spool has no row');
  return { head: row.head, waiting: row.waiting.map((n) => ({ from: n, to: n })) };
}

/** Rows of quarantine: what waits for a cure, and what was resolved by a replay. */
export interface QuarantineCount {
  readonly openFiles: number;
  readonly openLines: number;
  readonly resolved: number;
}

const quarantinePiece = 200_000;

/** In pieces: over the years there are more rows than one statement counts in its time. */
export async function countQuarantine(session: Session): Promise<QuarantineCount> {
  const total = { openFiles: 0, openLines: 0, resolved: 0 };
  let after: number | null = 0;
  while (after !== null) {
    const [row]: readonly (QuarantineCount & { last: number | null })[] = await session.query(
      `SELECT count(*) FILTER (WHERE resolved_at IS NULL AND scope = 'file') AS "openFiles",
              count(*) FILTER (WHERE resolved_at IS NULL AND scope = 'line') AS "openLines",
              count(*) FILTER (WHERE resolved_at IS NOT NULL) AS resolved,
              max(quarantine_id) AS last
       FROM (SELECT quarantine_id, resolved_at, scope FROM quarantine
             WHERE quarantine_id > $1 ORDER BY quarantine_id LIMIT ${quarantinePiece}) piece`,
      [after],
    );
    if (row === undefined) break;
    total.openFiles += row.openFiles;
    total.openLines += row.openLines;
    total.resolved += row.resolved;
    after = row.last;
  }
  return total;
}
