import { replaySpoolId } from '@envigate/domain';
import type { StoredRecord } from '@envigate/event-log';
import type { Database } from '../connection/database.ts';
import type { Session } from '../connection/session.ts';
import { lockSinkPosition, moveSinkPosition, type SinkMove } from './sink-positions.ts';

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
