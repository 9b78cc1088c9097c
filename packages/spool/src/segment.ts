import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import {
  SpoolDamagedError,
  decodeRecord,
  magic,
  recordBytes,
  type Decoded,
  type SpoolRecord,
} from './format.ts';

/** A stretch of the journal: one file, named after its first sequence. */
export interface Segment {
  readonly path: string;
  readonly first: number;
  /** Bytes of the journal before this segment, since it was opened. */
  readonly base: number;
  /** Last durable sequence; first - 1 while empty. */
  last: number;
  /** Durable length of the file. */
  bytes: number;
  /** Milliseconds of the wall clock. */
  writtenAt: number;
  readonly marks: Mark[];
}

const maxWindowBytes = 4 * 1024 * 1024;
const namePattern = /^(\d{16})\.seg$/;

export function segmentPath(dir: string, first: number): string {
  return join(dir, `${String(first).padStart(16, '0')}.seg`);
}

/** First sequences of the segments in a folder, ascending. Other files are none of the journal's. */
export async function listSegments(disk: Disk, dir: string): Promise<readonly number[]> {
  const names = await disk.list(dir);
  return names
    .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export interface ReadLimits {
  readonly maxRecords: number;
  /** Of content; the first record is read however large it is. */
  readonly maxBytes: number;
}

/** Records behind sequence `after`, in order. */
export async function readSegment(
  disk: Disk,
  segment: Pick<Segment, 'path' | 'bytes' | 'marks'>,
  after: number,
  limits: ReadLimits,
  seed: number,
): Promise<readonly SpoolRecord[]> {
  const file = await disk.open(segment.path, 'read');
  try {
    return await readRecords(file, segment, after, limits, seed);
  } finally {
    await file.close();
  }
}

async function readRecords(
  file: DiskFile,
  segment: Pick<Segment, 'path' | 'bytes' | 'marks'>,
  after: number,
  limits: ReadLimits,
  seed: number,
): Promise<readonly SpoolRecord[]> {
  const records: SpoolRecord[] = [];
  let bytes = 0;
  let offset = markBefore(segment.marks, after + 1)?.offset ?? 0;
  let window = Math.min(limits.maxBytes, maxWindowBytes) + markStride;
  while (offset < segment.bytes) {
    const buffer = Buffer.allocUnsafe(Math.min(window, segment.bytes - offset));
    const length = await file.read(buffer, offset);
    if (length < buffer.length)
      throw new SpoolDamagedError(segment.path, offset + length, 'the file is cut short');
    let at = 0;
    for (;;) {
      const decoded = decodeRecord(buffer, at, seed);
      if (decoded.kind === 'short') {
        // The window cuts this record: go on with one that holds it whole.
        window = Math.max(decoded.needed, markStride);
        const left = segment.bytes - (offset + at);
        if (left > 0 && decoded.needed > left) {
          throw new SpoolDamagedError(segment.path, offset + at, 'the record is cut short');
        }
        break;
      }
      if (decoded.kind === 'damaged')
        throw new SpoolDamagedError(segment.path, offset + at, decoded.reason);
      const { record } = decoded;
      if (record.sequence > after) {
        if (records.length > 0 && bytes + record.content.length > limits.maxBytes) return records;
        records.push(record);
        bytes += record.content.length;
        if (records.length >= limits.maxRecords) return records;
      }
      at = decoded.end;
    }
    offset += at;
  }
  return records;
}

/** Byte behind the record `sequence`. */
export async function endOfRecord(
  disk: Disk,
  segment: Segment,
  sequence: number,
  seed: number,
): Promise<number> {
  if (sequence >= segment.last) return segment.bytes;
  if (sequence < segment.first) return 0;
  const mark = markBefore(segment.marks, sequence) ?? { sequence: segment.first, offset: 0 };
  const limits = { maxRecords: sequence - mark.sequence + 1, maxBytes: Infinity };
  const records = await readSegment(disk, segment, mark.sequence - 1, limits, seed);
  const lengths = records.map(({ meta, content }) => recordBytes(meta.length, content.length));
  return lengths.reduce((end, length) => end + length, mark.offset);
}

/** The last mark at or before the sequence. */
function markBefore(marks: readonly Mark[], sequence: number): Mark | undefined {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const mark = marks[middle];
    if (mark !== undefined && mark.sequence <= sequence) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1];
}

/** Where a record begins; kept every `markStride` bytes, so that reading can start nearby. */
interface Mark {
  readonly sequence: number;
  readonly offset: number;
}

const markStride = 64 * 1024;

export interface SegmentScan {
  /** Last whole record; first - 1 where there is none. */
  readonly last: number;
  /** Byte behind it. */
  readonly end: number;
  readonly marks: readonly Mark[];
  /** Why the scan ended before the end of the bytes; undefined where it did not. */
  readonly fault?: { readonly reason: string; readonly wasDurable: boolean };
}

/**
 * Reads a segment's records in order, up to sequence `until` at most. Where it meets a record that
 * is not whole it looks behind it for proof that this record had been durable once: then the disk
 * has damaged it, while without proof it is the torn end of the last write.
 */
export function scanSegment(
  bytes: Buffer,
  first: number,
  seed: number,
  until = Infinity,
): SegmentScan {
  const marks: Mark[] = [];
  let last = first - 1;
  let end = 0;
  while (end < bytes.length && last < until) {
    const decoded = decodeRecord(bytes, end, seed);
    const reason = faultOf(decoded, last + 1);
    if (decoded.kind !== 'record' || reason !== undefined) {
      const wasDurable = provesDurable(bytes, end + 1, seed, last + 1);
      return { last, end, marks, fault: { reason: reason ?? 'unreadable', wasDurable } };
    }
    addMark(marks, { sequence: decoded.record.sequence, offset: end });
    last = decoded.record.sequence;
    end = decoded.end;
  }
  return { last, end, marks };
}

/** Adds the mark where it is far enough from the one before. */
export function addMark(marks: Mark[], mark: Mark): void {
  const previous = marks.at(-1);
  if (previous === undefined || mark.offset - previous.offset >= markStride) marks.push(mark);
}

function faultOf(decoded: Decoded, expected: number): string | undefined {
  switch (decoded.kind) {
    case 'short':
      return `record ${expected} ends too early`;
    case 'damaged':
      return `record ${expected}: ${decoded.reason}`;
    case 'record':
      return decoded.record.sequence === expected
        ? undefined
        : `record ${expected} is missing, record ${decoded.record.sequence} is in its place`;
  }
}

/** Whether a whole record behind `from` was written after `sequence` had been made durable. */
function provesDurable(bytes: Buffer, from: number, seed: number, sequence: number): boolean {
  for (let at = bytes.indexOf(magic, from); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    const decoded = decodeRecord(bytes, at, seed);
    if (decoded.kind === 'record' && decoded.record.groupFirst > sequence) return true;
  }
  return false;
}
