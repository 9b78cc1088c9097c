import { TreeError, type BrokenPart, type ProvisionalFile, type Upload } from '@envigate/domain';
import type { UploadMemory } from './upload-memory.ts';

export interface UploadParts {
  /** What is there before the first write: the part that is resumed or appended to. */
  readonly before: Uint8Array;
  readonly maxBytes: number;
  readonly memory: UploadMemory;
  readonly commit: (content: Buffer) => Promise<CommittedFile>;
  /** Keeps what came of a broken one. Must not reject. */
  readonly keepPart: (content: Buffer, reason: string) => Promise<void>;
}

/** A whole file that is safe. */
export interface CommittedFile extends ProvisionalFile {
  /** What the client should be told beside success. */
  readonly notice: string | undefined;
}

interface Range {
  from: number;
  to: number;
}

/** Most files fit, and Node takes buffers of this size from its pool. */
const firstCapacity = 1024;

/**
 * An upload gathered in memory: a file is small, and before it is whole it is nothing that must
 * survive. Writes may come at any position; commit refuses holes.
 */
export class MemoryUpload implements Upload {
  readonly #parts: UploadParts;
  #bytes: Buffer;
  #size: number;
  /** What was written, as ranges that neither touch nor overlap, ascending. */
  #written: Range[];
  #notice: string | undefined;
  #isRefused = false;
  #isEnded = false;

  constructor(parts: UploadParts) {
    const { before } = parts;
    if (before.length > parts.maxBytes) throw tooLarge(parts.maxBytes);
    parts.memory.take(before.length);
    this.#parts = parts;
    this.#bytes = Buffer.from(before);
    this.#size = before.length;
    this.#written = before.length === 0 ? [] : [{ from: 0, to: before.length }];
  }

  get size(): number {
    return this.#size;
  }

  get notice(): string | undefined {
    return this.#notice;
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.writeAt(this.#size, chunk);
  }

  async writeAt(position: number, chunk: Uint8Array): Promise<void> {
    if (this.#isEnded) throw new TreeError('unavailable', 'the upload has ended');
    const end = position + chunk.length;
    try {
      this.#reserve(end);
    } catch (error) {
      this.#isRefused = true;
      throw error;
    }
    this.#bytes.set(chunk, position);
    this.#size = Math.max(this.#size, end);
    this.#written = addRange(this.#written, { from: position, to: end });
  }

  async commit(): Promise<void> {
    const committed = await this.commitProvisionally();
    committed.confirm();
  }

  async commitProvisionally(): Promise<ProvisionalFile> {
    this.#end();
    try {
      const [first, ...others] = this.#written;
      const isWhole = this.#size === 0 || (first?.from === 0 && others.length === 0);
      if (this.#isRefused || !isWhole)
        throw new TreeError('incomplete', 'parts of the file are missing');
      const committed = await this.#parts.commit(this.#bytes.subarray(0, this.#size));
      this.#notice = committed.notice;
      return committed;
    } finally {
      this.#parts.memory.giveBack(this.#bytes.length);
    }
  }

  async abort(reason: string, part: BrokenPart = 'keep'): Promise<void> {
    if (this.#isEnded) return;
    this.#end();
    try {
      const [first] = this.#written;
      const length = first?.from === 0 ? first.to : 0;
      // One that was refused cannot be completed by sending the rest.
      if (length > 0 && !this.#isRefused && part === 'keep') {
        await this.#parts.keepPart(this.#bytes.subarray(0, length), reason);
      }
    } finally {
      this.#parts.memory.giveBack(this.#bytes.length);
    }
  }

  #end(): void {
    if (this.#isEnded) throw new Error('an upload ends once');
    this.#isEnded = true;
  }

  #reserve(needed: number): void {
    const { maxBytes, memory } = this.#parts;
    if (needed > maxBytes) throw tooLarge(maxBytes);
    if (needed <= this.#bytes.length) return;
    const capacity = Math.min(maxBytes, Math.max(needed, 2 * this.#bytes.length, firstCapacity));
    memory.take(capacity - this.#bytes.length);
    const larger = Buffer.allocUnsafe(capacity);
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}

/** The ranges with one more, merged where they touch. */
function addRange(ranges: Range[], added: Range): Range[] {
  if (added.from === added.to) return ranges;
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
