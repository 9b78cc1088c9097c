import { Backoff, type BackoffOptions, type Emit } from '@envigate/runtime';
import {
  FencedError,
  isRetryable,
  type DrainBatch,
  type DrainSink,
  type StoredRecord,
  type EventLog,
  type LogPartition,
  type StreamPartition,
  type eventLogEvents,
} from './port.ts';

export interface CommitRetryOptions {
  /** Ends the waiting between attempts; commitWithRetry then rejects with its reason. An attempt under way is finished. */
  readonly signal: AbortSignal;
  readonly onRetry?: (error: unknown, batch: DrainBatch) => void;
  readonly onReject?: (record: StoredRecord, error: unknown) => void;
  readonly backoff?: BackoffOptions;
}

const attemptsAlone = 3;

/**
 * What every adapter does with a batch for a sink: a passing fault (`retryable`) is tried again
 * for ever with back-off; on any other error the records go one by one, and one that fails three
 * times alone is handed to `reject`. FencedError is the caller's.
 */
export async function commitWithRetry(
  batch: DrainBatch,
  sink: DrainSink,
  options: CommitRetryOptions,
): Promise<void> {
  const commit = (part: DrainBatch): Promise<void> =>
    untilLasting(() => sink.commit(part), part, options);
  if (batch.records.length > 1) {
    try {
      await commit(batch);
      return;
    } catch (error) {
      refuseFenced(error, options.signal);
    }
  }
  for (const alone of oneByOne(batch)) await commitAlone(alone, sink, commit, options);
}

/** Batches of one record each, which together move the position as the whole would have. */
export function* oneByOne(batch: DrainBatch): Iterable<DrainBatch> {
  let from = batch.from;
  for (const [index, record] of batch.records.entries()) {
    const to = index === batch.records.length - 1 ? batch.to : record.offset + 1;
    yield { partition: batch.partition, records: [record], from, to };
    from = to;
  }
}

async function commitAlone(
  batch: DrainBatch,
  sink: DrainSink,
  commit: (batch: DrainBatch) => Promise<void>,
  options: CommitRetryOptions,
): Promise<void> {
  let last: unknown;
  for (let attempt = 1; attempt <= attemptsAlone; attempt += 1) {
    try {
      await commit(batch);
      return;
    } catch (error) {
      refuseFenced(error, options.signal);
      last = error;
    }
  }
  for (const record of batch.records) options.onReject?.(record, last);
  await untilLasting(() => sink.reject(batch, last), batch, options);
}

async function untilLasting(
  attempt: () => Promise<void>,
  batch: DrainBatch,
  options: CommitRetryOptions,
): Promise<void> {
  const { signal, onRetry, backoff: limits = { firstMs: 100, maxMs: 5_000 } } = options;
  const backoff = new Backoff(limits);
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      onRetry?.(error, batch);
      await backoff.wait(signal);
      signal.throwIfAborted();
    }
  }
}

function refuseFenced(error: unknown, signal: AbortSignal): void {
  if (error instanceof FencedError || signal.aborted) throw error;
}

/** The offsets that a partition has now: the first record that is left, and the end behind the last. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

export interface ReaderParts {
  readonly group: string;
  readonly range: (partition: StreamPartition) => Promise<OffsetRange>;
  /**
   * Offsets behind the last record of a transaction that are no records. A reader that has taken
   * everything is before them, and they are removed with the rest.
   */
  readonly marksPerTransaction: number;
  readonly emit: Emit<typeof eventLogEvents>;
}

export interface SinkReaderParts extends ReaderParts {
  /** Identities whose being new was reported, so that not each partition says it again. */
  readonly reported: Set<string>;
}

export interface SinkPosition {
  readonly partition: LogPartition;
  /** What the sink holds: where its next batch begins. */
  readonly position: number;
  /** The first record to be read; beyond the position where records were removed. */
  readonly begin: number;
}

/**
 * The position of a sink, checked against the partition as it is now. A position beyond the end
 * shows that the log was put back to an older state: what it will get next has offsets that the
 * sink has passed already. Then the log gets a new identity, in which no position counts, and the
 * sink begins at the first record; what it has already it recognises and skips.
 */
export async function takeUpPosition(
  sink: Pick<DrainSink, 'position' | 'earlierLog'>,
  place: StreamPartition,
  log: Pick<EventLog, 'identity' | 'renew'>,
  parts: SinkReaderParts,
): Promise<SinkPosition> {
  const { group, range, emit } = parts;
  for (;;) {
    const identity = await log.identity(place.stream);
    const partition: LogPartition = { ...place, log: identity };
    const position = await sink.position(partition);
    const { start, end } = await range(place);
    if (position !== undefined && position > end) {
      emit('position-beyond-end', { group, ...partition, position, end });
      await log.renew(place.stream, identity);
      continue;
    }
    if (position === undefined) await reportReplaced(sink, partition, parts);
    // A log that was put back is read again from its first record: what is gone was read before.
    const isReadAgain = position === undefined && isRenewed(identity);
    if (!isReadAgain) reportRemoved(place, { from: position ?? 0, to: start }, parts);
    return { partition, position: position ?? 0, begin: Math.max(position ?? 0, start) };
  }
}

async function reportReplaced(
  sink: Pick<DrainSink, 'earlierLog'>,
  partition: LogPartition,
  { group, reported, emit }: SinkReaderParts,
): Promise<void> {
  const { stream, log } = partition;
  if (reported.has(log)) return;
  const earlier = await sink.earlierLog?.(partition);
  if (earlier === undefined) return;
  reported.add(log);
  const until = earlier.until.toISOString();
  emit('log-replaced', { group, stream, log, earlier: earlier.log, until });
}

/** Reports what a partition no longer has although the group had not read it. */
export function reportRemoved(
  { stream, partition }: StreamPartition,
  { from, to }: { readonly from: number; readonly to: number },
  { group, marksPerTransaction, emit }: Omit<ReaderParts, 'range'>,
): void {
  if (to - from <= marksPerTransaction) return;
  emit('records-removed-unread', { group, stream, partition, from, to });
}

const renewalMark = '+';

/** The identity of a stream whose log was found put back; `renewal` is random. */
export function renewedIdentity(identity: string, renewal: string | undefined): string {
  return renewal === undefined ? identity : `${identity}${renewalMark}${renewal}`;
}

function isRenewed(identity: string): boolean {
  return identity.includes(renewalMark);
}
