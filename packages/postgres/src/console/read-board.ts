import {
  maxDueCounted,
  maxOfDay,
  type Board,
  type BoardFile,
  type BoardQuestion,
  type DeliveryState,
  type Percentiles,
  type StationHeard,
  type TargetProgress,
} from '@envigate/contracts';
import { replaySpoolId, type GapLevel } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import { heardLast } from '../record/list-receptions.ts';
import { newestQuarantineOf } from '../record/quarantine.ts';

// Every statement reads an index range of a day or less, up to a number of rows, or a fixed number of
// rows per station, target or listed file.

const receptionFigures = statement(
  'board-receptions',
  `SELECT count(*) FILTER (WHERE outcome = 'stored')      AS stored,
          count(*) FILTER (WHERE outcome = 'duplicate')   AS duplicates,
          count(*) FILTER (WHERE outcome = 'quarantined') AS quarantined,
          coalesce(sum(new_readings), 0)::bigint          AS readings,
          count(*) FILTER (WHERE is_recent AND outcome = 'stored')      AS recently_stored,
          count(*) FILTER (WHERE is_recent AND outcome = 'duplicate')   AS recent_duplicates,
          count(*) FILTER (WHERE is_recent AND outcome = 'quarantined') AS recently_quarantined,
          coalesce(sum(new_readings) FILTER (WHERE is_recent), 0)::bigint AS recent_readings,
          percentile_cont(0.5)  WITHIN GROUP (ORDER BY seconds) FILTER (WHERE is_recent) AS p50,
          percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE is_recent) AS p99
   FROM (SELECT outcome, new_readings, received_at >= $2 AS is_recent,
                extract(epoch FROM recorded_at - received_at)::float8 AS seconds
         FROM (SELECT * FROM receptions WHERE received_at >= $1
               ORDER BY received_at DESC LIMIT ${maxOfDay}) newest
         WHERE spool_id <> '${replaySpoolId}') arrival`,
);

const stationsHeard = statement(
  'board-stations',
  `SELECT station.station, newest.instant AS "lastInstant",
          ${heardLast('station.station_id', `'infinity'`)} AS "lastReceivedAt",
          gap.from_instant AS "gapFrom", gap.level AS "gapLevel"
   FROM station_keys station
   LEFT JOIN LATERAL (SELECT instant FROM readings WHERE station_id = station.station_id
                      ORDER BY instant DESC LIMIT 1) newest ON true
   LEFT JOIN LATERAL (SELECT from_instant, level FROM gaps
                      WHERE station_id = station.station_id AND to_instant IS NULL
                        AND removed_at IS NULL
                        AND kind = 'transmission' AND parameter IS NULL
                      ORDER BY from_instant LIMIT 1) gap ON true
   WHERE station.station = ANY($1)`,
);

const targetProgress = statement(
  'board-targets',
  `SELECT lane.target, coalesce(ended.recently_sent, 0) AS "recentlySent",
          coalesce(ended.sent, 0) AS "sentToday",
          coalesce(ended.recently_refused, 0) AS "recentlyRefused",
          coalesce(ended.refused, 0) AS "refusedToday",
          ended.last_sent_at AS "lastSentAt", due.count AS due,
          lane.failing AS "failingStations", worst.failure
   FROM (SELECT target, count(*) FILTER (WHERE failures > 0) AS failing
         FROM delivery_lanes GROUP BY target) lane
   CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT 1 FROM deliveries
                       WHERE state = 'due' AND target = lane.target LIMIT ${maxDueCounted}) waiting) due
   LEFT JOIN (SELECT target, count(*) FILTER (WHERE state = 'sent' AND ended_at >= $2) AS recently_sent,
                     count(*) FILTER (WHERE state = 'refused' AND ended_at >= $2) AS recently_refused,
                     count(*) FILTER (WHERE state = 'sent')    AS sent,
                     count(*) FILTER (WHERE state = 'refused') AS refused,
                     max(ended_at) FILTER (WHERE state = 'sent') AS last_sent_at
              FROM (SELECT target, state, ended_at FROM deliveries WHERE ended_at >= $1
                    ORDER BY ended_at DESC LIMIT ${maxOfDay}) newest
              GROUP BY target) ended USING (target)
   LEFT JOIN LATERAL (SELECT head.failure FROM delivery_lanes failing
                      CROSS JOIN LATERAL (SELECT failure FROM deliveries
                        WHERE state = 'due' AND target = failing.target
                          AND station_id = failing.station_id
                        ORDER BY data_instant, delivery_id LIMIT 1) head
                      WHERE failing.target = lane.target AND failing.failures > 0
                      ORDER BY failing.failures DESC LIMIT 1) worst ON true`,
);

const newestFiles = statement(
  'board-files',
  `SELECT reception.received_at AS "receivedAt", file.name, reception.account, station.station,
          encode(file.file_id, 'hex') AS "fileId", reception.outcome,
          reception.spool_id = '${replaySpoolId}' AS "isReplay",
          reception.new_readings AS "newReadings", reception.corrections,
          reception.rejected_lines AS "rejectedLines", refused.reason,
          ARRAY(SELECT DISTINCT warning ->> 'code'
                FROM jsonb_array_elements(reception.warnings) warning) AS warnings,
          delivery.due, delivery.sent, delivery.refused, delivery."set-aside", delivery.withheld
   FROM (SELECT * FROM receptions ORDER BY received_at DESC, reception_id DESC LIMIT $1) reception
   JOIN files file USING (file_no)
   LEFT JOIN station_keys station ON station.station_id = reception.station_id
   LEFT JOIN LATERAL (SELECT reason FROM (${newestQuarantineOf('reception')}) newest
                      WHERE reception.outcome <> 'duplicate'
                        AND newest.reception_id = reception.reception_id
                        AND (scope = 'file') = (reception.outcome = 'quarantined')
                      LIMIT 1) refused ON true
   CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'due')      AS due,
                              count(*) FILTER (WHERE state = 'sent')     AS sent,
                              count(*) FILTER (WHERE state = 'refused')  AS refused,
                              count(*) FILTER (WHERE state = 'set-aside') AS "set-aside",
                              count(*) FILTER (WHERE state = 'withheld') AS withheld
                       FROM deliveries WHERE file_no = reception.file_no
                                          OR more_files @> ARRAY[reception.file_no]) delivery
   ORDER BY reception.received_at DESC, reception.reception_id DESC`,
);

interface FiguresRow extends Percentiles {
  readonly stored: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly readings: number;
  readonly recently_stored: number;
  readonly recent_duplicates: number;
  readonly recently_quarantined: number;
  readonly recent_readings: number;
}

interface StationRow extends Omit<StationHeard, 'openGap'> {
  readonly station: string;
  readonly gapFrom: Date | null;
  readonly gapLevel: GapLevel | null;
}

type FileRow = Omit<BoardFile, 'deliveries'> & Record<DeliveryState, number>;

/** The console's first page; four statements, side by side. */
export async function readBoard(session: Session, question: BoardQuestion): Promise<Board> {
  const { todayFrom, recentFrom } = question;
  const [[figures], stations, targets, files] = await Promise.all([
    session.query<FiguresRow>(receptionFigures, [todayFrom, recentFrom]),
    session.query<StationRow>(stationsHeard, [question.stations]),
    session.query<TargetProgress & { target: string }>(targetProgress, [todayFrom, recentFrom]),
    session.query<FileRow>(newestFiles, [question.files]),
  ]);
  if (figures === undefined) throw new Error('an aggregate gave no row');
  const { stored, duplicates, quarantined, readings, p50, p99 } = figures;
  return {
    recent: {
      stored: figures.recently_stored,
      duplicates: figures.recent_duplicates,
      quarantined: figures.recently_quarantined,
      readings: figures.recent_readings,
    },
    today: { stored, duplicates, quarantined, readings },
    recording: { p50, p99 },
    stations: new Map(stations.map(({ station, ...row }) => [station, stationHeard(row)])),
    targets: new Map(targets.map(({ target, ...progress }) => [target, progress])),
    files: files.map(({ due, sent, refused, 'set-aside': setAside, withheld, ...file }) => ({
      ...file,
      deliveries: { due, sent, refused, 'set-aside': setAside, withheld },
    })),
  };
}

function stationHeard({ gapFrom, gapLevel, ...row }: Omit<StationRow, 'station'>): StationHeard {
  const isInGap = gapFrom !== null && gapLevel !== null;
  return { ...row, openGap: isInGap ? { from: gapFrom, level: gapLevel } : null };
}
