import type { DiscardDecision } from '@envigate/domain';
import type { Session } from '../connection/session.ts';

/**
 * Ends open rows of files that are held for a person's decision: what they say stays out of the record. The
 * original and the row stay. Returns the rows that were discarded.
 */
export async function discardHeld(
  session: Session,
  quarantineIds: readonly number[],
  { actor, note }: DiscardDecision,
): Promise<readonly number[]> {
  const rows = await session.query<{ id: number }>(
    `UPDATE quarantine SET resolved_at = now(), resolution = 'discarded', discarded_by = $2, discard_note = $3
     WHERE quarantine_id = ANY($1::bigint[]) AND resolved_at IS NULL AND reason = 'clock-reset'
     RETURNING quarantine_id AS id`,
    [quarantineIds, actor, note ?? null],
  );
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}
