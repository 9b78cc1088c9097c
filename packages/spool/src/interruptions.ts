import { join } from 'node:path';
import type { Disk } from './disk.ts';
import type { SpoolEmit } from './telemetry.ts';

const namePattern = /^(\d{16})\.interrupted$/;

/** Sequences of the records in a folder that are marked as interrupted. */
export async function listInterruptions(disk: Disk, dir: string): Promise<ReadonlySet<number>> {
  const names = await disk.list(dir);
  return new Set(names.flatMap((name) => namePattern.exec(name)?.[1] ?? []).map(Number));
}

/**
 * Marks on records that were durable before it showed that their upload was interrupted. A mark is an
 * empty file named after the sequence: it is there or it is not, however the process ends.
 */
export class Interruptions {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #marked: Set<number>;

  private constructor(disk: Disk, dir: string, marked: Iterable<number>) {
    this.#disk = disk;
    this.#dir = dir;
    this.#marked = new Set(marked);
  }

  static async open(disk: Disk, dir: string): Promise<Interruptions> {
    return new Interruptions(disk, dir, await listInterruptions(disk, dir));
  }

  has(sequence: number): boolean {
    return this.#marked.has(sequence);
  }

  /** Holds for this process at once; resolves when it survives the loss of power. */
  async add(sequence: number): Promise<void> {
    this.#marked.add(sequence);
    const mark = await this.#disk.create(this.#path(sequence));
    await mark.close();
    await this.#disk.syncFolder(this.#dir);
  }

  /** Forgets the marks of records that are gone. */
  async dropBefore(sequence: number): Promise<void> {
    for (const marked of [...this.#marked].filter((each) => each < sequence)) {
      await this.#disk.remove(this.#path(marked));
      this.#marked.delete(marked);
    }
  }

  #path(sequence: number): string {
    return join(this.#dir, `${String(sequence).padStart(16, '0')}.interrupted`);
  }
}

/**
 * Sequences of durable files whose upload may still turn out to be interrupted. The first of them holds back
 * every file after it, so none may stay for ever: those that nobody confirmed or interrupted within
 * the limit are interrupted. Bounded by the number of sessions, as each has one upload at a time.
 */
export class ProvisionalFiles {
  readonly #limitMs: number;
  readonly #interrupt: (sequence: number) => Promise<void>;
  readonly #emit: SpoolEmit;
  /** Ascending; with the steady time of being added. */
  readonly #since = new Map<number, number>();
  /** Runs on while files come, and looks at them all: a timer per file would cost every upload. */
  #timer: NodeJS.Timeout | undefined;

  /** `interrupt` must delete the sequence, also where it rejects. */
  constructor(limitMs: number, interrupt: (sequence: number) => Promise<void>, emit: SpoolEmit) {
    this.#limitMs = limitMs;
    this.#interrupt = interrupt;
    this.#emit = emit;
  }

  get first(): number | undefined {
    const [first] = this.#since.keys();
    return first;
  }

  has(sequence: number): boolean {
    return this.#since.has(sequence);
  }

  add(sequence: number): void {
    this.#since.set(sequence, performance.now());
    this.#lookLater();
  }

  /** False where it was settled before. */
  delete(sequence: number): boolean {
    return this.#since.delete(sequence);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [spoolSequence, since] of [...this.#since]) {
      if (now - since < this.#limitMs) continue;
      this.#emit('provisional-expired', { spoolSequence, seconds: (now - since) / 1000 });
      this.#interrupt(spoolSequence).catch((error: unknown) =>
        this.#emit('mark-failed', { spoolSequence, err: error }),
      );
    }
    if (this.#since.size > 0) this.#lookLater();
  }

  #lookLater(): void {
    this.#timer ??= setTimeout(() => this.#look(), this.#limitMs / 2).unref();
  }
}
