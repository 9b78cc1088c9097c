import {
  objectionToDecision,
  type AttributionDecision,
  type AttributionDesk,
  type AttributionOutcome,
  type Attribution,
  type JointScope,
  type ListedJointSilence,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { lookLimits, readPage } from '../connection/looks.ts';
import { numberArray, type Session } from '../connection/session.ts';
import { noteStretchesDue } from '../outages/note-stretches-due.ts';
import { endOfTime } from './gap-store.ts';

/** Decisions whose a gap is. Each has the gaps judged anew that it is about, in its transaction. */
export function attributionDesk(database: Database): AttributionDesk {
  return {
    decide: (target, verdict, actor, note) =>
      database.transaction(async (tx) => {
        const words = [verdict, actor, note];
        return target.kind === 'joint'
          ? decideJoint(tx, target.jointId, target.station, words)
          : decideGap(tx, target.gapId, verdict, words);
      }),

    list: ({ after = Number.MAX_SAFE_INTEGER, limit }) =>
      readPage({
        limit,
        async findEnd() {
          const [row] = await database.query<{ place: number }>(
            `SELECT joint_id AS place FROM joint_silences WHERE joint_id < $1
             ORDER BY joint_id DESC OFFSET $2 LIMIT 1`,
            [after, lookLimits.maxLookedAt - 1],
          );
          return row && { place: row.place, isLast: false };
        },
        read: (end, most) => readJoints(database, after, end ?? 0, most),
        placeOf: ({ jointId }) => jointId,
      }),
  };
}

/** Verdict, actor and note. */
type Words = readonly string[];

async function decideJoint(
  tx: Session,
  jointId: number,
  station: string | undefined,
  words: Words,
): Promise<AttributionOutcome> {
  const members = await tx.query<{
    station: string;
    stationId: number;
    from: Date;
    to: Date | null;
  }>(
    `SELECT station, station_id AS "stationId", from_instant AS "from", to_instant AS "to"
     FROM joint_silences JOIN joint_silence_members USING (joint_id) JOIN station_keys USING (station_id)
     WHERE joint_id = $1 AND ($2::text IS NULL OR station = $2) ORDER BY station
     FOR NO KEY UPDATE OF joint_silences`,
    [jointId, station ?? null],
  );
  const [first] = members;
  if (first === undefined) return { kind: 'not-found' };
  const stationId = station === undefined ? null : first.stationId;
  await tx.execute(
    `UPDATE attribution_decisions SET superseded_at = now()
     WHERE joint_id = $1 AND superseded_at IS NULL AND ($2::integer IS NULL OR station_id = $2)`,
    [jointId, stationId],
  );
  await tx.execute(
    `INSERT INTO attribution_decisions (joint_id, station_id, verdict, actor, note) VALUES ($1, $2, $3, $4, $5)`,
    [jointId, stationId, ...words],
  );
  const stations = members.map((member) => member.station);
  const from = Math.min(...members.map((member) => member.from.getTime()));
  await noteStretchesDue(tx, stations, [{ from, to: first.to?.getTime() ?? endOfTime }]);
  return { kind: 'decided', jointId, stations };
}

interface GapRow {
  readonly stationId: number;
  readonly station: string;
  readonly from: Date;
  readonly to: Date;
  readonly isOfStation: boolean;
  readonly isRemoved: boolean;
  readonly jointId: number | null;
  readonly earlier: Attribution | null;
}

async function decideGap(
  tx: Session,
  gapId: number,
  verdict: Attribution,
  words: Words,
): Promise<AttributionOutcome> {
  const [gap] = await tx.query<GapRow>(
    `SELECT gaps.station_id AS "stationId", station, gaps.from_instant AS "from",
            coalesce(earlier.to_instant, gaps.to_instant, now()) AS "to",
            kind = 'transmission' AND parameter IS NULL AS "isOfStation",
            removed_at IS NOT NULL AS "isRemoved", member.joint_id AS "jointId", earlier.verdict AS earlier
     FROM gaps
     JOIN station_keys USING (station_id)
     LEFT JOIN LATERAL (
       SELECT joint_id FROM joint_silence_members JOIN joint_silences joint USING (joint_id)
       WHERE station_id = gaps.station_id AND joint_silence_members.from_instant <= gaps.from_instant
         AND coalesce(joint.to_instant, 'infinity') > gaps.from_instant
       ORDER BY joint_silence_members.from_instant DESC LIMIT 1
     ) member ON true
     LEFT JOIN attribution_decisions earlier
       ON earlier.joint_id IS NULL AND earlier.station_id = gaps.station_id
         AND earlier.from_instant = gaps.from_instant AND earlier.superseded_at IS NULL
     WHERE gap_id = $1
     FOR NO KEY UPDATE OF station_keys`,
    [gapId],
  );
  if (gap === undefined) return { kind: 'not-found' };
  const { stationId, station, from, to, jointId, earlier, ...is } = gap;
  if (is.isOfStation && jointId !== null) return decideJoint(tx, jointId, station, words);
  const reason = objectionToDecision(is, verdict, earlier ?? undefined);
  if (reason !== undefined) return { kind: 'refused', reason };
  await tx.execute(
    `UPDATE attribution_decisions SET superseded_at = now()
     WHERE joint_id IS NULL AND station_id = $1 AND from_instant = $2 AND superseded_at IS NULL`,
    [stationId, from],
  );
  await tx.execute(
    `INSERT INTO attribution_decisions (station_id, from_instant, to_instant, verdict, actor, note)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [stationId, from, to, ...words],
  );
  await noteStretchesDue(tx, [station], [{ from: from.getTime(), to: to.getTime() }]);
  return { kind: 'decided', jointId: undefined, stations: [station] };
}

async function readJoints(
  session: Session,
  after: number,
  end: number,
  limit: number,
): Promise<readonly ListedJointSilence[]> {
  const rows = await session.query<
    Omit<ListedJointSilence, 'scope' | 'verdict' | 'decisions'> & {
      readonly scope: JointScope['kind'];
      readonly code: string;
    }
  >(
    `SELECT joint_id AS "jointId", scope, code, from_first AS "from", to_instant AS "to",
            ARRAY(SELECT station FROM joint_silence_members JOIN station_keys USING (station_id)
                  WHERE joint_id = joint.joint_id ORDER BY station) AS stations
     FROM joint_silences joint WHERE joint_id < $1 AND joint_id >= $2
     ORDER BY joint_id DESC LIMIT $3`,
    [after, end, limit],
  );
  const decisions = await session.query<AttributionDecision & { readonly jointId: number }>(
    `SELECT joint_id AS "jointId", decision_id AS "decisionId", station, verdict, actor, note,
            decided_at AS "decidedAt", superseded_at IS NULL AS counts
     FROM attribution_decisions LEFT JOIN station_keys USING (station_id)
     WHERE joint_id = ANY($1::bigint[]) ORDER BY decision_id DESC`,
    [numberArray(rows.map(({ jointId }) => jointId))],
  );
  return rows.map(({ scope, code, ...row }) => {
    const own = decisions.filter(({ jointId }) => jointId === row.jointId);
    const whole = own.find(({ station, counts }) => station === null && counts);
    return {
      ...row,
      scope: { kind: scope, code },
      verdict: whole?.verdict ?? null,
      decisions: own.map(({ jointId: _, ...decision }) => decision),
    };
  });
}
