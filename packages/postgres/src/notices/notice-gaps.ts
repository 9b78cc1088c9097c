import { groupBy, isAbout, type Audience, type GapNews, type WatchedGap } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import { gapTimeOf, type GapTimeRow } from '../gap-records/gap-records.ts';

/** The picture of the gaps that the notifier plans by. */

/** Of a gap that was announced the picture is kept so long after its end, as late data may still change it. */
const keptDays = 30;
/** Of one that nobody heard of: most are short, and every planning reads the picture. */
const unannouncedKeptDays = 1;
/** Longer than any event log keeps what it may hand over again. */
const eventsKeptDays = 60;

/** Puts news into the picture, in their order. Returns how many were new. */
export async function applyNews(tx: Session, news: readonly GapNews[]): Promise<number> {
  let applied = 0;
  for (const one of news) {
    if ((await tx.execute(noteEvent, [one.eventId])) === 0) continue;
    applied += 1;
    const changed = await tx.execute(updateGap, [
      ...placeOf(one, one.previousFrom),
      ...stateOf(one),
    ]);
    // One that is closed when it is first heard of is nobody's notice.
    const isOpen = one.to === undefined && !one.isRemoved;
    if (changed === 0 && isOpen)
      await tx.execute(insertGap, [...placeOf(one, one.from), ...stateOf(one).slice(1)]);
  }
  return applied;
}

function placeOf({ station, kind, parameter }: GapNews, from: number): unknown[] {
  return [station, kind, parameter ?? null, new Date(from)];
}

function stateOf(news: GapNews): unknown[] {
  const { from, to, isRemoved, excludedMs, isProbablyOurs, changedAt, level, jointId } = news;
  return [
    new Date(from),
    to === undefined ? null : new Date(to),
    isRemoved,
    excludedMs,
    isProbablyOurs,
    new Date(changedAt),
    level,
    jointId ?? null,
  ];
}

const noteEvent = statement(
  'notice-event',
  'INSERT INTO notice_events (event_id) VALUES ($1) ON CONFLICT DO NOTHING',
);

// Of a removed gap the end stays as it was: the event says what the gap was.
const updateGap = statement(
  'notice-gap-update',
  `UPDATE notice_gaps
   SET from_instant = $5, to_instant = $6, is_filled = $7, excluded_ms = $8, is_probably_ours = $9,
       changed_at = $10, level = $11, joint_id = $12,
       ended_at = CASE WHEN $6::timestamptz IS NULL AND NOT $7 THEN NULL ELSE coalesce(ended_at, now()) END
   WHERE station = $1 AND kind = $2 AND parameter IS NOT DISTINCT FROM $3 AND from_instant = $4
     AND NOT is_filled`,
);

const insertGap = statement(
  'notice-gap-insert',
  `INSERT INTO notice_gaps (station, kind, parameter, from_instant, to_instant, is_filled, excluded_ms,
                            is_probably_ours, changed_at, level, joint_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);

/** All of the picture, with what was announced. */
export async function readPicture(session: Session, at: Date): Promise<readonly WatchedGap[]> {
  const gaps = await session.query<GapRow>(
    `SELECT gap_id AS "gapId", station, kind, parameter, from_instant AS "from", to_instant AS "to",
            is_filled AS "isFilled", level, excluded_ms AS "excludedMs",
            is_probably_ours AS "isProbablyOurs", joint_id AS "jointId", changed_at AS "changedAt"
     FROM notice_gaps ORDER BY gap_id`,
  );
  const steps = await session.query<StepRow>(
    `SELECT gap_id AS "gapId", notice_id AS "noticeId", step, audience, noted_at AS "notedAt"
     FROM notice_steps ORDER BY notice_id`,
  );
  const announced = groupBy(steps, ({ gapId }) => gapId);
  const entries = await session.query<OfficersEntryRow>(selectOfficersEntries);
  const ofGap = groupBy(entries, ({ gapId }) => gapId);
  const isAcknowledged = (row: GapRow): boolean =>
    (ofGap.get(row.gapId) ?? []).some((entry) =>
      isAbout(gapTimeOf(entry), gapTimeOf(row), at.getTime()),
    );
  return gaps.map((row) => {
    const { from, to, changedAt, parameter, jointId, ...gap } = row;
    return {
      ...gap,
      jointId: jointId ?? undefined,
      parameter: parameter ?? undefined,
      from: from.getTime(),
      to: to?.getTime(),
      changedAt: changedAt.getTime(),
      isAcknowledged: isAcknowledged(row),
      announced: (announced.get(gap.gapId) ?? []).map(({ noticeId, step, audience, notedAt }) => ({
        ...{ noticeId, step, audience, at: notedAt.getTime() },
      })),
    };
  });
}

interface OfficersEntryRow extends GapTimeRow {
  readonly gapId: number;
}

/** Entries of officers about open gaps, as far as they touch in time. */
const selectOfficersEntries = statement(
  'notice-gaps-officers-entries',
  `SELECT gap.gap_id AS "gapId", station, gap.kind, gap.parameter, entry.from_instant AS "from",
          entry.to_instant AS "to"
   FROM notice_gaps gap
   JOIN station_keys USING (station)
   JOIN gap_entries entry USING (station_id)
   WHERE gap.to_instant IS NULL AND NOT gap.is_filled AND entry.source = 'officer'
     AND entry.gap_kind = gap.kind AND entry.parameter IS NOT DISTINCT FROM gap.parameter
     AND entry.to_instant > gap.from_instant`,
);

interface GapRow extends Pick<
  WatchedGap,
  'gapId' | 'station' | 'kind' | 'level' | 'isFilled' | 'excludedMs' | 'isProbablyOurs'
> {
  readonly parameter: string | null;
  readonly jointId: number | null;
  readonly from: Date;
  readonly to: Date | null;
  readonly changedAt: Date;
}

interface StepRow {
  readonly gapId: number;
  readonly noticeId: number;
  readonly step: string;
  readonly audience: Audience;
  readonly notedAt: Date;
}

/** Takes out what ended long ago: the picture is of what may still be announced. */
export async function prunePicture(session: Session): Promise<void> {
  await session.execute(
    `DELETE FROM notice_gaps gap
     WHERE ended_at < now() - $1 * interval '1 day'
        OR (ended_at < now() - $2 * interval '1 day'
            AND NOT EXISTS (SELECT FROM notice_steps step WHERE step.gap_id = gap.gap_id))`,
    [keptDays, unannouncedKeptDays],
  );
  await session.execute(
    `DELETE FROM notice_events WHERE heard_at < now() - $1 * interval '1 day'`,
    [eventsKeptDays],
  );
}

/** The name of the newest file of each station that sent one. */
export async function readLastFiles(
  session: Session,
  stations: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (stations.length === 0) return new Map();
  const rows = await session.query<{ station: string; name: string }>(
    `SELECT station.station, file.name
     FROM station_keys station
     CROSS JOIN LATERAL (
       SELECT file_no FROM receptions
       WHERE (station_id, received_at) < (station.station_id, now() + interval '1 hour')
         AND station_id >= station.station_id
       ORDER BY station_id DESC, received_at DESC LIMIT 1) newest
     JOIN files file USING (file_no)
     WHERE station.station = ANY($1)`,
    [stations],
  );
  return new Map(rows.map(({ station, name }) => [station, name]));
}
