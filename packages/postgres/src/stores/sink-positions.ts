import { FencedError, type StreamPartition } from '@envigate/event-log';
import { statement, type Session } from '../session.ts';

/** A step of a consumer that keeps its position on the event log in this database. */
export interface SinkMove {
  readonly consumer: string;
  readonly partition: StreamPartition;
  readonly from: number;
  readonly to: number;
}

/** Last link of a hash chain; sequence 0 and no bytes before the first. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: Buffer;
}

export interface LockedSink {
  readonly head: ChainHead;
  /** The transaction's time by the database's clock. */
  readonly now: Date;
}

/** 0 where the consumer never moved. */
export async function readSinkPosition(
  session: Session,
  consumer: string,
  { stream, partition }: StreamPartition,
): Promise<number> {
  const [row] = await session.query<{ position: number }>(
    'SELECT position FROM sink_positions WHERE consumer = $1 AND stream = $2 AND partition = $3',
    [consumer, stream, partition],
  );
  return row?.position ?? 0;
}

/** Positions of one consumer on a stream, by partition; 0 where it never moved. */
export async function readSinkPositions(
  session: Session,
  consumer: string,
  stream: string,
  partitions: number,
): Promise<readonly number[]> {
  const rows = await session.query<{ partition: number; position: number }>(
    'SELECT partition, position FROM sink_positions WHERE consumer = $1 AND stream = $2',
    [consumer, stream],
  );
  const positions = Array.from({ length: partitions }, () => 0);
  for (const row of rows) if (row.partition < partitions) positions[row.partition] = row.position;
  return positions;
}

/**
 * The first half of the compare-and-set, at the beginning of the transaction: holds the position
 * until its end. Throws FencedError where it does not stand at `move.from`.
 */
export async function lockSinkPosition(tx: Session, move: SinkMove): Promise<LockedSink> {
  const row = (await selectForUpdate(tx, move)) ?? (await insertAndSelect(tx, move));
  if (row?.position !== move.from) {
    throw new FencedError(
      `${move.consumer} on ${move.partition.stream}/${move.partition.partition}, expected at ${move.from}, found at ${row?.position ?? 'nothing'},`,
    );
  }
  return { head: { sequence: row.chain_sequence, hash: row.chain_hash }, now: row.now };
}

/** The second half: moves what lockSinkPosition locked. */
export async function moveSinkPosition(
  tx: Session,
  { consumer, partition, to }: SinkMove,
  head: ChainHead,
): Promise<void> {
  await tx.execute(moveStatement, [
    consumer,
    partition.stream,
    partition.partition,
    to,
    head.sequence,
    head.hash,
  ]);
}

interface SinkRow {
  readonly position: number;
  readonly chain_sequence: number;
  readonly chain_hash: Buffer;
  readonly now: Date;
}

const lockStatement = statement(
  'sink-lock',
  `SELECT position, chain_sequence, chain_hash, date_trunc('milliseconds', now()) AS now
   FROM sink_positions WHERE consumer = $1 AND stream = $2 AND partition = $3 FOR UPDATE`,
);

const moveStatement = statement(
  'sink-move',
  `UPDATE sink_positions SET position = $4, chain_sequence = $5, chain_hash = $6
   WHERE consumer = $1 AND stream = $2 AND partition = $3`,
);

async function selectForUpdate(tx: Session, move: SinkMove): Promise<SinkRow | undefined> {
  const { stream, partition } = move.partition;
  const [row] = await tx.query<SinkRow>(lockStatement, [move.consumer, stream, partition]);
  return row;
}

async function insertAndSelect(tx: Session, move: SinkMove): Promise<SinkRow | undefined> {
  const { stream, partition } = move.partition;
  await tx.execute(
    `INSERT INTO sink_positions (consumer, stream, partition, position) VALUES ($1, $2, $3, 0)
     ON CONFLICT DO NOTHING`,
    [move.consumer, stream, partition],
  );
  return selectForUpdate(tx, move);
}
