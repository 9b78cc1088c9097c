import { stationFileCodec, type StationFile } from '@envigate/contracts';
import type { ReceptionRecord, SequenceRange } from '@envigate/domain';
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
import { Backoff, messageOf, pause, type Clock } from '@envigate/runtime';
import type { HandOver, Spool, SpooledFile } from '@envigate/spool';
import type { DoorUses } from './availability/door-uses.ts';
import type { PublisherEmit } from './telemetry.ts';

export interface PublisherParts extends HandOverParts {
  readonly clock: Clock;
  /** By which protocol files of each account come in. */
  readonly uses: DoorUses;
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
  for (const { reception } of read)
    parts.uses.note(reception.account, reception.protocol, Date.parse(reception.receivedAt));
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
  const message: StationFile = { type: 'station-file.v2', reception, content };
  return {
    stream: streams.files,
    key: reception.account,
    id: reception.receptionId,
    value: stationFileCodec.encode(message),
    message,
  };
}

export interface HandOverParts {
  readonly spool: Spool;
  readonly eventLog: Pick<EventLog, 'openFeed' | 'identity' | 'renew'>;
  /** Asked only where the event log is another one than before. */
  readonly receptions: ReceptionRecord;
  readonly emit: PublisherEmit;
}

/** The spool folder is an old copy: what it would take now has sequences that were handed over before. */
export class SpoolOutdatedError extends Error {
  readonly code = 'spool-outdated';
  readonly retryable = false;

  constructor(spoolId: string, holder: 'event log' | 'record', position: number, head: number) {
    super(
      `the ${holder} holds ${position} files of spool ${spoolId}, which itself ends at ${head}: the ` +
        'spool folder is an old copy. Files taken now would be passed over. Move the folder aside ' +
        'and start again (a new spool is begun)',
    );
    this.name = 'SpoolOutdatedError';
  }
}

/** A feed of the spool, and from where on it has something to do. */
interface BegunHandOver {
  readonly feed: Feed;
  readonly log: string;
  /** Everything up to here is on this log, or cannot be brought there. */
  readonly position: number;
  /**
   * Up to here files were handed over to an event log before. Those that this one has not are handed
   * over again where the record lacks them.
   */
  readonly furthest: number;
}

/**
 * Opens the feed of the spool and finds out whether the event log is still the one to which files were
 * handed over before: another one (another kind, prefix, rebuilt brokers) has another identity, and one
 * that was put back to an older state ends before the note in the spool.
 */
async function beginHandOver(parts: HandOverParts): Promise<BegunHandOver> {
  const { spool, eventLog } = parts;
  const identity = await eventLog.identity(streams.files);
  const before = spool.handedOver;
  const isSame = before?.log === identity;
  const feed = await eventLog.openFeed(`spool:${spool.id}`, isSame ? before.position : 0);
  try {
    return await compareWithLog(parts, feed, identity, before);
  } catch (error) {
    await feed.close().catch(() => undefined);
    throw error;
  }
}

async function compareWithLog(
  parts: HandOverParts,
  feed: Feed,
  identity: string,
  before: HandOver | undefined,
): Promise<BegunHandOver> {
  const { spool, eventLog } = parts;
  const { position } = feed;
  const { id, head, oldest } = spool;
  if (position > head) throw new SpoolOutdatedError(id, 'event log', position, head);
  // What the spool has deleted was handed over, whether that was noted or not.
  const furthest = Math.max(position, oldest - 1, before?.furthest ?? 0);
  const change = changeOf(position, oldest, identity, before);
  let log = identity;
  if (change === 'put-back') {
    // Before anything new gets there: what has read this log is to begin anew.
    await eventLog.renew(streams.files, identity);
    log = await eventLog.identity(streams.files);
  }
  if (change !== undefined) await reportChange(parts, { change, log, position, furthest }, before);
  if (position < oldest - 1) await reportLost(parts, { from: position + 1, to: oldest - 1 });
  return { feed, log, position: Math.max(position, oldest - 1), furthest };
}

type Change = 'another-log' | 'put-back';

function changeOf(
  position: number,
  oldest: number,
  identity: string,
  before: HandOver | undefined,
): Change | undefined {
  // Without a note only what is missing can show it.
  if (before === undefined) return position < oldest - 1 ? 'another-log' : undefined;
  if (before.log !== identity) return 'another-log';
  return position < before.position ? 'put-back' : undefined;
}

async function reportChange(
  { spool, receptions, emit }: HandOverParts,
  found: { change: Change; log: string; position: number; furthest: number },
  before: HandOver | undefined,
): Promise<void> {
  const { id: spoolId, head, oldest } = spool;
  const last = await receptions.last(spoolId);
  if (last > head) throw new SpoolOutdatedError(spoolId, 'record', last, head);
  const earlier = { earlier: before?.log ?? 'unknown', since: before?.at ?? 'unknown' };
  emit('event-log-changed', { spoolId, ...found, ...earlier, oldest });
}

const maxRangesInReport = 10;
const stepSequences = 50_000;

/** Says what neither this log, nor the spool, nor the record has. */
async function reportLost(
  { spool, receptions, emit }: HandOverParts,
  { from, to }: SequenceRange,
): Promise<void> {
  let files = 0;
  const ranges: string[] = [];
  for (let first = from; first <= to; first += stepSequences) {
    const last = Math.min(first + stepSequences - 1, to);
    for (const missing of await receptions.missing(spool.id, first, last)) {
      files += missing.to - missing.from + 1;
      if (ranges.length < maxRangesInReport) ranges.push(`${missing.from}–${missing.to}`);
    }
  }
  if (files === 0) return;
  emit('files-let-go', { spoolId: spool.id, files, ranges: ranges.join(', ') });
}
