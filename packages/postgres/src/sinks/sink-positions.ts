import { FencedError, type EarlierLog, type LogPartition } from '@envigate/event-log';
import { statement, type Session } from '../connection/session.ts';

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
 * until its end. Throws FencedError where it does not stand at `move.from`. Returns the
 * transaction's time by the database's clock.
 */
export async function lockSinkPosition(tx: Session, move: SinkMove): Promise<Date> {
  const row = (await selectForUpdate(tx, move)) ?? (await insertAndSelect(tx, move));
  if (row?.position !== move.from) {
    throw new FencedError(
      `${move.consumer} on ${move.partition.stream}/${move.partition.partition}, expected at ${move.from}, found at ${row?.position ?? 'nothing'},`,
    );
  }
  return row.now;
}

/** The second half: moves what lockSinkPosition locked. */
export async function moveSinkPosition(tx: Session, move: SinkMove): Promise<void> {
  await tx.execute(moveStatement, [...placeOf(move), move.to]);
}

interface SinkRow {
  readonly position: number;
  readonly now: Date;
}

const lockStatement = statement(
  'sink-lock',
  `SELECT position, date_trunc('milliseconds', now()) AS now FROM sink_positions
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
