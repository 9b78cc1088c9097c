import type { BilingualText, Page } from '@envigate/contracts';
import type { Attribution, JointScope } from './joint-silences.ts';

/** What is decided about: all stations of a joint silence, one of them, or a gap of a station. */
export type AttributionTarget =
  | { readonly kind: 'joint'; readonly jointId: number; readonly station?: string | undefined }
  | { readonly kind: 'gap'; readonly gapId: number };

export type AttributionOutcome =
  /** Their gaps are judged anew. `jointId`: the gap is part of this joint silence. */
  | {
      readonly kind: 'decided';
      readonly jointId: number | undefined;
      readonly stations: readonly string[];
    }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'refused'; readonly reason: BilingualText };

/** What a person decided; of two about the same the newer one counts. */
export interface AttributionDecision {
  readonly decisionId: number;
  /** Null: of all stations of the joint silence. */
  readonly station: string | null;
  readonly verdict: Attribution;
  readonly actor: string;
  readonly note: string;
  readonly decidedAt: Date;
  /** False: a newer one replaces it. */
  readonly counts: boolean;
}

export interface ListedJointSilence {
  readonly jointId: number;
  readonly scope: JointScope;
  readonly from: Date;
  /** Null while it lasts. */
  readonly to: Date | null;
  readonly stations: readonly string[];
  /** Null: nobody has decided. */
  readonly verdict: Attribution | null;
  /** The newest first. */
  readonly decisions: readonly AttributionDecision[];
}

export interface AttributionDesk {
  decide(
    target: AttributionTarget,
    verdict: Attribution,
    actor: string,
    note: string,
  ): Promise<AttributionOutcome>;
  /** Newest first. */
  list(page: {
    readonly after?: number | undefined;
    readonly limit: number;
  }): Promise<Page<ListedJointSilence, number>>;
}

/** Why a gap cannot be decided about; undefined where it can. */
export function objectionToDecision(
  gap: { readonly isOfStation: boolean; readonly isRemoved: boolean },
  verdict: Attribution,
  earlier: Attribution | undefined,
): BilingualText | undefined {
  if (!gap.isOfStation)
    return {
      vi: 'chỉ quyết định được đối với khoảng gián đoạn truyền dữ liệu của cả trạm',
      en: 'only gaps of a whole station without data can be decided about',
    };
  if (earlier !== undefined) return undefined;
  if (gap.isRemoved)
    return {
      vi: 'khoảng gián đoạn này không còn: đã có dữ liệu truyền bổ sung hoặc đã được tính lại',
      en: 'the gap is no more: late data filled it, or it was counted anew',
    };
  if (verdict === 'theirs')
    return {
      vi: 'khoảng gián đoạn này không thuộc lần gián đoạn cùng lúc nào và chưa được quyết định là do hệ thống của Sở',
      en: "the gap is part of no joint silence, and nobody decided that it was the office's own: it counts as the station's already",
    };
  return undefined;
}
