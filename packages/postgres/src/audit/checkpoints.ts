import { createHash } from 'node:crypto';
import type { ReceptionCounts, SequenceRange } from '@envigate/domain';
import { readTime } from '../connection/server-time.ts';
import type { Session } from '../connection/session.ts';
import type { AuditFault } from './faults.ts';

// Checkpoints are a hash chain of their own, as receptions are: one that was changed, removed or put in shows.

/** What was proven of a stretch of a chain: from the checkpoint before it, exclusive, to `upto`. */
export interface ChainCheckpoint {
  readonly from: number;
  /** Hexadecimal, of the reception `upto`. */
  readonly hash: string;
  readonly counts: ReceptionCounts;
  /** Sequences at which something was wrong: looked at again by each audit. */
  readonly faulty: readonly number[];
}

/** Files and their keys from the checkpoint before it, exclusive, to the number `upto`. */
export interface FileKeysCheckpoint {
  readonly from: number;
  /** Numbers at which something was wrong: looked at again by each audit. */
  readonly faulty: readonly number[];
}

/** What the ledger had of a spool, from its first sequence to `upto`. */
export interface SpoolCheckpoint {
  readonly counts: SpoolCounts;
  /** Sequences that it did not have: looked for again by each audit. */
  readonly missing: readonly SequenceRange[];
}

/** What the database keeps of an archive: nobody can put another one in its place. */
export interface ArchiveCheckpoint {
  /** SHA-256 of manifest.json, hexadecimal. */
  readonly manifest: string;
  /** SHA-256 of the ranges that are kept here, hexadecimal. */
  readonly kept: string;
  /** Nothing is, as the archive was verified. */
  readonly faulty: readonly [];
}

export interface SpoolCounts {
  readonly stored: number;
  readonly duplicate: number;
  /** With messages that could not be decoded: they are kept too, for a person to look at. */
  readonly quarantined: number;
  /** Of archived months; absent where no month was archived yet. */
  readonly archived?: number;
}

export interface Checkpoint<Body> {
  readonly checkpoint: number;
  readonly upto: number;
  readonly body: Body;
  readonly madeAt: Date;
}

export interface NewCheckpoint {
  readonly subject: string;
  readonly upto: number;
  readonly body: ChainCheckpoint | FileKeysCheckpoint | SpoolCheckpoint | ArchiveCheckpoint;
  readonly faults: number;
}

export const subjectOfChain = (chain: string): string => `chain ${chain}`;
export const subjectOfArchive = (name: string): string => `archive ${name}`;
export const subjectOfSpool = (spoolId: string): string => `spool ${spoolId}`;

/** The last link of the checkpoints. */
export interface CheckpointHead {
  readonly checkpoints: number;
  readonly hash: Buffer;
}

export async function readCheckpointHead(session: Session): Promise<CheckpointHead> {
  const [head] = await session.query<CheckpointHead>(
    'SELECT checkpoints, hash FROM audit_checkpoint_head',
  );
  return head ?? { checkpoints: 0, hash: Buffer.alloc(0) };
}

/**
 * Appends one behind the last. Undefined where another audit appended some meanwhile, which prove the same, or where
 * the head was moved back: then the audits report it, and nothing covers it up.
 * One statement: there is no moment between the row and its head.
 */
export async function appendCheckpoint(
  session: Session,
  last: CheckpointHead,
  { subject, upto, body, faults }: NewCheckpoint,
): Promise<CheckpointHead | undefined> {
  const madeAt = await readTime(session);
  const checkpoint = last.checkpoints + 1;
  const text = JSON.stringify(body);
  const hash = hashOf(last.hash, { checkpoint, subject, upto, body: text, madeAt });
  const row = [checkpoint, subject, upto, text, faults, hash, madeAt];
  const appended = await session.execute(insertCheckpoint, row);
  return appended === 1 ? { checkpoints: checkpoint, hash } : undefined;
}

const insertCheckpoint = `
  WITH moved AS (
    UPDATE audit_checkpoint_head SET checkpoints = $1, hash = $6
    WHERE checkpoints = $1::bigint - 1 AND NOT EXISTS (SELECT FROM audit_checkpoints WHERE checkpoint >= $1)
    RETURNING only_row
  )
  INSERT INTO audit_checkpoints (checkpoint, subject, upto, body, faults, hash, made_at)
  SELECT $1::bigint, $2::text, $3::bigint, $4::json, $5::integer, $6::bytea, $7::timestamptz
  WHERE EXISTS (SELECT FROM moved)`;

interface CheckpointLink {
  readonly checkpoint: number;
  readonly subject: string;
  readonly upto: number;
  /** Its very text. */
  readonly body: string;
  readonly madeAt: Date;
}

/** SHA-256 of the hash before and the row's own text. Its form must never change. */
function hashOf(before: Buffer, { checkpoint, subject, upto, body, madeAt }: CheckpointLink) {
  const text = JSON.stringify([checkpoint, subject, upto, body, madeAt.toISOString()]);
  return createHash('sha256').update(before).update(text).digest();
}

/** How far the checkpoints themselves were followed. */
export interface CheckpointPlace {
  readonly checkpoint: number;
  /** Hexadecimal; undefined where it is not known. */
  readonly hash: string | undefined;
}

export const checkpointBegin: CheckpointPlace = { checkpoint: 0, hash: '' };

/** The place behind a checkpoint as it states it. */
export async function placeOfCheckpoint(
  session: Session,
  checkpoint: number,
): Promise<CheckpointPlace> {
  if (checkpoint === 0) return checkpointBegin;
  const [row] = await session.query<{ hash: string }>(
    `SELECT encode(hash, 'hex') AS hash FROM audit_checkpoints WHERE checkpoint = $1`,
    [checkpoint],
  );
  return { checkpoint, hash: row?.hash };
}

/** Recomputes the links behind `from`, `rows` at most, up to `head`. */
export async function verifyCheckpoints(
  session: Session,
  from: CheckpointPlace,
  head: CheckpointHead,
  rows: number,
): Promise<{ readonly place: CheckpointPlace; readonly faults: readonly AuditFault[] }> {
  const to = Math.min(from.checkpoint + rows, head.checkpoints);
  const found = await session.query<CheckpointLink & { hash: Buffer; isCounted: boolean }>(
    `SELECT checkpoint, subject, upto, body::text AS body, made_at AS "madeAt", hash,
            faults = CASE WHEN subject LIKE 'spool %' THEN json_array_length(body->'missing')
                          ELSE json_array_length(body->'faulty') END AS "isCounted"
     FROM audit_checkpoints WHERE checkpoint > $1 AND checkpoint <= $2 ORDER BY checkpoint`,
    [from.checkpoint, to],
  );
  const faults: AuditFault[] = [];
  const links = new Map(found.map((link) => [link.checkpoint, link]));
  let { hash } = from;
  for (let checkpoint = from.checkpoint + 1; checkpoint <= to; checkpoint++) {
    const link = links.get(checkpoint);
    if (link === undefined) {
      faults.push({ kind: 'checkpoint', checkpoint, what: 'gone', subject: null });
      hash = undefined;
      continue;
    }
    const stated = link.hash.toString('hex');
    const isIntact =
      hash === undefined || hashOf(Buffer.from(hash, 'hex'), link).toString('hex') === stated;
    if (!isIntact || !link.isCounted) {
      const { subject } = link;
      faults.push({ kind: 'checkpoint', checkpoint, what: 'changed', subject });
    }
    hash = stated;
  }
  if (to === head.checkpoints) faults.push(...(await verifyEnd(session, hash, head)));
  return { place: { checkpoint: to, hash }, faults };
}

async function verifyEnd(
  session: Session,
  hash: string | undefined,
  head: CheckpointHead,
): Promise<readonly AuditFault[]> {
  // Another audit may have gone on: then its head is not ours.
  const [row] = await session.query<{ last: number; head: number }>(
    `SELECT (SELECT coalesce(max(checkpoint), 0) FROM audit_checkpoints) AS last,
            coalesce((SELECT checkpoints FROM audit_checkpoint_head), -1) AS head`,
  );
  const isCovered = row !== undefined && row.last === row.head;
  const isReached = hash === undefined || hash === head.hash.toString('hex');
  if (isReached && isCovered) return [];
  return [
    { kind: 'checkpoint', checkpoint: row?.last ?? head.checkpoints, what: 'end', subject: null },
  ];
}

/** The latest checkpoint of a subject, those left out that are not to be trusted. */
export async function readLatest<Body>(
  session: Session,
  subject: string,
  untrusted: readonly number[] = [],
): Promise<Checkpoint<Body> | undefined> {
  const [row] = await session.query<Checkpoint<Body>>(
    `SELECT checkpoint, upto, body, made_at AS "madeAt" FROM audit_checkpoints
     WHERE subject = $1 AND checkpoint <> ALL($2::bigint[])
     ORDER BY upto DESC, checkpoint DESC LIMIT 1`,
    [subject, untrusted],
  );
  return row;
}

/** The first checkpoint of a subject that lies beyond a place. */
export async function readNext<Body>(
  session: Session,
  subject: string,
  after: number,
): Promise<Checkpoint<Body> | undefined> {
  const [row] = await session.query<Checkpoint<Body>>(
    `SELECT checkpoint, upto, body, made_at AS "madeAt" FROM audit_checkpoints
     WHERE subject = $1 AND upto > $2 ORDER BY upto, checkpoint LIMIT 1`,
    [subject, after],
  );
  return row;
}

/** Subjects that have checkpoints, and where each last one ends. */
export async function listSubjects(session: Session): Promise<ReadonlyMap<string, number>> {
  const rows = await session.query<{ subject: string; upto: number }>(
    `WITH RECURSIVE walked AS (
       (SELECT subject FROM audit_checkpoints ORDER BY subject LIMIT 1)
       UNION ALL
       SELECT (SELECT subject FROM audit_checkpoints WHERE subject > walked.subject ORDER BY subject LIMIT 1)
       FROM walked WHERE subject IS NOT NULL
     )
     SELECT subject, (SELECT max(upto) FROM audit_checkpoints c WHERE c.subject = walked.subject) AS upto
     FROM walked WHERE subject IS NOT NULL`,
  );
  return new Map(rows.map(({ subject, upto }) => [subject, upto]));
}

/** Sequences of a chain at which earlier audits found something wrong. */
export function readFaulty(session: Session, chain: string): Promise<readonly number[]> {
  return readFaultyOf(session, subjectOfChain(chain));
}

/** Sequences or numbers of a subject at which earlier audits found something wrong. */
export async function readFaultyOf(session: Session, subject: string): Promise<readonly number[]> {
  const rows = await session.query<{ body: Pick<ChainCheckpoint, 'faulty'> }>(
    `SELECT body FROM audit_checkpoints WHERE subject = $1 AND faults > 0 ORDER BY upto LIMIT 1000`,
    [subject],
  );
  return [...new Set(rows.flatMap(({ body }) => body.faulty))];
}
