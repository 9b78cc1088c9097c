import { statement, type Session, numberArray } from '../connection/session.ts';

/** NOTIFY on this channel when deliveries have fallen due; a hint without payload. */
export const deliveriesDueChannel = 'deliveries_due';

/** A delivery that falls due, with the keys that the recorder gave its station and its files. */
export interface NewDelivery {
  readonly target: string;
  readonly stationId: number;
  readonly fileNo: number;
  /** Further files whose rows it has. */
  readonly moreFiles?: readonly number[];
  /** UTC, ISO 8601. */
  readonly dataInstant: string;
  /** UTC, ISO 8601: when the file was safe in the spool. */
  readonly receivedAt: string;
  readonly fileName: string;
  readonly payload: Uint8Array;
  /** How long it waits for further files of its moment. */
  readonly gatherMs: number;
  /** The ministry may have these bytes under this name; default false. */
  readonly resend?: boolean;
}

const insertStatement = statement(
  'deliveries-insert',
  `INSERT INTO deliveries (target, station_id, file_no, more_files, data_instant, received_at, file_name,
                           payload, gather, resend)
   SELECT target, station_id, file_no, more_files::bigint[], data_instant, received_at, file_name, payload,
          gather_ms * interval '1 millisecond', resend
   FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[],
               $7::text[], $8::bytea[], $9::float8[], $10::bool[])
        WITH ORDINALITY AS due (target, station_id, file_no, more_files, data_instant, received_at,
                                file_name, payload, gather_ms, resend, place)
   ORDER BY place`,
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

/** Writes deliveries that fall due with the caller's transaction; forwarders are woken after its commit. */
export async function insertDeliveries(
  session: Session,
  rows: readonly NewDelivery[],
): Promise<void> {
  if (rows.length === 0) return;
  const targets = rows.map((row) => row.target);
  const stationIds = rows.map((row) => row.stationId);
  await session.execute(openLanesStatement, [targets, stationIds]);
  await session.execute(insertStatement, [
    targets,
    stationIds,
    rows.map((row) => row.fileNo),
    rows.map(({ moreFiles = [] }) => (moreFiles.length === 0 ? null : numberArray(moreFiles))),
    rows.map((row) => row.dataInstant),
    rows.map((row) => row.receivedAt),
    rows.map((row) => row.fileName),
    rows.map((row) => Buffer.from(row.payload)),
    rows.map((row) => row.gatherMs),
    rows.map(({ resend = false }) => resend),
  ]);
}

/** When the caller's transaction commits: for what people decide, which is rare. */
export async function wakeForwarders(session: Session): Promise<void> {
  await session.execute('SELECT pg_notify($1, $2)', [deliveriesDueChannel, '']);
}

// Without waiting for the disk: it is only a hint.
const notifyStatement = statement(
  'deliveries-due',
  `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${deliveriesDueChannel}', '')`,
);

/**
 * Wakes forwarders once the deliveries of a batch are committed. Not within their transaction: those that notify
 * commit one after the other, under a lock of the whole server. A signal that is lost only makes the
 * forwarders wait for their next look.
 */
export class DueSignals {
  readonly #session: Session;
  #sending: Promise<void> | undefined;
  #isWanted = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** One signal at a time: what is committed meanwhile shares the next. Resolves when it was sent, or failed. */
  announce(): Promise<void> {
    this.#isWanted = true;
    return (this.#sending ??= this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.#session.execute(notifyStatement);
      }
    } catch {
      // The forwarders look by themselves.
    } finally {
      this.#sending = undefined;
    }
  }
}
