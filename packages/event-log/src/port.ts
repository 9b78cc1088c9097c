import { event } from '@envigate/runtime';

/**
 * The event log: durable, ordered streams between the services.
 *
 * Records of one key keep their order. A stream is cut into partitions; the log decides which
 * instance of a group works on which partition, and never two at once. The names of streams on
 * the broker, offsets, rebalances and transactions stay inside the adapters.
 */

/** Every stream of the gateway. Code publishes to these names, adapters know what they are called outside. */
export const streams = {
  files: 'station.files',
  readings: 'station.readings',
  quarantine: 'station.quarantine',
  gaps: 'station.gaps',
  receipts: 'ministry.receipts',
} as const;
export type StreamName = (typeof streams)[keyof typeof streams];

export interface OutgoingRecord {
  readonly stream: StreamName;
  /** Order is kept among records of one key. */
  readonly key: string;
  /** Computed from the content and origin; the same event always has the same id. */
  readonly id: string;
  readonly value: Uint8Array;
  /**
   * What `value` says, where whoever made it has that at hand. The log does not keep it: a reader may get it
   * where it runs in the same process, and saves itself to decode the bytes. Nobody may change it.
   */
  readonly message?: object | undefined;
}

export interface StreamPartition {
  readonly stream: StreamName;
  readonly partition: number;
}

/** A partition of one log. Offsets, and positions made of them, count only within it. */
export interface LogPartition extends StreamPartition {
  /** The stream's identity; see EventLog.identity. */
  readonly log: string;
}

export interface StoredRecord extends OutgoingRecord {
  readonly partition: number;
  /** Place in the partition; grows, may have holes. */
  readonly offset: number;
}

/** Something that runs until it is stopped. */
export interface Running {
  /** Rejects when the work had to end by itself (a bug or a misconfiguration, never a passing fault). */
  readonly failed: Promise<never>;
  /** Finishes the batch in hand, commits it, gives the partitions back. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * A named source outside the log (the spool, an outbox) that hands records over exactly once:
 * the records and the source's position become visible together. Opening a feed fences every
 * earlier holder of the same name, on any machine.
 */
export interface Feed {
  /** Position at the opening, whoever committed it, and from then on that of the last append; 0 for a new feed. */
  readonly position: number;
  /**
   * Publishes all records and moves the position, or neither. Positions grow; an append without
   * records moves it too. Waits out passing faults until the feed is closed, also where the outcome
   * of an attempt is unknown: nothing is published twice. Throws FencedError when another holder
   * opened the feed; that holder goes on from the position.
   */
  append(records: readonly OutgoingRecord[], position: number): Promise<void>;
  close(): Promise<void>;
}

export interface PipeOptions {
  readonly group: string;
  readonly from: StreamName;
  /**
   * Pure: the same records give the same outputs. May be called again for records whose outputs were
   * lost, so nothing is reported here.
   */
  readonly transform: (records: readonly StoredRecord[]) => readonly OutgoingRecord[];
  /**
   * What becomes of a record on which transform throws even alone, or whose outputs the log cannot
   * take. Must not throw: the pipe would fail with PoisonFailedError.
   */
  readonly poison: (record: StoredRecord, error: unknown) => readonly OutgoingRecord[];
  /**
   * Called after a batch was committed, with the very outputs that transform and poison gave: the
   * place for reports, as both may be called again for the same records. A batch is left out only
   * where the process ended, or another owner went on, before the outcome of the commit was known.
   * Must not throw.
   */
  readonly onCommitted?: (
    records: readonly StoredRecord[],
    outputs: readonly OutgoingRecord[],
  ) => void;
  readonly maxBatchRecords?: number;
}

/** How far a sink came on another log than the one it reads now. */
export interface EarlierLog {
  readonly log: string;
  /** When it last moved there. */
  readonly until: Date;
}

export interface DrainBatch {
  readonly partition: LogPartition;
  readonly records: readonly StoredRecord[];
  /** Position the batch starts from: what the sink must hold now. */
  readonly from: number;
  /** Position the sink must hold afterwards. */
  readonly to: number;
}

/**
 * A place outside the log that keeps its own position, in the same transaction as its effects.
 * commit and reject move the position from `from` to `to` by compare-and-set and throw
 * FencedError when it was elsewhere: then another owner has taken over.
 */
export interface DrainSink {
  /**
   * Undefined where it never moved in this log; it then starts at 0. Positions in other logs, which
   * the sink may have too, are of no use here.
   */
  position(partition: LogPartition): Promise<number | undefined>;
  /** The log on which it moved last before this one; asked for the report that the log was replaced. */
  earlierLog?(partition: LogPartition): Promise<EarlierLog | undefined>;
  /**
   * Makes the effects of the batch and the position durable together. An error with
   * `retryable === true` is tried again for ever with back-off; any other makes the log try the
   * records one by one and hand the failing one to `reject`.
   */
  commit(batch: DrainBatch): Promise<void>;
  /** Takes a batch of one record that commit refused three times: keeps it visible, moves the position. */
  reject(batch: DrainBatch, error: unknown): Promise<void>;
}

export interface DrainOptions {
  readonly group: string;
  readonly from: StreamName;
  readonly sink: DrainSink;
  readonly maxBatchRecords?: number;
}

export interface EventLog {
  /** Makes streams that do not exist yet. */
  prepare(): Promise<void>;
  /**
   * Identity of a stream, made once and kept in the log. Offsets belong to it: another kind of log,
   * another prefix, a stream that was deleted and made again, brokers that were rebuilt each have
   * another identity. A log that was put back to an older state still has its own, until whoever
   * notices that calls `renew`.
   */
  identity(stream: StreamName): Promise<string>;
  /**
   * Gives every stream of the log a new identity, so that positions in what the log has lost count
   * no longer. Does nothing where the identity of `stream` is not `seen` any more.
   */
  renew(stream: StreamName, seen: string): Promise<void>;
  /**
   * `recalled` is the position that the source itself remembers to have reached in this log. It
   * counts where the log has none, as Kafka forgets positions of feeds that were silent for long.
   */
  openFeed(name: string, recalled?: number): Promise<Feed>;
  /** Position of a feed without fencing its holder; for the audit. */
  feedPosition(name: string): Promise<number>;
  /**
   * Batches in, records out; outputs and the group's position become visible together. A new group
   * starts at the oldest record that is kept. May be started before the streams exist.
   */
  pipe(options: PipeOptions): Promise<Running>;
  /** Batches into a sink that keeps the position itself. */
  drain(options: DrainOptions): Promise<Running>;
  /** Positions of a pipe's group, one per partition of the stream; 0 where it never moved. */
  groupPositions(group: string, from: StreamName): Promise<readonly number[]>;
  /** Visible records from the given positions (one per partition) to the end as it is now, in order within each partition. */
  scan(stream: StreamName, positions: readonly number[]): AsyncIterable<StoredRecord>;
  /** Number of partitions of a stream. */
  partitions(stream: StreamName): Promise<number>;
  /** Rejects where the log cannot be reached; for readiness. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Another instance holds what this one believed to own. The holder must release it and start again. */
export class FencedError extends Error {
  readonly code = 'fenced';
  readonly retryable = false;

  constructor(what: string, options?: ErrorOptions) {
    super(`${what} is held by another instance`, options);
    this.name = 'FencedError';
  }
}

/** Structural, so that errors of any package can say so without a common base class. */
export function isRetryable(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === true
  );
}

interface Place {
  readonly group: string;
  readonly stream: string;
  readonly partition: number;
}

/** What every adapter reports in the same words. */
export const eventLogEvents = {
  'records-removed-unread': event<Place & { from: number; to: number }>({
    level: 'error',
    message:
      'records were removed from the event log before this group had read them; ' +
      '`envigate audit` names the files that are missing',
    counters: [
      {
        name: 'envigate_event_log_removed_unread_records_total',
        help: 'Offsets from a position of a group to the first record that is left: removed unread.',
        labels: ['group', 'stream', 'partition'],
        by: ({ from, to }) => to - from,
      },
    ],
  }),
  'log-replaced': event<{
    group: string;
    stream: string;
    log: string;
    earlier: string;
    /** When the group last moved on the earlier log; UTC, ISO 8601. */
    until: string;
  }>({
    level: 'warn',
    message:
      'the event log is another one than before (another kind, prefix or broker, or put back to an ' +
      'older state): positions of the earlier one do not count in it. Reading from its first record; ' +
      'what is recorded already is skipped',
    counters: [
      {
        name: 'envigate_event_log_replaced_total',
        help: 'Times a group found another event log than the one it had read before.',
        labels: ['group', 'stream'],
      },
    ],
  }),
  'position-beyond-end': event<Place & { log: string; position: number; end: number }>({
    level: 'warn',
    message:
      'the event log ends before a position that was reached in it: it was put back to an older ' +
      'state. It gets a new identity, and its readers begin at its first record',
    counters: [
      {
        name: 'envigate_event_log_put_back_total',
        help: 'Times a reader found the event log shorter than it had been.',
        labels: ['group', 'stream'],
      },
    ],
  }),
  'position-recalled': event<{ of: string; position: number }>({
    level: 'info',
    message: 'the event log had forgotten this position; going on from its copy',
    counters: [
      {
        name: 'envigate_event_log_recalled_positions_total',
        help: 'Positions that the event log had forgotten and that were taken from their copy.',
      },
    ],
  }),
} as const;
