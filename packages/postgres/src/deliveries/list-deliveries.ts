import type {
  DeliveryFilter,
  DeliveryState,
  ListedDecision,
  ListedDelivery,
  Page,
} from '@envigate/contracts';
import { wordsOf } from '@envigate/domain';

import {
  Conditions,
  fileNoOf,
  stationIdOf,
  within,
  type Slice,
  lookLimits,
  readPage,
  type LookEnd,
  type LookLimits,
} from '../connection/looks.ts';
import type { Session } from '../connection/session.ts';

/** Newest first by the time they fell due. */
export function listDeliveries(
  session: Session,
  filter: DeliveryFilter,
  limits: LookLimits = lookLimits,
): Promise<Page<ListedDelivery, number>> {
  return readPage({
    limit: filter.limit,
    findEnd: () => findEnd(session, filter, limits),
    read: (end, limit) => readDeliveries(session, filter, end, limit, limits),
    placeOf: ({ deliveryId }) => deliveryId,
  });
}

async function readDeliveries(
  session: Session,
  filter: DeliveryFilter,
  end: number | undefined,
  limit: number,
  { maxLookedAt }: LookLimits,
): Promise<readonly ListedDelivery[]> {
  const conditions = new Conditions();
  const rows = conditions.place(limit);
  // Where the rest of the filter is asked for among the rows of the index, these are taken first:
  // a condition that few rows meet would make the planner read them by another index, and sort.
  const mostOfSlice = isPassingOver(filter) ? conditions.place(maxLookedAt) : rows;
  const looked = newestOf(
    filter,
    rangeOf(filter, end, conditions),
    conditions,
    `LIMIT ${mostOfSlice}`,
  );
  const listed = await session.query<ListedRow>(
    `SELECT d.delivery_id AS "deliveryId", d.target, station.station,
            encode(file.file_id, 'hex') AS "fileId",
            ARRAY(SELECT encode(more.file_id, 'hex') FROM files more
                  WHERE more.file_no = ANY(d.more_files) ORDER BY more.file_no) AS "moreFileIds",
            d.file_name AS "fileName",
            length(d.payload) AS size, d.data_instant AS "dataInstant",
            d.received_at AS "receivedAt", d.state, d.attempts, d.in_doubt AS "inDoubt", d.resend,
            d.due_at AS "dueAt", d.ended_at AS "endedAt",
            d.withdrawn_at AS "withdrawnAt", d.receipt,
            d.failure_code AS "failureCode", d.failure,
            decided.decision, decided.actor, decided.note, decided.decided_at AS "decidedAt"
     FROM (SELECT delivery_id, data_instant FROM ${looked} d ${othersOf(filter, conditions)}
           ORDER BY d.delivery_id DESC LIMIT ${rows}) found
     JOIN deliveries d USING (delivery_id, data_instant)
     JOIN station_keys station USING (station_id) JOIN files file USING (file_no)
     LEFT JOIN LATERAL (SELECT decision, actor, note, decided_at FROM delivery_decisions
                        WHERE delivery_id = d.delivery_id
                        ORDER BY decision_id DESC LIMIT 1) decided ON true
     ORDER BY d.delivery_id DESC`,
    conditions.params,
  );
  return listed.map(({ decision, actor, note, decidedAt, failure, ...delivery }) => {
    const words = failure === null ? { en: null, vi: null } : wordsOf(failure);
    return {
      ...delivery,
      ...{ failure: words.en, failureVi: words.vi },
      decision: decision === null ? null : { decision, actor, note, decidedAt },
    };
  });
}

type ListedRow = Omit<ListedDelivery, 'decision' | 'failureVi'> &
  (ListedDecision | { [K in keyof ListedDecision]: null });

// Data of a delivery are no newer than it: a line that is further ahead is not taken.
const dataAhead = `interval '1 hour'`;

/**
 * Where several slices of the index are read side by side, each gives its share of the rows, and the
 * look ends where the first of them does.
 */
async function findEnd(
  session: Session,
  filter: DeliveryFilter,
  { maxLookedAt }: LookLimits,
): Promise<LookEnd<number> | undefined> {
  if (!isPassingOver(filter)) return undefined;
  const conditions = new Conditions();
  const rows = conditions.place(maxLookedAt);
  const range = rangeOf(filter, undefined, conditions);
  const share = `OFFSET greatest(${rows} / ${slicesPlace}, 1) - 1 LIMIT 1`;
  const ends = newestOf(filter, range, conditions, share);
  const [row] = await session.query<LookEnd<number>>(
    `SELECT d.delivery_id AS place,
            (d.due_at + ${dataAhead} < ${conditions.place(filter.from ?? null)}::timestamptz) IS TRUE AS "isLast"
     FROM (SELECT delivery_id, data_instant FROM ${ends} ends ORDER BY delivery_id DESC LIMIT 1) last
     JOIN deliveries d USING (delivery_id, data_instant)`,
    conditions.params,
  );
  return row;
}

/** What deliveries are read by, in the order of the list. */
type Driver = 'file' | 'slices' | 'number';

function driverOf({ fileId, station, target, state }: DeliveryFilter): Driver {
  if (fileId !== undefined) return 'file';
  return (station ?? target ?? state) === undefined ? 'number' : 'slices';
}

/** Whether rows of the index are looked at for the rest of the filter. Those of a file are bounded. */
function isPassingOver(filter: DeliveryFilter): boolean {
  return driverOf(filter) !== 'file' && (filter.from ?? filter.to) !== undefined;
}

/** The part of the filter that the index does not answer. */
function othersOf(filter: DeliveryFilter, conditions: Conditions): string {
  return conditions
    .another()
    .given(filter.from, (p) => `d.data_instant >= ${p}`)
    .given(filter.to, (p) => `d.data_instant < ${p}`).where;
}

/** Placeholder for how many slices are read side by side. */
const slicesPlace = '(slices)';

/**
 * Numbers and instants in the order of the index that answers a part of the filter, which has both; `some` says which
 * of each slice.
 */
function newestOf(
  filter: DeliveryFilter,
  range: Range,
  conditions: Conditions,
  some: string,
): string {
  const byNumber = `d.delivery_id >= ${range.from} AND d.delivery_id < ${range.to}`;
  switch (driverOf(filter)) {
    case 'file': {
      // One per target and moment of the file, whose size bounds them. They are sorted: OFFSET keeps
      // the planner from walking through all deliveries instead.
      const file = fileNoOf(conditions.place(filter.fileId));
      const ofFile = `file_no = ${file} OR more_files @> ARRAY[${file}]`;
      const { where } = conditions
        .another(byNumber)
        .given(filter.station, (p) => `d.station_id = ${stationIdOf(p)}`)
        .given(filter.target, (p) => `d.target = ${p}`)
        .given(filter.state, (p) => `d.state = ${p}`);
      return `(SELECT * FROM (SELECT * FROM deliveries WHERE ${ofFile} OFFSET 0) d ${where})`;
    }
    case 'slices':
      return newestOfSlices(filter, range, conditions, some);
    case 'number': {
      const all = some.replace(slicesPlace, '1');
      return `(SELECT delivery_id, data_instant FROM deliveries d WHERE ${byNumber}
               ORDER BY d.delivery_id DESC ${all})`;
    }
  }
}

/** Of each target and state in question its rows, as an index on both gives them, or on these of each station. */
function newestOfSlices(
  { station, target, state }: DeliveryFilter,
  range: Range,
  conditions: Conditions,
  some: string,
): string {
  const targets =
    target === undefined
      ? '(SELECT DISTINCT target FROM delivery_lanes)'
      : `(SELECT ${conditions.place(target)}::text AS target)`;
  const states = conditions.place(state === undefined ? allStates : [state]);
  const slice =
    station === undefined
      ? { column: 'd.target, d.state', value: 'slice.target, slice.state' }
      : {
          column: 'd.station_id, d.target, d.state',
          value: `${stationIdOf(conditions.place(station))}, slice.target, slice.state`,
        };
  const ofSlice = newestOfSlice(slice, range, some.replace(slicesPlace, 'slice.slices'));
  return `(SELECT d.* FROM (SELECT target, state, count(*) OVER () AS slices
                            FROM ${targets} wanted, unnest(${states}::text[]) state) slice
           CROSS JOIN LATERAL ${ofSlice} d)`;
}

const allStates: readonly DeliveryState[] = ['due', 'sent', 'refused', 'set-aside', 'withheld'];

/** Places of numbers: `from` inclusive, `to` exclusive. */
interface Range {
  readonly from: string;
  readonly to: string;
}

function rangeOf(
  { after }: DeliveryFilter,
  end: number | undefined,
  conditions: Conditions,
): Range {
  return {
    from: conditions.place(end ?? 0),
    to: conditions.place(after ?? Number.MAX_SAFE_INTEGER),
  };
}

function newestOfSlice(slice: Slice, range: Range, some: string): string {
  const order = [...slice.column.split(', '), 'd.delivery_id'].map((column) => `${column} DESC`);
  return `(SELECT delivery_id, data_instant FROM deliveries d
           WHERE ${within(slice, 'd.delivery_id', '>=', range.from)}
             AND ${within(slice, 'd.delivery_id', '<', range.to)}
           ORDER BY ${order.join(', ')} ${some})`;
}

/** The bytes that the ministry gets; undefined where there is no such delivery. */
export async function readDeliveryPayload(
  session: Session,
  deliveryId: number,
): Promise<Buffer | undefined> {
  const [row] = await session.query<{ payload: Buffer }>(
    'SELECT payload FROM deliveries WHERE delivery_id = $1',
    [deliveryId],
  );
  return row?.payload;
}
