import type { PlannedDelivery } from '@envigate/domain';
import { statement, type Session } from '../session.ts';
import { deliveriesDueChannel, insertDeliveries, type NewDelivery } from './deliveries.ts';

/** A stored file that was read again and says otherwise now, and what is to be delivered of it. */
export interface RereadFile {
  readonly fileNo: number;
  readonly stationId: number | undefined;
  readonly receptionId: string;
  /** UTC, ISO 8601: when it was safe in the spool at first. */
  readonly receivedAt: string;
  readonly planned: readonly PlannedDelivery[];
  /** Files whose superseded values are current again by it. */
  readonly restored: readonly number[];
}

/**
 * Brings the deliveries of a file to what it says now. What still waits is changed; what was sent, or
 * may have been, keeps its row as withdrawn, and what takes its place is due as another edition. Where
 * the file had taken the place of another one's values at a target, the other is due there again.
 * Returns how many deliveries fell due.
 */
export async function followDeliveries(tx: Session, file: RereadFile): Promise<number> {
  const newest = await tx.query<NewestDelivery>(selectNewest('FOR UPDATE'), [file.fileNo]);
  const known = new Set(newest.map(({ target }) => target));
  const firsts = file.planned.filter(({ target }) => !known.has(target));
  let due = await insertDeliveries(
    tx,
    firsts.map((planned) => firstDelivery(file, planned)),
  );
  let reachedTarget = false;
  for (const delivery of newest) {
    const planned = file.planned.find(({ target }) => target === delivery.target);
    if (planned !== undefined && isSameDelivery(delivery, planned)) continue;
    if (delivery.state === 'due' && !delivery.inDoubt) {
      await changeWaiting(tx, delivery, planned, file.receptionId);
      continue;
    }
    if (delivery.state === 'sent' || delivery.inDoubt) reachedTarget = true;
    await tx.execute(withdraw, [delivery.deliveryId, file.receptionId]);
    if (planned !== undefined) due += await nextEdition(tx, delivery, planned);
  }
  if (reachedTarget && file.restored.length > 0)
    due += await tx.execute(repeatRestored, [file.restored, file.fileNo]);
  if (due > 0) await tx.execute('SELECT pg_notify($1, $2)', [deliveriesDueChannel, '']);
  return due;
}

/** What followDeliveries would do: how many would fall due, and how many that may be sent are withdrawn. */
export async function foreseeDeliveries(
  session: Session,
  { fileNo, planned, restored }: Pick<RereadFile, 'fileNo' | 'planned' | 'restored'>,
): Promise<{ readonly due: number; readonly withdrawn: number }> {
  const newest = await session.query<NewestDelivery>(selectNewest(''), [fileNo]);
  const known = new Set(newest.map(({ target }) => target));
  const changed = newest.filter((delivery) => {
    const now = planned.find(({ target }) => target === delivery.target);
    return now === undefined || !isSameDelivery(delivery, now);
  });
  const left = changed.filter(({ state, inDoubt }) => state !== 'due' || inDoubt);
  const again = left.filter(({ target }) => planned.some((one) => one.target === target));
  const reached = left.some(({ state, inDoubt }) => state === 'sent' || inDoubt);
  const repeated =
    reached && restored.length > 0 ? await session.query(selectRestored, [restored, fileNo]) : [];
  const firsts = planned.filter(({ target }) => !known.has(target));
  return { due: firsts.length + again.length + repeated.length, withdrawn: left.length };
}

interface NewestDelivery {
  readonly deliveryId: number;
  readonly target: string;
  readonly state: 'due' | 'sent' | 'refused' | 'withheld';
  readonly inDoubt: boolean;
  readonly dataInstant: Date;
  readonly fileName: string;
  readonly payload: Buffer;
}

function isSameDelivery(
  { state, dataInstant, fileName, payload }: NewestDelivery,
  planned: PlannedDelivery,
): boolean {
  return (
    state !== 'withheld' &&
    fileName === planned.fileName &&
    dataInstant.getTime() === Date.parse(planned.dataInstant) &&
    payload.equals(planned.payload)
  );
}

function firstDelivery(
  { fileNo, stationId, receivedAt }: RereadFile,
  { target, dataInstant, fileName, payload }: PlannedDelivery,
): NewDelivery {
  if (stationId === undefined) throw new Error(`file ${fileNo} is delivered for no station`);
  return { target, stationId, fileNo, dataInstant, receivedAt, fileName, payload };
}

async function changeWaiting(
  tx: Session,
  { deliveryId }: NewestDelivery,
  planned: PlannedDelivery | undefined,
  receptionId: string,
): Promise<void> {
  if (planned === undefined) {
    await tx.execute(withhold, [deliveryId, receptionId]);
    return;
  }
  const { dataInstant, fileName, payload } = planned;
  await tx.execute(change, [deliveryId, dataInstant, fileName, Buffer.from(payload)]);
}

function nextEdition(
  tx: Session,
  { deliveryId }: NewestDelivery,
  { dataInstant, fileName, payload }: PlannedDelivery,
): Promise<number> {
  return tx.execute(insertEdition, [deliveryId, dataInstant, fileName, Buffer.from(payload)]);
}

const selectNewest = (lock: '' | 'FOR UPDATE') => `
  SELECT delivery_id AS "deliveryId", target, state, in_doubt AS "inDoubt",
          data_instant AS "dataInstant", file_name AS "fileName", payload
   FROM deliveries d
   WHERE file_no = $1 AND edition = (SELECT max(edition) FROM deliveries other
                                     WHERE other.target = d.target AND other.file_no = $1)
   ORDER BY delivery_id ${lock}`;

const change = statement(
  'delivery-change',
  `UPDATE deliveries SET data_instant = $2::timestamptz, file_name = $3, payload = $4
   WHERE delivery_id = $1`,
);

const withhold = statement(
  'delivery-withhold',
  `UPDATE deliveries SET state = 'withheld', ended_at = now(), withdrawn_by = $2, withdrawn_at = now(),
          failure = 'withdrawn before it was sent: the file was read again and gives nothing to send'
   WHERE delivery_id = $1`,
);

const withdraw = statement(
  'delivery-withdraw',
  `UPDATE deliveries SET withdrawn_by = $2, withdrawn_at = now()
   WHERE delivery_id = $1 AND withdrawn_by IS NULL`,
);

// The target may have the file already: whatever is sent again says so.
const insertEdition = statement(
  'delivery-next-edition',
  `INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload,
                           edition, resend)
   SELECT target, station_id, file_no, $2::timestamptz, received_at, $3, $4, edition + 1, true
   FROM deliveries WHERE delivery_id = $1`,
);

// Once, however many files had taken their place: what is due already says the same.
const selectRestored = `
   SELECT target, station_id, file_no, data_instant, received_at, file_name, payload, edition + 1, true
   FROM deliveries d
   WHERE file_no = ANY($1::bigint[]) AND state IN ('sent', 'refused')
     AND edition = (SELECT max(edition) FROM deliveries other
                    WHERE other.target = d.target AND other.file_no = d.file_no)
     AND EXISTS (SELECT FROM deliveries replaced
                 WHERE replaced.file_no = $2 AND replaced.target = d.target
                   AND (replaced.state = 'sent' OR replaced.in_doubt))`;

const repeatRestored = statement(
  'delivery-restore',
  `INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload,
                           edition, resend)
   ${selectRestored}`,
);
