import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { isMissing, replaceFile, type Disk } from './disk.ts';

/**
 * One record of the journal. On disk, big-endian:
 *
 *     0  u32  magic 'EGS1' (version 1)
 *     4  u64  sequence
 *    12  u64  groupFirst: first sequence of the group written with it
 *    20  u32  length of meta
 *    24  u32  length of content
 *    28  u32  CRC-32 of the spool id, bytes 0–27, meta and content
 *    32       meta (UTF-8 JSON), content
 *
 * `groupFirst` states what was durable before: a group is written only after the fdatasync of the
 * one before it. So a record proves that every sequence below its groupFirst was safe on disk.
 * The spool's id in the checksum keeps out records of other spools, and files whose content
 * imitates a record.
 */
export interface SpoolRecord {
  readonly sequence: number;
  readonly groupFirst: number;
  readonly meta: Buffer;
  readonly content: Buffer;
}

export type Decoded =
  | { readonly kind: 'record'; readonly record: SpoolRecord; readonly end: number }
  /** The bytes end inside the record, which takes `needed` bytes in all. */
  | { readonly kind: 'short'; readonly needed: number }
  | { readonly kind: 'damaged'; readonly reason: string };

export const headerBytes = 32;
const maxMetaBytes = 64 * 1024;
export const maxContentBytes = 64 * 1024 * 1024;
export const magic = Buffer.from('EGS1');

const checksumAt = 28;

/** What the checksums of a spool's records start from. */
export function checksumSeed(spoolId: string): number {
  return crc32(spoolId);
}

export function recordBytes(metaLength: number, contentLength: number): number {
  return headerBytes + metaLength + contentLength;
}

/**
 * Writes the record into `bytes`, which has exactly its length. Throws RangeError where meta or content is
 * longer than a reader would accept.
 */
export function encodeRecord(
  record: SpoolRecord,
  seed: number,
  bytes = Buffer.allocUnsafe(recordBytes(record.meta.length, record.content.length)),
): Buffer {
  const { meta, content } = record;
  if (meta.length > maxMetaBytes || content.length > maxContentBytes) {
    throw new RangeError(`a record of ${meta.length} + ${content.length} bytes is too large`);
  }
  magic.copy(bytes, 0);
  writeUInt64(bytes, record.sequence, 4);
  writeUInt64(bytes, record.groupFirst, 12);
  bytes.writeUInt32BE(meta.length, 20);
  bytes.writeUInt32BE(content.length, 24);
  meta.copy(bytes, headerBytes);
  content.copy(bytes, headerBytes + meta.length);
  bytes.writeUInt32BE(checksumOf(bytes, seed), checksumAt);
  return bytes;
}

/** A safe integer; as BigInt it would cost an object each. */
function writeUInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeUInt32BE(value % 2 ** 32, at + 4);
}

/** Decodes the record that begins at `at`. Its meta and content are views of `bytes`. */
export function decodeRecord(bytes: Buffer, at: number, seed: number): Decoded {
  const left = bytes.length - at;
  if (left < headerBytes) return { kind: 'short', needed: headerBytes };
  if (bytes.compare(magic, 0, magic.length, at, at + magic.length) !== 0) {
    return { kind: 'damaged', reason: 'no record begins here' };
  }
  const metaLength = bytes.readUInt32BE(at + 20);
  const contentLength = bytes.readUInt32BE(at + 24);
  if (metaLength > maxMetaBytes || contentLength > maxContentBytes) {
    return { kind: 'damaged', reason: 'impossible length' };
  }
  const length = recordBytes(metaLength, contentLength);
  if (left < length) return { kind: 'short', needed: length };
  const whole = bytes.subarray(at, at + length);
  if (whole.readUInt32BE(checksumAt) !== checksumOf(whole, seed)) {
    return { kind: 'damaged', reason: 'checksum differs' };
  }
  const record = {
    sequence: Number(whole.readBigUInt64BE(4)),
    groupFirst: Number(whole.readBigUInt64BE(12)),
    meta: whole.subarray(headerBytes, headerBytes + metaLength),
    content: whole.subarray(headerBytes + metaLength),
  };
  return { kind: 'record', record, end: at + length };
}

function checksumOf(whole: Buffer, seed: number): number {
  return crc32(whole.subarray(headerBytes), crc32(whole.subarray(0, checksumAt), seed));
}

/** The spool cannot be opened or read as it is. Says the file, the place and what to do. Never retryable. */
export class SpoolDamagedError extends Error {
  readonly code = 'spool-damaged';
  readonly retryable = false;
  readonly file: string;
  /** Byte in the file. */
  readonly offset: number;

  constructor(file: string, offset: number, what: string, options?: ErrorOptions) {
    super(
      `${file}, byte ${offset}: ${what}. Files that loggers believe delivered are at stake: restore ` +
        'this file from a backup; or, to go on without it, move the whole spool folder aside and ' +
        'start (a new spool is begun), and have the stations resend what `envigate audit` misses',
      options,
    );
    this.name = 'SpoolDamagedError';
    this.file = file;
    this.offset = offset;
  }
}

const manifestName = 'spool.json';
const manifestVersion = 1;

/** Who the spool is: written once, never changed. */
interface Manifest {
  readonly version: number;
  readonly spoolId: string;
}

/** Undefined where the folder holds no spool yet. */
export async function readManifest(disk: Disk, dir: string): Promise<Manifest | undefined> {
  const path = join(dir, manifestName);
  let bytes: Buffer;
  try {
    bytes = await disk.readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const manifest = parseManifest(bytes.toString());
  if (manifest === undefined) {
    throw new SpoolDamagedError(path, 0, 'expected {"version":1,"spoolId":"…"}');
  }
  return manifest;
}

export async function createManifest(disk: Disk, dir: string): Promise<Manifest> {
  const manifest = { version: manifestVersion, spoolId: randomUUID() };
  await replaceFile(disk, dir, manifestName, Buffer.from(`${JSON.stringify(manifest)}\n`));
  return manifest;
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(text) as Partial<Manifest> | null;
    return manifest?.version === manifestVersion && typeof manifest.spoolId === 'string'
      ? { version: manifestVersion, spoolId: manifest.spoolId }
      : undefined;
  } catch {
    return undefined;
  }
}
