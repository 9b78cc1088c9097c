import { createHash } from 'node:crypto';

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
