import { readReception } from '@envigate/contracts';
import {
  FencedError,
  type EarlierLog,
  type LogPartition,
  type StoredRecord,
} from '@envigate/event-log';
import { replaySpoolId } from '@envigate/domain';
import { selectAbsentMonths, type AbsentMonth } from '../archived/archived-months.ts';
import { statement, type Session } from '../connection/session.ts';
import type { Database } from '../connection/database.ts';

/** A step of a consumer that keeps its position on the event log in this database. */
export interface SinkMove {
  readonly consumer: string;
  readonly partition: LogPartition;
  readonly from: number;
  readonly to: number;
}

/**
 * Undefined where the consumer never moved in this log. A position from before positions had a log
 * counts as one of the log that asks first: the one that was in use all the time.
 */
export async function takeSinkPosition(
  session: Session,
  consumer: string,
  { log, stream, partition }: LogPartition,
): Promise<number | undefined> {
  const place = [consumer, log, stream, partition];
  const known = await readOne(session, place);
  if (known !== undefined) return known;
  await session.execute(
    `UPDATE sink_positions SET log = $2
     WHERE consumer = $1 AND log = '' AND stream = $3 AND partition = $4`,
    place,
  );
  return readOne(session, place);
}

async function readOne(session: Session, place: readonly unknown[]): Promise<number | undefined> {
  const [row] = await session.query<{ position: number }>(
    `SELECT position FROM sink_positions
     WHERE consumer = $1 AND log = $2 AND stream = $3 AND partition = $4`,
    place,
  );
  return row?.position;
}

/** The log on which the consumer moved last before this one; undefined where there is none. */
export async function readEarlierLog(
  session: Session,
  consumer: string,
  { log, stream }: Pick<LogPartition, 'log' | 'stream'>,
): Promise<EarlierLog | undefined> {
  const [row] = await session.query<EarlierLog>(
    `SELECT log, max(moved_at) AS until FROM sink_positions
     WHERE consumer = $1 AND stream = $3 AND log NOT IN ($2, '')
     GROUP BY log ORDER BY until DESC LIMIT 1`,
    [consumer, log, stream],
  );
  return row;
}

/** Positions of one consumer on a stream of a log, by partition; 0 where it never moved. */
export async function readSinkPositions(
  session: Session,
  consumer: string,
  { log, stream }: Pick<LogPartition, 'log' | 'stream'>,
  partitions: number,
): Promise<readonly number[]> {
  const rows = await session.query<{ partition: number; position: number }>(
    `SELECT DISTINCT ON (partition) partition, position FROM sink_positions
     WHERE consumer = $1 AND stream = $3 AND log IN ($2, '')
     ORDER BY partition, log DESC`,
    [consumer, log, stream],
  );
  const positions = Array.from({ length: partitions }, () => 0);
  for (const row of rows) if (row.partition < partitions) positions[row.partition] = row.position;
  return positions;
}

/**
 * The first half of the compare-and-set, at the beginning of the transaction: holds the position
 * until its end. Throws FencedError where it does not stand at `move.from`. No month is archived from then
 * on until the end of the transaction.
 */
export async function lockSinkPosition(tx: Session, move: SinkMove): Promise<LockedPosition> {
  const row = (await selectForUpdate(tx, move)) ?? (await insertAndSelect(tx, move));
  if (row?.position !== move.from) {
    throw new FencedError(
      `${move.consumer} on ${move.partition.stream}/${move.partition.partition}, expected at ${move.from}, found at ${row?.position ?? 'nothing'},`,
    );
  }
  const { now, absent } = row;
  return { now, absent };
}

export interface LockedPosition {
  /** The transaction's time by the database's clock. */
  readonly now: Date;
  /** Months whose rows are in archives. */
  readonly absent: readonly AbsentMonth[];
}

/** The second half: moves what lockSinkPosition locked. */
export async function moveSinkPosition(tx: Session, move: SinkMove): Promise<void> {
  await tx.execute(moveStatement, [...placeOf(move), move.to]);
}

interface SinkRow extends LockedPosition {
  readonly position: number;
}

const lockStatement = statement(
  'sink-lock',
  `SELECT position, date_trunc('milliseconds', now()) AS now, ${selectAbsentMonths} AS absent FROM sink_positions
   WHERE consumer = $1 AND log = $2 AND stream = $3 AND partition = $4 FOR UPDATE`,
);

const moveStatement = statement(
  'sink-move',
  `UPDATE sink_positions SET position = $5, moved_at = now()
   WHERE consumer = $1 AND log = $2 AND stream = $3 AND partition = $4`,
);

async function selectForUpdate(tx: Session, move: SinkMove): Promise<SinkRow | undefined> {
  const [row] = await tx.query<SinkRow>(lockStatement, placeOf(move));
  return row;
}

async function insertAndSelect(tx: Session, move: SinkMove): Promise<SinkRow | undefined> {
  await tx.execute(
    `INSERT INTO sink_positions (consumer, log, stream, partition, position) VALUES ($1, $2, $3, $4, 0)
     ON CONFLICT DO NOTHING`,
    placeOf(move),
  );
  return selectForUpdate(tx, move);
}

function placeOf({ consumer, partition: { log, stream, partition } }: SinkMove): unknown[] {
  return [consumer, log, stream, partition];
}

/**
 * Keeps a message that its consumer could not take, and moves on behind it. The reception is noted
 * where it can still be read from the bytes, so that the audit can account for it. False where the
 * consumer has kept the same message before, which the event log handed over again.
 */
export async function keepUndecodable(
  database: Database,
  move: SinkMove,
  record: StoredRecord,
  error: string,
): Promise<boolean> {
  const place = readPlace(record.value);
  return database.transaction(async (tx) => {
    await lockSinkPosition(tx, move);
    const kept = await tx.execute(
      `INSERT INTO undecodable_messages
         (consumer, log, stream, partition, "offset", key, record_id, value, error, spool_id, spool_sequence)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
       WHERE NOT EXISTS (SELECT FROM undecodable_messages
                         WHERE consumer = $1 AND stream = $3 AND record_id = $7 AND value = $8)
       ON CONFLICT DO NOTHING`,
      [
        move.consumer,
        move.partition.log,
        record.stream,
        record.partition,
        record.offset,
        storable(record.key),
        storable(record.id),
        Buffer.from(record.value),
        storable(error),
        place?.spoolId ?? null,
        place?.spoolSequence ?? null,
      ],
    );
    if (place !== undefined) await endUndecodableReplay(tx, place);
    await moveSinkPosition(tx, move);
    return kept > 0;
  });
}

function readPlace(value: Uint8Array): { spoolId: string; spoolSequence: number } | undefined {
  const { spoolId, spoolSequence } = readReception(value) ?? {};
  if (typeof spoolId !== 'string' || !Number.isSafeInteger(spoolSequence)) return undefined;
  return { spoolId: storable(spoolId), spoolSequence: spoolSequence as number };
}

/** A replay whose message the recorder could not take; it is kept as undecodable. */
async function endUndecodableReplay(
  tx: Session,
  { spoolId, spoolSequence }: { readonly spoolId: string; readonly spoolSequence: number },
): Promise<void> {
  if (spoolId !== replaySpoolId) return;
  await tx.execute(
    `UPDATE replays SET recorded_at = now(), outcome = 'undecodable' WHERE spool_sequence = $1`,
    [spoolSequence],
  );
}

/** PostgreSQL's text cannot hold NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
