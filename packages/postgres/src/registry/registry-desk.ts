import type { Page } from '@envigate/contracts';
import {
  RegistryView,
  acceptStation,
  choosePending,
  isStillPending,
  stationFolder,
  type AcceptanceOutcome,
  type PendingPlace,
  type PendingStation,
  type RegistryDesk,
  maxPendingFiles,
  type RegistryChange,
  type RegistryChangeFilter,
  type RegistryChangePlace,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { changeRegistry, exportRegistry, registryAt } from './registry-store.ts';
import type { Session } from '../connection/session.ts';
import { Conditions, lookLimits, readPage, type LookLimits } from '../connection/looks.ts';

/** In place of a folder, which is absolute. */
const anyFolder = '';

/** What people ask of the registry and decide about it, on the tables. */
export function registryDesk(database: Database): RegistryDesk {
  const pending = async (place?: PendingPlace): Promise<readonly PendingStation[]> => {
    const view = new RegistryView(await exportRegistry(database));
    const stations = await listPendingStations(database, place);
    return stations.filter((station) => isStillPending(station, view));
  };
  return {
    registry: (at) => (at === undefined ? exportRegistry(database) : registryAt(database, at)),
    changes: (filter) => listRegistryChanges(database, filter),
    pendingStations: () => pending(),
    async acceptStation(place, acceptance, actor) {
      const choice = choosePending(await pending(place), place.folder, acceptance.anyFolder);
      if (choice.kind === 'none') return { kind: 'not-pending' };
      if (choice.kind === 'unclear') return { kind: 'refused', reason: choice.reason };
      const unknown = choice.station;
      let outcome: AcceptanceOutcome | undefined;
      await changeRegistry(
        database,
        (registry) => {
          outcome = acceptStation(registry, unknown, acceptance);
          return outcome.kind === 'accepted' ? outcome.registry : registry;
        },
        { actor },
      );
      if (outcome?.kind !== 'accepted') return outcome ?? { kind: 'not-pending' };
      const { station: accepted, unknownSymbols, warnings } = outcome;
      return { kind: 'accepted', station: accepted, unknownSymbols, warnings };
    },
    async dismissStation({ account, prefix, folder }, note, actor) {
      const choice = choosePending(await pending({ account, prefix }), folder, true);
      if (choice.kind === 'none') return false;
      const place = [account, prefix, folder === undefined ? anyFolder : stationFolder(folder)];
      await database.execute(
        `INSERT INTO pending_station_dismissals (account, prefix, folder, actor, note)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account, prefix, folder)
         DO UPDATE SET actor = $4, note = $5, dismissed_at = now()`,
        [...place, actor, note],
      );
      return true;
    },
  };
}

interface PendingRow extends Omit<PendingStation, 'example' | 'dismissed' | 'prefixes'> {
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
  const rows = await session.query<PendingRow>(
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

/** Newest first; of one import by kind and code, descending. */
export function listRegistryChanges(
  session: Session,
  filter: RegistryChangeFilter,
  limits: LookLimits = lookLimits,
): Promise<Page<RegistryChange, RegistryChangePlace>> {
  return readPage({
    limit: filter.limit,
    findEnd: () => findEndOfChanges(session, filter, limits),
    read: (end, limit) => readChanges(session, { ...filter, limit }, end),
    placeOf: ({ at, kind, code }) => ({ at, kind, code }),
  });
}

// Each version begins once; it ends with the next one, or by being removed.
const begins = 'SELECT valid_from AS at, * FROM registry_items';
const ends = 'SELECT valid_to AS at, * FROM registry_items WHERE valid_to IS NOT NULL';
const changePlace = '(at, kind, code)';
const newestFirst = 'at DESC, kind DESC, code DESC';

/** Each gives half of the rows; the look ends where the first of them does. */
async function findEndOfChanges(
  session: Session,
  filter: RegistryChangeFilter,
  { maxLookedAt }: LookLimits,
) {
  const conditions = new Conditions();
  addRange(filter, undefined, conditions);
  const nth = conditions.place(Math.floor(maxLookedAt / 2) - 1);
  const halves = [begins, ends].map(
    (versions) =>
      `(SELECT at, kind, code FROM (${versions}) version ${conditions.where}
        ORDER BY ${newestFirst} OFFSET ${nth} LIMIT 1)`,
  );
  const [end] = await session.query<RegistryChangePlace>(
    `SELECT at, kind, code FROM (${halves.join(' UNION ALL ')}) half ORDER BY ${newestFirst} LIMIT 1`,
    conditions.params,
  );
  return end && { place: end, isLast: false };
}

function readChanges(
  session: Session,
  filter: RegistryChangeFilter,
  end: RegistryChangePlace | undefined,
): Promise<readonly RegistryChange[]> {
  const conditions = new Conditions();
  addRange(filter, end, conditions);
  conditions.given(filter.kind, (p) => `kind = ${p}`).given(filter.code, (p) => `code = ${p}`);
  const limit = conditions.place(filter.limit);
  const first = `${conditions.where} ORDER BY ${newestFirst} LIMIT ${limit}`;
  const removals = `${ends} AND NOT EXISTS (
    SELECT FROM registry_items next
    WHERE next.kind = registry_items.kind AND next.code = registry_items.code
      AND next.version = registry_items.version + 1 AND next.valid_from = registry_items.valid_to)`;
  return session.query<RegistryChange>(
    `SELECT at, actor, kind, code, version, before, after FROM (
       SELECT item.at, item.actor, item.kind, item.code, item.version,
              earlier.body AS before, item.body AS after
       FROM (SELECT * FROM (${begins}) version ${first}) item
       LEFT JOIN registry_items earlier
         ON earlier.kind = item.kind AND earlier.code = item.code
        AND earlier.version = item.version - 1 AND earlier.valid_to = item.valid_from
       UNION ALL
       SELECT item.at, item.ended_by, item.kind, item.code, item.version, item.body, NULL
       FROM (SELECT * FROM (${removals}) version ${first}) item
     ) change
     ORDER BY ${newestFirst} LIMIT ${limit}`,
    conditions.params,
  );
}

function addRange(
  { from, to, after }: RegistryChangeFilter,
  end: RegistryChangePlace | undefined,
  conditions: Conditions,
): void {
  conditions.given(from, (p) => `at >= ${p}`).given(to, (p) => `at < ${p}`);
  const valuesOf = ({ at, kind, code }: RegistryChangePlace): string =>
    [at, kind, code].map((value) => conditions.place(value)).join(', ');
  if (after !== undefined) conditions.and(`${changePlace} < (${valuesOf(after)})`);
  if (end !== undefined) conditions.and(`${changePlace} >= (${valuesOf(end)})`);
}
