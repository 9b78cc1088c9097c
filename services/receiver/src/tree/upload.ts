import {
  TreeError,
  type InterruptedBytes,
  type ProvisionalFile,
  type Upload,
} from '@envigate/domain';
import { freeChunk } from '@envigate/runtime';
import type { TimedUpload, UploadBudget } from './upload-bounds.ts';

export interface UploadParts {
  /** What is there before the first write: the partial file that is resumed or appended to. */
  readonly before: Uint8Array;
  readonly maxBytes: number;
  readonly memory: UploadBudget;
  readonly end: UploadEnd;
}

/** Where the bytes of an upload go when it ends. */
export interface UploadEnd {
  commit(content: Buffer): Promise<CommittedFile>;
  /** Keeps the bytes of an interrupted upload. Must not reject. */
  keepPartial(content: Buffer, reason: string): Promise<void>;
  /** The upload was refused after bytes had come. */
  onRefused?(): void;
  /** Called once, when nothing more can come. */
  onEnd?(upload: TimedUpload): void;
}

/** A whole file that is safe. */
export interface CommittedFile extends ProvisionalFile {
  /** What the reply to the client adds to success. */
  readonly notice: string | undefined;
}

interface Range {
  from: number;
  to: number;
}

/** Most files fit, and Node takes buffers of this size from its pool. */
const firstCapacity = 1024;
/** Larger files are kept in blocks, so that growing copies nothing and a hole takes no memory. */
const blockBytes = 64 * 1024;
/** Of an open upload without bytes. */
export const overheadBytes = 1024;
/** Clients that write out of order have a few dozen writes under way. */
const maxRanges = 256;

/**
 * An upload gathered in memory: a file is small, and before it is whole it is nothing that must
 * survive. Writes may come at any position; commit refuses holes.
 *
 * - open: takes writes.
 * - refused: a write did not fit; nothing of it is kept, and commit refuses.
 * - expired: it was too slow; its bytes are kept as a partial file, its memory is freed, every call refuses.
 * - ended: by commit or interrupt.
 */
export class MemoryUpload implements Upload, TimedUpload {
  onExpired: ((error: TreeError) => void) | undefined;
  readonly #parts: UploadParts;
  readonly #blocks: (Buffer | undefined)[] = [];
  #taken = 0;
  #size = 0;
  #received = 0;
  /** What was written, as ranges that neither touch nor overlap, ascending. */
  #written: Range[] = [];
  #notice: string | undefined;
  #isRefused = false;
  #isEnded = false;
  #expired: TreeError | undefined;
  /** Of an upload that was too slow: resolves when its partial file is kept. */
  #keeping: Promise<void> | undefined;

  constructor(parts: UploadParts) {
    const { before } = parts;
    if (before.length > parts.maxBytes) throw tooLarge(parts.maxBytes);
    this.#parts = parts;
    this.#take(overheadBytes);
    try {
      this.#put(0, before);
    } catch (error) {
      this.#giveBack();
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  get received(): number {
    return this.#received;
  }

  get notice(): string | undefined {
    return this.#notice;
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.writeAt(this.#size, chunk);
  }

  async writeAt(position: number, chunk: Uint8Array): Promise<void> {
    if (this.#expired !== undefined) throw this.#expired;
    if (this.#isEnded) throw new TreeError('unavailable', 'the upload has ended');
    try {
      this.#put(position, chunk);
    } catch (error) {
      this.#refuse();
      throw error;
    }
    this.#received += chunk.length;
  }

  async commit(): Promise<void> {
    const committed = await this.commitProvisionally();
    committed.confirm();
  }

  async commitProvisionally(): Promise<ProvisionalFile> {
    if (this.#expired !== undefined) throw this.#expired;
    this.#end();
    try {
      const [first, ...others] = this.#written;
      const isWhole = this.#size === 0 || (first?.from === 0 && others.length === 0);
      if (this.#isRefused || !isWhole)
        throw new TreeError('incomplete', 'parts of the file are missing');
      const committed = await this.#parts.end.commit(this.#firstBytes(this.#size));
      this.#notice = committed.notice;
      return committed;
    } catch (error) {
      this.#refuse();
      throw error;
    } finally {
      this.#giveBack();
    }
  }

  async interrupt(reason: string, bytes: InterruptedBytes = 'keep'): Promise<void> {
    if (this.#isEnded) return this.#keeping;
    this.#end();
    try {
      const [first] = this.#written;
      const length = first?.from === 0 ? first.to : 0;
      // One that was refused cannot be completed by sending the rest.
      if (length > 0 && !this.#isRefused && bytes === 'keep') {
        await this.#parts.end.keepPartial(this.#firstBytes(length), reason);
      }
    } finally {
      this.#giveBack();
    }
  }

  expire(reason: string): void {
    if (this.#isEnded) return;
    this.#expired = new TreeError('too-slow', `${reason}: send the file again or resume it`);
    this.#keeping = this.interrupt(reason);
    this.onExpired?.(this.#expired);
  }

  #end(): void {
    if (this.#isEnded) throw new Error('an upload ends once');
    this.#isEnded = true;
    this.#parts.end.onEnd?.(this);
  }

  #refuse(): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#parts.end.onRefused?.();
  }

  #put(position: number, chunk: Uint8Array): void {
    const end = position + chunk.length;
    if (end > this.#parts.maxBytes) throw tooLarge(this.#parts.maxBytes);
    for (let at = position; at < end;) {
      const index = Math.floor(at / blockBytes);
      const start = index * blockBytes;
      const to = Math.min(end, start + blockBytes);
      this.#block(index, to - start).set(chunk.subarray(at - position, to - position), at - start);
      at = to;
    }
    this.#size = Math.max(this.#size, end);
    this.#written = addRange(this.#written, { from: position, to: end });
    if (this.#written.length > maxRanges)
      throw new TreeError('incomplete', `the file has more than ${maxRanges} holes`);
  }

  /** A block of at least so many bytes. The first one grows, as most files are far smaller. */
  #block(index: number, needed: number): Buffer {
    const block = this.#blocks[index];
    if (block !== undefined && block.length >= needed) return block;
    const { maxBytes } = this.#parts;
    const present = block?.length ?? 0;
    const wanted = index > 0 ? blockBytes : Math.max(needed, 2 * present, firstCapacity);
    const capacity = Math.min(wanted, blockBytes, maxBytes - index * blockBytes);
    this.#take(capacity - present);
    const larger = Buffer.allocUnsafe(capacity);
    if (block !== undefined) {
      block.copy(larger);
      freeChunk(block);
    }
    this.#blocks[index] = larger;
    return larger;
  }

  /** What was written without a hole. Called once: its reader may keep it. */
  #firstBytes(length: number): Buffer {
    const [first] = this.#blocks;
    if (first === undefined) return Buffer.alloc(0);
    if (length <= first.length) {
      this.#blocks[0] = undefined;
      return first.subarray(0, length);
    }
    const blocks = this.#blocks.slice(0, Math.ceil(length / blockBytes));
    const content = Buffer.concat(
      blocks.flatMap((block) => block ?? []),
      length,
    );
    // Before the disk is waited for: the file would be in memory twice for as long.
    this.#freeBlocks();
    return content;
  }

  #freeBlocks(): void {
    for (const block of this.#blocks.splice(0)) if (block !== undefined) freeChunk(block);
  }

  #take(bytes: number): void {
    this.#parts.memory.take(bytes, this.#taken + bytes);
    this.#taken += bytes;
  }

  #giveBack(): void {
    this.#parts.memory.giveBack(this.#taken);
    this.#taken = 0;
    this.#freeBlocks();
  }
}

/** The ranges with one more, merged where they touch. */
function addRange(ranges: Range[], added: Range): Range[] {
  if (added.from === added.to) return ranges;
  if (ranges.length === 0) return [added];
  const last = ranges.at(-1);
  // In order, as nearly every client writes.
  if (last?.to === added.from) {
    last.to = added.to;
    return ranges;
  }
  const apart = ranges.filter(({ from, to }) => to < added.from || from > added.to);
  const touching = ranges.filter(({ from, to }) => to >= added.from && from <= added.to);
  const merged = {
    from: Math.min(added.from, ...touching.map(({ from }) => from)),
    to: Math.max(added.to, ...touching.map(({ to }) => to)),
  };
  return [...apart, merged].sort((a, b) => a.from - b.from);
}

function tooLarge(maxBytes: number): TreeError {
  return new TreeError('too-large', `files of more than ${maxBytes} bytes are refused`);
}
