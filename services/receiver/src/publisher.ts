import { stationFileCodec } from '@envigate/contracts';
import {
  FencedError,
  Pace,
  isRetryable,
  streams,
  type EventLog,
  type Feed,
  type OutgoingRecord,
  type Running,
} from '@envigate/event-log';
import { messageOf, type Clock } from '@envigate/runtime';
import type { Spool, SpooledFile } from '@envigate/spool';
import type { ReceiverEmit } from './telemetry.ts';

export interface PublisherParts {
  readonly spool: Spool;
  readonly eventLog: EventLog;
  readonly clock: Clock;
  readonly emit: ReceiverEmit;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes?: number;
  /** Waits between attempts while the event log is away; tests shorten them. */
  readonly firstWaitMs?: number;
  readonly maxWaitMs?: number;
  /** How long `stop` waits for the batch in hand; default 5 s. */
  readonly stopMs?: number;
}

const defaultMaxBatchBytes = 1024 * 1024;
const defaultFirstWaitMs = 100;
const defaultMaxWaitMs = 10_000;
const defaultStopMs = 5000;

/** The spool folder is an old copy: what it would take now has sequences that were handed over before. */
export class SpoolOutdatedError extends Error {
  readonly code = 'spool-outdated';
  readonly retryable = false;

  constructor(spoolId: string, position: number, head: number) {
    super(
      `the event log holds ${position} files of spool ${spoolId}, which itself ends at ${head}: the ` +
        'spool folder is an old copy. Files taken now would be passed over. Move the folder aside ' +
        'and start again (a new spool is begun)',
    );
    this.name = 'SpoolOutdatedError';
  }
}

/**
 * Hands the spool over to the event log, for as long as it takes: while the log is away the files
 * stay where they are, and nobody at the door notices. Each file is published once, because the
 * log keeps the position in the spool together with the records; whenever the outcome of an append
 * is unknown, the feed is opened anew and tells it.
 */
export function startPublisher(parts: PublisherParts): Running {
  const stopping = new AbortController();
  const done = publishForEver(parts, stopping.signal);
  const failed = done.then(() => new Promise<never>(() => undefined));
  // Whoever runs this looks at it sooner or later; until then it must not end the process.
  failed.catch(() => undefined);
  return {
    failed,
    async stop() {
      stopping.abort();
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, parts.stopMs ?? defaultStopMs);
      });
      await Promise.race([done.catch(() => undefined), patience]);
      clearTimeout(timer);
    },
  };
}

/** Ends when the signal aborts; rejects with what no further attempt would mend. */
async function publishForEver(parts: PublisherParts, signal: AbortSignal): Promise<void> {
  const { emit, firstWaitMs = defaultFirstWaitMs, maxWaitMs = defaultMaxWaitMs } = parts;
  const isStopping = (): boolean => signal.aborted;
  for (let waitMs = firstWaitMs; !isStopping(); waitMs = Math.min(waitMs * 2, maxWaitMs)) {
    try {
      await publishUntilFault(parts, signal, () => (waitMs = firstWaitMs));
    } catch (error) {
      if (isStopping()) return;
      if (isRefusal(error)) waitMs = maxWaitMs;
      else if (!isPassing(error)) throw error;
      emit(isRefusal(error) ? 'feed-refused' : 'feed-failed', { reason: messageOf(error), waitMs });
      await pause(waitMs, signal);
    }
  }
}

const refusals = new Set(['event-log-refused', 'record-refused', 'record-too-large']);

/** A person must change something on the event log. Until then files are taken all the same. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && refusals.has(String(error.code));
}

/** What may be over at the next attempt: the log is away or has another holder, the disk did not answer. */
function isPassing(error: unknown): boolean {
  const isSystemError = error instanceof Error && 'syscall' in error;
  return isRetryable(error) || error instanceof FencedError || isSystemError;
}

/** Rejects with the first fault; resolves when the signal aborts. */
async function publishUntilFault(
  parts: PublisherParts,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const { spool, eventLog, emit } = parts;
  const isStopping = (): boolean => signal.aborted;
  const feed = await eventLog.openFeed(`spool:${spool.id}`);
  try {
    let { position } = feed;
    const { id: spoolId, head, oldest } = spool;
    if (position > head) throw new SpoolOutdatedError(spoolId, position, head);
    if (position < oldest - 1) emit('feed-behind', { spoolId, position, oldest });
    emit('feed-opened', { spoolId, position, head });
    await spool.release(position);
    const pace = new Pace();
    while (!isStopping()) {
      await spool.waitBeyond(position, signal);
      if (isStopping()) return;
      const begun = performance.now();
      position = await publishBatch(parts, feed, position);
      onProgress();
      if (spool.settled - position < parts.maxBatchRecords) {
        await pause(pace.restMs(performance.now() - begun), signal);
      }
    }
  } finally {
    await feed.close().catch(() => undefined);
  }
}

async function publishBatch(parts: PublisherParts, feed: Feed, after: number): Promise<number> {
  const { spool, clock, emit, maxBatchRecords, maxBatchBytes = defaultMaxBatchBytes } = parts;
  const maxRecords = Math.min(maxBatchRecords, spool.settled - after);
  const files = await spool.read(after, { maxRecords, maxBytes: maxBatchBytes });
  const last = files.at(-1);
  if (last === undefined) return after;
  const position = last.reception.spoolSequence;
  await feed.append(files.map(toRecord), position);
  const now = clock().getTime();
  emit('files-published', {
    files: files.length,
    bytes: files.reduce((sum, { content }) => sum + content.length, 0),
    seconds: files
      .slice(0, 1)
      .map(({ reception }) => (now - Date.parse(reception.receivedAt)) / 1000),
  });
  await spool.release(position);
  return position;
}

function toRecord({ reception, content }: SpooledFile): OutgoingRecord {
  return {
    stream: streams.files,
    key: reception.account,
    id: reception.receptionId,
    value: stationFileCodec.encode({
      type: 'station-file.v1',
      reception,
      content: content.toString('base64'),
    }),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
