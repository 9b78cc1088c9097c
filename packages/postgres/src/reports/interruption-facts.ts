import type { Station } from '@envigate/contracts';
import {
  everythingCounts,
  groupBy,
  isReported,
  objectionToRows,
  type GapKind,
  type GapLevel,
  type InterruptionFacts,
  type InterruptionQuestion,
  type RegistryView,
  type ReportedSilence,
  type ReportRefusal,
  type TakenOut,
} from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import { readNotTheStations } from '../gaps/not-the-stations.ts';
import { gapRecordsOf } from '../gap-records/gap-records.ts';
import { readSentMails } from './sent-mails.ts';

/** What the record has of interruptions in a period, by station in the order given; or that it is too much. */
export async function readInterruptionFacts(
  session: Session,
  stations: readonly Station[],
  question: InterruptionQuestion,
  { view, now }: { readonly view: RegistryView; readonly now: Date },
): Promise<readonly InterruptionFacts[] | ReportRefusal> {
  const codes = stations.map(({ code }) => code);
  const refusal = await refusalOfSize(session, codes, question);
  if (refusal !== undefined) return refusal;
  const silences = await readSilences(session, codes, question);
  const reported = silences.filter((silence) => isReported(silence, question));
  const [receivedIn, records, newest] = [
    await countReceived(session, reported, question),
    await gapRecordsOf(
      session,
      reported.map(({ gapId }) => gapId),
      now,
    ),
    await readNewest(session, codes),
  ];
  const codesOfNotices = [...records.values()].flatMap(({ notices }) =>
    notices.map(({ code }) => code),
  );
  const mails = await readSentMails(session, codesOfNotices);
  const within = spanOf(reported, question);
  const apart = await readNotTheStations({ current: () => view })(session, codes, within);
  const byStation = groupBy(silences, ({ station }) => station);
  return stations.flatMap((station): InterruptionFacts[] => {
    const of = byStation.get(station.code);
    if (of === undefined) return [];
    return [
      {
        ...{ station, silences: of, newest: newest.get(station.code) },
        notTheStations: apart.get(station.code) ?? everythingCounts,
        ...{ receivedIn, records, mails },
      },
    ];
  });
}

/** From the begin of the first gap: its net length is of all of it. */
function spanOf(
  silences: readonly ReportedSilence[],
  { from, to }: InterruptionQuestion,
): { readonly from: number; readonly to: number } {
  return { from: Math.min(from.getTime(), ...silences.map((one) => one.from)), to: to.getTime() };
}

type OfStation = ReportedSilence & { readonly station: string };

interface SilenceRow {
  readonly gapId: number;
  readonly station: string;
  readonly kind: GapKind;
  readonly parameter: string | null;
  readonly level: GapLevel | null;
  readonly from: Date;
  readonly to: Date | null;
  readonly outMs: number;
  readonly takenOut: readonly TakenOut[];
  readonly isProbablyOurs: boolean;
  readonly closedAt: Date | null;
  readonly closedByName: string | null;
}

/** Kept silences of these stations that reach into the time, in the index of their ends. */
const ofTime = `
  FROM gaps g JOIN station_keys station USING (station_id)
  WHERE g.removed_at IS NULL AND station.station = ANY($1)
    AND coalesce(g.to_instant, 'infinity') > $2 AND g.from_instant < $3`;

const selectSilences = statement(
  'report-silences',
  `SELECT g.gap_id AS "gapId", station.station, g.kind, g.parameter, g.level, g.from_instant AS "from",
          g.to_instant AS "to", g.out_ms::float8 AS "outMs", g.taken_out AS "takenOut",
          g.is_probably_ours AS "isProbablyOurs", g.closed_at AS "closedAt",
          file.name AS "closedByName"
   FROM (SELECT g.*, station.station ${ofTime}
           AND ($4 OR (g.kind = 'transmission' AND g.parameter IS NULL))) g
   JOIN station_keys station USING (station_id)
   LEFT JOIN file_keys key ON key.file_id = g.closed_by
   LEFT JOIN files file ON file.file_no = key.file_no
   ORDER BY g.station_id, g.from_instant, g.gap_id`,
);

const countSilences = statement(
  'report-silences-count',
  `SELECT count(*) AS rows ${ofTime} AND ($4 OR (g.kind = 'transmission' AND g.parameter IS NULL))`,
);

const paramsOf = (
  stations: readonly string[],
  { from, to, withParameters }: InterruptionQuestion,
) => [stations, from, to, withParameters] as const;

/** Counted before they are read: the memory of a report is bounded. */
async function refusalOfSize(
  session: Session,
  stations: readonly string[],
  question: InterruptionQuestion,
): Promise<ReportRefusal | undefined> {
  const [row] = await session.query<{ rows: number }>(countSilences, [
    ...paramsOf(stations, question),
  ]);
  return objectionToRows({ vi: 'khoảng gián đoạn', en: 'interruptions' }, row?.rows ?? 0);
}

async function readSilences(
  session: Session,
  stations: readonly string[],
  question: InterruptionQuestion,
): Promise<readonly OfStation[]> {
  const rows = await session.query<SilenceRow>(selectSilences, [...paramsOf(stations, question)]);
  return rows.map(({ parameter, level, from, to, closedAt, closedByName, ...row }) => ({
    ...row,
    ...{ parameter: parameter ?? undefined, level: level ?? undefined },
    ...{ from: from.getTime(), to: to?.getTime() },
    closedBy: closedAt === null ? undefined : { name: closedByName ?? undefined, at: closedAt },
  }));
}

const selectReceived = statement(
  'report-received-in-gaps',
  `SELECT given.gap_id AS "gapId", count(DISTINCT reading.instant) AS received
   FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
          AS given (gap_id, station, parameter, from_instant, to_instant)
   JOIN station_keys station USING (station)
   LEFT JOIN parameter_keys USING (parameter)
   JOIN readings reading ON reading.station_id = station.station_id
     AND reading.instant > given.from_instant AND reading.instant < given.to_instant
     AND (given.parameter = '' OR reading.parameter_id = parameter_keys.parameter_id)
   GROUP BY given.gap_id`,
);

/** Within gaps without valid values there are data: how many instants of each lie in the period. */
async function countReceived(
  session: Session,
  silences: readonly OfStation[],
  { from, to }: InterruptionQuestion,
): Promise<ReadonlyMap<number, number>> {
  const of = silences.filter(({ kind }) => kind === 'no-valid-data');
  if (of.length === 0) return new Map();
  // The begin of the period belongs to it, the begin of a gap does not.
  const begin = (one: OfStation): Date => new Date(Math.max(one.from, from.getTime() - 1));
  const rows = await session.query<{ gapId: number; received: number }>(selectReceived, [
    of.map(({ gapId }) => gapId),
    of.map(({ station }) => station),
    of.map(({ parameter }) => parameter ?? ''),
    of.map(begin),
    of.map((one) => new Date(Math.min(one.to ?? Infinity, to.getTime()))),
  ]);
  return new Map(rows.map(({ gapId, received }) => [gapId, received]));
}

async function readNewest(
  session: Session,
  stations: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await session.query<{ station: string; newest: Date }>(
    `SELECT station, last_instant AS newest FROM coverage JOIN station_keys USING (station_id)
     WHERE station = ANY($1)`,
    [stations],
  );
  return new Map(rows.map(({ station, newest }) => [station, newest.getTime()]));
}
