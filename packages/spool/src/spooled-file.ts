import { createHash, hash } from 'node:crypto';
import type { Reception } from '@envigate/contracts';
import { identityTexts, type NamedFile } from '@envigate/domain';
import { framed } from '@envigate/runtime';
import type { SpoolRecord } from './format.ts';

/** A file in the spool with the receipt of its arrival. */
export interface SpooledFile {
  readonly reception: Reception;
  /** The bytes as they came. */
  readonly content: Buffer;
}

/** What a record's header and content do not say already. */
type Meta = Omit<Reception, 'spoolId' | 'spoolSequence' | 'size' | 'interrupted'>;

export function encodeMeta(reception: Reception): Buffer {
  const { receptionId, receivedAt, protocol, peer, account, folder, name } = reception;
  const { contentHash, fileId, released } = reception;
  const meta: Meta = {
    receptionId,
    receivedAt,
    protocol,
    peer,
    account,
    folder,
    name,
    contentHash,
    fileId,
  };
  if (released !== undefined) meta.released = released;
  return Buffer.from(JSON.stringify(meta));
}

/** The record's checksum has vouched for its meta. */
export function toSpooledFile(
  spoolId: string,
  { sequence, meta, content }: SpoolRecord,
): SpooledFile {
  const reception = JSON.parse(meta.toString()) as Reception;
  reception.spoolId = spoolId;
  reception.spoolSequence = sequence;
  reception.size = content.length;
  return { reception, content };
}

/** With the mark that may lie beside its record; `marks` knows the sequences that have one. */
export function withMark(
  file: SpooledFile,
  marks: { has(sequence: number): boolean },
): SpooledFile {
  const { reception, content } = file;
  if (!marks.has(reception.spoolSequence)) return file;
  return { reception: { ...reception, interrupted: true }, content };
}

export interface FileIdentity {
  /** SHA-256 of the bytes, hexadecimal. */
  readonly contentHash: string;
  /** SHA-256 of account, folder, name and bytes, hexadecimal: the same file sent twice has the same one. */
  readonly fileId: string;
}

/** The identity of a station file: who sent it, where to, under which name, with which bytes. */
export function identifyFile(file: NamedFile, bytes: Uint8Array): FileIdentity {
  return {
    contentHash: hash('sha256', bytes),
    fileId: hashOfBoth(framed(identityTexts(file)), bytes),
  };
}

/** Nearly all station files are smaller. */
const maxCopiedBytes = 16 * 1024;

/** Up to a size it is cheaper to copy the bytes than to make the object that hashes them piece by piece. */
function hashOfBoth(first: Uint8Array, second: Uint8Array): string {
  return second.length > maxCopiedBytes
    ? createHash('sha256').update(first).update(second).digest('hex')
    : hash('sha256', Buffer.concat([first, second]));
}
