import type { DeliveryReceipt } from '@envigate/contracts';
import type { FailureCode } from './ministry.ts';

/** A station's way to one target. Its deliveries go one after the other. */
export interface DeliveryLane {
  readonly laneId: number;
  readonly target: string;
  readonly station: string;
}

export interface WaitingLane extends DeliveryLane {
  /** How long it still has to wait after a failure; 0: it may go. */
  readonly waitMs: number;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** What it has to send next is of the last half hour: it goes before lanes that catch up. */
  readonly isLive: boolean;
}

/** A delivery whose attempt has begun: the database says that it may be under way. */
export interface BegunDelivery {
  readonly deliveryId: number;
  /** Number of this attempt, from 1; who ends it must know it. */
  readonly attempt: number;
  readonly fileId: string;
  readonly fileName: string;
  readonly payload: Uint8Array;
  readonly dataInstant: Date;
  readonly receivedAt: Date;
  /** An attempt before this one ended without an answer. */
  readonly resend: boolean;
  /** Attempts before this one that failed at a target that could be reached. */
  readonly rejections: number;
}

/** How the attempt at one delivery ended. */
export type AttemptResult =
  | {
      readonly kind: 'sent';
      readonly delivery: BegunDelivery;
      readonly at: Date;
      readonly receipt: string;
      /** The ministry said that it has the file; nobody could compare the bytes. */
      readonly presumed: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly delivery: BegunDelivery;
      readonly at: Date;
      readonly code: FailureCode;
      readonly reason: string;
    }
  /** Stays due. */
  | {
      readonly kind: 'failed';
      readonly delivery: BegunDelivery;
      readonly code: FailureCode;
      readonly reason: string;
      readonly inDoubt: boolean;
      /** As in DeliveryError: the answer was about this file, and others may pass. */
      readonly refusesFile: boolean;
    }
  /** It failed again and again while the next of its lane was accepted: it no longer blocks the lane. */
  | {
      readonly kind: 'set-aside';
      readonly delivery: BegunDelivery;
      readonly at: Date;
      readonly code: FailureCode;
      readonly reason: string;
      readonly inDoubt: boolean;
    }
  /** Its turn did not come: nothing was sent. */
  | { readonly kind: 'not-tried'; readonly delivery: BegunDelivery };

/** Deliveries of a lane that were begun together, in data order. */
export interface BegunBatch {
  readonly deliveries: readonly BegunDelivery[];
  /** The lane's next delivery waits for further files of its moment; nothing reports when that ends. */
  readonly isNextGathering: boolean;
}

/** The right to work on a lane, held against every other forwarder until released or lost. */
export interface LaneClaim {
  /** Aborted when the right was lost, with the connection that held it. */
  readonly lost: AbortSignal;
  /** Never rejects. */
  release(): Promise<void>;
}

/** The deliveries as the forwarder needs them. Every method may throw a retryable error. */
export interface DeliveryStore {
  /** Lanes that have something due, the longest waiting first; without those of the ids in `except`. */
  lanesWithWork(except?: readonly number[]): Promise<readonly WaitingLane[]>;
  /** Undefined where another forwarder works on the lane. */
  claim(lane: DeliveryLane): Promise<LaneClaim | undefined>;
  /**
   * The lane's next deliveries in data order, begun: durable before it resolves. None where the lane
   * is no longer as it was looked at: an attempt has failed since, and the lane waits.
   */
  begin(lane: WaitingLane, limit: number): Promise<BegunBatch>;
  /**
   * Records how the attempts ended, with a receipt event for each that was sent or refused, in one
   * transaction. `retryAfterMs`: how long the lane waits before its next attempt; undefined where
   * nothing failed. Where one of them ended, the lane's failures are counted anew. Returns false, with
   * nothing recorded, where another forwarder has begun the same deliveries since.
   */
  settle(
    lane: DeliveryLane,
    results: readonly AttemptResult[],
    retryAfterMs: number | undefined,
  ): Promise<boolean>;
  /** Calls back when something may have fallen due. A hint: may be late, or never come. */
  onDue(wake: () => void): () => void;
}

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

export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

const longestAskedForMs = 24 * 3_600_000;

/**
 * How long to wait after one more failure: `firstMs`, doubled with each failure before it, at
 * most `longestMs`; but never less than the other side asked for, within a day: an answer must not
 * switch a target off for years.
 */
export function backOffMs(
  failuresBefore: number,
  { firstMs, longestMs }: BackOff,
  askedForMs = 0,
): number {
  // Beyond 2^30 the longest wait has long been reached.
  const doubled = firstMs * 2 ** Math.min(failuresBefore, 30);
  return Math.max(Math.min(doubled, longestMs), Math.min(askedForMs, longestAskedForMs));
}
