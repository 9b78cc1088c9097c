import { FencedError, type OutgoingRecord } from '@envigate/event-log';
import type { Consumer, HeldPosition, LogStore, PartitionEnd } from './log-store.ts';

const firstEpoch = 1;

/**
 * A position in the log's own tables and the right to move it. Claiming it fences every earlier
 * holder: their epoch no longer matches, whatever they were doing.
 */
export class Cursor {
  readonly #store: LogStore;
  readonly #consumer: Consumer;
  readonly #announce: (ends: readonly PartitionEnd[]) => void;
  #held: HeldPosition;

  private constructor(
    store: LogStore,
    consumer: Consumer,
    announce: (ends: readonly PartitionEnd[]) => void,
    held: HeldPosition,
  ) {
    this.#store = store;
    this.#consumer = consumer;
    this.#announce = announce;
    this.#held = held;
  }

  /** `announce` is called with the ends of partitions once records were published. */
  static async claim(
    store: LogStore,
    consumer: Consumer,
    announce: (ends: readonly PartitionEnd[]) => void,
  ): Promise<Cursor> {
    return new Cursor(store, consumer, announce, await store.claim(consumer));
  }

  get position(): number {
    return this.#held.position;
  }

  /** Whether nobody held it before, as far as the log remembers. */
  get isNew(): boolean {
    return this.#held.epoch === firstEpoch;
  }

  /**
   * Publishes the records and moves the position to `to`, or neither. After an error that says
   * nothing of the outcome (a lost connection) the same call may be made again: it finds out.
   */
  async commit(records: readonly OutgoingRecord[], to: number): Promise<void> {
    const { position, epoch } = this.#held;
    if (to < position || (to === position && records.length > 0)) {
      throw new RangeError(`a position moves forward only: from ${position}, not to ${to}`);
    }
    if (to === position) return;
    const ends = await this.#store.publishAndMove(records, this.#consumer, this.#held, to);
    if (ends === undefined) await this.#refuseUnlessAlreadyAt(to);
    else this.#announce(ends);
    this.#held = { position: to, epoch };
  }

  /** Our epoch at our goal: an earlier attempt of this same commit had reached the server. */
  async #refuseUnlessAlreadyAt(to: number): Promise<void> {
    const found = await this.#store.position(this.#consumer);
    if (found?.epoch === this.#held.epoch && found.position === to) return;
    throw new FencedError(`${this.#consumer.name} ${this.#consumer.stream}`.trim());
  }
}
