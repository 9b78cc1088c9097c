import { statement, type Session } from '../session.ts';

export type DeliveryState = 'due' | 'sent' | 'refused' | 'withheld';

/** One delivery as people look at it; the payload is read apart. */
export interface DeliveryRow {
  readonly deliveryId: number;
  readonly target: string;
  readonly station: string;
  /** SHA-256, hexadecimal. */
  readonly fileId: string;
  readonly fileName: string;
  readonly size: number;
  readonly dataInstant: Date;
  readonly receivedAt: Date;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly inDoubt: boolean;
  readonly resend: boolean;
  readonly dueAt: Date;
  readonly endedAt: Date | null;
  readonly receipt: string | null;
  /** Of the last failure or refusal: 2 cannot connect, 3 transmission error, 4 invalid format, 5 empty file. */
  readonly failureCode: number | null;
  readonly failure: string | null;
}

export interface DeliveryFilter {
  readonly target?: string | undefined;
  readonly station?: string | undefined;
  readonly state?: DeliveryState | undefined;
  /** SHA-256, hexadecimal. */
  readonly fileId?: string | undefined;
  /** Data instants from (inclusive) and to (exclusive). */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Last delivery of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first by the time they fell due. Fewer than `limit` rows: the last page. */
export function listDeliveries(
  session: Session,
  filter: DeliveryFilter,
): Promise<readonly DeliveryRow[]> {
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
    ...given(
      filter.fileId,
      (p) => `d.file_no = (SELECT file_no FROM files WHERE file_id = decode(${p}, 'hex'))`,
    ),
    ...given(filter.from, (p) => `d.data_instant >= ${p}`),
    ...given(filter.to, (p) => `d.data_instant < ${p}`),
    ...given(filter.before, (p) => `d.delivery_id < ${p}`),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return session.query<DeliveryRow>(
    `SELECT d.delivery_id AS "deliveryId", d.target, station.station,
            encode(file.file_id, 'hex') AS "fileId", d.file_name AS "fileName",
            length(d.payload) AS size, d.data_instant AS "dataInstant",
            d.received_at AS "receivedAt", d.state, d.attempts, d.in_doubt AS "inDoubt", d.resend,
            d.due_at AS "dueAt", d.ended_at AS "endedAt", d.receipt,
            d.failure_code AS "failureCode", d.failure
     FROM deliveries d JOIN station_keys station USING (station_id) JOIN files file USING (file_no)
     ${where}
     ORDER BY d.delivery_id DESC LIMIT $${params.push(filter.limit)}`,
    params,
  );
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
