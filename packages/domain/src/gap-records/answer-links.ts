import type { BilingualText } from '@envigate/contracts';
import type { GapExplanation, GapRecord, GapTime } from './gap-record.ts';
import type { GivenLetter } from './gap-letters.ts';

/**
 * The link by which a facility answers a notice. Its token is random, goes to one recipient, and is nowhere stored:
 * a mail is kept with a place for it, and each attempt to send the mail fills in a token of its own, of which
 * the SHA-256 is kept. One answer uses up every link of its notice.
 */

/** Of the answer page, on the server that facilities can reach. */
export const answerPath = '/phan-hoi/';
const tokenPlace = '{token}';

/** The link as it is kept, with the place of the token. */
export function answerUrl(publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, '')}${answerPath}${tokenPlace}`;
}

/** The words of a mail as they go out. */
export function withAnswerToken(text: string, token: string): string {
  return text.replaceAll(`${answerPath}${tokenPlace}`, `${answerPath}${token}`);
}

/** What a notice offers: where it can be answered, and until when. */
export interface AnswerOffer {
  readonly url: string;
  readonly until: Date;
}

/** Why a link does not open: it was never made, or cannot be used any more. */
export type ClosedLink = 'unknown' | 'used' | 'expired' | 'revoked';

/** A gap that a link asks about. */
export interface AskedGap {
  /** As it was when the notice was made. */
  readonly asked: GapTime;
  /** What is left of it: the gaps of today, in order of time; of an open one the end is undefined. */
  readonly left: readonly LeftGap[];
  readonly record: GapRecord;
}

export interface LeftGap {
  readonly from: number;
  readonly to: number | undefined;
  /** Milliseconds of it that do not count. */
  readonly outMs: number;
}

export interface OpenLink {
  readonly linkId: number;
  /** GD-2026-000123, of the notice. */
  readonly code: string;
  readonly expiresAt: Date;
  /** In the order of stations; at least one. */
  readonly gaps: readonly AskedGap[];
}

/** What a facility sends. */
export interface FacilityAnswer {
  /** Which of the link's gaps it is about: places in its list. */
  readonly gaps: readonly number[];
  readonly explanation: GapExplanation;
  readonly name: string;
  readonly post: string;
  readonly telephone: string;
  readonly letters: readonly GivenLetter[];
}

export type LinkOutcome =
  | { readonly kind: 'open'; readonly link: OpenLink }
  | { readonly kind: 'closed'; readonly why: ClosedLink };

export type AnswerOutcome =
  /** `code`: PH-2026-000087. */
  | { readonly kind: 'recorded'; readonly code: string; readonly at: Date; readonly link: OpenLink }
  | { readonly kind: 'refused'; readonly reason: BilingualText }
  | { readonly kind: 'closed'; readonly why: ClosedLink };

/** Where the answer page reads and writes. */
export interface AnswerDesk {
  /** Changes nothing: programs that look through mails open every link. */
  open(token: string): Promise<LinkOutcome>;
  answer(token: string, answer: FacilityAnswer): Promise<AnswerOutcome>;
}
