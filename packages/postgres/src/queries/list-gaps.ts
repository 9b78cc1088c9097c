import type { GapFilter, GapLevel, ListedGap } from '@envigate/domain';
import type { Session } from '../session.ts';
import { Conditions, stationIdOf } from './conditions.ts';

const andHigher: Readonly<Record<GapLevel, readonly GapLevel[]>> = {
  '15min': ['15min', '1h', '12h'],
  '1h': ['1h', '12h'],
  '12h': ['12h'],
};

/** The one found last first, without those that late data filled. */
export async function listGaps(session: Session, filter: GapFilter): Promise<readonly ListedGap[]> {
  const levels = filter.level && andHigher[filter.level];
  const conditions = new Conditions('g.removed_at IS NULL')
    .given(filter.station, (p) => `g.station_id = ${stationIdOf(p)}`)
    .given(levels, (p) => `g.level = ANY(${p})`)
    .given(filter.from, (p) => `coalesce(g.to_instant, 'infinity') > ${p}`)
    .given(filter.to, (p) => `g.from_instant < ${p}`)
    .given(filter.after, (p) => `g.gap_id < ${p}`);
  if (filter.open !== undefined) {
    conditions.and(filter.open ? 'g.to_instant IS NULL' : 'g.to_instant IS NOT NULL');
  }
  // A station has few gaps, to be found by its index and sorted. Ordered by a bare gap_id, all gaps
  // of all stations might be walked through for them.
  const order = filter.station === undefined ? 'g.gap_id' : 'g.gap_id + 0';
  const rows = await session.query<GapRow>(
    `SELECT g.gap_id AS "gapId", station.station, g.kind, g.from_instant AS "from",
            g.to_instant AS "to",
            extract(epoch FROM coalesce(g.to_instant, now()) - g.from_instant)::float8 / 3600 AS hours,
            g.level, g.opened_at AS "openedAt", g.closed_at AS "closedAt",
            encode(g.closed_by, 'hex') AS "closingFileId", file.name AS "closingName"
     FROM gaps g JOIN station_keys station USING (station_id)
     LEFT JOIN files file ON file.file_id = g.closed_by
     ${conditions.where}
     ORDER BY ${order} DESC LIMIT ${conditions.place(filter.limit)}`,
    conditions.params,
  );
  return rows.map(({ closingFileId, closingName, ...gap }) => ({
    ...gap,
    closedBy: closingFileId === null ? null : { fileId: closingFileId, name: closingName },
  }));
}

interface GapRow extends Omit<ListedGap, 'closedBy'> {
  readonly closingFileId: string | null;
  readonly closingName: string | null;
}
