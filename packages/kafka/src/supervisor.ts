import { Backoff, pause } from '@envigate/runtime';
import type { Running } from '@envigate/event-log';
import { PartitionConsumer, type PartitionConsumerOptions } from './partition-consumer.ts';

/** A consumer that shows no sign of life for so long is replaced (kafkajs issue 1630: it may never rejoin). */
const silenceMs = 90_000;
const lookEveryMs = 5_000;
/** How long a consumer may take to stop before it is left to itself; its owners are fenced by the next. */
const stopWithinMs = 20_000;
/** A consumer that lived so long had started well: the next one need not wait. */
const settledMs = 60_000;

/**
 * Runs partition consumers one after another until stopped: kafkajs gives up on errors that it
 * takes for lasting and on a broker that is away for more than a few seconds; we do not.
 */
export function supervise(options: PartitionConsumerOptions): Running {
  const { logger } = options;
  const stopping = new AbortController();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined); // whoever holds it may look later

  const backoff = new Backoff({ firstMs: 200, maxMs: 10_000 });
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      const begun = performance.now();
      const outcome = await liveOnce(options, stopping.signal);
      if (outcome.kind === 'stopped') return;
      if (outcome.kind === 'fatal') {
        logger.error({ err: outcome.error }, 'consumer cannot go on');
        fail(outcome.error);
        return;
      }
      if (performance.now() - begun > settledMs) backoff.reset();
      logger.warn({ err: outcome.error }, 'consumer ended, another is started');
      await backoff.wait(stopping.signal);
    }
  })();

  return {
    failed,
    async stop() {
      stopping.abort(new Error('stopped'));
      await ended;
    },
  };
}

type Outcome =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'ended'; readonly error: unknown }
  | { readonly kind: 'fatal'; readonly error: unknown };

async function liveOnce(options: PartitionConsumerOptions, stop: AbortSignal): Promise<Outcome> {
  const consumer = new PartitionConsumer(options);
  const over = new AbortController();
  const fatal = (error: unknown): Outcome => ({ kind: 'fatal', error });
  const ended = (error: unknown): Outcome =>
    options.isFatal(error) ? fatal(error) : { kind: 'ended', error };
  const started = consumer.start();
  try {
    return await Promise.race([
      started.then(() => new Promise<never>(() => undefined), ended),
      consumer.ended.then(ended),
      consumer.fatal.then(fatal),
      silent(consumer, over.signal).then(ended),
      aborted(stop).then((): Outcome => ({ kind: 'stopped' })),
    ]);
  } finally {
    over.abort();
    await stopWithin(
      consumer,
      started.catch(() => undefined),
    );
  }
}

async function silent(consumer: PartitionConsumer, over: AbortSignal): Promise<Error> {
  while (performance.now() - consumer.lastSign < silenceMs) {
    await pause(lookEveryMs, over);
    if (over.aborted) return new Promise(() => undefined);
  }
  return new Error(`the consumer has shown no sign of life for ${silenceMs / 1000} s`);
}

/** kafkajs cannot be stopped while it joins: stopped then, it would go on and own partitions. */
async function stopWithin(consumer: PartitionConsumer, started: Promise<void>): Promise<void> {
  const stopped = started.then(() => consumer.stop());
  const timeout = new AbortController();
  await Promise.race([stopped.finally(() => timeout.abort()), pause(stopWithinMs, timeout.signal)]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
