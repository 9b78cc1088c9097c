import {
  objectionTo,
  type DecidableDelivery,
  type DeclinedDelivery,
  type DeliveryDecision,
  type DeliveryDesk,
  type DeliverySelection,
} from '@envigate/domain';
import {
  DatabaseError,
  lockNotAvailable,
  statement,
  type Session,
  numberArray,
} from '../connection/session.ts';
import type { Database } from '../connection/database.ts';
import { Conditions, stationIdOf } from '../connection/looks.ts';
import { deliveryLaneLock } from './delivery-store.ts';
import { wakeForwarders } from './deliveries.ts';

/** Decided in one transaction. */
const pageSize = 500;
const mostReasons = 100;
/** How long to wait for a lane whose files are being sent. */
const laneWait = '15s';

export function deliveryDesk(database: Database): DeliveryDesk {
  return {
    async decide(decision) {
      let decided = 0;
      let declined = 0;
      const reasons: DeclinedDelivery[] = [];
      const decline = (more: readonly DeclinedDelivery[]): void => {
        declined += more.length;
        reasons.push(...more.slice(0, mostReasons - reasons.length));
      };
      const unseen = new Set(decision.selection.ids);
      let after = 0;
      for (;;) {
        const page = await selectPage(database, decision.selection, after);
        for (const id of page) unseen.delete(id);
        const done = await database
          .transaction((tx) => decidePage(tx, decision, page))
          .catch((error: unknown) => declinedAsBusy(error, page));
        decided += done.decided;
        decline(done.declined);
        after = page.at(-1) ?? after;
        if (page.length < pageSize) break;
      }
      decline(
        [...unseen].map((deliveryId) => ({ deliveryId, objection: { code: 'not-selected' } })),
      );
      return { decided, declined, reasons };
    },
  };
}

interface DecidedPage {
  readonly decided: number;
  readonly declined: readonly DeclinedDelivery[];
}

function declinedAsBusy(error: unknown, page: readonly number[]): DecidedPage {
  if (!(error instanceof DatabaseError) || error.code !== lockNotAvailable) throw error;
  const objection = { code: 'being-sent' } as const;
  return { decided: 0, declined: page.map((deliveryId) => ({ deliveryId, objection })) };
}

/** Numbers of deliveries, in their order. Numbers that were given are taken as they are. */
async function selectPage(
  session: Session,
  { ids, target, station, state, from, to }: DeliverySelection,
  after: number,
): Promise<readonly number[]> {
  const conditions = new Conditions()
    .given(after, (p) => `d.delivery_id > ${p}`)
    .given(ids, (p) => `d.delivery_id = ANY(${p}::bigint[])`)
    .given(target, (p) => `d.target = ${p}`)
    .given(station, (p) => `d.station_id = ${stationIdOf(p)}`)
    .given(state, (p) => `d.state = ${p}`)
    .given(from, (p) => `d.data_instant >= ${p}`)
    .given(to, (p) => `d.data_instant < ${p}`);
  // A selection is meant for what can be decided; single ones are answered with why not.
  if (ids === undefined) conditions.and(`d.state <> 'sent'`);
  const rows = await session.query<{ deliveryId: number }>(
    `SELECT d.delivery_id AS "deliveryId" FROM deliveries d ${conditions.where}
     ORDER BY d.delivery_id LIMIT ${pageSize}`,
    conditions.params,
  );
  return rows.map(({ deliveryId }) => deliveryId);
}

interface PickedDelivery extends DecidableDelivery {
  readonly deliveryId: number;
}

async function decidePage(
  tx: Session,
  { decision, actor, note }: DeliveryDecision,
  page: readonly number[],
): Promise<DecidedPage> {
  if (page.length === 0) return { decided: 0, declined: [] };
  const ids = numberArray(page);
  await tx.execute(`SET LOCAL lock_timeout = '${laneWait}'`);
  // Nothing of these lanes is under way meanwhile: a result that comes later would find its delivery ended.
  if (decision === 'skip') await tx.execute(lockLanes, [deliveryLaneLock, ids]);
  const picked = await tx.query<PickedDelivery>(pick, [ids]);
  const judged = picked.map((delivery) => ({
    delivery,
    objection: objectionTo(decision, delivery),
  }));
  const declined = judged.flatMap(({ delivery: { deliveryId }, objection }) =>
    objection === undefined ? [] : [{ deliveryId, objection }],
  );
  const decided = judged.flatMap(({ delivery, objection }) =>
    objection === undefined ? [delivery] : [],
  );
  if (decided.length > 0) {
    const decidedIds = numberArray(decided.map(({ deliveryId }) => deliveryId));
    await tx.execute(keepDecisions, [decidedIds, decision, actor, note]);
    await tx.execute(decision === 'retry' ? makeDue : withhold, [decidedIds]);
    if (decision === 'retry') await tx.execute(wakeLanes, [decidedIds]);
    // Also after a skip: the lane may go on with its next deliveries.
    await wakeForwarders(tx);
  }
  return { decided: decided.length, declined };
}

const lockLanes = statement(
  'delivery-desk-lock',
  `SELECT pg_advisory_xact_lock($1, lane_id)
   FROM (SELECT lane_id FROM delivery_lanes
         WHERE (target, station_id) IN (SELECT target, station_id FROM deliveries
                                        WHERE delivery_id = ANY($2::bigint[]))
         ORDER BY lane_id) lane`,
);

const pick = statement(
  'delivery-desk-pick',
  `SELECT d.delivery_id AS "deliveryId", d.state, d.skipped_at IS NOT NULL AS "isSkipped",
          (SELECT min(newer.delivery_id) FROM deliveries newer
           WHERE newer.station_id = d.station_id AND newer.data_instant = d.data_instant
             AND newer.target = d.target AND newer.delivery_id > d.delivery_id
             AND newer.state <> 'withheld') AS "newerId"
   FROM deliveries d WHERE d.delivery_id = ANY($1::bigint[])
   ORDER BY d.data_instant, d.delivery_id
   FOR NO KEY UPDATE OF d`,
);

const keepDecisions = statement(
  'delivery-desk-keep',
  `INSERT INTO delivery_decisions (delivery_id, decision, state_before, actor, note)
   SELECT delivery_id, $2, state, $3, $4 FROM deliveries WHERE delivery_id = ANY($1::bigint[])`,
);

const makeDue = statement(
  'delivery-desk-retry',
  `UPDATE deliveries SET state = 'due', ended_at = NULL, skipped_at = NULL, rejections = 0
   WHERE delivery_id = ANY($1::bigint[])`,
);

const withhold = statement(
  'delivery-desk-skip',
  `UPDATE deliveries SET state = 'withheld', ended_at = now(), skipped_at = now()
   WHERE delivery_id = ANY($1::bigint[])`,
);

const wakeLanes = statement(
  'delivery-desk-wake',
  `UPDATE delivery_lanes SET failures = 0, next_attempt_at = now(), wait = interval '0'
   WHERE (target, station_id) IN (SELECT target, station_id FROM deliveries
                                  WHERE delivery_id = ANY($1::bigint[]))`,
);
