import type {
  BoardQueries,
  ConsoleQueries,
  FileRecord,
  OriginalBytes,
  StationActivity,
  ClockLags,
} from '@envigate/contracts';
import type { GapLevel } from '@envigate/domain';
import { withoutCancellation, type Database } from '../connection/database.ts';
import { explainItem } from '../audit/explain-item.ts';
import { listDeliveries } from '../deliveries/list-deliveries.ts';
import { readOverview } from './overview.ts';
import { listGaps } from '../gaps/list-gaps.ts';
import { listNotices } from '../notices/list-notices.ts';
import { listQuarantine } from '../record/quarantine.ts';
import { listReadings } from '../readings/list-readings.ts';
import { heardLast, listReceptions } from '../record/list-receptions.ts';
import { fileNoOf, lookLimits, type LookLimits } from '../connection/looks.ts';
import { noReceptions, ReceptionsOfDay } from './receptions-of-day.ts';
import { readBoard } from './read-board.ts';
import { statement, type Session } from '../connection/session.ts';

/** What the console asks, answered by the tables. Reads only. */
export function consoleQueries(
  database: Database,
  limits: LookLimits = lookLimits,
): ConsoleQueries & BoardQueries {
  const receptionsOfDay = new ReceptionsOfDay(database);
  return {
    overview: (latest) => readOverview(database, latest, receptionsOfDay),
    // For all who look at it, so that it does not end with the one who asked first.
    board: (question) => withoutCancellation(() => readBoard(database, question)),
    stationActivity: (stations) => readStationActivity(database, stations, receptionsOfDay),
    stationClocks: (stations) => readStationClocks(database, stations),
    receptions: (filter) => listReceptions(database, filter, limits),
    file: (fileId) => readFileRecord(database, fileId),
    original: (fileId) => readOriginal(database, fileId),
    story: (question) => explainItem(database, question),
    readings: (filter) => listReadings(database, filter, limits),
    quarantine: (filter) => listQuarantine(database, filter, limits),
    gaps: (filter) => listGaps(database, filter, limits),
    deliveries: (filter) => listDeliveries(database, filter, limits),
    notices: (filter) => listNotices(database, filter, limits),
  };
}

const selectFile = statement(
  'file-record',
  `SELECT encode(file_id, 'hex') AS "fileId", encode(content_hash, 'hex') AS "contentHash",
          account, name, station.station, state, form, length(content) AS size,
          data_from AS "dataFrom", data_to AS "dataTo", recorded_at AS "recordedAt"
   FROM files LEFT JOIN station_keys station USING (station_id)
   WHERE file_no = ${fileNoOf('$1')}`,
);

const selectOriginal = statement(
  'file-original',
  `SELECT name, content FROM files WHERE file_no = ${fileNoOf('$1')}`,
);

const mostListed = 1_000;

/** A file and all that became of it: the newest 1,000 receptions, quarantine rows and deliveries. */
async function readFileRecord(session: Session, fileId: string): Promise<FileRecord | undefined> {
  const of = { fileId, limit: mostListed };
  const [file] = await session.query<FileFields>(selectFile, [fileId]);
  if (file === undefined) return undefined;
  const pages = await Promise.all([
    listReceptions(session, of),
    listQuarantine(session, of),
    listDeliveries(session, of),
  ]);
  const [receptions, quarantine, deliveries] = pages;
  return {
    ...file,
    ...{ receptions: receptions.rows, quarantine: quarantine.rows, deliveries: deliveries.rows },
  };
}

type FileFields = Omit<FileRecord, 'receptions' | 'quarantine' | 'deliveries'>;

async function readOriginal(session: Session, fileId: string): Promise<OriginalBytes | undefined> {
  const [row] = await session.query<OriginalBytes>(selectOriginal, [fileId]);
  return row;
}

// The newest reading and reception are one step on an index each.
const selectActivity = statement(
  'station-activity',
  `SELECT station.station_id, station.station, newest.instant AS last_instant,
          ${heardLast('station.station_id', `now() + interval '1 hour'`)} AS last_received_at,
          gap.from_instant AS gap_from, gap.level AS gap_level
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

interface ActivityRow {
  readonly station_id: number;
  readonly station: string;
  readonly last_instant: Date | null;
  readonly last_received_at: Date | null;
  readonly gap_from: Date | null;
  readonly gap_level: GapLevel | null;
}

const silent: StationActivity = {
  lastInstant: null,
  lastReceivedAt: null,
  openGap: null,
  lastDay: noReceptions,
};

/** One entry per station named; one that never sent anything is silent. */
export async function readStationActivity(
  session: Session,
  stations: readonly string[],
  receptionsOfDay: Pick<ReceptionsOfDay, 'read'>,
): Promise<ReadonlyMap<string, StationActivity>> {
  const [rows, day] = await Promise.all([
    session.query<ActivityRow>(selectActivity, [stations]),
    receptionsOfDay.read(),
  ]);
  const heard = new Map(
    rows.map((row) => [row.station, activityOf(row, day.byStation.get(row.station_id))]),
  );
  return new Map(stations.map((station) => [station, heard.get(station) ?? silent]));
}

function activityOf(row: ActivityRow, lastDay = noReceptions): StationActivity {
  return {
    lastInstant: row.last_instant,
    lastReceivedAt: row.last_received_at,
    openGap:
      row.gap_from === null || row.gap_level === null
        ? null
        : { from: row.gap_from, level: row.gap_level },
    lastDay,
  };
}

const selectClocks = statement(
  'station-clocks',
  `SELECT station, files, first_received_at AS "from", last_received_at AS "to",
          least_lag_seconds AS "leastSeconds", median_lag_seconds AS "medianSeconds"
   FROM station_clocks WHERE $1::text[] IS NULL OR station = ANY($1)`,
);

/** By station; of these only where some are named. None of one without a file in the last 24 h. */
export async function readStationClocks(
  session: Session,
  stations?: readonly string[],
): Promise<ReadonlyMap<string, ClockLags>> {
  const rows = await session.query<ClockLags & { station: string }>(selectClocks, [
    stations ?? null,
  ]);
  return new Map(rows.map(({ station, ...lags }) => [station, lags]));
}
