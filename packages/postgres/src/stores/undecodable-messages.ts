import type { StoredRecord } from '@envigate/event-log';
import type { Database } from '../database.ts';
import { endUndecodableReplay } from '../replays/end-replays.ts';
import { lockSinkPosition, moveSinkPosition, type SinkMove } from './sink-positions.ts';

/**
 * Keeps a message that its consumer could not take, and moves on behind it. The reception is noted
 * where it can still be read from the bytes, so that the audit can account for it.
 */
export async function keepUndecodable(
  database: Database,
  move: SinkMove,
  record: StoredRecord,
  error: string,
): Promise<void> {
  const place = readPlace(record.value);
  await database.transaction(async (tx) => {
    const { head } = await lockSinkPosition(tx, move);
    await tx.execute(
      `INSERT INTO undecodable_messages
         (consumer, stream, partition, "offset", key, record_id, value, error, spool_id, spool_sequence)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT DO NOTHING`,
      [
        move.consumer,
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
    await moveSinkPosition(tx, move, head);
  });
}

function readPlace(value: Uint8Array): { spoolId: string; spoolSequence: number } | undefined {
  try {
    const message = JSON.parse(Buffer.from(value).toString('utf8')) as {
      reception?: { spoolId?: unknown; spoolSequence?: unknown };
    } | null;
    const { spoolId, spoolSequence } = message?.reception ?? {};
    if (typeof spoolId !== 'string' || !Number.isSafeInteger(spoolSequence)) return undefined;
    return { spoolId: storable(spoolId), spoolSequence: spoolSequence as number };
  } catch {
    return undefined;
  }
}

/** PostgreSQL's text cannot hold NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
