import { join } from 'node:path';
import { Mutex, type Clock } from '@envigate/runtime';
import { isMissing, replaceFile, type Disk } from './disk.ts';
import type { Journal, Keep } from './journal.ts';
import type { SpoolEmit } from './telemetry.ts';

/** How far the spool was handed over, and to which event log. */
export interface HandOver {
  /** Identity of the log. */
  readonly log: string;
  /** The last sequence that this log has. */
  readonly position: number;
  /** The last sequence that any log had: position, or beyond it after the log was replaced. */
  readonly furthest: number;
  /** When it last moved; UTC, ISO 8601. */
  readonly at: string;
}

const noteName = 'handed-over.json';
const writeEveryMs = 5_000;

/**
 * A note in the spool's folder of what was handed over. The event log keeps the position itself, and
 * exactly; the note shows whether it is still the same log, and where the spool was when it is not, or
 * when the log has forgotten. It is written seconds after the fact, and so never ahead of the log.
 */
export class HandOverNote {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #emit: SpoolEmit;
  #current: HandOver | undefined;
  #written: HandOver | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #writing = new Mutex();
  #isFailing = false;

  private constructor(disk: Disk, dir: string, emit: SpoolEmit, found: HandOver | undefined) {
    this.#disk = disk;
    this.#dir = dir;
    this.#emit = emit;
    this.#current = found;
    this.#written = found;
  }

  /** A note that cannot be read is ignored: the log is asked instead. */
  static async open(disk: Disk, dir: string, emit: SpoolEmit): Promise<HandOverNote> {
    const path = join(dir, noteName);
    let found: HandOver | undefined;
    try {
      found = parseNote((await disk.readFile(path)).toString());
      if (found === undefined) emit('hand-over-unreadable', { file: path });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    return new HandOverNote(disk, dir, emit, found);
  }

  get current(): HandOver | undefined {
    return this.#current;
  }

  /** Written down soon; at once where the log is another one. */
  note(handOver: HandOver): void {
    this.#current = handOver;
    if (handOver.log !== this.#written?.log) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), writeEveryMs).unref();
  }

  async close(): Promise<void> {
    this.#write();
    await this.#writing.idle();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#writing.run(() => this.#writeCurrent());
  }

  async #writeCurrent(): Promise<void> {
    const current = this.#current;
    if (current === undefined || current === this.#written) return;
    try {
      await replaceFile(
        this.#disk,
        this.#dir,
        noteName,
        Buffer.from(`${JSON.stringify(current)}\n`),
      );
      this.#written = current;
      this.#isFailing = false;
    } catch (error) {
      // The next note tries again; until then the log's own position has to do.
      if (!this.#isFailing) this.#emit('hand-over-not-noted', { err: error });
      this.#isFailing = true;
    }
  }
}

function parseNote(text: string): HandOver | undefined {
  try {
    const { log, position, furthest, at } = JSON.parse(text) as { [K in keyof HandOver]?: unknown };
    const isWhole = typeof log === 'string' && typeof at === 'string';
    if (!isWhole || typeof position !== 'number' || typeof furthest !== 'number') return undefined;
    return { log, position, furthest, at };
  } catch {
    return undefined;
  }
}

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
  readonly #dropping = new Mutex();

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
    return this.#dropping.run(() => this.#journal.drop(this.#sequence, keep));
  }
}
