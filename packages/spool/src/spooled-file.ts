import type { Reception } from '@envigate/contracts';
import type { SpoolRecord } from './record.ts';

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
