import {
  DeliveryError,
  backOffMs,
  isProgress,
  type AttemptResult,
  type BackOff,
  type BegunDelivery,
  type DeliveryStore,
  type MinistryTarget,
  type WaitingLane,
  type DeliveryLane,
} from '@envigate/domain';
import { recordPatiently } from '@envigate/event-log';
import { messageOf, type Clock, type Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

export interface SendBatchParts {
  readonly store: DeliveryStore;
  readonly clock: Clock;
  readonly emit: Emit<typeof events>;
  readonly batchFiles: number;
  readonly backOff: BackOff;
  /** A file that failed so often is set aside where the next one of its lane is taken. */
  readonly setAsideAfter: number;
}

export type BatchEnd =
  /** Nothing was sent: all is delivered meanwhile, or the lane waits after a failure. */
  | { readonly kind: 'outdated' }
  /** Everything that was due is delivered, or the next is another's. */
  | { readonly kind: 'idle' }
  /** The next one is to be looked for when it has waited for further files of its moment. */
  | { readonly kind: 'gathering' }
  /** A whole batch went through: there may be more. */
  | { readonly kind: 'more' }
  /** The lane waits; `isUnreachable`: so should every lane to this target. */
  | { readonly kind: 'failed'; readonly isUnreachable: boolean; readonly hasProgressed: boolean };

/**
 * A lane's next deliveries: begun in the database, sent one after the other, recorded together.
 * The first failure ends the batch, since nothing may overtake the file that failed, unless it has
 * failed so often that the next one is to show whether it is the file or the target. `mayGoOn` is
 * asked before each file. The caller holds the claim on the lane.
 */
export async function sendBatch(
  lane: WaitingLane,
  connection: MinistryTarget,
  mayGoOn: () => boolean,
  parts: SendBatchParts,
): Promise<BatchEnd> {
  const { deliveries: begun, isNextGathering } = await parts.store.begin(lane, parts.batchFiles);
  if (begun.length === 0) return { kind: 'outdated' };

  const { results, failure } = await sendInOrder(begun, connection, mayGoOn, parts);
  const hasProgressed = isProgress(results);
  const retryAfterMs =
    failure &&
    backOffMs(hasProgressed ? 0 : lane.failures, parts.backOff, failure.retryAfterMs ?? 0);
  if (!(await recordResults(lane, results, retryAfterMs, parts))) {
    parts.emit('deliveries-taken-over', {
      target: lane.target,
      station: lane.station,
      deliveries: results.length,
    });
    return { kind: 'idle' };
  }
  reportResults(lane, results, retryAfterMs ?? 0, parts.emit);
  if (failure !== undefined) {
    const isUnreachable = failure.code === 'ministry-unreachable';
    return { kind: 'failed', isUnreachable, hasProgressed };
  }
  if (begun.length === parts.batchFiles) return { kind: 'more' };
  return { kind: isNextGathering ? 'gathering' : 'idle' };
}

/** A file that may be what is wrong, until the next one of its lane was tried. */
type Suspect = Extract<AttemptResult, { kind: 'failed' }>;

async function sendInOrder(
  begun: readonly BegunDelivery[],
  connection: MinistryTarget,
  mayGoOn: () => boolean,
  { clock, setAsideAfter }: SendBatchParts,
): Promise<{ results: readonly AttemptResult[]; failure: DeliveryError | undefined }> {
  const results: AttemptResult[] = [];
  let suspects: Suspect[] = [];
  let failure: DeliveryError | undefined;
  let isOver = false;
  for (const [place, delivery] of begun.entries()) {
    if (isOver || !mayGoOn()) {
      results.push({ kind: 'not-tried', delivery });
      continue;
    }
    try {
      const isFollowed = place < begun.length - 1;
      const result = await send(delivery, connection, clock, isFollowed);
      results.push(result);
      if (result.kind !== 'sent' || suspects.length === 0) continue;
      for (const suspect of suspects)
        results.push(mayGoOn() ? await sendLastTime(suspect, connection, clock) : suspect);
      suspects = [];
      failure = undefined;
    } catch (error) {
      failure = asDeliveryError(error);
      const { failureCode: code, message: reason, inDoubt, refusesFile } = failure;
      const failed: Suspect = { kind: 'failed', delivery, code, reason, inDoubt, refusesFile };
      const isSuspect =
        failure.code === 'transfer-failed' && delivery.rejections + 1 >= setAsideAfter;
      if (isSuspect) suspects.push(failed);
      else results.push(failed);
      isOver = !isSuspect;
    }
  }
  return { results: [...results, ...suspects], failure };
}

/** The target took the file after it. Both tries count as one attempt. */
async function sendLastTime(
  { delivery, code, reason, inDoubt }: Suspect,
  connection: MinistryTarget,
  clock: Clock,
): Promise<AttemptResult> {
  try {
    return await send({ ...delivery, resend: delivery.resend || inDoubt }, connection, clock);
  } catch (error) {
    const last = asDeliveryError(error);
    const isUnreachable = last.code === 'ministry-unreachable';
    return {
      ...{ kind: 'set-aside', delivery, at: clock(), inDoubt: inDoubt || last.inDoubt },
      ...(isUnreachable ? { code, reason } : { code: last.failureCode, reason: last.message }),
    };
  }
}

async function send(
  delivery: BegunDelivery,
  connection: MinistryTarget,
  clock: Clock,
  isFollowed = false,
): Promise<AttemptResult> {
  const { fileName: name, payload, resend } = delivery;
  const idempotencyKey = `${delivery.fileId}-${delivery.deliveryId}`;
  const outcome = await connection.deliver({ name, payload, idempotencyKey, resend, isFollowed });
  switch (outcome.kind) {
    case 'accepted': {
      const { receipt, presumed = false } = outcome;
      return { kind: 'sent', delivery, at: clock(), receipt, presumed };
    }
    case 'refused':
      return { kind: 'refused', delivery, at: clock(), code: outcome.code, reason: outcome.reason };
  }
}

/** A surprise in a client stops its lane like any failure: the file may or may not have gone. */
function asDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  return new DeliveryError('transfer-failed', messageOf(error), { cause: error, inDoubt: true });
}

/**
 * The files are with the ministry: that is recorded even without a claim, as the store takes no
 * result that another forwarder has overtaken. What cannot be recorded stays in doubt and is looked
 * for by the next attempt.
 */
function recordResults(
  lane: WaitingLane,
  results: readonly AttemptResult[],
  retryAfterMs: number | undefined,
  { store, emit }: SendBatchParts,
): Promise<boolean> {
  return recordPatiently(
    () => store.settle(lane, results, retryAfterMs),
    (error) => emit('store-unavailable', { error: messageOf(error) }),
  );
}

/** Reports what became of each attempt, once it is recorded. */
function reportResults(
  lane: DeliveryLane,
  results: readonly AttemptResult[],
  retryInMs: number,
  emit: Emit<typeof events>,
): void {
  for (const result of results) {
    const { fileName, attempt: attempts, resend } = result.delivery;
    const about = { target: lane.target, station: lane.station, fileName, attempts };
    switch (result.kind) {
      case 'sent':
        emit('delivery-sent', {
          target: lane.target,
          station: lane.station,
          fileName,
          attempts,
          resend,
          secondsSinceReceived: secondsSinceReceived(result),
        });
        break;
      case 'refused': {
        const { code, reason } = result;
        emit('delivery-refused', {
          ...about,
          resend,
          code,
          reason,
          secondsSinceReceived: secondsSinceReceived(result),
        });
        break;
      }
      case 'failed': {
        const { code, reason, inDoubt, refusesFile } = result;
        emit('delivery-failed', { ...about, code, reason, inDoubt, refusesFile, retryInMs });
        break;
      }
      case 'set-aside': {
        const { code, reason, inDoubt } = result;
        emit('delivery-set-aside', { ...about, code, reason, inDoubt });
        break;
      }
      case 'not-tried':
        break;
    }
  }
}

function secondsSinceReceived({
  at,
  delivery,
}: Extract<AttemptResult, { kind: 'sent' | 'refused' }>): number {
  return (at.getTime() - delivery.receivedAt.getTime()) / 1000;
}
