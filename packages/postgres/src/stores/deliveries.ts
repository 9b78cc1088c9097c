import { statement, type Session } from '../session.ts';

/** NOTIFY on this channel when deliveries have fallen due; a hint without payload. */
export const deliveriesDueChannel = 'deliveries_due';

/** A planned delivery with the keys that the recorder gave its station and its file. */
export interface NewDelivery {
  readonly target: string;
  readonly stationId: number;
  readonly fileNo: number;
  /** UTC, ISO 8601. */
  readonly dataInstant: string;
  /** UTC, ISO 8601: when the file was safe in the spool. */
  readonly receivedAt: string;
  readonly fileName: string;
  readonly payload: Uint8Array;
}

const insertStatement = statement(
  'deliveries-insert',
  `INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload)
   SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[], $5::timestamptz[],
                        $6::text[], $7::bytea[])
   ON CONFLICT (target, file_no, edition) DO NOTHING`,
);

// NOT EXISTS keeps lane numbers from being used up by lanes that are there already; ON CONFLICT is
// for two recorders that meet the same new lane.
const openLanesStatement = statement(
  'delivery-lanes-open',
  `INSERT INTO delivery_lanes (target, station_id)
   SELECT DISTINCT target, station_id FROM unnest($1::text[], $2::int[]) AS due (target, station_id)
   WHERE NOT EXISTS (SELECT FROM delivery_lanes lane
                     WHERE lane.target = due.target AND lane.station_id = due.station_id)
   ORDER BY target, station_id
   ON CONFLICT DO NOTHING`,
);

/**
 * Writes deliveries that fall due with the caller's transaction and wakes the forwarders when it
 * commits. What is known already (same target and file) is left as it is. Returns how many are new.
 */
export async function insertDeliveries(
  session: Session,
  rows: readonly NewDelivery[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const targets = rows.map((row) => row.target);
  const stationIds = rows.map((row) => row.stationId);
  await session.execute(openLanesStatement, [targets, stationIds]);
  const inserted = await session.execute(insertStatement, [
    targets,
    stationIds,
    rows.map((row) => row.fileNo),
    rows.map((row) => row.dataInstant),
    rows.map((row) => row.receivedAt),
    rows.map((row) => row.fileName),
    rows.map((row) => Buffer.from(row.payload)),
  ]);
  if (inserted > 0) await session.execute('SELECT pg_notify($1, $2)', [deliveriesDueChannel, '']);
  return inserted;
}
