import { streams, type StreamName } from '@envigate/event-log';
import type { Emit, Logger } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import { statement } from '../connection/session.ts';
import type { events } from './telemetry.ts';

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
