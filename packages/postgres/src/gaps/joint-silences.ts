import {
  consequencesOf,
  groupBy,
  type Attribution,
  type DecidedOutage,
  type Door,
  DoorsOfAccounts,
  type DoorUse,
  type JointMember,
  type JointPlan,
  type JointScope,
  type JudgedMember,
  type LastingJointSilence,
  type NotTheStations,
  type RegistryView,
  type Stretch,
} from '@envigate/domain';
import { numberArray, statement, textArray, type Session } from '../connection/session.ts';
import { advisoryLockKey } from '../connection/database.ts';

/** What is noted of the silences that stations are in now. */
export interface KnownJointSilences {
  readonly lasting: readonly LastingJointSilence[];
  /** Of each station the joint silence that its silence now belongs to, over or not. */
  readonly memberships: ReadonlyMap<string, Membership>;
}

export interface Membership {
  readonly jointId: number;
  readonly isOver: boolean;
  /** Nobody has decided about it. */
  readonly isInDoubt: boolean;
}

/** Those that last, and those that the silence of a station belongs to that goes on. */
export async function readJointSilences(session: Session): Promise<KnownJointSilences> {
  const rows = await session.query<MemberRow>(selectKnown);
  const lasting = groupBy(
    rows.filter(({ to }) => to === null),
    ({ jointId }) => jointId,
  );
  return {
    lasting: [...lasting.values()].flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      const { jointId, scope, code, firstFrom, lastFrom } = first;
      return [
        {
          ...{ jointId, scope: { kind: scope, code }, from: firstFrom.getTime() },
          lastFrom: lastFrom.getTime(),
          members: members.map((one): JointMember => ({
            station: one.station,
            from: one.from.getTime(),
          })),
        },
      ];
    }),
    memberships: new Map(
      rows
        .filter(({ goesOn }) => goesOn)
        .map(({ station, jointId, to, verdict }): [string, Membership] => [
          station,
          { jointId, isOver: to !== null, isInDoubt: verdict === null },
        ]),
    ),
  };
}

/** Notes what is new of them, as decided under a lock that keeps others from deciding meanwhile. */
export async function noteJointSilences(
  tx: Session,
  decide: (known: KnownJointSilences) => JointPlan,
  at: Date,
): Promise<JointPlan> {
  await tx.execute('SELECT pg_advisory_xact_lock($1)', [planningLock]);
  const plan = decide(await readJointSilences(tx));
  for (const { scope, from, lastFrom, members } of plan.begun) {
    const [row] = await tx.query<{ jointId: number }>(insertJoint, [
      ...[scope.kind, scope.code, new Date(from), new Date(lastFrom)],
    ]);
    if (row !== undefined) await addMembers(tx, row.jointId, members);
  }
  for (const { jointId, members } of plan.joined) await addMembers(tx, jointId, members);
  await tx.execute(endJoint, [numberArray(plan.ended), at]);
  return plan;
}

async function addMembers(
  tx: Session,
  jointId: number,
  members: readonly JointMember[],
): Promise<void> {
  await tx.execute(insertMembers, [
    ...[jointId, textArray(members.map(({ station }) => station))],
    numberArray(members.map(({ from }) => from)),
  ]);
}

const planningLock = advisoryLockKey('gap-detector: joint silences');

/** By station, what joint silences and persons' decisions say of a time; nothing of one that is in none. */
export async function attributionsDuring(
  tx: Session,
  stations: readonly string[],
  within: Stretch,
): Promise<ReadonlyMap<string, Pick<NotTheStations, 'doubts' | 'notHeard'>>> {
  const to = within.to === undefined ? 'infinity' : new Date(within.to);
  const asked = [textArray(stations), new Date(within.from), to];
  const rows = await tx.query<AttributionRow>(selectAttributions, asked);
  return new Map(
    Array.from(
      groupBy(rows, ({ station }) => station),
      ([station, own]) => [station, consequencesOf(own.flatMap(memberOf), own.flatMap(outageOf))],
    ),
  );
}

interface AttributionRow {
  readonly station: string;
  readonly jointId: number | null;
  readonly decisionId: number | null;
  readonly from: Date;
  readonly to: Date | null;
  readonly verdict: Attribution | null;
}

function memberOf({ station, jointId, from, to, verdict }: AttributionRow): JudgedMember[] {
  if (jointId === null) return [];
  const time = { from: from.getTime(), to: to?.getTime() };
  return [{ station, jointId, ...time, verdict: verdict ?? undefined }];
}

function outageOf({ jointId, decisionId, from, to }: AttributionRow): DecidedOutage[] {
  if (jointId !== null || decisionId === null) return [];
  return [{ decisionId, from: from.getTime(), to: to?.getTime() }];
}

/** What the stations of a state of the registry have in common: provinces, doors and accounts. */
export async function readJointScopes(
  session: Session,
  view: RegistryView,
): Promise<(station: string) => readonly JointScope[]> {
  const uses = await session.query<{
    account: string;
    protocol: DoorUse['protocol'];
    lastUsedAt: Date;
  }>(`SELECT account, protocol, last_used_at AS "lastUsedAt" FROM door_uses`);
  const doors = new DoorsOfAccounts(
    view,
    uses.map((use) => ({ ...use, lastUsedAt: use.lastUsedAt.getTime() })),
  );
  return (station) => {
    const facility = view.facilities.get(view.stations.get(station)?.facility ?? '');
    const province = facility?.provinceCode;
    return [
      ...(province === undefined ? [] : [{ kind: 'province', code: province } as const]),
      ...Array.from(doors.ofStation(station), (code: Door) => ({ kind: 'door', code }) as const),
      ...doors.accountsOf(station).map((code) => ({ kind: 'account', code }) as const),
    ];
  };
}

interface MemberRow {
  readonly jointId: number;
  readonly scope: JointScope['kind'];
  readonly code: string;
  readonly firstFrom: Date;
  readonly lastFrom: Date;
  readonly to: Date | null;
  readonly station: string;
  readonly from: Date;
  /** Nothing newer came of the station. */
  readonly goesOn: boolean;
  readonly verdict: Attribution | null;
}

/** Of a member what was decided of it alone goes before what was decided of all. */
const verdicts = `LEFT JOIN attribution_decisions own
     ON own.joint_id = member.joint_id AND own.station_id = member.station_id AND own.superseded_at IS NULL
   LEFT JOIN attribution_decisions whole
     ON whole.joint_id = member.joint_id AND whole.station_id IS NULL AND whole.superseded_at IS NULL`;

const selectKnown = statement(
  'joint-silences-known',
  `SELECT member.joint_id AS "jointId", scope, code, from_first AS "firstFrom", from_last AS "lastFrom",
          joint.to_instant AS "to", station, member.from_instant AS "from",
          coalesce(coverage.last_instant = member.from_instant, false) AS "goesOn",
          coalesce(own.verdict, whole.verdict) AS verdict
   FROM joint_silence_members member
   JOIN joint_silences joint USING (joint_id)
   JOIN station_keys USING (station_id)
   LEFT JOIN coverage USING (station_id)
   ${verdicts}
   WHERE joint.to_instant IS NULL OR coverage.last_instant = member.from_instant
   ORDER BY member.joint_id`,
);

const insertJoint = statement(
  'joint-silences-insert',
  `INSERT INTO joint_silences (scope, code, from_first, from_last) VALUES ($1, $2, $3, $4)
   RETURNING joint_id AS "jointId"`,
);

const insertMembers = statement(
  'joint-silences-insert-members',
  `INSERT INTO joint_silence_members (joint_id, station_id, from_instant)
   SELECT $1, station_id, to_timestamp(from_ms / 1000)
   FROM unnest($2::text[], $3::double precision[]) AS given (station, from_ms)
   JOIN station_keys USING (station)
   ON CONFLICT DO NOTHING`,
);

const endJoint = statement(
  'joint-silences-end',
  `UPDATE joint_silences SET to_instant = greatest($2, from_last)
   WHERE joint_id = ANY($1::bigint[]) AND to_instant IS NULL`,
);

const selectAttributions = statement(
  'joint-silences-attributions',
  `SELECT station, member.joint_id AS "jointId", NULL::bigint AS "decisionId",
          member.from_instant AS "from", joint.to_instant AS "to",
          coalesce(own.verdict, whole.verdict) AS verdict
   FROM station_keys
   JOIN joint_silence_members member USING (station_id)
   JOIN joint_silences joint USING (joint_id)
   ${verdicts}
   WHERE station = ANY($1::text[]) AND member.from_instant < $3::timestamptz
     AND coalesce(joint.to_instant, 'infinity') > $2::timestamptz
   UNION ALL
   SELECT station, NULL, decision_id, from_instant, to_instant, verdict
   FROM attribution_decisions JOIN station_keys USING (station_id)
   WHERE joint_id IS NULL AND superseded_at IS NULL AND verdict = 'ours' AND station = ANY($1::text[])
     AND to_instant > $2::timestamptz AND from_instant < $3::timestamptz`,
);
