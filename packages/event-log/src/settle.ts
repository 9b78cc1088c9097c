import { Backoff, type BackoffOptions } from '@envigate/runtime';
import {
  FencedError,
  isRetryable,
  type DrainBatch,
  type DrainSink,
  type StoredRecord,
} from './port.ts';

export interface SettleOptions {
  /** Ends the waiting between attempts; settle then rejects with its reason. An attempt under way is finished. */
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
export async function settle(
  batch: DrainBatch,
  sink: DrainSink,
  options: SettleOptions,
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
  for (const alone of oneByOne(batch)) await settleAlone(alone, sink, commit, options);
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

async function settleAlone(
  batch: DrainBatch,
  sink: DrainSink,
  commit: (batch: DrainBatch) => Promise<void>,
  options: SettleOptions,
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
  options: SettleOptions,
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
