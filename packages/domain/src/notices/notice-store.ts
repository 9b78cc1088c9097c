import type { MailContent, MailLanguage } from './mail-blocks.ts';
import type { OutgoingMail } from './mailer.ts';
import type { GapTime } from '../gap-records/gap-record.ts';
import type { Audience, WatchedGap } from './plan-notices.ts';

/** What an event of `station.gaps` says of a gap. Instants are UTC milliseconds since 1970. */
export interface GapNews {
  readonly eventId: string;
  readonly station: string;
  readonly kind: WatchedGap['kind'];
  readonly parameter: string | undefined;
  /** Where the gap began before this change. */
  readonly previousFrom: number;
  readonly from: number;
  readonly to: number | undefined;
  readonly level: WatchedGap['level'];
  readonly isRemoved: boolean;
  readonly excludedMs: number;
  readonly isProbablyOurs: boolean;
  readonly jointId: number | undefined;
  readonly changedAt: number;
}

export interface NoticeRecipient {
  readonly name: string | undefined;
  readonly address: string;
  readonly language: MailLanguage;
}

export interface NewNotice {
  /** Names the event: with a key that is known nothing is recorded. */
  readonly eventKey: string;
  readonly kind: string;
  readonly audience: Audience;
  readonly stations: readonly string[];
  /** What is noted as announced. */
  readonly steps: readonly { readonly gapId: number; readonly step: string }[];
  /** Stretches that it is about, beside the gaps of its steps. */
  readonly about?: readonly GapTime[];
  /** Until when its recipients can answer through a link; undefined: its words have none. */
  readonly answerUntil?: Date | undefined;
  /** At least one. */
  readonly recipients: readonly NoticeRecipient[];
  /** The words, once the code is known and the newest file of each station. */
  readonly write: (code: string, lastFiles: ReadonlyMap<string, string>) => MailContent;
}

export interface RecordedNotice {
  readonly code: string;
  readonly kind: string;
  readonly audience: Audience;
  readonly stations: readonly string[];
  readonly mails: number;
}

/** A mail that this process is to send now. */
export interface BegunMail {
  readonly mailId: number;
  /** From 1 on; a result of an earlier one is not recorded. */
  readonly attempt: number;
  readonly code: string;
  readonly kind: string;
  readonly inDoubt: boolean;
  readonly mail: OutgoingMail;
}

export type MailResult =
  | { readonly kind: 'sent' | 'refused'; readonly answer: string }
  | {
      readonly kind: 'later';
      readonly answer: string;
      readonly mayHaveArrived: boolean;
      readonly waitSeconds: number;
    };

export interface NoticeBacklog {
  readonly due: number;
  /** Seconds since the oldest of these fell due; 0 where there is none. */
  readonly oldestDueSeconds: number;
  /** Refused or given up: a person has to act. */
  readonly forAPerson: number;
  /** Seconds since a mail was taken by the server; undefined: none ever was. */
  readonly lastSentSeconds: number | undefined;
}
