import type { GapState } from './generated/gap-event.v1.ts';
import type { ReceptionOutcome } from './item-story.ts';
import type { DeliveryState, Percentiles } from './record-queries.ts';

/** The console's first page, asked of the record. */
export interface BoardQueries {
  board(question: BoardQuestion): Promise<Board>;
}

/** What the board asks of the record. `recentFrom` lies at or after `todayFrom`. */
export interface BoardQuestion {
  readonly recentFrom: Date;
  readonly todayFrom: Date;
  /** Codes of the stations to look at. */
  readonly stations: readonly string[];
  /** How many of the newest files are listed. */
  readonly files: number;
}

/**
 * The record as the console's first page shows it. What is counted is of the last hours only, and
 * what waits is counted up to `maxDueCounted`, so that its cost does not grow with what is stored.
 */
export interface Board {
  /** Arrivals of files; replays do not count. */
  readonly recent: ReceptionFigures;
  readonly today: ReceptionFigures;
  /** Seconds from the acknowledged upload to the record, of the recent ones. */
  readonly recording: Percentiles;
  /** Only stations that were heard at least once. */
  readonly stations: ReadonlyMap<string, StationHeard>;
  /** By code of the target; only those that ever got a delivery. */
  readonly targets: ReadonlyMap<string, TargetProgress>;
  /** Newest first. */
  readonly files: readonly BoardFile[];
}

export interface ReceptionFigures {
  readonly stored: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly readings: number;
}

export interface StationHeard {
  /** Of its newest reading by data time. */
  readonly lastInstant: Date | null;
  readonly lastReceivedAt: Date | null;
  readonly openGap: { readonly from: Date; readonly level: GapState['level'] } | null;
}

export interface TargetProgress {
  readonly recentlySent: number;
  readonly sentToday: number;
  readonly recentlyRefused: number;
  readonly refusedToday: number;
  /** Null where nothing was sent today. */
  readonly lastSentAt: Date | null;
  /** Waiting now; `maxDueCounted` says that many or more. */
  readonly due: number;
  /** Stations whose last attempt failed. */
  readonly failingStations: number;
  /** Of the station that fails longest; null where none does. */
  readonly failure: string | null;
}

/** Beyond it, a backlog is only said to be larger: counting it all would take longer and longer. */
export const maxDueCounted = 10_001;

/** One arrival of a file, what became of it, and why. */
export interface BoardFile {
  readonly receivedAt: Date;
  readonly name: string;
  readonly account: string;
  readonly station: string | null;
  readonly fileId: string;
  readonly outcome: ReceptionOutcome;
  /** True where an operator, or the registry, had a stored file processed again. */
  readonly isReplay: boolean;
  readonly newReadings: number;
  readonly corrections: number;
  readonly rejectedLines: number;
  /** Reason code of the quarantined file, else of one of its refused lines; null where there is none. */
  readonly reason: string | null;
  /** Reason codes. */
  readonly warnings: readonly string[];
  /** How many deliveries of the file are in which state. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
}
