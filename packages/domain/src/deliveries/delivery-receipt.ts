import type { DeliveryReceipt } from '@envigate/contracts';
import type { AttemptResult, DeliveryLane } from './delivery-store.ts';

export type EndedAttempt = Extract<AttemptResult, { kind: 'sent' | 'refused' }>;

/** Whether something ended, so that the lane is not where it was. */
export function isProgress(results: readonly AttemptResult[]): boolean {
  return results.some(({ kind }) => kind !== 'failed' && kind !== 'not-tried');
}

/** The event that a delivery is over. */
export function deliveryReceipt(lane: DeliveryLane, result: EndedAttempt): DeliveryReceipt {
  const { delivery, at } = result;
  return {
    type: 'delivery-receipt.v1',
    deliveryId: String(delivery.deliveryId),
    target: lane.target,
    station: lane.station,
    fileId: delivery.fileId,
    fileName: delivery.fileName,
    state: result.kind,
    attempts: delivery.attempt,
    at: at.toISOString(),
    resend: delivery.resend,
    receipt: result.kind === 'sent' ? result.receipt : result.reason,
    ...(result.kind === 'sent' && result.presumed && { presumed: true }),
  };
}
