import { createHash } from 'node:crypto';
import {
  releaseWarnings,
  replayWarnings,
  rereadWarnings,
  supersededWarnings,
} from '@envigate/domain';
import type { StreamPartition } from '@envigate/event-log';
import {
  bytes,
  namesOf,
  numbers,
  parametersOf,
  rowsOf,
  texts,
  type Column,
} from '../connection/columns.ts';
import { statement, type Session } from '../connection/session.ts';
import { stateOf, type Arrival } from './arrivals.ts';
import type { RecordableFile } from './files.ts';

/**
 * Each partition of the recorder's streams has a chain of its own, as each is written by itself. It
 * goes on where the event log was replaced by another one.
 */
export function chainOf({ stream, partition }: StreamPartition): string {
  return `${stream}/${partition}`;
}

/** A ledger entry, the numbers of its file and station, and the newest time that the file states. */
interface LedgerRow {
  readonly entry: LedgerEntry;
  readonly fileNo: number;
  readonly stationId: number | undefined;
  /** ISO 8601; undefined where it shows nothing of the logger's clock. */
  readonly newestTime: string | undefined;
}

/** Appends to the chain of a partition, whose head stays locked until the end of the transaction. */
export async function appendToLedger(
  tx: Session,
  chain: string,
  rows: readonly LedgerRow[],
): Promise<void> {
  let last = (await lockHead(tx, chain)) ?? (await beginChain(tx, chain));
  const links = rows.map(({ entry }) => (last = nextLink(last, entry)));
  await tx.execute(insertReceptions, [
    ...parametersOf(receptionColumns, rows),
    ...parametersOf(linkColumns, links),
    chain,
  ]);
  await tx.execute(moveHead, [chain, last.sequence, last.hash]);
}

const receptionColumns: readonly Column<LedgerRow>[] = [
  texts(({ entry }) => entry.receptionId),
  texts(({ entry }) => entry.spoolId),
  numbers(({ entry }) => entry.spoolSequence),
  texts(({ entry }) => entry.receivedAt.toISOString()),
  texts(({ entry }) => entry.protocol),
  texts(({ entry }) => entry.peer),
  texts(({ entry }) => entry.account),
  texts(({ entry }) => entry.folder),
  numbers(({ fileNo }) => fileNo),
  texts(({ entry }) => entry.outcome),
  numbers(({ entry }) => entry.newReadings),
  numbers(({ entry }) => entry.corrections),
  numbers(({ entry }) => entry.repeats),
  numbers(({ entry }) => entry.rejectedLines),
  texts(({ entry }) => JSON.stringify(entry.warnings)),
  texts(({ entry }) => entry.recordedAt.toISOString()),
  numbers(({ stationId }) => stationId ?? null),
  texts(({ newestTime }) => newestTime ?? null),
];
const linkColumns: readonly Column<ChainHead>[] = [
  numbers(({ sequence }) => sequence),
  bytes(({ hash }) => hash),
];

const selectHead = statement(
  'ledger-chain-lock',
  'SELECT sequence, hash FROM ledger_chains WHERE chain = $1 FOR UPDATE',
);

const moveHead = statement(
  'ledger-chain-move',
  'UPDATE ledger_chains SET sequence = $2, hash = $3 WHERE chain = $1',
);

async function lockHead(tx: Session, chain: string): Promise<ChainHead | undefined> {
  const [head] = await tx.query<ChainHead>(selectHead, [chain]);
  return head;
}

async function beginChain(tx: Session, chain: string): Promise<ChainHead> {
  await tx.execute(
    `INSERT INTO ledger_chains (chain, sequence, hash) VALUES ($1, 0, '') ON CONFLICT DO NOTHING`,
    [chain],
  );
  const head = await lockHead(tx, chain);
  if (head === undefined) throw new Error(`ledger_chains has no row for ${chain}`);
  return head;
}

const receptionsGiven = `reception_id text, spool_id text, spool_sequence bigint, received_at timestamptz,
  protocol text, peer text, account text, folder text, file_no bigint, outcome text, new_readings integer,
  corrections integer, repeats integer, rejected_lines integer, warnings jsonb, recorded_at timestamptz,
  station_id integer, newest_time timestamptz, chain_sequence bigint, chain_hash bytea`;

const insertReceptions = statement(
  'receptions-insert',
  `INSERT INTO receptions (${namesOf(receptionsGiven)}, chain)
   SELECT given.*, $21 FROM ${rowsOf(receptionsGiven)} AS given`,
);

/** What a file brought. */
export interface Brought {
  readonly newReadings: number;
  readonly corrections: number;
  /** Readings that were known with the same value, superseded ones among them. */
  readonly repeats: number;
  /** Readings that the same bytes brought before, and that were corrected since. */
  readonly superseded: number;
  /** Readings that it gave before and gives no longer. */
  readonly withdrawn: number;
  /** That fell due by it, or changed before they were sent. */
  readonly deliveries: number;
}

export const nothingBrought: Brought = {
  newReadings: 0,
  corrections: 0,
  repeats: 0,
  superseded: 0,
  withdrawn: 0,
  deliveries: 0,
};

/** What the ledger states of a reception. */
export function entryOf(
  { file, role, before }: Arrival<RecordableFile>,
  { newReadings, corrections, repeats, superseded, withdrawn }: Brought,
  recordedAt: Date,
): LedgerEntry {
  const { reception } = file;
  // A stored file that came again and is read otherwise now: where that changes nothing it is a duplicate.
  const isResend = role === 'again' && reception.replay === undefined && before?.state === 'stored';
  const isChange = newReadings + corrections + withdrawn > 0;
  const isRead = role !== 'duplicate' && (isChange || !isResend);
  const isOutdated = role === 'outdated';
  return {
    receptionId: reception.receptionId,
    spoolId: reception.spoolId,
    spoolSequence: reception.spoolSequence,
    receivedAt: new Date(reception.receivedAt),
    protocol: reception.protocol,
    peer: reception.peer,
    account: reception.account,
    folder: reception.folder,
    name: reception.name,
    fileId: reception.fileId,
    contentHash: reception.contentHash,
    outcome: isRead ? stateOf(file) : 'duplicate',
    newReadings,
    corrections,
    repeats: isRead ? repeats : 0,
    rejectedLines: isRead ? file.rejectedLines.length : 0,
    // Release and replay are of this reception, whatever became of the file.
    warnings: [
      ...releaseWarnings(reception.released),
      ...replayWarnings(reception.replay),
      ...rereadWarnings({ withdrawn, isResend: isResend && isRead, isOutdated }),
      ...supersededWarnings(superseded),
      ...(isRead && file.type === 'normalised-file.v2' ? file.warnings : []),
    ],
    recordedAt,
  };
}

/** Last link of a hash chain; sequence 0 and no bytes before the first. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: Buffer;
}

/** One reception as the ledger states it: what the hash chain protects. */
export interface LedgerEntry {
  readonly receptionId: string;
  readonly spoolId: string;
  readonly spoolSequence: number;
  readonly receivedAt: Date;
  readonly protocol: string;
  readonly peer: string;
  readonly account: string;
  readonly folder: string;
  readonly name: string;
  /** Hexadecimal, as is contentHash. */
  readonly fileId: string;
  readonly contentHash: string;
  readonly outcome: 'stored' | 'duplicate' | 'quarantined';
  readonly newReadings: number;
  readonly corrections: number;
  readonly repeats: number;
  readonly rejectedLines: number;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly recordedAt: Date;
}

/** The entry's own text. Its form is part of every ledger written: it must never change. */
function canonicalText(entry: LedgerEntry): string {
  return JSON.stringify([
    entry.receptionId,
    entry.spoolId,
    entry.spoolSequence,
    entry.receivedAt.toISOString(),
    entry.protocol,
    entry.peer,
    entry.account,
    entry.folder,
    entry.name,
    entry.fileId,
    entry.contentHash,
    entry.outcome,
    entry.newReadings,
    entry.corrections,
    entry.repeats,
    entry.rejectedLines,
    entry.warnings.map(({ code, detail }) => [code, detail]),
    entry.recordedAt.toISOString(),
  ]);
}

/** SHA-256 of the hash before and the entry's text. */
export function nextLink(head: ChainHead, entry: LedgerEntry): ChainHead {
  const hash = createHash('sha256').update(head.hash).update(canonicalText(entry)).digest();
  return { sequence: head.sequence + 1, hash };
}
