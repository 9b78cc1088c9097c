import type { SequenceRange } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';

/** What the ledger knows of the first `head` receptions of one spool. */
export interface LedgerEvidence {
  readonly stored: number;
  readonly duplicate: number;
  /** With messages that could not be decoded: they are kept too, for a person to look at. */
  readonly quarantined: number;
  /** Sequences up to head that are not there. */
  readonly missing: readonly SequenceRange[];
}

// One statement, so that counts and missing sequences are of the same moment.
const select = statement(
  'ledger-evidence',
  `WITH seen AS (
     SELECT spool_sequence AS sequence, outcome FROM receptions
     WHERE spool_id = $1 AND spool_sequence <= $2
     UNION ALL
     SELECT DISTINCT spool_sequence, 'quarantined' FROM undecodable_messages
     WHERE spool_id = $1 AND spool_sequence <= $2 AND consumer = 'recorder'
       AND NOT EXISTS (SELECT FROM receptions r
                       WHERE r.spool_id = $1 AND r.spool_sequence = undecodable_messages.spool_sequence)
   ), neighbours AS (
     SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS previous
     FROM (SELECT sequence FROM seen UNION ALL SELECT $2 + 1) bounded
   )
   SELECT count(*) FILTER (WHERE outcome = 'stored')      AS stored,
          count(*) FILTER (WHERE outcome = 'duplicate')   AS duplicate,
          count(*) FILTER (WHERE outcome = 'quarantined') AS quarantined,
          (SELECT coalesce(json_agg(json_build_object('from', previous + 1, 'to', sequence - 1)
                                    ORDER BY sequence), '[]')
           FROM neighbours WHERE sequence - previous > 1) AS missing
   FROM seen`,
);

export async function readLedgerEvidence(
  session: Session,
  spoolId: string,
  head: number,
): Promise<LedgerEvidence> {
  const [row] = await session.query<LedgerEvidence>(select, [spoolId, head]);
  if (row === undefined) throw new Error('an aggregate gave no row');
  return row;
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
  return rows.map((row) => row.spool_id);
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

export async function countQuarantine(session: Session): Promise<QuarantineCount> {
  const [row] = await session.query<QuarantineCount>(
    `SELECT count(*) FILTER (WHERE resolved_at IS NULL AND scope = 'file') AS "openFiles",
            count(*) FILTER (WHERE resolved_at IS NULL AND scope = 'line') AS "openLines",
            count(*) FILTER (WHERE resolved_at IS NOT NULL) AS resolved
     FROM quarantine`,
  );
  return row ?? { openFiles: 0, openLines: 0, resolved: 0 };
}
