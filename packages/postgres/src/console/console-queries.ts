import type { BoardQueries, ConsoleQueries } from '@envigate/contracts';
import { withoutCancellation } from '../connection/cancellation.ts';
import type { Database } from '../connection/database.ts';
import { listDeliveries } from '../deliveries/list-deliveries.ts';
import { readOverview } from './overview.ts';
import { listGaps } from '../gaps/list-gaps.ts';
import { listQuarantine } from '../record/list-quarantine.ts';
import { listReadings } from '../readings/list-readings.ts';
import { listReceptions } from '../record/list-receptions.ts';
import { lookLimits, type LookLimits } from '../connection/page.ts';
import { readBoard } from './read-board.ts';
import { readFileRecord, readOriginal } from './read-file.ts';
import { readStationActivity } from './station-activity.ts';
import { readStationClocks } from './station-clocks.ts';

/** What the console asks, answered by the tables. Reads only. */
export function consoleQueries(
  database: Database,
  limits: LookLimits = lookLimits,
): ConsoleQueries & BoardQueries {
  return {
    overview: (latest) => readOverview(database, latest),
    // For all who look at it, so that it does not end with the one who asked first.
    board: (question) => withoutCancellation(() => readBoard(database, question)),
    stationActivity: (stations) => readStationActivity(database, stations),
    stationClocks: (stations) => readStationClocks(database, stations),
    receptions: (filter) => listReceptions(database, filter, limits),
    file: (fileId) => readFileRecord(database, fileId),
    original: (fileId) => readOriginal(database, fileId),
    readings: (filter) => listReadings(database, filter, limits),
    quarantine: (filter) => listQuarantine(database, filter, limits),
    gaps: (filter) => listGaps(database, filter, limits),
    deliveries: (filter) => listDeliveries(database, filter, limits),
  };
}
