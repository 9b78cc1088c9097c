import type { DeliveryState } from '@envigate/contracts';
import { nameApart } from './official-file.ts';
import type { MomentPlan, PlannedTarget } from './plan-moment.ts';

/** A delivery of the moment that is there already. */
export interface MomentDelivery {
  readonly deliveryId: number;
  readonly target: string;
  readonly state: DeliveryState;
  /** Attempts begun so far. */
  readonly attempts: number;
  /** The ministry may have it: an attempt has begun and has not ended, or ended without an answer. */
  readonly mayHaveArrived: boolean;
  /** Its data was no longer on record. */
  readonly isWithdrawn: boolean;
  readonly fileName: string;
  readonly payload: Uint8Array;
}

export type MomentChange =
  /** A new delivery. */
  | {
      readonly kind: 'due';
      readonly target: string;
      readonly fileName: string;
      readonly gatherMs: number;
    }
  /** One that waits gets other rows: its first attempt has not begun. */
  | { readonly kind: 'change'; readonly deliveryId: number }
  /** One that waits is not sent: another took its place, or none of its data is on record any more. */
  | { readonly kind: 'withhold'; readonly deliveryId: number; readonly why: WithheldWhy }
  /** The ministry has, or may have, what the record says no longer; nothing can take its place. */
  | {
      readonly kind: 'withdrawn';
      readonly deliveryId: number;
      readonly target: string;
      readonly fileName: string;
    }
  /** The record says again what the ministry has. */
  | { readonly kind: 'reinstated'; readonly deliveryId: number };

export type WithheldWhy = 'replaced' | 'withdrawn';

/**
 * What has to change at the targets so that they get the moment as it is on record now. `present`
 * are all its deliveries in the order in which they fell due. Nothing is due twice with the same
 * rows, and what an attempt was made with is never changed.
 */
export function followMoment(
  plan: MomentPlan,
  present: readonly MomentDelivery[],
): readonly MomentChange[] {
  const planned = new Map(plan.targets.map((target) => [target.target, target]));
  const targets = new Set([...planned.keys(), ...present.map(({ target }) => target)]);
  return [...targets].flatMap((target) => {
    const own = present.filter((delivery) => delivery.target === target);
    return plan.payload.length === 0
      ? withdraw(own)
      : bringUpToDate(plan.payload, planned.get(target), own);
  });
}

function withdraw(own: readonly MomentDelivery[]): readonly MomentChange[] {
  return own.flatMap((delivery): MomentChange[] => {
    const { deliveryId, target, fileName } = delivery;
    if (isStoppable(delivery)) return [{ kind: 'withhold', deliveryId, why: 'withdrawn' }];
    return isAtMinistry(delivery) && !delivery.isWithdrawn
      ? [{ kind: 'withdrawn', deliveryId, target, fileName }]
      : [];
  });
}

function bringUpToDate(
  payload: Uint8Array,
  planned: PlannedTarget | undefined,
  own: readonly MomentDelivery[],
): readonly MomentChange[] {
  const newest = own.at(-1);
  if (newest === undefined) return planned === undefined ? [] : [dueAt(planned, own)];
  const lastAtMinistry = own.findLastIndex(isAtMinistry);
  const reached = own[lastAtMinistry];
  if (reached !== undefined && areEqual(reached.payload, payload)) {
    const { deliveryId } = reached;
    const needless = own.slice(lastAtMinistry + 1).filter(isStoppable);
    return [
      ...replaced(needless),
      ...(reached.isWithdrawn ? [{ kind: 'reinstated', deliveryId } as const] : []),
    ];
  }
  if (newest.state !== 'withheld' && areEqual(newest.payload, payload)) return [];
  const isUntried = newest.state === 'due' && newest.attempts === 0 && !newest.mayHaveArrived;
  if (isUntried && !isMisnamed(newest, planned, own))
    return [{ kind: 'change', deliveryId: newest.deliveryId }];

  // At a target that is switched off, or no longer the station's, only what waits there goes on.
  const next = planned ?? (isWaiting(newest) ? sameAs(newest) : undefined);
  if (next === undefined) return [];
  return [...replaced(own.filter(isStoppable)), dueAt(next, own)];
}

/** Named by an offset that has been corrected since: its name would have another time than its lines. */
function isMisnamed(
  { fileName }: MomentDelivery,
  planned: PlannedTarget | undefined,
  own: readonly MomentDelivery[],
): boolean {
  if (planned === undefined) return false;
  return fileName !== planned.fileName && fileName !== nameApart(planned.fileName, own.length);
}

function replaced(deliveries: readonly MomentDelivery[]): readonly MomentChange[] {
  return deliveries.map(({ deliveryId }) => ({ kind: 'withhold', deliveryId, why: 'replaced' }));
}

function dueAt(
  { target, fileName, namedApart, gatherMs }: PlannedTarget,
  own: readonly MomentDelivery[],
): MomentChange {
  const isFirst = own.length === 0 || !namedApart;
  return {
    kind: 'due',
    target,
    fileName: isFirst ? fileName : nameApart(fileName, own.length + 1),
    gatherMs,
  };
}

function sameAs({ target, fileName }: MomentDelivery): PlannedTarget {
  return { target, fileName, namedApart: false, gatherMs: 0 };
}

function isWaiting({ state }: MomentDelivery): boolean {
  return state === 'due' || state === 'set-aside';
}

/** Certainly, or possibly. */
function isAtMinistry({ state, mayHaveArrived }: MomentDelivery): boolean {
  return state === 'sent' || mayHaveArrived;
}

/** The ministry has not got it, and need not. */
function isStoppable(delivery: MomentDelivery): boolean {
  return isWaiting(delivery) && !delivery.mayHaveArrived;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
