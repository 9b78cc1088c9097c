import type { StoredRecord } from './port.ts';

/** Of messages, as they are in the log. */
export interface ByteBounds {
  /** What one batch has at most. A record that is larger makes a batch of its own. */
  readonly batchBytes: number;
  /** What all partitions of a group have in hand together, in one process. */
  readonly inHandBytes: number;
}

const mebibyte = 1024 * 1024;

/**
 * A pipe's batch has its outputs beside it, and readings are five times as long as the file that they
 * are made of: one file of 1 MiB (1.4 MB in its message) at a time, or three batches of ordinary ones.
 */
export const pipeBounds: ByteBounds = { batchBytes: mebibyte, inHandBytes: 2 * mebibyte };

/** A file of 1 MiB has readings of 7 MB: one such message at a time, or four batches of ordinary ones. */
export const drainBounds: ByteBounds = { batchBytes: 2 * mebibyte, inHandBytes: 8 * mebibyte };

export function bytesOf(records: readonly Pick<StoredRecord, 'value'>[]): number {
  return records.reduce((sum, { value }) => sum + value.length, 0);
}

/** Cuts records, in order, into batches within the bounds; a larger record goes alone. */
export function cutIntoBatches(
  records: readonly StoredRecord[],
  maxRecords: number,
  { batchBytes }: ByteBounds,
): readonly (readonly StoredRecord[])[] {
  const batches: StoredRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const batch = batches.at(-1);
    if (batch === undefined || batch.length >= maxRecords || record.value.length > room) {
      batches.push([record]);
      room = batchBytes - record.value.length;
    } else {
      batch.push(record);
      room -= record.value.length;
    }
  }
  return batches;
}

/** What a batch holds of the bytes. A caller that asked for more than it needs returns the rest. */
export interface HeldBytes {
  shrinkTo(bytes: number): void;
}

/**
 * Bounds the bytes of messages that the partitions of a group have in hand together. A message of a file
 * of 1 MiB becomes tens of megabytes of objects, rows and statements; without the bound each partition
 * could have one. Trades some of their working side by side for memory: batches of ordinary files
 * are so small that they seldom wait. Each group has its own, so that one whose sink is away holds up no
 * other.
 */
export class BytesInHand {
  readonly #maxBytes: number;
  /** In the order of their arrival: smaller batches must not overtake a large one again and again. */
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Does the work when there is room for so many bytes; what is larger than all of it is worked on
   * alone. Rejects with the signal's reason where that comes first.
   */
  async use<T>(
    bytes: number,
    signal: AbortSignal,
    work: (held: HeldBytes) => Promise<T>,
  ): Promise<T> {
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) this.#bytes += bytes;
    else await this.#turn(bytes, signal);
    let held = bytes;
    const shrinkTo = (less: number): void => {
      if (less >= held) return;
      this.#bytes -= held - less;
      held = less;
      this.#beginNext();
    };
    try {
      return await work({ shrinkTo });
    } finally {
      shrinkTo(0);
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes;
  }

  async #turn(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason as Error);
        // Smaller ones may have waited for it.
        this.#beginNext();
      };
      const waiting = {
        bytes,
        begin: (): void => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next && this.#hasRoom(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#bytes += next.bytes;
      next.begin();
    }
  }
}

const leastMs = 10;
const mostMs = 300;
const restPerWork = 4;
/** Below, the clock says more of chance than of the machine. */
const leastWorkMs = 1;
/** How fast what a batch takes on an idle machine is forgotten, as it may have been another machine's. */
const forgetting = 1.001;
/** What the newest batch counts in what batches take now: one may be slow by chance, none is quick by chance. */
const shareOfSlower = 0.2;
const shareOfQuicker = 0.6;

/**
 * How long a worker rests after a batch that was not full; one for each worker.
 *
 * A record that comes to an idle worker is taken at once. While records keep coming, each batch has
 * a fixed cost (a transaction, its round trips, its commit) many times that of a record in it. On a
 * machine with time to spare the rest is short, at most four times the work. Where a batch takes
 * longer than the same worker has needed before, the machine has too much to do, or records come so
 * fast that batches grow: then the rest grows faster than the work, batches grow with it, and their
 * fixed cost goes down to a share that the machine can bear. A full batch is followed by the next
 * without any rest.
 */
export class Pace {
  #leastMs = Infinity;
  #usualMs: number | undefined;

  /** Milliseconds to rest after a batch that took `workMs`. */
  restMs(workMs: number): number {
    const work = Math.max(workMs, leastWorkMs);
    this.#leastMs = Math.min(work, this.#leastMs * forgetting);
    const before = this.#usualMs ?? work;
    const usual = before + (work - before) * (work > before ? shareOfSlower : shareOfQuicker);
    this.#usualMs = usual;
    const strain = usual / this.#leastMs;
    return Math.min(Math.max(leastMs, usual * restPerWork * strain), mostMs);
  }
}
