import type { Reception, Release } from '@envigate/contracts';
import { TreeError } from '@envigate/domain';
import { headerBytes } from './format.ts';
import type { FileIdentity } from './spooled-file.ts';
import type { SpoolEmit } from './telemetry.ts';

/** A whole file to be kept. */
export interface SpoolEntry {
  readonly account: string;
  /** Absolute in the account's tree. */
  readonly folder: string;
  readonly name: string;
  /** Must not change until the append is settled. */
  readonly content: Uint8Array;
  readonly protocol: Reception['protocol'];
  /** Address of the sender, without port. */
  readonly peer: string;
  /** Of a file that was held first. */
  readonly released?: Release | undefined;
  /**
   * Its upload may still turn out to be interrupted: `confirm` or `interrupt` follows. Where neither does, it
   * counts as interrupted after a while, so that it does not hold back the files after it.
   */
  readonly provisional?: boolean | undefined;
}

/** A file that waits to be written. */
export interface Append {
  readonly entry: SpoolEntry;
  readonly identity: FileIdentity;
  readonly bytes: number;
  readonly resolve: (reception: Reception) => void;
  readonly reject: (error: TreeError) => void;
}

const maxGroupFiles = 1000;
const maxGroupBytes = 4 * 1024 * 1024;
/** Of header and meta; names are at most 255 bytes, folders a few thousand. */
export const overheadBytes = headerBytes + 512;

/** At least one append, and no more than one write should carry. */
export function takeGroup(queue: Append[]): readonly Append[] {
  let bytes = 0;
  let count = 0;
  for (const append of queue) {
    bytes += append.bytes;
    if (count > 0 && (bytes > maxGroupBytes || count >= maxGroupFiles)) break;
    count += 1;
  }
  return queue.splice(0, count);
}

export interface RoomOptions {
  /** Of files waiting to be published. */
  readonly maxBytes: number;
  /** Of the disk, left to everybody else. */
  readonly minFreeBytes: number;
  readonly measureFree: () => Promise<number>;
  readonly emit: SpoolEmit;
}

const trustMs = 1000;
const retryMs = 100;

/**
 * Keeps the spool from filling the disk or its own share. Refuses before anything is written, and
 * takes files again by itself once there is room. The disk is asked at most once a second; in
 * between what was promised since is counted as used.
 */
export class Room {
  readonly #options: RoomOptions;
  #free = 0;
  #measuredAt = -Infinity;
  #measuring: Promise<void> | undefined;
  #exhausted = false;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Whether the free space must be measured before `bytes` can be judged. */
  isStale(bytes: number): boolean {
    const age = performance.now() - this.#measuredAt;
    return age > trustMs || (this.isShort(bytes) && age > retryMs);
  }

  /** Whether the disk, as it was measured last, has too little for `bytes` more. */
  isShort(bytes: number): boolean {
    return this.#free - bytes < this.#options.minFreeBytes;
  }

  /** Throws TreeError `no-room` where `bytes` more do not fit beside the `waiting` ones. */
  check(bytes: number, waiting: number): void {
    const { maxBytes, minFreeBytes } = this.#options;
    if (waiting + bytes > maxBytes) {
      this.#refuse(`${waiting} bytes wait to be published, the limit is ${maxBytes}`);
    }
    if (this.isShort(bytes)) {
      this.#refuse(`${this.#free} bytes are free on the disk, ${minFreeBytes} are kept free`);
    }
    if (this.#exhausted) {
      this.#exhausted = false;
      this.#options.emit('room-regained', {});
    }
  }

  /** What may still come beside the `waiting` bytes: the lesser of what the disk and the share leave; 0 where nothing. */
  left(waiting: number): number {
    const { maxBytes, minFreeBytes } = this.#options;
    return Math.max(0, Math.min(maxBytes - waiting, this.#free - minFreeBytes));
  }

  /** Counts bytes that are about to be written. */
  take(bytes: number): void {
    this.#free -= bytes;
  }

  /** Rejects with TreeError `unavailable` where the disk does not answer. */
  async measure(): Promise<void> {
    this.#measuring ??= this.#options
      .measureFree()
      .then((free) => {
        this.#free = free;
        this.#measuredAt = performance.now();
      })
      .finally(() => (this.#measuring = undefined));
    try {
      await this.#measuring;
    } catch (error) {
      throw new TreeError('unavailable', 'the free space of the disk cannot be read', {
        cause: error,
      });
    }
  }

  #refuse(reason: string): never {
    if (!this.#exhausted) {
      this.#exhausted = true;
      this.#options.emit('room-exhausted', { reason });
    }
    throw new TreeError('no-room', `no room now: ${reason}`);
  }
}
