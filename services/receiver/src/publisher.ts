import { stationFileCodec } from '@envigate/contracts';
import {
  FencedError,
  Pace,
  isRetryable,
  streams,
  type OutgoingRecord,
  type Running,
} from '@envigate/event-log';
import { Backoff, messageOf, pause, type Clock } from '@envigate/runtime';
import type { SpooledFile } from '@envigate/spool';
import { beginHandOver, type BegunHandOver, type HandOverParts } from './begin-hand-over.ts';

export interface PublisherParts extends HandOverParts {
  readonly clock: Clock;
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

/**
 * Hands the spool over to the event log, for as long as it takes: while the log is away the files
 * stay where they are, and nobody at the door notices. Each file is published once, because the
 * log keeps the position in the spool together with the records; whenever the outcome of an append
 * is unknown, the feed is opened anew, and its position shows the outcome.
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
  const backoff = new Backoff({ firstMs: firstWaitMs, maxMs: maxWaitMs });
  while (!isStopping()) {
    try {
      await publishUntilFault(parts, signal, () => backoff.reset());
    } catch (error) {
      if (isStopping()) return;
      if (!isRefusal(error) && !isPassing(error)) throw error;
      const waitMs = isRefusal(error) ? maxWaitMs : Math.round(backoff.nextMs());
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
  const { spool, emit } = parts;
  const isStopping = (): boolean => signal.aborted;
  const begun = await beginHandOver(parts);
  const { feed } = begun;
  try {
    let { position } = begun;
    emit('feed-opened', { spoolId: spool.id, position, head: spool.head });
    noteHandOver(parts, begun, position);
    await spool.handOverFrom(position);
    const pace = new Pace();
    while (!isStopping()) {
      await spool.waitBeyond(position, signal);
      if (isStopping()) return;
      const startedAt = performance.now();
      position = await publishBatch(parts, begun, position);
      onProgress();
      if (spool.settled - position < parts.maxBatchRecords) {
        await pause(pace.restMs(performance.now() - startedAt), signal);
      }
    }
  } finally {
    await feed.close().catch(() => undefined);
  }
}

async function publishBatch(
  parts: PublisherParts,
  begun: BegunHandOver,
  after: number,
): Promise<number> {
  const { spool, clock, emit, maxBatchRecords, maxBatchBytes = defaultMaxBatchBytes } = parts;
  const maxRecords = Math.min(maxBatchRecords, spool.settled - after);
  const read = await spool.read(after, { maxRecords, maxBytes: maxBatchBytes });
  const last = read.at(-1);
  if (last === undefined) return after;
  const position = last.reception.spoolSequence;
  const files = after < begun.furthest ? await withoutRecorded(parts, read) : read;
  await begun.feed.append(files.map(toRecord), position);
  noteHandOver(parts, begun, position);
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

/** Of files that an earlier event log had: those that did not get to the record from there. */
async function withoutRecorded(
  { spool, receptions, emit }: PublisherParts,
  files: readonly SpooledFile[],
): Promise<readonly SpooledFile[]> {
  const sequences = files.map(({ reception }) => reception.spoolSequence);
  const missing = await receptions.missing(spool.id, sequences.at(0) ?? 0, sequences.at(-1) ?? 0);
  const lacking = files.filter(({ reception: { spoolSequence } }) =>
    missing.some(({ from, to }) => from <= spoolSequence && spoolSequence <= to),
  );
  emit('files-handed-over-again', {
    files: lacking.length,
    recorded: files.length - lacking.length,
  });
  return lacking;
}

function noteHandOver(
  { spool, clock }: PublisherParts,
  { log, furthest }: BegunHandOver,
  position: number,
): void {
  const at = clock().toISOString();
  spool.noteHandOver({ log, position, furthest: Math.max(furthest, position), at });
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
