import type { Clock } from '@envigate/runtime';
import { isFull, isMissing, type Disk, type DiskFile } from './disk.ts';
import {
  SpoolDamagedError,
  checksumSeed,
  encodeRecord,
  recordBytes,
  type SpoolRecord,
} from './format.ts';
import {
  addMark,
  endOfRecord,
  listSegments,
  readSegment,
  scanSegment,
  segmentPath,
  type ReadLimits,
  type Segment,
  type SegmentScan,
} from './segment.ts';
import type { SpoolEmit } from './telemetry.ts';

export interface JournalOptions {
  readonly dir: string;
  readonly spoolId: string;
  /** Size at which a new segment is begun. */
  readonly segmentBytes: number;
  readonly disk: Disk;
  readonly emit: SpoolEmit;
  readonly clock: Clock;
  /** An event log had the records up to here: damage to these copies does not keep the journal from opening. */
  readonly handedOver: number;
}

/** Which records are kept although they may be dropped. */
export interface Keep {
  /** Written since then; milliseconds of the wall clock. */
  readonly since: number;
  /** No more than this in all. */
  readonly maxBytes: number;
}

const keepNothing: Keep = { since: Infinity, maxBytes: 0 };

type NewRecord = Pick<SpoolRecord, 'meta' | 'content'>;

export interface AppendedRecord {
  /** A copy of what was given; a part of the memory of its group, which has at most 4 MiB or one record. */
  readonly content: Buffer;
  /** Where the record ends; see positionAfter. */
  readonly end: number;
}

/**
 * Segments in a row: records are added at the end, read in order and dropped from the front, a
 * segment at a time. One caller at a time may append.
 *
 * Three rules hold whatever happens between two steps:
 * - a group is written only after the group before it was synced;
 * - the name of the next segment says where one ends: what follows that end was never acknowledged;
 * - the newest segment is never dropped, so that sequences never begin again.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #seed: number;
  readonly #segments: Segment[];
  /** The newest segment while it is written to. */
  #open: { readonly file: DiskFile; readonly segment: Segment } | undefined;
  #head: number;
  /** Of the newest segment, where a full disk had no room to keep it; cut before the next append. */
  #tail: TornTail | undefined;

  private constructor(options: JournalOptions, segments: Segment[], newest: Segment) {
    this.#options = options;
    this.#seed = checksumSeed(options.spoolId);
    this.#segments = segments;
    this.#head = newest.last;
  }

  /** Makes the first segment of a new journal. */
  static async create({ disk, dir }: Pick<JournalOptions, 'disk' | 'dir'>): Promise<void> {
    const file = await disk.create(segmentPath(dir, 1));
    await file.close();
    await disk.syncFolder(dir);
  }

  /** Reads and checks every segment; cuts what a crash left behind the last whole record. */
  static async open(options: JournalOptions): Promise<Journal> {
    const { dir, disk } = options;
    const firsts = await listSegments(disk, dir);
    const segments: Segment[] = [];
    let tail: TornTail | undefined;
    for (const [index, first] of firsts.entries()) {
      const before = segments.at(-1);
      const base = before === undefined ? 0 : before.base + before.bytes;
      const next = firsts[index + 1];
      const opened = await openSegment(options, first, next).catch((error: unknown) => {
        const isSpare = next !== undefined && next - 1 <= options.handedOver;
        if (isSpare && error instanceof SpoolDamagedError) return error;
        throw error;
      });
      if (opened instanceof SpoolDamagedError) {
        await setAside(options, segments.splice(0), segmentPath(dir, first), opened);
        continue;
      }
      segments.push({ ...opened.segment, base });
      tail = opened.tail;
    }
    const newest = segments.at(-1);
    if (newest === undefined)
      throw new SpoolDamagedError(dir, 0, 'the spool has lost all its segments');
    const journal = new Journal(options, segments, newest);
    const file = await disk.open(newest.path, 'write');
    // A killed process leaves whole records that only the page cache holds; they count from now on.
    await file.sync();
    journal.#open = { file, segment: newest };
    journal.#tail = tail;
    return journal;
  }

  /** Last durable sequence; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** First sequence that is still kept; head + 1 where none is. */
  get oldest(): number {
    return this.#segments[0]?.first ?? this.#head + 1;
  }

  get segments(): number {
    return this.#segments.length;
  }

  /** Position behind the last record; see positionAfter. */
  get end(): number {
    const newest = this.#segments.at(-1);
    return newest === undefined ? 0 : newest.base + newest.bytes;
  }

  /**
   * Writes the records as one group with the sequences behind head; resolves when they are durable.
   * Where that fails nothing was appended, and the next call begins a new segment.
   */
  async append(records: readonly NewRecord[]): Promise<readonly AppendedRecord[]> {
    const { file, segment } = await this.#writable();
    const groupFirst = this.#head + 1;
    const group = encodeGroup(records, groupFirst, this.#seed);
    try {
      await file.write(group, segment.bytes);
    } catch (error) {
      await this.#abandon(file, segment);
      throw error;
    }
    let at = 0;
    const appended = records.map(({ meta, content }, index) => {
      addMark(segment.marks, { sequence: groupFirst + index, offset: segment.bytes });
      const length = recordBytes(meta.length, content.length);
      at += length;
      segment.bytes += length;
      return {
        content: group.subarray(at - content.length, at),
        end: segment.base + segment.bytes,
      };
    });
    segment.last = groupFirst + records.length - 1;
    segment.writtenAt = this.#options.clock().getTime();
    this.#head = segment.last;
    return appended;
  }

  /** Records after the sequence, in order; goes on with the next segment where one was dropped. */
  async read(after: number, limits: ReadLimits): Promise<readonly SpoolRecord[]> {
    for (;;) {
      const segment = this.#segments.find(({ last }) => last > after);
      if (segment === undefined) return [];
      try {
        return await readSegment(this.#options.disk, segment, after, limits, this.#seed);
      } catch (error) {
        // Dropped since it was chosen; the loss of one that is still kept is damage.
        if (!isMissing(error) || this.#segments.includes(segment)) throw error;
      }
    }
  }

  /** Where a record ends, on a scale of bytes that grows with the journal; at `end` behind the head. */
  async positionAfter(sequence: number): Promise<number> {
    const segment = this.#segments.find(({ last }) => last > sequence);
    if (segment === undefined) return this.end;
    return segment.base + (await endOfRecord(this.#options.disk, segment, sequence, this.#seed));
  }

  /** Bytes of the segments whose records all lie at or below the sequence, without the newest. */
  spentBytes(upTo: number): number {
    const first = this.#segments.find(({ last }) => last > upTo) ?? this.#segments.at(-1);
    return (first?.base ?? 0) - (this.#segments[0]?.base ?? 0);
  }

  /**
   * Removes the segments whose records all lie at or below the sequence, but never the newest, nor what is
   * to be kept. One caller at a time.
   */
  async drop(upTo: number, keep = keepNothing): Promise<void> {
    const { disk, dir } = this.#options;
    for (;;) {
      const [oldest, next] = this.#segments;
      if (oldest === undefined || next === undefined || oldest.last > upTo) return;
      if (oldest.writtenAt >= keep.since && this.spentBytes(upTo) <= keep.maxBytes) return;
      // Taken out first: whoever reads meanwhile must not choose a file that is about to vanish.
      this.#segments.shift();
      try {
        await disk.remove(oldest.path);
      } catch (error) {
        this.#segments.unshift(oldest);
        throw error;
      }
      // One by one, so that after a loss of power none is missing between two that came back.
      await disk.syncFolder(dir);
    }
  }

  async close(): Promise<void> {
    await this.#open?.file.close();
    this.#open = undefined;
  }

  async #writable(): Promise<{ file: DiskFile; segment: Segment }> {
    const { disk, dir, segmentBytes } = this.#options;
    if (this.#tail !== undefined) {
      await cutTail(this.#options, this.#tail);
      this.#tail = undefined;
    }
    if (this.#open !== undefined && this.#open.segment.bytes < segmentBytes) return this.#open;
    const first = this.#head + 1;
    const path = segmentPath(dir, first);
    const file = await disk.create(path);
    try {
      await disk.syncFolder(dir);
    } catch (error) {
      await file.close();
      throw error;
    }
    const full = this.#open?.file;
    const segment: Segment = {
      ...{ path, first, base: this.end, last: first - 1, bytes: 0, marks: [] },
      writtenAt: this.#options.clock().getTime(),
    };
    // A segment that never got a record has the same name: it is this one now.
    if (this.#segments.at(-1)?.first === first) this.#segments.pop();
    this.#segments.push(segment);
    this.#open = { file, segment };
    await full?.close();
    return this.#open;
  }

  /**
   * After a failed write the file may hold anything behind its durable length, and the
   * system may forget that the sync failed: nothing more is written to it. Cutting it is a
   * courtesy; should that fail too, the next segment's name says where this one ends.
   */
  async #abandon(file: DiskFile, segment: Segment): Promise<void> {
    this.#open = undefined;
    await file.truncate(segment.bytes).catch(() => undefined);
    await file.sync().catch(() => undefined);
    await file.close().catch(() => undefined);
  }
}

/** The records one after another, as they lie on the disk. */
function encodeGroup(records: readonly NewRecord[], groupFirst: number, seed: number): Buffer {
  let length = 0;
  for (const { meta, content } of records) length += recordBytes(meta.length, content.length);
  const group = Buffer.allocUnsafe(length);
  let at = 0;
  for (const [index, { meta, content }] of records.entries()) {
    const end = at + recordBytes(meta.length, content.length);
    const sequence = groupFirst + index;
    encodeRecord({ sequence, groupFirst, meta, content }, seed, group.subarray(at, end));
    at = end;
  }
  return group;
}

async function openSegment(
  options: JournalOptions,
  first: number,
  next: number | undefined,
): Promise<{ readonly segment: Omit<Segment, 'base'>; readonly tail: TornTail | undefined }> {
  const { dir, disk, spoolId, emit } = options;
  const path = segmentPath(dir, first);
  const bytes = await disk.readFile(path);
  const until = next === undefined ? Infinity : next - 1;
  const scan = scanSegment(bytes, first, checksumSeed(spoolId), until);
  assertSound(path, scan, next);
  const segment = {
    ...{ path, first, last: scan.last, bytes: scan.end, marks: [...scan.marks] },
    writtenAt: await disk.modifiedAt(path),
  };
  if (scan.end === bytes.length) return { segment, tail: undefined };
  const reason = scan.fault?.reason ?? 'the next segment begins before';
  const tail = { path, offset: scan.end, tail: bytes.subarray(scan.end), reason };
  try {
    await cutTail(options, tail);
    return { segment, tail: undefined };
  } catch (error) {
    if (!isFull(error)) throw error;
    // What was acknowledged can be read all the same, and must be: that frees the disk.
    emit('tail-left', { file: path, offset: tail.offset, bytes: tail.tail.length, reason });
    return { segment, tail };
  }
}

/**
 * Renames a damaged segment whose records were handed over, and removes the segments before it: between
 * two segments nothing may be missing.
 */
async function setAside(
  { disk, dir, emit, clock }: JournalOptions,
  before: readonly Segment[],
  path: string,
  damage: SpoolDamagedError,
): Promise<void> {
  for (const segment of before) {
    await disk.remove(segment.path);
    await disk.syncFolder(dir);
  }
  const keptAs = `${path}.damaged-${clock().getTime()}`;
  await disk.rename(path, keptAs);
  await disk.syncFolder(dir);
  emit('kept-damaged', { file: path, reason: damage.message, keptAs });
}

/** What a crash left behind the last whole record of a segment. */
interface TornTail {
  readonly path: string;
  readonly offset: number;
  readonly tail: Buffer;
  readonly reason: string;
}

/** A fault is harmless only behind everything that was ever acknowledged. */
function assertSound(
  path: string,
  { last, end, fault }: SegmentScan,
  next: number | undefined,
): void {
  if (fault?.wasDurable === true) throw new SpoolDamagedError(path, end, fault.reason);
  if (next !== undefined && last < next - 1) {
    const reason = fault?.reason ?? `the file ends at record ${last}`;
    throw new SpoolDamagedError(path, end, `${reason}, but the next segment begins with ${next}`);
  }
}

/**
 * The torn bytes are kept beside: an acknowledged last group that the disk damaged looks the same.
 * Rejects, and changes nothing, where a full disk has no room for them.
 */
async function cutTail(
  { dir, disk, emit, clock }: JournalOptions,
  { path, offset, tail, reason }: TornTail,
): Promise<void> {
  const keptAs = `${path}.torn-${clock().getTime()}`;
  await keepTail(disk, keptAs, tail);
  const file = await disk.open(path, 'write');
  try {
    await file.truncate(offset);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(dir);
  emit('tail-cut', { file: path, offset, bytes: tail.length, reason, keptAs });
}

async function keepTail(disk: Disk, keptAs: string, tail: Buffer): Promise<void> {
  const copy = await disk.create(keptAs);
  try {
    await copy.write(tail, 0);
  } catch (error) {
    await disk.remove(keptAs).catch(() => undefined);
    throw error;
  } finally {
    await copy.close();
  }
}
