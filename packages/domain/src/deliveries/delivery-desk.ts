import type { DeliveryState, TimeRange } from '@envigate/contracts';

/** Which deliveries: every criterion given must match, and one must be given. Times are those of the data. */
export interface DeliverySelection extends TimeRange {
  readonly ids?: readonly number[] | undefined;
  readonly target?: string | undefined;
  readonly station?: string | undefined;
  readonly state?: DeliveryState | undefined;
}

/** A person's decision about deliveries. */
export interface DeliveryDecision {
  readonly decision: 'retry' | 'skip';
  readonly selection: DeliverySelection;
  readonly actor: string;
  readonly note: string;
}

export interface DecidedDeliveries {
  readonly decided: number;
  /** How many could not be decided so. */
  readonly declined: number;
  /** Why not, of the first of these. */
  readonly reasons: readonly { readonly deliveryId: number; readonly reason: string }[];
}

/** Where people decide about deliveries. Each decision is kept with who made it, when and why. */
export interface DeliveryDesk {
  /**
   * - retry: what was refused, set aside or skipped is due again, and a lane that waits after a failure goes at once;
   * - skip: what is due, refused or set aside is not to be sent.
   *
   * What was decided when an error is thrown stays decided.
   */
  decide(decision: DeliveryDecision): Promise<DecidedDeliveries>;
}

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
