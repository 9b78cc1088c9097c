import type { OutgoingRecord, StreamName } from '@envigate/event-log';
import { numberArray, statement, textArray } from '../connection/session.ts';

/** Every statement of the event log. */

/**
 * Publishing is one statement, so one round trip and one commit. Rows of the partitions are locked
 * in their order: two appends to the same partitions never wait for each other in a circle.
 * A record whose partition does not exist gets no offset, and NOT NULL refuses the whole.
 *
 *   $1 streams, $2 partitions, $3 record counts: one slot for each partition written to
 *   $4 slots, $5 places in the slot, $6 keys, $7 ids, $8 starts, $9 lengths: one for each record
 *   $10 the values one after the other (an array of bytea would travel as escaped hexadecimal)
 *
 * `moved` is empty where the caller's position was elsewhere; then nothing is published.
 * Answers one row per slot with its new end, or one of nulls where there are no records.
 */
const publishing = (moved: string): string => `
  WITH moved AS (${moved}),
  slots AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::int[])
      WITH ORDINALITY AS slot (stream, partition, records, slot)
  ),
  locked AS (
    SELECT p.stream, p.partition FROM event_log.partitions p JOIN slots USING (stream, partition)
    WHERE EXISTS (SELECT FROM moved)
    ORDER BY p.stream, p.partition
    FOR UPDATE OF p
  ),
  advanced AS (
    UPDATE event_log.partitions p SET next_offset = p.next_offset + slots.records
    FROM locked JOIN slots USING (stream, partition)
    WHERE p.stream = locked.stream AND p.partition = locked.partition
    RETURNING slots.slot, p.stream, p.partition, p.next_offset,
              p.next_offset - slots.records AS first_offset
  ),
  inserted AS (
    INSERT INTO event_log.records (stream, partition, "offset", key, record_id, value)
    SELECT slots.stream, slots.partition, advanced.first_offset + record.place,
           record.key, record.record_id, substring($10::bytea FROM record.start FOR record.length)
    FROM moved
      CROSS JOIN unnest($4::int[], $5::int[], $6::text[], $7::text[], $8::int[], $9::int[])
        AS record (slot, place, key, record_id, start, length)
      JOIN slots USING (slot)
      LEFT JOIN advanced USING (slot)
  )
  SELECT advanced.stream, advanced.partition, advanced.next_offset
  FROM moved LEFT JOIN advanced ON true`;

/** $11 consumer, $12 stream, $13 partition, $14 from, $15 to, $16 epoch. */
export const publishAndMove = statement(
  'event-log-publish-and-move',
  publishing(`
    UPDATE event_log.positions SET position = $15, moved_at = now()
    WHERE consumer = $11 AND stream = $12 AND partition = $13 AND position = $14 AND epoch = $16
    RETURNING CASE WHEN $17 THEN set_config('synchronous_commit', 'off', true) END`),
);

/** Takes a position over: whoever held it before has an old epoch from now on. */
export const claimPosition = statement(
  'event-log-claim-position',
  `INSERT INTO event_log.positions AS held (consumer, stream, partition, position, epoch)
   VALUES ($1, $2, $3, 0, 1)
   ON CONFLICT (consumer, stream, partition) DO UPDATE SET epoch = held.epoch + 1
   RETURNING position, epoch`,
);

export const readPosition = statement(
  'event-log-read-position',
  `SELECT position, epoch FROM event_log.positions
   WHERE consumer = $1 AND stream = $2 AND partition = $3`,
);

export const readPositions = statement(
  'event-log-read-positions',
  `SELECT p.partition, coalesce(held.position, 0) AS position
   FROM event_log.partitions p LEFT JOIN event_log.positions held
     ON held.consumer = $1 AND held.stream = p.stream AND held.partition = p.partition
   WHERE p.stream = $2
   ORDER BY p.partition`,
);

/** What a drain's sink holds by now; never moved back, a late report changes nothing. */
export const reportPosition = statement(
  'event-log-report-position',
  `INSERT INTO event_log.positions AS held (consumer, stream, partition, position)
   VALUES ($1, $2, $3, $4)
   ON CONFLICT (consumer, stream, partition)
     DO UPDATE SET position = excluded.position, moved_at = now()
     WHERE held.position < excluded.position`,
);

/**
 * $3 first offset, $4 most records, $5 most bytes. Of a first record that is larger only the size is
 * answered: whoever reads makes room for it. `candidates` are the records that $4 allowed. Values travel
 * in base64: as bytea they would be a text of twice their size, which takes pg three times as long to decode.
 */
export const readRecords = statement(
  'event-log-read-records',
  `SELECT "offset", key, record_id, bytes, candidates,
          CASE WHEN bytes_through <= $5 THEN encode(value, 'base64') END AS value
   FROM (
     SELECT *, count(*) OVER () AS candidates
     FROM (
       SELECT "offset", key, record_id, value, octet_length(value) AS bytes,
              sum(octet_length(value)) OVER (ORDER BY "offset") AS bytes_through
       FROM event_log.records
       WHERE stream = $1 AND partition = $2 AND "offset" >= $3
       ORDER BY "offset"
       LIMIT $4
     ) AS batch
   ) AS batch
   WHERE bytes_through <= $5 OR bytes_through = bytes
   ORDER BY "offset"`,
);

export const readEnds = statement(
  'event-log-read-ends',
  'SELECT stream, partition, next_offset FROM event_log.partitions ORDER BY stream, partition',
);

// A partition that a group has not begun counts whole.
export const readLags = statement(
  'event-log-read-lags',
  `SELECT reader.consumer, p.stream, max(held.moved_at) AS "movedAt",
          sum(p.next_offset - coalesce(held.position, 0))::bigint AS lag
   FROM (SELECT DISTINCT consumer, stream FROM event_log.positions WHERE stream <> '') reader
     JOIN event_log.partitions p ON p.stream = reader.stream
     LEFT JOIN event_log.positions held
       ON held.consumer = reader.consumer AND held.stream = p.stream AND held.partition = p.partition
   GROUP BY reader.consumer, p.stream
   ORDER BY reader.consumer, p.stream`,
);

export const readIdentity = statement(
  'event-log-read-identity',
  'SELECT log_id, renewal FROM event_log.identity',
);

/** By whoever prepares the log first. */
export const makeIdentity = statement(
  'event-log-make-identity',
  'INSERT INTO event_log.identity DEFAULT VALUES ON CONFLICT DO NOTHING',
);

/**
 * $1 the renewal as it was seen, $2 the new one. What drains were last seen to hold counts no longer:
 * they begin anew, and trimming waits for them.
 */
export const renewIdentity = statement(
  'event-log-renew-identity',
  `WITH renewed AS (
     UPDATE event_log.identity SET renewal = $2, since = now()
     WHERE renewal IS NOT DISTINCT FROM $1 RETURNING log_id
   )
   UPDATE event_log.positions SET position = 0
   WHERE consumer LIKE 'drain:%' AND EXISTS (SELECT FROM renewed)`,
);

/** Of a partition: its first record that is left, and the offset that its next one will have. */
export const readRange = statement(
  'event-log-read-range',
  `SELECT coalesce((SELECT min(r."offset") FROM event_log.records r
                    WHERE r.stream = p.stream AND r.partition = p.partition), p.next_offset) AS start,
          p.next_offset AS "end"
   FROM event_log.partitions p WHERE p.stream = $1 AND p.partition = $2`,
);

export const countPartitions = statement(
  'event-log-count-partitions',
  'SELECT count(*) AS partitions FROM event_log.partitions WHERE stream = $1',
);

/** $1 streams, $2 partitions of those that do not exist yet. */
export const createStreams = statement(
  'event-log-create-streams',
  `INSERT INTO event_log.partitions (stream, partition)
   SELECT stream, partition FROM unnest($1::text[]) stream, generate_series(0, $2 - 1) partition
   WHERE stream NOT IN (SELECT stream FROM event_log.partitions)`,
);

/** Sent after the commit that it announces, and without waiting for the disk: it is only a hint. */
export const notify = statement(
  'event-log-notify',
  `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`,
);

/** Beyond this one value would cost more memory than a batch is allowed. */
const maxValueBytes = 16 << 20;

/** Throws RecordRefusedError for a record that PostgreSQL could never store. */
export function refuseImpossible(records: readonly OutgoingRecord[]): void {
  for (const { id, key, value } of records) {
    if (id.includes('\0') || key.includes('\0')) {
      throw new RecordRefusedError(id, 'its id or key contains the character U+0000');
    }
    if (value.length > maxValueBytes) {
      throw new RecordRefusedError(id, `${value.length} bytes are more than ${maxValueBytes}`);
    }
  }
}

/** Records of one partition, in their order. */
export interface Slot {
  readonly stream: StreamName;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
}

/** The first ten parameters of the publishing statement, see there; and the records of each partition. */
export function encodeRecords(
  records: readonly OutgoingRecord[],
  partitions: (stream: string) => number,
): { readonly parameters: readonly unknown[]; readonly slots: readonly Slot[] } {
  const slots: (Slot & { readonly records: OutgoingRecord[]; readonly number: number })[] = [];
  const slotsByName = new Map<string, (typeof slots)[number]>();
  const slotNumbers: number[] = [];
  const places: number[] = [];
  const starts: number[] = [];
  const lengths: number[] = [];
  let nextStart = 1; // SQL counts from one
  for (const record of records) {
    const { stream, key, value } = record;
    const partition = partitionOf(key, partitions(stream));
    const name = `${stream} ${partition}`;
    let slot = slotsByName.get(name);
    if (slot === undefined) {
      slot = { number: slots.length + 1, stream, partition, records: [] };
      slots.push(slot);
      slotsByName.set(name, slot);
    }
    slotNumbers.push(slot.number);
    places.push(slot.records.length);
    slot.records.push(record);
    starts.push(nextStart);
    lengths.push(value.length);
    nextStart += value.length;
  }
  const parameters = [
    textArray(slots.map((slot) => slot.stream)),
    numberArray(slots.map((slot) => slot.partition)),
    numberArray(slots.map((slot) => slot.records.length)),
    numberArray(slotNumbers),
    numberArray(places),
    textArray(records.map((record) => record.key)),
    textArray(records.map((record) => record.id)),
    numberArray(starts),
    numberArray(lengths),
    Buffer.concat(records.map((record) => record.value)),
  ];
  return { parameters, slots };
}

/** A record that no attempt will bring into the log. */
export class RecordRefusedError extends Error {
  readonly code = 'record-refused';
  readonly retryable = false;

  constructor(id: string, why: string) {
    super(`record ${JSON.stringify(id)} cannot be appended: ${why}`);
    this.name = 'RecordRefusedError';
  }
}

/**
 * The partition of a key: FNV-1a over its UTF-8 bytes. Fixed for ever, because a key that changed
 * its partition would lose its order.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % partitions;
}

const encoder = new TextEncoder();
