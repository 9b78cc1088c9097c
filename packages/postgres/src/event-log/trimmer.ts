import { streams, type StreamName } from '@envigate/event-log';
import type { Emit, Logger } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';
import type { events } from './telemetry.ts';
import type { GroupLag } from './log-store.ts';
import { groupOf, memberKey } from './ownership.ts';
import { readLags } from './statements.ts';

interface TrimmerOptions {
  readonly database: Database;
  readonly retentionHours: number;
  readonly emit: Emit<typeof events>;
  readonly logger: Logger;
}

/** Streams for others: no service of the gateway needs them, so that age alone counts. */
const outwardStreams: readonly StreamName[] = [streams.gaps, streams.receipts];

const everyMs = 60_000;
const chunk = 5_000;

// A record may go when it is old enough and
//  - every group that ever read its stream is beyond it: a pipe by its position, a drain by the
//    position that its sink was last seen to hold, which is never ahead of the sink;
//  - and some group did, where the stream is not for others: what a service never came to read
//    (it is being installed, or was stopped since) waits for it, however long.
// A group without a row for a partition has not begun there: it is at 0.
const trimBounds = statement(
  'event-log-trim-bounds',
  `SELECT p.stream, p.partition,
          CASE WHEN count(reader.consumer) > 0 THEN min(coalesce(held.position, 0))
               WHEN p.stream = ANY($1::text[]) THEN p.next_offset
               ELSE 0 END AS bound
   FROM event_log.partitions p
     LEFT JOIN (SELECT DISTINCT consumer, stream FROM event_log.positions WHERE stream <> '') reader
       ON reader.stream = p.stream
     LEFT JOIN event_log.positions held
       ON held.consumer = reader.consumer AND held.stream = p.stream AND held.partition = p.partition
   GROUP BY p.stream, p.partition, p.next_offset`,
);

// Only the oldest records are looked at: the first that is too young ends the search.
const trimRecords = statement(
  'event-log-trim-records',
  `DELETE FROM event_log.records
   WHERE stream = $1 AND partition = $2 AND "offset" <= (
     SELECT max("offset") FROM (
       SELECT "offset", appended_at FROM event_log.records
       WHERE stream = $1 AND partition = $2 AND "offset" < $3
       ORDER BY "offset" LIMIT $5
     ) AS oldest
     WHERE appended_at < now() - make_interval(secs => $4::float8 * 3600)
   )`,
);

// A record from a time when the clock was ahead would be kept until then.
// Its true age is unknown: it counts from now on, so that nobody outside loses it early.
const restampRecords = statement(
  'event-log-restamp-records',
  `UPDATE event_log.records SET appended_at = now()
   WHERE stream = $1 AND partition = $2 AND appended_at > now() + interval '1 hour'
     AND "offset" IN (SELECT "offset" FROM event_log.records
                      WHERE stream = $1 AND partition = $2 AND "offset" < $3
                      ORDER BY "offset" LIMIT $4)`,
);

/** Removes consumed records after their time. Each process tries; one at a time does it. */
export class Trimmer {
  readonly #options: TrimmerOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: TrimmerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = setInterval(() => {
      this.#running ??= this.#tick().finally(() => (this.#running = undefined));
    }, everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #tick(): Promise<void> {
    const { database, logger } = this.#options;
    try {
      const lock = await database.advisoryLock('event log trimming');
      if (lock === undefined) return;
      try {
        await this.trim();
      } finally {
        await lock.release();
      }
    } catch (error) {
      logger.debug({ err: error }, 'trimming the event log is tried again later');
    }
  }

  async trim(): Promise<void> {
    const { database, retentionHours, emit } = this.#options;
    const bounds = await database.query<{ stream: string; partition: number; bound: number }>(
      trimBounds,
      [outwardStreams],
    );
    for (const { stream, partition, bound } of bounds) {
      await database.execute(restampRecords, [stream, partition, bound, chunk]);
      for (let removed = chunk; removed >= chunk && !this.#stopped;) {
        const parameters = [stream, partition, bound, retentionHours, chunk];
        removed = await database.execute(trimRecords, parameters);
        if (removed > 0) emit('records-trimmed', { stream, records: removed });
      }
    }
  }
}

/** A group that ever read a stream. The trimmer keeps for it what it has not read, however old. */
export interface LogReader {
  /** As the lag's label has it: `pipe:normaliser`, `drain:recorder`. */
  readonly consumer: string;
  readonly stream: string;
  /** Records from its position to the end, over all partitions. */
  readonly unread: number;
  readonly movedAt: Date;
  /** Whether a process is in the group now. */
  readonly isRunning: boolean;
}

/** A reader that may not be forgotten; the message says why, and what to do. */
export class ReaderKeptError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReaderKeptError';
  }
}

export async function listReaders(database: Database): Promise<readonly LogReader[]> {
  return database.transaction(listIn);
}

/**
 * Removes the positions of a group that will not come back, so that the trimmer no longer waits for it.
 * `unread` is how many records the caller knows it to leave unread. If the group does come back, it begins
 * at the oldest record that is left. Throws ReaderKeptError if there is no such reader, a process is in
 * it, or it has more unread.
 */
export async function forgetReader(
  database: Database,
  consumer: string,
  unread: number,
): Promise<readonly LogReader[]> {
  return database.transaction(async (tx) => {
    const all = await listIn(tx);
    const readers = all.filter((reader) => reader.consumer === consumer);
    if (readers.length === 0) {
      const known = [...new Set(all.map((reader) => reader.consumer))].join(', ');
      const names = known === '' ? 'none' : known;
      throw new ReaderKeptError(`the event log has no reader '${consumer}'; known: ${names}`);
    }
    for (const { stream, isRunning } of readers) {
      if (isRunning)
        throw new ReaderKeptError(`'${consumer}' reads ${stream} now: stop its service first`);
    }
    const left = readers.reduce((sum, reader) => sum + reader.unread, 0);
    if (left > unread)
      throw new ReaderKeptError(
        `'${consumer}' has ${left} records unread, which would be removed without it: start its service, or pass --unread ${left}`,
      );
    await tx.execute('DELETE FROM event_log.positions WHERE consumer = $1', [consumer]);
    return readers;
  });
}

/** Nobody joins the groups that do not run before the transaction ends. */
async function listIn(tx: Session): Promise<readonly LogReader[]> {
  const readers: LogReader[] = [];
  for (const { consumer, stream, lag, movedAt } of await tx.query<GroupLag>(readLags)) {
    const key = memberKey(groupOf(consumer, stream));
    const [lock] = await tx.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1) AS taken',
      [key],
    );
    const isRunning = lock?.taken !== true;
    readers.push({ consumer, stream, unread: lag, movedAt, isRunning });
  }
  return readers;
}
