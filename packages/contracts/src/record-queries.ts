import type { GapState } from './generated/gap-event.v1.ts';
import type { ReceptionOutcome, StoryAnswer, StoryQuestion } from './item-story.ts';
import type { Censored } from './generated/normalised-file.v1.ts';

/**
 * What people and programs may ask of the record. No question reads more than a fixed number of
 * rows, whatever is stored and whatever it looks for. Every list comes a page at a time, in the
 * list's order. A row that is added meanwhile neither hides nor repeats another.
 */
export interface ConsoleQueries {
  overview(latest: number): Promise<Overview>;
  /** Of each station named, also of one that never sent anything. */
  stationActivity(stations: readonly string[]): Promise<ReadonlyMap<string, StationActivity>>;
  /** Of the stations named; none of one without a file in the last 24 hours. */
  stationClocks(stations: readonly string[]): Promise<ReadonlyMap<string, ClockLags>>;
  /** Newest first. */
  receptions(filter: ReceptionFilter): Promise<Page<ListedReception, ReceptionPlace>>;
  file(fileId: string): Promise<FileRecord | undefined>;
  original(fileId: string): Promise<OriginalBytes | undefined>;
  /** All that happened to a reception's file, a file or a reading. */
  story(question: StoryQuestion): Promise<StoryAnswer>;
  /** By instant, station, parameter and revision, ascending. */
  readings(filter: ReadingFilter): Promise<Page<ListedReading, ReadingPlace>>;
  /** Newest first. */
  quarantine(filter: QuarantineFilter): Promise<Page<QuarantinedItem, number>>;
  /** Latest found first; gaps that late data filled are left out. */
  gaps(filter: GapFilter): Promise<Page<ListedGap, number>>;
  /** Latest due first. */
  deliveries(filter: DeliveryFilter): Promise<Page<ListedDelivery, number>>;
  /** Newest first. */
  notices(filter: NoticeFilter): Promise<Page<ListedNotice, number>>;
}

/** Rows that a page of a list looks at most, where its filter has more than an index answers. */
export const maxLookedAt = 5_000;
/** The same where a text is searched for: each row costs a look at the name of its file as well. */
export const maxTextsLookedAt = 2_000;
/** What waits or is kept is counted up to so many: its cost does not grow with what is stored. */
export const maxCounted = 100_000;
/** Reasons of quarantine are those of so many rows: each is looked up where it lies, and files are counted once. */
export const maxReasonsCounted = 20_000;
/** Figures of a day are of its newest receptions and deliveries, up to so many. */
export const maxOfDay = 1_000_000;

/**
 * `limit` rows at most, beginning after the place that `after` names. An index answers a part of the
 * filter; for the rest, rows are looked at and passed over. A page ends after a fixed number of
 * these, full or not: it may be empty and not be the last.
 */
export interface Page<Row, Place> {
  readonly rows: readonly Row[];
  /** The `after` of the next page; undefined on the last page. */
  readonly next: Place | undefined;
}

/**
 * The flow in numbers: of the last 24 hours unless said otherwise, and then of the newest
 * `maxOfDay` receptions and deliveries.
 */
export interface Overview {
  readonly receptions: {
    readonly stored: number;
    readonly duplicates: number;
    readonly quarantined: number;
  };
  /** Receptions recorded in the last 60 seconds. */
  readonly filesPerMinute: number;
  readonly readings: number;
  readonly corrections: number;
  /** due: now, however old; `maxCounted` at most. */
  readonly deliveries: { readonly due: number; readonly sent: number; readonly refused: number };
  /** Now. */
  readonly openGaps: number;
  /** Seconds from the acknowledged upload, over the last 5 minutes; null where nothing was seen. */
  readonly latency: {
    readonly queryable: Percentiles;
    readonly receipt: Percentiles;
  };
  /** The newest receptions, newest first. */
  readonly latest: readonly LatestReception[];
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface LatestReception {
  readonly receivedAt: Date;
  readonly account: string;
  readonly name: string;
  readonly outcome: ReceptionOutcome;
  /** Reason of the quarantine, or how many lines were refused; empty where all was well. */
  readonly detail: string;
}

export interface StationActivity {
  /** Of its newest reading by data time. */
  readonly lastInstant: Date | null;
  readonly lastReceivedAt: Date | null;
  readonly openGap: { readonly from: Date; readonly level: GapState['level'] } | null;
  /** Receptions of the last 24 hours and what they brought. */
  readonly lastDay: {
    readonly stored: number;
    readonly duplicates: number;
    readonly quarantined: number;
    readonly readings: number;
    readonly corrections: number;
  };
}

/**
 * What was measured of a logger's clock: the time from the newest time that a file states to its
 * reception, over the newest files of a station that were received in the last 24 hours.
 */
export interface ClockLags {
  /** How many files; at least one. */
  readonly files: number;
  /** Reception of the first and of the last of them. */
  readonly from: Date;
  readonly to: Date;
  /** Negative where a file states a time that was still to come. */
  readonly leastSeconds: number;
  readonly medianSeconds: number;
}

/** `from` is inclusive, `to` exclusive. */
export interface TimeRange {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** By reception time. */
export interface ReceptionFilter extends TimeRange {
  readonly station?: string | undefined;
  readonly account?: string | undefined;
  /** A file name, or the beginning of one with `*` after it. */
  readonly name?: string | undefined;
  readonly outcome?: ReceptionOutcome | undefined;
  readonly after?: ReceptionPlace | undefined;
  readonly limit: number;
}

export interface ReceptionPlace {
  readonly receivedAt: Date;
  readonly receptionId: string;
}

/** File ids and hashes are SHA-256 in hexadecimal, here and below. */
export interface ListedReception {
  readonly receptionId: string;
  readonly fileId: string;
  readonly name: string;
  readonly folder: string;
  readonly account: string;
  /** Null where the file belongs to no station. */
  readonly station: string | null;
  readonly receivedAt: Date;
  readonly recordedAt: Date;
  readonly protocol: string;
  readonly peer: string;
  /** Bytes. */
  readonly size: number;
  readonly contentHash: string;
  /** How it was read, as describeForm says it; null where it was not understood. */
  readonly form: string | null;
  readonly outcome: ReceptionOutcome;
  readonly newReadings: number;
  readonly corrections: number;
  /** Readings that were known with the same value. */
  readonly repeats: number;
  readonly rejectedLines: number;
  /** Why it, or lines of it, are in quarantine: each reason once, the most frequent first. */
  readonly notUnderstood: readonly ReasonOfReception[];
  readonly warnings: readonly {
    readonly code: string;
    readonly detail: string;
    /** Null where the record has words alone, of a version before coded sentences. Here and below. */
    readonly detailVi: string | null;
  }[];
}

export interface ReasonOfReception {
  readonly reason: string;
  /** Rows of quarantine: lines, or one for the whole file. Among the newest 200 of its file. */
  readonly rows: number;
  /** Of these, how many no replay has resolved. */
  readonly open: number;
  /** The first such line, from 1; null where it is the whole file. */
  readonly line: number | null;
  /** What was expected there. */
  readonly expected: string;
  readonly expectedVi: string | null;
}

export interface FileRecord {
  readonly fileId: string;
  readonly contentHash: string;
  readonly account: string;
  readonly name: string;
  readonly station: string | null;
  readonly state: 'stored' | 'quarantined';
  /** How it was read, as describeForm says it; null where it was not understood. */
  readonly form: string | null;
  readonly size: number;
  /** First and last instant of its readings; null where it has none. */
  readonly dataFrom: Date | null;
  readonly dataTo: Date | null;
  readonly recordedAt: Date;
  /** The newest 1,000 of each. */
  readonly receptions: readonly ListedReception[];
  readonly quarantine: readonly QuarantinedItem[];
  readonly deliveries: readonly ListedDelivery[];
}

export interface OriginalBytes {
  readonly name: string;
  readonly content: Uint8Array;
}

/** By instant of the reading. */
export interface ReadingFilter extends TimeRange {
  readonly station?: string | undefined;
  readonly parameter?: string | undefined;
  readonly flag?: number | undefined;
  /** With the values that a correction replaced. */
  readonly revisions: boolean;
  readonly after?: ReadingPlace | undefined;
  readonly limit: number;
}

export interface ReadingPlace {
  readonly instant: Date;
  readonly station: string;
  readonly parameter: string;
  readonly revision: number;
}

export interface ListedReading extends ReadingPlace {
  readonly value: number | null;
  readonly unit: string;
  /** The bound that the logger gave in place of a number; null where it gave none. */
  readonly censored: Censored | null;
  /** What the logger's number was multiplied by. */
  readonly factor: number;
  readonly rawValue: string;
  readonly rawUnit: string;
  readonly status: string;
  readonly flag: number;
  readonly reasons: readonly string[];
  readonly recordedAt: Date;
  /** When a correction took its place; null while it is the current value. */
  readonly supersededAt: Date | null;
  readonly fileId: string;
  readonly line: number;
}

/** By the time it was put there. */
export interface QuarantineFilter extends TimeRange {
  readonly station?: string | undefined;
  readonly account?: string | undefined;
  readonly fileId?: string | undefined;
  readonly scope?: 'file' | 'line' | undefined;
  readonly reason?: string | undefined;
  /** Whether a replay has resolved it. */
  readonly state?: 'open' | 'resolved' | undefined;
  /** A part of the file's name or of the line, in whatever case. */
  readonly text?: string | undefined;
  /** The quarantineId of a row. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface QuarantinedItem {
  readonly quarantineId: number;
  readonly receptionId: string;
  readonly fileId: string;
  readonly fileName: string;
  readonly account: string;
  readonly station: string | null;
  readonly scope: 'file' | 'line';
  readonly reason: string;
  /** From 1; null where it is the whole file. */
  readonly line: number | null;
  readonly column: number | null;
  readonly expected: string;
  readonly expectedVi: string | null;
  readonly text: string;
  readonly quarantinedAt: Date;
  /** Null while it is open, here and in the next two. */
  readonly resolvedAt: Date | null;
  /** The reception of the replay; of a discarded one who discarded it. */
  readonly resolvedBy: string | null;
  /** other-reason: still not understood, for which there is another row. */
  readonly resolution: 'understood' | 'other-reason' | 'discarded' | null;
}

/** Gaps that overlap the time range. */
export interface GapFilter extends TimeRange {
  readonly open?: boolean | undefined;
  /** This level or a higher one. */
  readonly level?: GapState['level'] | undefined;
  readonly station?: string | undefined;
  readonly parameter?: string | undefined;
  readonly kind?: GapState['kind'] | undefined;
  /** Of these stations only. */
  readonly stations?: readonly string[] | undefined;
  /** True: only those for most of which the gateway could not have heard the station; false: only the others. */
  readonly probablyOurs?: boolean | undefined;
  /** The gapId of a row. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface GapPartTakenOut {
  readonly by: 'planned-stop' | 'own-outage' | 'other-gap';
  /** Which stop, or the begin of the outage. */
  readonly id: string | null;
  readonly hours: number;
}

export interface ListedGap {
  readonly gapId: number;
  readonly station: string;
  /** null: of the station. */
  readonly parameter: string | null;
  readonly kind: GapState['kind'];
  /** Last reading before. */
  readonly from: Date;
  /** First reading after; null while the gap is open. */
  readonly to: Date | null;
  /** Of an open gap, up to now. */
  readonly hours: number;
  /** Hours that count. */
  readonly netHours: number;
  /** What of it does not count; parts may overlap one another. */
  readonly takenOut: readonly GapPartTakenOut[];
  readonly level: GapState['level'];
  /** The office's own system is the likely cause: half of it or more is, or may be, an outage of ours. */
  readonly isProbablyOurs: boolean;
  /** The joint silence that it is part of and that nobody has decided about. */
  readonly jointId: number | null;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly closedBy: { readonly fileId: string; readonly name: string | null } | null;
}

/** due and sending wait; refused and failed wait for a person. */
export type NoticeMailState = 'due' | 'sending' | 'sent' | 'refused' | 'failed' | 'cancelled';

/** By the time it was made. */
export interface NoticeFilter extends TimeRange {
  /** Notices with a mail in this state. */
  readonly state?: NoticeMailState | undefined;
  readonly station?: string | undefined;
  readonly kind?: string | undefined;
  /** The noticeId of a row. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface ListedNotice {
  readonly noticeId: number;
  /** GD-2026-000123. */
  readonly code: string;
  readonly kind: string;
  /** office, ministry, or facility: and its code. */
  readonly audience: string;
  readonly stations: readonly string[];
  readonly createdAt: Date;
  readonly mails: readonly ListedNoticeMail[];
}

export interface ListedNoticeMail {
  readonly mailId: number;
  readonly recipient: string | null;
  readonly address: string;
  readonly subject: string;
  readonly messageId: string;
  readonly state: NoticeMailState;
  readonly attempts: number;
  /** An attempt ended without an answer: it may have arrived more than once, under the same Message-ID. */
  readonly inDoubt: boolean;
  /** What the server said last; null before the first attempt. */
  readonly answer: string | null;
  /** Null where none is to come. */
  readonly nextAttemptAt: Date | null;
  readonly endedAt: Date | null;
  readonly decision: {
    readonly decision: 'resend' | 'cancel';
    readonly actor: string;
    readonly note: string;
    readonly decidedAt: Date;
  } | null;
}

/**
 * - set-aside: the target failed this file again and again while it took others of the same station.
 * - withheld: not to be sent: skipped by a person, replaced by another delivery of its moment, or
 *   withdrawn from the record before it was sent.
 */
export type DeliveryState = 'due' | 'sent' | 'refused' | 'set-aside' | 'withheld';

/** By instant of the data. */
export interface DeliveryFilter extends TimeRange {
  readonly target?: string | undefined;
  readonly station?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly fileId?: string | undefined;
  /** The deliveryId of a row. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** One delivery as people look at it, without its payload. */
export interface ListedDelivery {
  readonly deliveryId: number;
  readonly target: string;
  readonly station: string;
  /** The file that it fell due by. */
  readonly fileId: string;
  /** Further files whose rows it has. */
  readonly moreFileIds: readonly string[];
  readonly fileName: string;
  /** Bytes of the payload. */
  readonly size: number;
  readonly dataInstant: Date;
  readonly receivedAt: Date;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** An attempt ended without an answer: the ministry may have the file. */
  readonly inDoubt: boolean;
  readonly resend: boolean;
  readonly dueAt: Date;
  readonly endedAt: Date | null;
  /** Since when nothing that it says is on record any more, although the ministry has it. */
  readonly withdrawnAt: Date | null;
  readonly receipt: string | null;
  /** Of the last failure or refusal: 2 cannot connect, 3 transmission error, 4 invalid format, 5 empty file. */
  readonly failureCode: number | null;
  /** In the words of the target or in English; of what is withheld, why. */
  readonly failure: string | null;
  /** In Vietnamese, where the words are the gateway's own: why it is withheld. */
  readonly failureVi: string | null;
  /** What a person decided about it last. */
  readonly decision: ListedDecision | null;
}

export interface ListedDecision {
  readonly decision: 'retry' | 'skip';
  readonly actor: string;
  readonly note: string;
  readonly decidedAt: Date;
}
