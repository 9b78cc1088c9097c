import { decodeRecord, magic, type Decoded } from './record.ts';

/** Where a record begins; kept every `markStride` bytes, so that reading can start nearby. */
export interface Mark {
  readonly sequence: number;
  readonly offset: number;
}

export const markStride = 64 * 1024;

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
