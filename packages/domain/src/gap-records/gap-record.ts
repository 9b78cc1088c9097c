import type { BilingualText } from '@envigate/contracts';
import type { SeriesName } from '../gaps/gap-rules.ts';
import { intersect, totalLength, type Stretch } from '../gaps/stretches.ts';
import type { GapCause } from './gap-causes.ts';

/**
 * What persons state of a gap. Each statement is an entry that is never changed and never deleted; the record is
 * what they amount to. Gaps are judged anew as late data arrive, so an entry names no gap: it is about a stretch
 * of a series, and belongs to the gaps that have the greater part of it, or the greater part of which is in it.
 */

/** A stretch of a series as it was when something was said of it; an open gap up to that moment. UTC milliseconds. */
export interface GapTime extends Pick<SeriesName, 'kind' | 'parameter'>, Stretch {
  readonly station: string;
}

/** What is said to be the cause, and what follows. */
export interface GapExplanation {
  readonly cause: GapCause;
  /** The cause in words; must be there for `other`. */
  readonly words: string;
  readonly remedy: string;
  /** When data are expected again; undefined where nobody said so. */
  readonly expectedRestart: Date | undefined;
  /** Number and date of a letter to the office; '' where there is none. */
  readonly document: string;
}

export type GapEntry =
  /** Of a facility it waits for an officer's word; of an officer it counts at once. */
  | ({ readonly kind: 'cause' } & GapExplanation)
  /** The facility's answer is taken as it is. */
  | { readonly kind: 'confirm' }
  /** It is not: the question goes to the facility with a new link. */
  | { readonly kind: 'ask-back'; readonly question: string }
  /** Somebody takes care of it. */
  | { readonly kind: 'acknowledge'; readonly person: string }
  | { readonly kind: 'hand-over'; readonly person: string };
export type GapEntryKind = GapEntry['kind'];

/** Who made an entry. */
export interface GapAuthor {
  /** `facility`: by a link that was sent to it. */
  readonly source: 'facility' | 'officer';
  readonly name: string;
  /** As entered by the facility; '' where it is not. */
  readonly post: string;
  readonly telephone: string;
}

export interface GapLetter {
  readonly letterId: number;
  readonly name: string;
  readonly mediaType: 'application/pdf' | 'image/jpeg';
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export type RecordedGapEntry = GapEntry & {
  readonly entryId: number;
  readonly about: GapTime;
  readonly author: GapAuthor;
  /** Why; '' where nothing was said. */
  readonly note: string;
  readonly letters: readonly GapLetter[];
  readonly recordedAt: Date;
};

/** A notice that was about the gap. */
export interface GapNotice {
  /** GD-2026-000123 */
  readonly code: string;
  readonly kind: string;
  readonly audience: string;
  readonly createdAt: Date;
}

/**
 * - unexplained: nobody stated a cause.
 * - answered: the facility did, and no officer has looked at it.
 * - asked-back: an officer had a question, which the facility has not answered.
 * - confirmed: an officer confirmed the facility's answer, or stated the cause.
 */
export type GapRecordState = 'unexplained' | 'answered' | 'asked-back' | 'confirmed';

/** What is known of a gap from persons. */
export interface GapRecord {
  readonly state: GapRecordState;
  /** The newest one. */
  readonly explanation: GapExplanation | undefined;
  /** Who stated it and when. */
  readonly explainedBy: { readonly author: GapAuthor; readonly at: Date } | undefined;
  readonly confirmedBy: { readonly name: string; readonly at: Date } | undefined;
  /** The newest one, while it is not answered. */
  readonly question: string | undefined;
  /** An officer knows of the gap: since when. Every entry of an officer says so. */
  readonly acknowledgedAt: Date | undefined;
  /** Who takes care of it. */
  readonly responsible: string | undefined;
  /** Of all entries, in their order. */
  readonly letters: readonly GapLetter[];
  readonly notices: readonly GapNotice[];
  /** In the order in which they were made. */
  readonly entries: readonly RecordedGapEntry[];
}

const nothing: GapRecord = {
  ...{ state: 'unexplained', explanation: undefined, explainedBy: undefined },
  ...{ confirmedBy: undefined, question: undefined, acknowledgedAt: undefined },
  ...{ responsible: undefined, letters: [], notices: [], entries: [] },
};

/** The record of a gap, from the entries and notices that are about it, in the order in which they were made. */
export function gapRecordOf(
  entries: readonly RecordedGapEntry[],
  notices: readonly GapNotice[],
): GapRecord {
  const record = entries.reduce(withEntry, nothing);
  return { ...record, letters: entries.flatMap(({ letters }) => letters), notices, entries };
}

function withEntry(before: GapRecord, entry: RecordedGapEntry): GapRecord {
  const { author, recordedAt: at } = entry;
  const isOfficers = author.source === 'officer';
  const record = isOfficers ? { ...before, acknowledgedAt: before.acknowledgedAt ?? at } : before;
  switch (entry.kind) {
    case 'cause': {
      const { cause, words, remedy, expectedRestart, document } = entry;
      return {
        ...record,
        state: isOfficers ? 'confirmed' : 'answered',
        explanation: { cause, words, remedy, expectedRestart, document },
        explainedBy: { author, at },
        confirmedBy: isOfficers ? { name: author.name, at } : undefined,
        question: undefined,
      };
    }
    case 'confirm':
      return {
        ...record,
        ...{ state: 'confirmed', confirmedBy: { name: author.name, at }, question: undefined },
      };
    case 'ask-back':
      return {
        ...record,
        ...{ state: 'asked-back', confirmedBy: undefined, question: entry.question },
      };
    case 'acknowledge':
    case 'hand-over':
      return { ...record, responsible: entry.person };
  }
}

/** Whether what was said about a stretch is about the gap; an open one up to `now`. */
export function isAbout(about: GapTime, gap: GapTime, now: number): boolean {
  const isSameSeries =
    about.station === gap.station && about.kind === gap.kind && about.parameter === gap.parameter;
  if (!isSameSeries) return false;
  const [one, other] = [closedAt(about, now), closedAt(gap, now)];
  const shared = totalLength(intersect([one], [other]));
  return shared > 0 && 2 * shared >= Math.min(one.to - one.from, other.to - other.from);
}

/** A gap as an entry that is made at `now` is about it: up to then where it is open, and never without length. */
export function gapTimeAt(gap: GapTime, now: number): GapTime {
  const { station, kind, parameter } = gap;
  return { station, kind, parameter, ...closedAt(gap, now) };
}

function closedAt(
  { from, to }: Stretch,
  now: number,
): { readonly from: number; readonly to: number } {
  return { from, to: to ?? Math.max(now, from + 1) };
}

const dayMs = 86_400_000;
const maxAheadDays = 366;
/** Of each text of an entry. */
export const maxGapWords = 2_000;

/** Why an entry cannot be made; undefined where it can. */
export function objectionToGapEntry(
  entry: GapEntry,
  record: GapRecord,
  now: Date,
): BilingualText | undefined {
  switch (entry.kind) {
    case 'cause':
      return objectionToExplanation(entry, now);
    case 'confirm':
      if (record.state === 'confirmed')
        return { vi: 'nguyên nhân đã được xác nhận', en: 'the cause is confirmed already' };
      if (record.explanation !== undefined) return undefined;
      return {
        vi: 'chưa có phản hồi của cơ sở để xác nhận; nhập nguyên nhân bằng chức năng `cause`',
        en: 'there is no answer of the facility to confirm; state the cause by `cause`',
      };
    case 'ask-back':
      if (entry.question.trim() !== '') return undefined;
      return { vi: 'phải ghi câu hỏi gửi cơ sở', en: 'say what the facility is asked' };
    case 'acknowledge':
    case 'hand-over':
      if (entry.person.trim() !== '') return undefined;
      return { vi: 'phải ghi tên người phụ trách', en: 'say who takes care of the gap' };
  }
}

/** Why something cannot be the cause of a gap; undefined where it can. */
export function objectionToExplanation(
  { cause, words, expectedRestart }: GapExplanation,
  now: Date,
): BilingualText | undefined {
  if (cause === 'other' && words.trim() === '') {
    return {
      vi: 'nguyên nhân khác: phải ghi rõ nguyên nhân',
      en: 'other cause: say in words which',
    };
  }
  const ahead = (expectedRestart?.getTime() ?? now.getTime()) - now.getTime();
  if (ahead > maxAheadDays * dayMs) {
    return {
      vi: `thời gian dự kiến khôi phục không được quá ${maxAheadDays} ngày kể từ hôm nay`,
      en: `data may be expected again ${maxAheadDays} days from now at most`,
    };
  }
  return undefined;
}
