import type { GapFilter, ListedGap, Page } from '@envigate/contracts';
import { gapLevels, type GapLevel, type TakenOut } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import {
  Conditions,
  stationIdOf,
  within,
  type Slice,
  lookLimits,
  readPage,
  type LookLimits,
} from '../connection/looks.ts';

const andHigher = (level: GapLevel): readonly GapLevel[] =>
  gapLevels.slice(gapLevels.indexOf(level));

/** The one found last first, without those that late data filled. */
export function listGaps(
  session: Session,
  filter: GapFilter,
  limits: LookLimits = lookLimits,
): Promise<Page<ListedGap, number>> {
  return readPage({
    limit: filter.limit,
    async findEnd() {
      const conditions = new Conditions();
      const order = addIndexed(filter, undefined, conditions);
      const [row] = await session.query<{ place: number }>(
        `SELECT g.gap_id AS place FROM gaps g ${conditions.where}
         ORDER BY ${order} OFFSET ${conditions.place(limits.maxLookedAt - 1)} LIMIT 1`,
        conditions.params,
      );
      return row && { place: row.place, isLast: false };
    },
    read: (end, limit) => readGaps(session, { ...filter, limit }, end, limits),
    placeOf: ({ gapId }) => gapId,
  });
}

async function readGaps(
  session: Session,
  filter: GapFilter,
  end: number | undefined,
  { maxLookedAt }: LookLimits,
): Promise<readonly ListedGap[]> {
  const indexed = new Conditions();
  const order = addIndexed(filter, end, indexed);
  // Rows of the index are taken first: a condition that few of them meet would make the planner read
  // them by another index, and sort.
  const looked = `SELECT * FROM gaps g ${indexed.where} ORDER BY ${order} LIMIT ${indexed.place(maxLookedAt)}`;
  const levels = filter.level && andHigher(filter.level);
  const others = indexed
    .another('g.removed_at IS NULL AND g.level IS NOT NULL')
    .given(filter.parameter, (p) => `g.parameter = ${p}`)
    .given(filter.kind, (p) => `g.kind = ${p}`)
    .given(levels, (p) => `g.level = ANY(${p})`)
    .given(
      filter.stations && [...filter.stations],
      (p) => `g.station_id IN (SELECT station_id FROM station_keys WHERE station = ANY(${p}))`,
    )
    .given(filter.from, (p) => `coalesce(g.to_instant, 'infinity') > ${p}`)
    .given(filter.to, (p) => `g.from_instant < ${p}`);
  if (filter.open === false) others.and('g.to_instant IS NOT NULL');
  if (filter.probablyOurs !== undefined)
    others.and(`g.is_probably_ours = ${others.place(filter.probablyOurs)}`);
  const rows = await session.query<GapRow>(
    `SELECT g.gap_id AS "gapId", station.station, g.parameter, g.kind, g.from_instant AS "from",
            g.to_instant AS "to",
            length.seconds / 3600 AS hours, (length.seconds - g.out_ms / 1000.0::float8) / 3600 AS "netHours",
            g.taken_out AS "takenOut", g.level, g.is_probably_ours AS "isProbablyOurs",
            g.joint_id AS "jointId", g.opened_at AS "openedAt", g.closed_at AS "closedAt",
            encode(g.closed_by, 'hex') AS "closingFileId", file.name AS "closingName"
     FROM (SELECT g.* FROM (${looked}) g
           ${others.where}
           ORDER BY g.gap_id DESC LIMIT ${others.place(filter.limit)}) g
     JOIN station_keys station USING (station_id) ${lengthOfGap}
     LEFT JOIN file_keys key ON key.file_id = g.closed_by
     LEFT JOIN files file ON file.file_no = key.file_no
     ORDER BY g.gap_id DESC`,
    others.params,
  );
  return rows.map(({ closingFileId, closingName, takenOut, ...gap }) => ({
    ...gap,
    takenOut: takenOut.map(({ by, id = null, ms }) => ({ by, id, hours: ms / hourMs })),
    closedBy: closingFileId === null ? null : { fileId: closingFileId, name: closingName },
  }));
}

/**
 * Adds the part of the filter that an index answers: what is open, or the station, or all, from the
 * last found one on. Returns the order.
 */
function addIndexed(
  { station, open, after = Number.MAX_SAFE_INTEGER }: GapFilter,
  end: number | undefined,
  conditions: Conditions,
): string {
  if (open === true) {
    // Of a station few are open: found by their index, and sorted.
    conditions.and('g.removed_at IS NULL').and('g.to_instant IS NULL');
    conditions.given(station, (p) => `g.station_id = ${stationIdOf(p)}`);
    conditions.and(`g.gap_id >= ${conditions.place(end ?? 0)}`);
    conditions.and(`g.gap_id < ${conditions.place(after)}`);
    return 'g.gap_id + 0 DESC';
  }
  const [from, to] = [conditions.place(end ?? 0), conditions.place(after)];
  if (station === undefined) {
    conditions.and(`g.gap_id >= ${from}`).and(`g.gap_id < ${to}`);
    return 'g.gap_id DESC';
  }
  const slice: Slice = { column: 'g.station_id', value: stationIdOf(conditions.place(station)) };
  conditions.and(within(slice, 'g.gap_id', '>=', from)).and(within(slice, 'g.gap_id', '<', to));
  return `${slice.column} DESC, g.gap_id DESC`;
}

const hourMs = 3_600_000;

// Of a parameter, and of valid values, only data show that they are missing.
const endOfOpen = `CASE WHEN g.kind = 'transmission' AND g.parameter IS NULL THEN now()
                        ELSE coalesce(coverage.last_instant, now()) END`;

const lengthOfGap = `
  LEFT JOIN coverage ON coverage.station_id = g.station_id
  CROSS JOIN LATERAL (
    SELECT extract(epoch FROM coalesce(g.to_instant, ${endOfOpen}) - g.from_instant)::float8 AS seconds
  ) length`;

interface GapRow extends Omit<ListedGap, 'closedBy' | 'takenOut'> {
  readonly takenOut: readonly TakenOut[];
  readonly closingFileId: string | null;
  readonly closingName: string | null;
}
