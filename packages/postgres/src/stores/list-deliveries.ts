import type { DeliveryFilter, ListedDecision, ListedDelivery } from '@envigate/domain';
import { statement, type Session } from '../session.ts';

/** Newest first by the time they fell due. Fewer than `limit` rows: the last page. */
export async function listDeliveries(
  session: Session,
  filter: DeliveryFilter,
): Promise<readonly ListedDelivery[]> {
  // Only the conditions that are set, so that each combination gets the plan of its own index.
  const params: unknown[] = [];
  const given = (value: unknown, condition: (place: string) => string): string[] =>
    value === undefined ? [] : [condition(`$${params.push(value)}`)];
  const conditions = [
    ...given(filter.target, (p) => `d.target = ${p}`),
    ...given(
      filter.station,
      (p) => `d.station_id = (SELECT station_id FROM station_keys WHERE station = ${p})`,
    ),
    ...given(filter.state, (p) => `d.state = ${p}`),
    ...given(filter.fileId, (p) => {
      const fileNo = `(SELECT file_no FROM files WHERE file_id = decode(${p}, 'hex'))`;
      return `(d.file_no = ${fileNo} OR d.more_files @> ARRAY[${fileNo}])`;
    }),
    ...given(filter.from, (p) => `d.data_instant >= ${p}`),
    ...given(filter.to, (p) => `d.data_instant < ${p}`),
    ...given(filter.after, (p) => `d.delivery_id < ${p}`),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const rows = await session.query<ListedRow>(
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
     FROM deliveries d JOIN station_keys station USING (station_id) JOIN files file USING (file_no)
     LEFT JOIN LATERAL (SELECT decision, actor, note, decided_at FROM delivery_decisions
                        WHERE delivery_id = d.delivery_id
                        ORDER BY decision_id DESC LIMIT 1) decided ON true
     ${where}
     ORDER BY d.delivery_id DESC LIMIT $${params.push(filter.limit)}`,
    params,
  );
  return rows.map(({ decision, actor, note, decidedAt, ...delivery }) => ({
    ...delivery,
    decision: decision === null ? null : { decision, actor, note, decidedAt },
  }));
}

type ListedRow = Omit<ListedDelivery, 'decision'> &
  (ListedDecision | { [K in keyof ListedDecision]: null });

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

export interface TargetBacklog {
  readonly target: string;
  readonly due: number;
  /** Seconds since the longest waiting file was received. */
  readonly oldestSeconds: number;
}

const backlog = statement(
  'deliveries-backlog',
  `SELECT target, count(*) AS due,
          extract(epoch FROM now() - min(received_at))::float8 AS "oldestSeconds"
   FROM deliveries WHERE state = 'due' GROUP BY target ORDER BY target`,
);

/** What is still due, by target; targets without anything due are not listed. */
export function readBacklog(session: Session): Promise<readonly TargetBacklog[]> {
  return session.query<TargetBacklog>(backlog);
}
