import {
  maxCounted,
  maxOfDay,
  type LatestReception,
  type Overview,
  type Percentiles,
} from '@envigate/contracts';

import { newestQuarantineOf } from '../record/quarantine.ts';
import { statement, type Session } from '../connection/session.ts';
import type { ReceptionsOfDay } from './receptions-of-day.ts';

// Every figure reads an index range of a day or less, and up to a number of rows: the cost does not
// grow with what is stored. Files that were received while the clock was ahead are not for ever the newest.
const recentReceptions = statement(
  'overview-recent-receptions',
  `SELECT count(*) FILTER (WHERE received_at > now() - interval '1 minute') AS files_per_minute,
          ${percentiles('recorded_at', "spool_id <> 'replay'")}
   FROM (SELECT received_at, recorded_at, spool_id FROM receptions
         WHERE received_at > now() - interval '5 minutes' AND received_at < now() + interval '1 hour'
         ORDER BY received_at DESC LIMIT ${maxOfDay}) newest`,
);

// The last minutes are read once more by themselves: looking at the time of each row of the day takes longer.
const deliveryFigures = statement(
  'overview-deliveries',
  `SELECT day.*, recent.*
   FROM (SELECT count(*) FILTER (WHERE state = 'sent')    AS sent,
                count(*) FILTER (WHERE state = 'refused') AS refused
         FROM (SELECT state FROM deliveries
               WHERE ended_at > now() - interval '24 hours'
               ORDER BY ended_at DESC LIMIT ${maxOfDay}) newest) day
   CROSS JOIN (SELECT ${percentiles('ended_at', "state = 'sent'")}
               FROM (SELECT state, ended_at, received_at FROM deliveries
                     WHERE ended_at > now() - interval '5 minutes'
                     ORDER BY ended_at DESC LIMIT ${maxOfDay}) newest) recent`,
);

const presentFigures = statement(
  'overview-present',
  `SELECT (SELECT count(*) FROM (SELECT FROM deliveries WHERE state = 'due' LIMIT ${maxCounted}) due) AS due,
          (SELECT count(*) FROM (SELECT FROM gaps WHERE to_instant IS NULL AND removed_at IS NULL
                                   AND kind = 'transmission' AND parameter IS NULL
                                 LIMIT ${maxCounted}) open) AS open_gaps`,
);

const latestReceptions = statement(
  'overview-latest',
  `SELECT reception.received_at, reception.account, file.name, reception.outcome,
          coalesce(
            CASE WHEN reception.outcome = 'quarantined' THEN
              (SELECT reason FROM (${newestQuarantineOf('reception')}) newest
               WHERE scope = 'file' AND newest.reception_id = reception.reception_id LIMIT 1) END,
            CASE WHEN rejected_lines > 0 THEN rejected_lines || ' lines refused' ELSE '' END
          ) AS detail
   FROM (SELECT * FROM receptions WHERE received_at < now() + interval '1 hour'
         ORDER BY received_at DESC LIMIT $1) reception
   JOIN files file USING (file_no)
   ORDER BY reception.received_at DESC`,
);

/** Two columns: median and 99th percentile of the seconds from received_at to `end`. */
function percentiles(end: string, filter: string): string {
  const seconds = `extract(epoch FROM ${end} - received_at)::float8`;
  const percentile = (share: number): string =>
    `percentile_cont(${share}) WITHIN GROUP (ORDER BY ${seconds}) FILTER (WHERE ${filter})`;
  return `${percentile(0.5)} AS p50, ${percentile(0.99)} AS p99`;
}

interface RecentReceptions extends Percentiles {
  readonly files_per_minute: number;
}

interface DeliveryFigures extends Percentiles {
  readonly sent: number;
  readonly refused: number;
}

/** What an operator sees first. `latest` is the number of receptions listed. */
export async function readOverview(
  session: Session,
  latest: number,
  receptionsOfDay: Pick<ReceptionsOfDay, 'read'>,
): Promise<Overview> {
  const [day, recent, deliveries, present, rows] = await Promise.all([
    receptionsOfDay.read(),
    one<RecentReceptions>(session.query(recentReceptions)),
    one<DeliveryFigures>(session.query(deliveryFigures)),
    one<{ due: number; open_gaps: number }>(session.query(presentFigures)),
    session.query<Omit<LatestReception, 'receivedAt'> & { received_at: Date }>(latestReceptions, [
      latest,
    ]),
  ]);
  const { stored, duplicates, quarantined, readings, corrections } = day.all;
  return {
    receptions: { stored, duplicates, quarantined },
    filesPerMinute: recent.files_per_minute,
    ...{ readings, corrections },
    deliveries: { due: present.due, sent: deliveries.sent, refused: deliveries.refused },
    openGaps: present.open_gaps,
    latency: {
      queryable: { p50: recent.p50, p99: recent.p99 },
      receipt: { p50: deliveries.p50, p99: deliveries.p99 },
    },
    latest: rows.map(({ received_at: receivedAt, ...row }) => ({ receivedAt, ...row })),
  };
}

async function one<Row>(rows: Promise<readonly Row[]>): Promise<Row> {
  const [row] = await rows;
  if (row === undefined) throw new Error('an aggregate gave no row');
  return row;
}
