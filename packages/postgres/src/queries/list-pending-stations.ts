import type { PendingPlace, PendingStation } from '@envigate/domain';
import type { Session } from '../session.ts';

interface Row extends Omit<PendingStation, 'example' | 'dismissed'> {
  readonly fileId: string;
  readonly name: string;
  readonly content: Buffer;
  readonly dismissedAt: Date | null;
  readonly actor: string | null;
  readonly note: string | null;
}

/** Those seen last first; of one place only where one is given. */
export async function listPendingStations(
  session: Session,
  place?: PendingPlace,
): Promise<readonly PendingStation[]> {
  const rows = await session.query<Row>(
    `SELECT pending.account, pending.prefix, pending.files,
            pending.first_seen_at AS "firstSeenAt", pending.last_seen_at AS "lastSeenAt",
            encode(file.file_id, 'hex') AS "fileId", file.name, file.content,
            dismissed.dismissed_at AS "dismissedAt", dismissed.actor, dismissed.note
     FROM pending_stations pending JOIN files file ON file.file_no = pending.latest_file_no
     LEFT JOIN pending_station_dismissals dismissed
       ON dismissed.account = pending.account AND dismissed.prefix = pending.prefix
     WHERE $1::text IS NULL OR (pending.account = $1 AND pending.prefix = $2)
     ORDER BY pending.last_seen_at DESC, pending.account, pending.prefix`,
    [place?.account ?? null, place?.prefix ?? null],
  );
  return rows.map(({ fileId, name, content, dismissedAt, actor, note, ...seen }) => ({
    ...seen,
    example: { fileId, name, content },
    dismissed:
      dismissedAt === null ? null : { at: dismissedAt, actor: actor ?? '', note: note ?? '' },
  }));
}
