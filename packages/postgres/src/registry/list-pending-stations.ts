import { maxPendingFiles, type PendingPlace, type PendingStation } from '@envigate/domain';
import type { Session } from '../connection/session.ts';

interface Row extends Omit<PendingStation, 'example' | 'dismissed' | 'prefixes'> {
  readonly count: number;
  readonly first: string;
  readonly last: string;
  readonly fileId: string;
  readonly name: string;
  readonly content: Buffer;
  readonly dismissedAt: Date | null;
  readonly actor: string | null;
  readonly note: string | null;
}

// As the partial index says it.
const isPending = `scope = 'file' AND reason = 'unknown-station' AND file_prefix IS NOT NULL
  AND file_folder IS NOT NULL`;

/** Of one account, of prefixes that differ in digits only: more are one pending station. */
const maxNumbered = 20;

/**
 * Those seen last first; of one account and prefix only where they are given, in whatever folder.
 *
 * Of one folder, prefixes that differ in digits only are one pending station where each has one file, as names with a
 * running number have, or where there are many; a station of its own sends again under its prefix.
 * Somebody who names one of the prefixes gets that one.
 */
export async function listPendingStations(
  session: Session,
  place?: Omit<PendingPlace, 'folder'>,
  maxFiles = maxPendingFiles,
): Promise<readonly PendingStation[]> {
  const rows = await session.query<Row>(
    `WITH RECURSIVE accounts AS (
       (SELECT account FROM quarantine
        WHERE ${isPending} AND account >= coalesce($1, '') ORDER BY account LIMIT 1)
       UNION ALL
       SELECT (SELECT account FROM quarantine
               WHERE ${isPending} AND account > accounts.account AND $1 IS NULL
               ORDER BY account LIMIT 1)
       FROM accounts WHERE account IS NOT NULL
     ), each AS (
       SELECT q.account, q.file_prefix AS prefix, q.file_folder AS folder,
              regexp_replace(q.file_prefix, '[0-9]', '#', 'g') AS masked,
              count(DISTINCT (file.name, file.content_hash))::integer AS files,
              min(q.quarantined_at) AS first_seen_at, max(q.quarantined_at) AS last_seen_at,
              max(q.file_no) AS latest_file_no
       FROM accounts CROSS JOIN LATERAL (
         SELECT * FROM quarantine WHERE ${isPending} AND account = accounts.account
         ORDER BY account DESC, quarantine_id DESC LIMIT $4) q
       JOIN files file USING (file_no)
       WHERE file.state = 'quarantined' AND ($1::text IS NULL OR q.account = $1)
         -- Of a file the newest reason counts.
         AND NOT EXISTS (
           SELECT FROM (SELECT * FROM quarantine
                        WHERE (file_no, quarantine_id) > (q.file_no, q.quarantine_id)
                          AND (file_no, quarantine_id) < (q.file_no + 1, 0)
                        ORDER BY file_no DESC, quarantine_id DESC LIMIT 200) later
           WHERE later.scope = 'file')
       GROUP BY q.account, q.file_prefix, q.file_folder
     ), alike AS (
       SELECT account, folder, masked, count(*) AS prefixes,
              count(*) FILTER (WHERE files = 1) AS singles
       FROM each GROUP BY account, folder, masked
     ), named AS (
       SELECT each.*,
              CASE WHEN prefix = $2 THEN prefix
                   WHEN prefixes > $3 OR (files = 1 AND singles > 1) THEN masked
                   ELSE prefix END AS shown
       FROM each JOIN alike USING (account, folder, masked)
     ), pending AS (
       SELECT account, folder, shown AS prefix, count(*)::integer AS count,
              min(prefix COLLATE "C") AS first, max(prefix COLLATE "C") AS last,
              sum(files)::integer AS files, min(first_seen_at) AS first_seen_at,
              max(last_seen_at) AS last_seen_at, max(latest_file_no) AS latest_file_no
       FROM named GROUP BY account, folder, shown
     )
     SELECT pending.account, pending.prefix, pending.folder, pending.count, pending.first,
            pending.last, pending.files,
            pending.first_seen_at AS "firstSeenAt", pending.last_seen_at AS "lastSeenAt",
            encode(file.file_id, 'hex') AS "fileId", file.name, file.content,
            dismissed.dismissed_at AS "dismissedAt", dismissed.actor, dismissed.note
     FROM pending JOIN files file ON file.file_no = pending.latest_file_no
     LEFT JOIN LATERAL (
       SELECT * FROM pending_station_dismissals one
       WHERE one.account = pending.account AND one.prefix = pending.prefix
         AND one.folder IN ('', pending.folder)
       ORDER BY one.dismissed_at DESC LIMIT 1) dismissed ON true
     WHERE $1::text IS NULL OR pending.prefix = $2
     ORDER BY pending.last_seen_at DESC, pending.account, pending.prefix, pending.folder`,
    [place?.account ?? null, place?.prefix ?? null, maxNumbered, maxFiles],
  );
  return rows.map(
    ({ fileId, name, content, dismissedAt, actor, note, count, first, last, ...seen }) => ({
      ...seen,
      prefixes: { count, first, last },
      example: { fileId, name, content },
      dismissed:
        dismissedAt === null ? null : { at: dismissedAt, actor: actor ?? '', note: note ?? '' },
    }),
  );
}
