import type { BilingualText, DeliveryState, TimeRange } from '@envigate/contracts';

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
  readonly reasons: readonly DeclinedDelivery[];
}

export interface DeclinedDelivery {
  readonly deliveryId: number;
  readonly objection: DeliveryObjection;
}

/** Why a person cannot decide so about a delivery. */
export type DeliveryObjection =
  | { readonly code: 'sent' | 'skipped' | 'withheld' | 'not-selected' | 'being-sent' }
  /** The newer delivery of the moment. */
  | { readonly code: 'replaced'; readonly newerId: number };

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

/** Undefined where a person can decide so about a delivery. */
export function objectionTo(
  decision: DeliveryDecision['decision'],
  { state, isSkipped, newerId }: DecidableDelivery,
): DeliveryObjection | undefined {
  if (state === 'sent') return { code: 'sent' };
  if (state === 'withheld' && !(isSkipped && decision === 'retry'))
    return { code: isSkipped ? 'skipped' : 'withheld' };
  // The older rows would take the place of the newer ones.
  if (decision === 'retry' && state !== 'due' && newerId !== null)
    return { code: 'replaced', newerId };
  return undefined;
}

/** As a person reads it. */
function describeObjection(objection: DeliveryObjection): BilingualText {
  switch (objection.code) {
    case 'sent':
      return {
        vi: 'đã truyền; nếu số liệu được sửa, hệ thống tự truyền lại',
        en: 'it was sent; a correction of its data is sent by itself',
      };
    case 'skipped':
      return { vi: 'đã bỏ qua trước đó', en: 'it was skipped before' };
    case 'withheld':
      return {
        vi: 'hệ thống giữ lại: có lượt truyền khác thay thế, hoặc số liệu đã được rút',
        en: 'the gateway withheld it: another delivery took its place, or its data were withdrawn',
      };
    case 'replaced':
      return {
        vi: `lượt truyền ${objection.newerId} của cùng thời điểm đã thay thế`,
        en: `delivery ${objection.newerId} of the same moment has taken its place`,
      };
    case 'not-selected':
      return {
        vi: 'không có lượt truyền này, hoặc nằm ngoài điều kiện lọc',
        en: 'there is no such delivery, or the rest of the selection leaves it out',
      };
    case 'being-sent':
      return {
        vi: 'lượt truyền này hoặc lượt khác trong danh sách chọn đang được truyền; thử lại sau ít phút, hoặc tắt máy chủ nhận trước',
        en: 'it, or another one of the selection, is being sent right now; ask again in a while, or disable its target first',
      };
  }
}

/** A declined delivery as answers and lists show it: the code for programs, words for people. */
export function showDeclined({ deliveryId, objection }: DeclinedDelivery): {
  readonly deliveryId: number;
  readonly code: DeliveryObjection['code'];
  readonly reason: string;
  readonly reasonVi: string;
} {
  const { vi, en } = describeObjection(objection);
  return { deliveryId, code: objection.code, reason: en, reasonVi: vi };
}
