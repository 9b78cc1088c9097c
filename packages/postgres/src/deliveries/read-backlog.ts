import { maxCounted, type DeliveryState } from '@envigate/contracts';
import { statement, type Session } from '../connection/session.ts';
import { timesOfPartitions } from '../months/make-months.ts';

/** From the first moment of the months in which something is due to the end of the last. */
export interface DueBounds {
  readonly from: string;
  readonly to: string;
}

const selectDueBounds = statement(
  'deliveries-due-bounds',
  `SELECT min(month.from_time)::text AS from, max(month.to_time)::text AS to
   FROM (${timesOfPartitions('deliveries')}) month
   CROSS JOIN LATERAL (SELECT FROM deliveries
                       WHERE state = 'due' AND data_instant >= from_time AND data_instant < to_time
                       LIMIT 1) due`,
);

/** What is due is of few months, mostly of one: statements about it look into these. Undefined: nothing is. */
export async function readDueBounds(session: Session): Promise<DueBounds | undefined> {
  const [bounds] = await session.query<{ from: string | null; to: string | null }>(selectDueBounds);
  const { from = null, to = null } = bounds ?? {};
  return from === null || to === null ? undefined : { from, to };
}

export interface TargetBacklog {
  readonly target: string;
  /** Up to the number of rows that are counted. */
  readonly due: number;
  /** Seconds since the longest waiting of the files was received that stations deliver next. */
  readonly oldestSeconds: number;
}

// Without a name: see DueBounds. Counted are rows of the index, and the age is one step on it per station, so that a
// backlog of weeks costs what one of a day does.
const selectBacklog = `
  SELECT lanes.target, waiting.due, extract(epoch FROM now() - oldest.received_at)::float8 AS "oldestSeconds"
  FROM (SELECT DISTINCT target FROM delivery_lanes) lanes
  CROSS JOIN LATERAL (
    SELECT count(*) AS due
    FROM (SELECT FROM deliveries
          WHERE state = 'due' AND target = lanes.target
            AND data_instant >= $1::timestamptz AND data_instant < $2::timestamptz
          LIMIT $3) counted
  ) waiting
  CROSS JOIN LATERAL (
    SELECT min(head.received_at) AS received_at
    FROM delivery_lanes lane
    CROSS JOIN LATERAL (
      SELECT received_at FROM deliveries
      WHERE state = 'due' AND target = lane.target AND station_id = lane.station_id
        AND data_instant >= $1::timestamptz AND data_instant < $2::timestamptz
      ORDER BY data_instant, delivery_id LIMIT 1
    ) head
    WHERE lane.target = lanes.target
  ) oldest
  WHERE waiting.due > 0
  ORDER BY lanes.target`;

/** What is still due, by target; targets without anything due are not listed. */
export async function readBacklog(
  session: Session,
  maxRows = maxCounted,
): Promise<readonly TargetBacklog[]> {
  const bounds = await readDueBounds(session);
  if (bounds === undefined) return [];
  return session.query<TargetBacklog>(selectBacklog, [bounds.from, bounds.to, maxRows]);
}

const maxUndecided = 10_000;

/** What waits for a person's decision; the count is of the newest `maxRows` of all targets. */
export function countUndecided(
  session: Session,
  maxRows = maxUndecided,
): Promise<
  readonly { readonly target: string; readonly state: DeliveryState; readonly deliveries: number }[]
> {
  return session.query(selectUndecided, [maxRows]);
}

// Every month has an index of such deliveries alone.
const selectUndecided = statement(
  'deliveries-undecided',
  `SELECT target, state, count(*) AS deliveries
   FROM (SELECT target, state FROM deliveries
         WHERE state IN ('refused', 'set-aside', 'withheld') AND skipped_at IS NULL AND withdrawn_by IS NULL
         ORDER BY delivery_id DESC LIMIT $1) undecided
   GROUP BY target, state ORDER BY target, state`,
);
