import type { ReceptionRecord, SequenceRange } from '@envigate/domain';
import { streams, type EventLog, type Feed } from '@envigate/event-log';
import type { HandOver, Spool } from '@envigate/spool';
import type { PublisherEmit } from './telemetry.ts';

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
export interface BegunHandOver {
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
export async function beginHandOver(parts: HandOverParts): Promise<BegunHandOver> {
  const { spool, eventLog } = parts;
  const identity = await eventLog.identity(streams.files);
  const before = spool.handedOver;
  const isSame = before?.log === identity;
  const feed = await eventLog.openFeed(`spool:${spool.id}`, isSame ? before.position : 0);
  try {
    return await compare(parts, feed, identity, before);
  } catch (error) {
    await feed.close().catch(() => undefined);
    throw error;
  }
}

async function compare(
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
