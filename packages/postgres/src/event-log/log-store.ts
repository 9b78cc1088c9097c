import { randomUUID } from 'node:crypto';
import {
  renewedIdentity,
  streams,
  type OffsetRange,
  type OutgoingRecord,
  type StoredRecord,
  type StreamName,
  type StreamPartition,
  FencedError,
} from '@envigate/event-log';
import type { Database } from '../connection/database.ts';
import { DatabaseError, type Sql } from '../connection/session.ts';
import * as sql from './statements.ts';
import { RecentRecords, type Follower } from './recent-records.ts';
import { encodeRecords } from './statements.ts';

/** Whose position: a row of event_log.positions. */
export interface Consumer {
  readonly name: string;
  readonly stream: string;
  readonly partition: number;
}

interface HeldPosition {
  readonly position: number;
  readonly epoch: number;
}

/** The end of a partition: the offset its next record will have. */
export interface PartitionEnd {
  readonly stream: string;
  readonly partition: number;
  readonly end: number;
}

/** Records of a stream that a pipe or drain has still before it. */
export interface GroupLag {
  readonly consumer: string;
  readonly stream: string;
  readonly lag: number;
  readonly movedAt: Date;
}

export interface ReadLimits {
  readonly records: number;
  /** Of all values together. */
  readonly bytes: number;
}

/** Records of a partition, as many as the limits allow. */
interface ReadBatch {
  readonly records: readonly StoredRecord[];
  /** A limit was reached: there may be more. */
  readonly isFull: boolean;
  /** Of a first record that is larger than all that was allowed, and so not among the records: its bytes. */
  readonly largerBytes: number | undefined;
}

/**
 * The tables of the event log; one method per statement. Remembers the number of partitions, and the newest
 * records for those who follow them.
 */
export class LogStore {
  readonly recent = new RecentRecords();
  readonly #database: Database;
  readonly #partitions = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  async createStreams(partitions: number): Promise<void> {
    await this.#database.transaction(async (tx) => {
      // Two processes with different settings must not each make a part of a stream.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('envigate streams', 0))`);
      await tx.execute(sql.createStreams, [Object.values(streams), partitions]);
      await tx.execute(sql.makeIdentity);
    });
  }

  async partitions(stream: StreamName): Promise<number> {
    const known = this.#partitions.get(stream);
    if (known !== undefined) return known;
    const [row] = await this.#query<{ partitions: number }>(sql.countPartitions, [stream]);
    if (row === undefined || row.partitions === 0) throw new NotPreparedError(`stream ${stream}`);
    this.#partitions.set(stream, row.partitions);
    return row.partitions;
  }

  async identity(): Promise<string> {
    const { log_id, renewal } = await this.#identityRow();
    return renewedIdentity(`postgres:${log_id}`, renewal ?? undefined);
  }

  /** Does nothing where the identity is not `seen` any more. */
  async renew(seen: string): Promise<void> {
    const row = await this.#identityRow();
    if (renewedIdentity(`postgres:${row.log_id}`, row.renewal ?? undefined) !== seen) return;
    await this.#query(sql.renewIdentity, [row.renewal, randomUUID()]);
  }

  async #identityRow(): Promise<IdentityRow> {
    const [row] = await this.#query<IdentityRow>(sql.readIdentity);
    if (row === undefined) throw new NotPreparedError('identity');
    return row;
  }

  /** As the table has it now, whatever was known of the partition before: that is forgotten. */
  async range({ stream, partition }: StreamPartition): Promise<OffsetRange> {
    this.recent.forget({ stream, partition });
    const [range] = await this.#query<OffsetRange>(sql.readRange, [stream, partition]);
    if (range === undefined) throw new NotPreparedError(`partition ${stream}/${partition}`);
    return range;
  }

  async claim({ name, stream, partition }: Consumer): Promise<HeldPosition> {
    const [held] = await this.#query<HeldPosition>(sql.claimPosition, [name, stream, partition]);
    if (held === undefined) throw new Error(`claiming ${name} answered nothing`);
    return held;
  }

  async position({ name, stream, partition }: Consumer): Promise<HeldPosition | undefined> {
    const rows = await this.#query<HeldPosition>(sql.readPosition, [name, stream, partition]);
    return rows[0];
  }

  async positions(name: string, stream: StreamName): Promise<readonly number[]> {
    const rows = await this.#query<{ position: number }>(sql.readPositions, [name, stream]);
    if (rows.length === 0) throw new NotPreparedError(`stream ${stream}`);
    return rows.map((row) => row.position);
  }

  async reportPosition({ name, stream, partition }: Consumer, position: number): Promise<void> {
    await this.#query(sql.reportPosition, [name, stream, partition, position]);
  }

  /**
   * Appends the records and moves the position, or neither: undefined where the position is not
   * `from` any more or has another epoch. Resolves with the new ends of the partitions.
   */
  async publishAndMove(
    records: readonly OutgoingRecord[],
    consumer: Consumer,
    from: HeldPosition,
    to: number,
  ): Promise<readonly PartitionEnd[] | undefined> {
    for (const stream of new Set(records.map((record) => record.stream))) {
      await this.partitions(stream);
    }
    const encoded = encodeRecords(records, (stream) => this.#partitions.get(stream) ?? 0);
    const { name, stream, partition } = consumer;
    // What a pipe publishes is made again from its source where the newest commits are lost; a
    // feed's source is released once it was published.
    const isPipe = stream !== '';
    const move = [name, stream, partition, from.position, to, from.epoch, isPipe];
    const rows = await this.#query<EndRow>(sql.publishAndMove, [...encoded.parameters, ...move]);
    if (rows.length === 0) return undefined;
    const ends = rows.flatMap(toPartitionEnd);
    for (const slot of encoded.slots) {
      const end = ends.find(
        (each) => each.stream === slot.stream && each.partition === slot.partition,
      );
      if (end !== undefined) this.recent.add({ ...slot, end: end.end });
    }
    return ends;
  }

  /** From memory where the follower has the next record, else from the table. */
  async read(
    { stream, partition }: StreamPartition,
    from: number,
    limits: ReadLimits,
    follower?: Follower,
  ): Promise<ReadBatch> {
    const recent = follower?.read(from, limits);
    if (recent !== undefined) return { ...recent, largerBytes: undefined };
    const parameters = [stream, partition, from, limits.records, limits.bytes];
    const rows = await this.#query<RecordRow>(sql.readRecords, parameters);
    const records = rows.flatMap(({ offset, key, record_id: id, value: base64 }) => {
      if (base64 === null) return [];
      return [{ stream, partition, offset, key, id, value: Buffer.from(base64, 'base64') }];
    });
    const [first] = rows;
    const candidates = first?.candidates ?? 0;
    return {
      records,
      isFull: candidates === limits.records || records.length < candidates,
      largerBytes: first?.value === null ? first.bytes : undefined,
    };
  }

  async ends(): Promise<readonly PartitionEnd[]> {
    return (await this.#query<EndRow>(sql.readEnds)).flatMap(toPartitionEnd);
  }

  lags(): Promise<readonly GroupLag[]> {
    return this.#query<GroupLag>(sql.readLags);
  }

  async notify(channel: string, payload: string): Promise<void> {
    await this.#query(sql.notify, [channel, payload]);
  }

  async #query<Row extends object>(text: Sql, params?: readonly unknown[]) {
    try {
      return await this.#database.query<Row>(text, params);
    } catch (error) {
      throw asNotPrepared(error);
    }
  }
}

interface IdentityRow {
  readonly log_id: string;
  readonly renewal: string | null;
}

interface RecordRow {
  readonly offset: number;
  readonly key: string;
  readonly record_id: string;
  readonly bytes: number;
  readonly candidates: number;
  /** In base64. */
  readonly value: string | null;
}

interface EndRow {
  readonly stream: string | null;
  readonly partition: number;
  readonly next_offset: number;
}

function toPartitionEnd({ stream, partition, next_offset }: EndRow): readonly PartitionEnd[] {
  return stream === null ? [] : [{ stream, partition, end: next_offset }];
}

/** The tables or streams are not there yet; they will be as soon as someone migrates. */
class NotPreparedError extends Error {
  readonly code = 'not-prepared';
  readonly retryable = true;

  constructor(what: string, options?: ErrorOptions) {
    super(`the event log has no ${what} yet: run 'envigate migrate' once`, options);
    this.name = 'NotPreparedError';
  }
}

const missingTable = new Set(['42P01', '3F000']);

/** Missing tables are a matter of time: services start before the first migration has ended. */
function asNotPrepared(error: unknown): unknown {
  return error instanceof DatabaseError && missingTable.has(error.code)
    ? new NotPreparedError('tables', { cause: error })
    : error;
}

const firstEpoch = 1;

/**
 * A position in the log's own tables and the right to move it. Claiming it fences every earlier
 * holder: their epoch no longer matches, whatever they were doing.
 */
export class Cursor {
  readonly #store: LogStore;
  readonly #consumer: Consumer;
  readonly #announce: (ends: readonly PartitionEnd[]) => void;
  #held: HeldPosition;

  private constructor(
    store: LogStore,
    consumer: Consumer,
    announce: (ends: readonly PartitionEnd[]) => void,
    held: HeldPosition,
  ) {
    this.#store = store;
    this.#consumer = consumer;
    this.#announce = announce;
    this.#held = held;
  }

  /** `announce` is called with the ends of partitions once records were published. */
  static async claim(
    store: LogStore,
    consumer: Consumer,
    announce: (ends: readonly PartitionEnd[]) => void,
  ): Promise<Cursor> {
    return new Cursor(store, consumer, announce, await store.claim(consumer));
  }

  get position(): number {
    return this.#held.position;
  }

  /** Whether nobody held it before, as far as the log remembers. */
  get isNew(): boolean {
    return this.#held.epoch === firstEpoch;
  }

  /**
   * Publishes the records and moves the position to `to`, or neither. After an error that says
   * nothing of the outcome (a lost connection) the same call may be made again: it finds out.
   */
  async commit(records: readonly OutgoingRecord[], to: number): Promise<void> {
    const { position, epoch } = this.#held;
    if (to < position || (to === position && records.length > 0)) {
      throw new RangeError(`a position moves forward only: from ${position}, not to ${to}`);
    }
    if (to === position) return;
    const ends = await this.#store.publishAndMove(records, this.#consumer, this.#held, to);
    if (ends === undefined) await this.#refuseUnlessAlreadyAt(to);
    else this.#announce(ends);
    this.#held = { position: to, epoch };
  }

  /** Our epoch at our goal: an earlier attempt of this same commit had reached the server. */
  async #refuseUnlessAlreadyAt(to: number): Promise<void> {
    const found = await this.#store.position(this.#consumer);
    if (found?.epoch === this.#held.epoch && found.position === to) return;
    throw new FencedError(`${this.#consumer.name} ${this.#consumer.stream}`.trim());
  }
}
