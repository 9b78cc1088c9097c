import type { Clock } from '@envigate/runtime';
import type { Journal, Keep } from './journal.ts';

export interface KeepOptions {
  /** How long released files are kept; absent or 0: until every file of their segment is released. */
  readonly keepHours?: number;
  /** Size of released files above which the oldest are removed earlier; default 0. */
  readonly keepBytes?: number;
  readonly clock: Clock;
}

/**
 * The front of the journal: files that are safe elsewhere. Some are kept for a while, for an event log that
 * is restored to an older state.
 */
export class ReleasedFiles {
  readonly #journal: Journal;
  readonly #options: KeepOptions;
  /** The last of them. */
  #sequence: number;
  /** Position in the journal after it. */
  #end: number;
  #dropping: Promise<void> = Promise.resolve();

  private constructor(journal: Journal, options: KeepOptions, sequence: number, end: number) {
    this.#journal = journal;
    this.#options = options;
    this.#sequence = sequence;
    this.#end = end;
  }

  /**
   * `noted` is the last sequence that the spool noted as handed over. It counts until the event log reports
   * its own position, which may take long: files that are only kept must not count as waiting meanwhile.
   */
  static async open(journal: Journal, noted: number, options: KeepOptions): Promise<ReleasedFiles> {
    const sequence = Math.max(Math.min(noted, journal.head), journal.oldest - 1);
    return new ReleasedFiles(journal, options, sequence, await journal.positionAfter(sequence));
  }

  get sequence(): number {
    return this.#sequence;
  }

  get end(): number {
    return this.#end;
  }

  /** Bytes on the disk that `dropKept` would free. */
  get keptBytes(): number {
    return this.#journal.spentBytes(this.#sequence);
  }

  /** Sets the last released file, which may be before the present one; drops expired files. */
  async reach(sequence: number, end: number): Promise<void> {
    this.#sequence = sequence;
    this.#end = end;
    const { keepHours = 0, keepBytes = 0, clock } = this.#options;
    await this.#drop({ since: clock().getTime() - keepHours * 3_600_000, maxBytes: keepBytes });
  }

  /** Drops all of them that can be dropped; no error where that fails. */
  async dropKept(): Promise<void> {
    await this.#drop().catch(() => undefined);
  }

  /** One call after the other. */
  #drop(keep?: Keep): Promise<void> {
    const dropped = this.#dropping.then(() => this.#journal.drop(this.#sequence, keep));
    this.#dropping = dropped.catch(() => undefined);
    return dropped;
  }
}
