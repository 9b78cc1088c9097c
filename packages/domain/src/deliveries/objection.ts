import type { DeliveryState } from '@envigate/contracts';
import type { DeliveryDecision } from './delivery-desk.ts';

export interface DecidableDelivery {
  readonly state: DeliveryState;
  /** A person decided that it is not to be sent. */
  readonly isSkipped: boolean;
  /** A later delivery of the same moment at the same target that is not withheld. */
  readonly newerId: number | null;
}

/** Why a person cannot decide so about a delivery; undefined where it is possible. */
export function objectionTo(
  decision: DeliveryDecision['decision'],
  { state, isSkipped, newerId }: DecidableDelivery,
): string | undefined {
  if (state === 'sent') return 'it was sent; a correction of its data is sent by itself';
  if (state === 'withheld' && !(isSkipped && decision === 'retry'))
    return isSkipped
      ? 'it was skipped before'
      : 'the gateway withheld it: another delivery took its place, or its data were withdrawn';
  // The older rows would take the place of the newer ones.
  if (decision === 'retry' && state !== 'due' && newerId !== null)
    return `delivery ${newerId} of the same moment has taken its place`;
  return undefined;
}
