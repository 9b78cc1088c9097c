import type { SequenceRange } from '@envigate/domain';
import { type Session, statement } from '../connection/session.ts';
import { nextLink, type ChainHead, type LedgerEntry } from './ledger.ts';

/** What is wrong with a chain. Sequences are chain_sequence. */
export type LedgerFault =
  /** A row is gone, or was put in. */
  | {
      readonly kind: 'sequence';
      readonly chain: string;
      readonly expected: number;
      readonly found: number;
    }
  /** A row, its file's name or hashes, or a link before it was changed. */
  | {
      readonly kind: 'changed';
      readonly chain: string;
      readonly sequence: number;
      readonly receptionId: string;
    }
  /** The chain ends elsewhere than its head says: the end was cut off or added to. */
  | {
      readonly kind: 'end';
      readonly chain: string;
      readonly expected: number;
      readonly found: number;
    }
  /** The bytes of an original no longer have their SHA-256. */
  | {
      readonly kind: 'original';
      readonly chain: string;
      readonly sequence: number;
      readonly receptionId: string;
    };

export interface LedgerVerification {
  readonly chains: number;
  readonly receptions: number;
  /** The first fault of each chain, and every changed original before it. */
  readonly faults: readonly LedgerFault[];
}

const pageRows = 5_000;

/** Recomputes every chain from its first link, and the SHA-256 of every original. */
export async function verifyLedger(session: Session): Promise<LedgerVerification> {
  const chains = await session.query<{ chain: string }>(
    `SELECT DISTINCT chain FROM receptions
     UNION SELECT chain FROM ledger_chains
     ORDER BY chain`,
  );
  let receptions = 0;
  const faults: LedgerFault[] = [];
  for (const { chain } of chains) {
    const result = await verifyChain(session, chain);
    receptions += result.receptions;
    faults.push(...result.faults);
  }
  return { chains: chains.length, receptions, faults };
}

async function verifyChain(
  session: Session,
  chain: string,
): Promise<{ receptions: number; faults: readonly LedgerFault[] }> {
  const faults: LedgerFault[] = [];
  // Read first: what is appended while the chain is being read lies beyond this end.
  const end = await endOf(session, chain);
  let head: ChainHead = { sequence: 0, hash: Buffer.alloc(0) };
  while (head.sequence < end.sequence) {
    const page = await session.query<LedgerPageRow>(selectPage, [chain, head.sequence, pageRows]);
    if (page.length === 0) break;
    for (const row of page) {
      const expected = head.sequence + 1;
      if (row.chain_sequence !== expected) {
        faults.push({ kind: 'sequence', chain, expected, found: row.chain_sequence });
        return { receptions: head.sequence, faults };
      }
      const link = nextLink(head, entryOf(row));
      if (!link.hash.equals(row.chain_hash)) {
        const { chain_sequence: sequence, reception_id: receptionId } = row;
        faults.push({ kind: 'changed', chain, sequence, receptionId });
        return { receptions: head.sequence, faults };
      }
      if (!row.original_intact) {
        const { chain_sequence: sequence, reception_id: receptionId } = row;
        faults.push({ kind: 'original', chain, sequence, receptionId });
      }
      head = link;
      if (head.sequence === end.sequence) break;
    }
  }
  if (head.sequence !== end.sequence || !head.hash.equals(end.hash))
    faults.push({ kind: 'end', chain, expected: end.sequence, found: head.sequence });
  const beyond = await rowsBeyond(session, chain);
  if (beyond !== undefined) faults.push(beyond);
  return { receptions: head.sequence, faults };
}

async function endOf(session: Session, chain: string): Promise<ChainHead> {
  const [head] = await session.query<ChainHead>(
    'SELECT sequence, hash FROM ledger_chains WHERE chain = $1',
    [chain],
  );
  return head ?? { sequence: 0, hash: Buffer.alloc(0) };
}

/** Rows that the chain's head does not cover. One statement, so that both are seen at one moment. */
async function rowsBeyond(session: Session, chain: string): Promise<LedgerFault | undefined> {
  const [row] = await session.query<{ expected: number; found: number }>(
    `SELECT coalesce(max(head.sequence), 0) AS expected,
            (SELECT max(chain_sequence) FROM receptions WHERE chain = $1) AS found
     FROM ledger_chains head WHERE chain = $1`,
    [chain],
  );
  if (row === undefined || row.found <= row.expected) return undefined;
  return { kind: 'end', chain, ...row };
}

interface LedgerPageRow {
  readonly reception_id: string;
  readonly spool_id: string;
  readonly spool_sequence: number;
  readonly received_at: Date;
  readonly protocol: string;
  readonly peer: string;
  readonly account: string;
  readonly folder: string;
  readonly name: string;
  readonly file_id: string;
  readonly content_hash: string;
  readonly outcome: LedgerEntry['outcome'];
  readonly new_readings: number;
  readonly corrections: number;
  readonly repeats: number;
  readonly rejected_lines: number;
  readonly warnings: LedgerEntry['warnings'];
  readonly recorded_at: Date;
  readonly chain_sequence: number;
  readonly chain_hash: Buffer;
  readonly original_intact: boolean;
}

const selectPage = `
  SELECT reception_id, spool_id, spool_sequence, received_at, protocol, peer, receptions.account,
         folder, files.name, encode(file_id, 'hex') AS file_id,
         encode(content_hash, 'hex') AS content_hash, outcome, new_readings, corrections, repeats,
         rejected_lines, warnings, receptions.recorded_at, chain_sequence, chain_hash,
         sha256(content) = content_hash AS original_intact
  FROM receptions JOIN files USING (file_no)
  WHERE chain = $1 AND chain_sequence > $2 ORDER BY chain_sequence LIMIT $3`;

function entryOf(row: LedgerPageRow): LedgerEntry {
  return {
    receptionId: row.reception_id,
    spoolId: row.spool_id,
    spoolSequence: row.spool_sequence,
    receivedAt: row.received_at,
    protocol: row.protocol,
    peer: row.peer,
    account: row.account,
    folder: row.folder,
    name: row.name,
    fileId: row.file_id,
    contentHash: row.content_hash,
    outcome: row.outcome,
    newReadings: row.new_readings,
    corrections: row.corrections,
    repeats: row.repeats,
    rejectedLines: row.rejected_lines,
    warnings: row.warnings,
    recordedAt: row.recorded_at,
  };
}

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
const selectEvidence = statement(
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
  const [row] = await session.query<LedgerEvidence>(selectEvidence, [spoolId, head]);
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
