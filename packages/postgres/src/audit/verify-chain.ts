import { addCounts, noReceptions, replaySpoolId, type ReceptionCounts } from '@envigate/domain';
import { nextLink, type ChainHead, type LedgerEntry } from '../record/ledger.ts';
import {
  findArchivedLink,
  readArchivedLinks,
  type ArchivedLinks,
} from '../archived/archived-ranges.ts';
import type { Session } from '../connection/session.ts';
import type { AuditFault, LedgerFault, PlacedFault } from './faults.ts';
import { Pace } from './pace.ts';

/** How far a chain was followed. As JSON it is kept by an audit that may be interrupted. */
export interface ChainPlace {
  /** What has a sequence up to this was looked at. */
  readonly upto: number;
  /** The last row that was there. */
  readonly sequence: number;
  /**
   * Hashes, hexadecimal, one of which the next row continues: after a fault both what a row states and what
   * it should state. Empty where rows before are gone: the next one cannot be checked.
   */
  readonly hashes: readonly string[];
}

export const chainBegin: ChainPlace = { upto: 0, sequence: 0, hashes: [''] };

export interface VerifiedPiece {
  readonly place: ChainPlace;
  readonly counts: ReceptionCounts;
  readonly faults: readonly LedgerFault[];
}

/**
 * Recomputes the links behind `from` up to `to`, and the SHA-256 of their originals. One statement. Links that are in
 * an archive are not recomputed: the chain goes on behind them with the hash that the database keeps, where they
 * continue the link before them. Ends behind `to` where that lies within an archived range.
 */
export async function verifyPiece(
  session: Session,
  chain: string,
  from: ChainPlace,
  to: number,
): Promise<VerifiedPiece> {
  const archived = await readArchivedLinks(session, chain, from.upto, to, mostRanges + 1);
  const ranges = archived.slice(0, mostRanges);
  // A piece ends where an archived range does: what is within it is not known here.
  const beyond = archived.length > mostRanges ? ranges.at(-1)?.to : undefined;
  const upto = beyond ?? Math.max(to, ranges.at(-1)?.to ?? 0);
  const rows = await session.query<LedgerRow>(selectPiece, [chain, from.upto, upto]);
  const faults: LedgerFault[] = [];
  let counts = noReceptions;
  let { sequence, hashes } = from;
  for (const row of inOrder(rows, ranges)) {
    const expected = sequence + 1;
    if (!('chain_sequence' in row)) {
      if (row.from > expected) faults.push({ kind: 'sequence', chain, expected, found: row.from });
      const isJoined =
        row.from !== expected || hashes.length === 0 || hashes.includes(row.hashBefore);
      if (!isJoined) faults.push(joinFault(chain, row));
      [sequence, hashes, counts] = [row.to, [row.hashAfter], addCounts(counts, row.counts)];
      continue;
    }
    const { chain_sequence: found, reception_id: receptionId } = row;
    if (found !== expected) faults.push({ kind: 'sequence', chain, expected, found });
    // A second row of the same number: the first one goes on.
    if (found < expected) continue;
    const stated = row.chain_hash.toString('hex');
    const before = found === expected ? hashes : [];
    const computed = before.map((hash) => linkOf(hash, found, row));
    const isIntact = before.length === 0 || computed.includes(stated);
    if (!isIntact) faults.push({ kind: 'changed', chain, sequence: found, receptionId });
    if (!row.original_intact)
      faults.push({ kind: 'original', chain, sequence: found, receptionId });
    hashes = isIntact ? [stated] : [stated, ...computed.slice(0, 1)];
    sequence = found;
    counts = addCounts(counts, countsOf(row));
  }
  return { place: { upto, sequence, hashes }, counts, faults };
}

/** Archived ranges of one piece at most: each borders on receptions of other months, which came late. */
const mostRanges = 1_000;

function* inOrder(
  rows: readonly LedgerRow[],
  ranges: readonly ArchivedLinks[],
): Iterable<LedgerRow | ArchivedLinks> {
  let next = 0;
  for (const row of rows) {
    for (
      let range = ranges[next];
      range !== undefined && range.from <= row.chain_sequence;
      range = ranges[next]
    ) {
      yield range;
      next += 1;
    }
    yield row;
  }
  yield* ranges.slice(next);
}

function joinFault(chain: string, { month, from }: ArchivedLinks): LedgerFault {
  return { kind: 'archive', month, what: 'not-joined', chain, sequence: from };
}

/** The hash of a link, hexadecimal, from the hash before it and what the ledger says of the reception. */
export function linkOf(before: string, sequence: number, row: LinkedRow): string {
  const head: ChainHead = { sequence: sequence - 1, hash: Buffer.from(before, 'hex') };
  return nextLink(head, entryOf(row)).hash.toString('hex');
}

/** What is wrong at the end, after every piece up to `end` was verified. */
export async function verifyEnd(
  session: Session,
  chain: string,
  place: ChainPlace,
  end: ChainHead,
): Promise<readonly LedgerFault[]> {
  const { sequence: found } = place;
  const isReached = found === end.sequence && place.hashes.includes(end.hash.toString('hex'));
  const beyond = await rowsBeyond(session, chain);
  return [
    ...(isReached ? [] : [{ kind: 'end', chain, expected: end.sequence, found } as const]),
    ...(beyond === undefined ? [] : [beyond]),
  ];
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

export interface LedgerVerification {
  readonly chains: number;
  readonly receptions: number;
  readonly faults: readonly LedgerFault[];
}

/** Recomputes every chain from its first link, and the SHA-256 of every original. */
export async function verifyLedger(session: Session): Promise<LedgerVerification> {
  const chains = await readChainHeads(session);
  const faults: LedgerFault[] = [];
  let receptions = 0;
  for (const { chain, ...end } of chains) {
    let place = chainBegin;
    for await (const piece of verifyPieces(session, chain, place, end)) {
      place = piece.place;
      faults.push(...piece.faults);
      receptions += receptionsOf(piece.counts);
    }
    faults.push(...(await verifyEnd(session, chain, place, end)));
  }
  return { chains: chains.length, receptions, faults };
}

export interface PieceOptions {
  readonly pace?: Pace;
  readonly boundAfter?: (upto: number) => Promise<number | undefined> | number | undefined;
}

const noBound = (): undefined => undefined;

export function receptionsOf({ stored, duplicate, quarantined }: ReceptionCounts): number {
  return stored + duplicate + quarantined;
}

/** The pieces of a chain from `from` to its end; one ends at each place that `boundAfter` gives. */
export async function* verifyPieces(
  session: Session,
  chain: string,
  from: ChainPlace,
  end: Pick<ChainHead, 'sequence'>,
  { pace = new Pace(), boundAfter = noBound }: PieceOptions = {},
): AsyncGenerator<VerifiedPiece> {
  let place = from;
  while (place.upto < end.sequence) {
    const bound = (await boundAfter(place.upto)) ?? Infinity;
    const piece = await pace.run((rows) =>
      verifyPiece(session, chain, place, Math.min(place.upto + rows, bound, end.sequence)),
    );
    place = piece.place;
    yield piece;
  }
}

export interface NamedHead extends ChainHead {
  readonly chain: string;
}

/** The heads of all chains at one moment; a chain whose head is gone ends at 0. */
export async function readChainHeads(session: Session): Promise<readonly NamedHead[]> {
  // A walk from one chain to the next over the index, instead of a scan of the ledger.
  return session.query<NamedHead>(
    `WITH RECURSIVE walked AS (
       (SELECT chain FROM receptions ORDER BY chain LIMIT 1)
       UNION ALL
       SELECT (SELECT chain FROM receptions WHERE chain > walked.chain ORDER BY chain LIMIT 1)
       FROM walked WHERE chain IS NOT NULL
     )
     SELECT chain, coalesce(sequence, 0) AS sequence, coalesce(hash, ''::bytea) AS hash
     FROM (SELECT chain FROM walked WHERE chain IS NOT NULL
           UNION SELECT chain FROM ledger_chains) chains
     LEFT JOIN ledger_chains USING (chain)
     ORDER BY chain COLLATE "C"`,
  );
}

/**
 * The place behind a row of a chain, as the row itself states it; undefined where there is no such row. Of a row within
 * an archived range the hash is not known.
 */
export async function placeOfRow(
  session: Session,
  chain: string,
  sequence: number,
): Promise<ChainPlace | undefined> {
  if (sequence === 0) return chainBegin;
  const [row] = await session.query<{ hash: string }>(
    `SELECT encode(chain_hash, 'hex') AS hash FROM receptions
     WHERE chain = $1 AND chain_sequence = $2`,
    [chain, sequence],
  );
  if (row !== undefined) return { upto: sequence, sequence, hashes: [row.hash] };
  const range = await findArchivedLink(session, chain, sequence);
  if (range === undefined) return undefined;
  return { upto: sequence, sequence, hashes: range.to === sequence ? [range.hashAfter] : [] };
}

/** Rows that are there, though their files are not, in place of the mere absence of their links. */
export async function nameAbsent(
  session: Session,
  fault: LedgerFault,
): Promise<readonly AuditFault[]> {
  const range = absentOf(fault);
  if (range === undefined) return [fault];
  const rows = await session.query<{ sequence: number; receptionId: string; fileNo: number }>(
    `SELECT chain_sequence AS sequence, reception_id AS "receptionId", file_no AS "fileNo"
     FROM receptions WHERE chain = $1 AND chain_sequence BETWEEN $2 AND $3
     ORDER BY chain_sequence LIMIT ${mostNamed}`,
    [fault.chain, range.from, range.to],
  );
  const named = rows.map((row): AuditFault => ({
    kind: 'original-gone',
    chain: fault.chain,
    ...row,
  }));
  return rows.length === range.to - range.from + 1 ? named : [fault, ...named];
}

const mostNamed = 1_000;

function absentOf(fault: LedgerFault): { readonly from: number; readonly to: number } | undefined {
  switch (fault.kind) {
    case 'sequence':
      return fault.found <= fault.expected
        ? undefined
        : { from: fault.expected, to: fault.found - 1 };
    case 'end':
      return fault.found >= fault.expected
        ? undefined
        : { from: fault.found + 1, to: fault.expected };
    case 'changed':
    case 'original':
    case 'archive':
      return undefined;
  }
}

/** Receptions of a piece that ended in quarantine, or lines of which did, without any reason kept there. */
export async function findWithoutReason(
  session: Session,
  chain: string,
  from: number,
  to: number,
): Promise<readonly PlacedFault[]> {
  // A replay that finds less than before leaves the file as it was; the replay has its reason.
  const rows = await session.query<{ sequence: number; receptionId: string; fileNo: number }>(
    `SELECT chain_sequence AS sequence, reception_id AS "receptionId", file_no AS "fileNo"
     FROM receptions r
     WHERE chain = $1 AND chain_sequence > $2 AND chain_sequence <= $3 AND spool_id <> $4
       AND (outcome = 'quarantined' OR rejected_lines > 0)
       AND NOT EXISTS (SELECT FROM quarantine q WHERE q.file_no = r.file_no)
     ORDER BY chain_sequence`,
    [chain, from, to, replaySpoolId],
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    fault: { kind: 'reason-gone', chain, ...row },
  }));
}

interface LedgerRow extends LinkedRow {
  readonly chain_sequence: number;
  readonly chain_hash: Buffer;
  readonly original_intact: boolean;
}

/** What a link protects, by the names of the columns. */
export interface LinkedRow {
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
}

const selectPiece = `
  SELECT reception_id, spool_id, spool_sequence, received_at, protocol, peer, receptions.account,
         folder, files.name, encode(file_id, 'hex') AS file_id,
         encode(content_hash, 'hex') AS content_hash, outcome, new_readings, corrections, repeats,
         rejected_lines, warnings, receptions.recorded_at, chain_sequence, chain_hash,
         sha256(content) = content_hash AS original_intact
  FROM receptions JOIN files USING (file_no)
  WHERE chain = $1 AND chain_sequence > $2 AND chain_sequence <= $3 ORDER BY chain_sequence`;

function countsOf(row: LedgerRow): ReceptionCounts {
  return {
    ...noReceptions,
    [row.outcome]: 1,
    newReadings: row.new_readings,
    corrections: row.corrections,
    repeats: row.repeats,
    rejectedLines: row.rejected_lines,
  };
}

function entryOf(row: LinkedRow): LedgerEntry {
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
