import type { Month } from '@envigate/postgres';

/** How much a record holds. */
export interface RecordSize {
  readonly stations: number;
  /** Of these the present one is the last. */
  readonly months: number;
  /** Nearly all bring ten readings; what came again or is in quarantine brings none. */
  readonly receptions: number;
  /** Files in quarantine, of a thousand; 30 by default. */
  readonly quarantinedOfThousand?: number;
  /** Of ten stations so many deliver to the target that takes nothing; 3 by default. */
  readonly outageStationsOfTen?: number;
}

/** The number of the last station that does not deliver to the target that takes nothing. */
export function lastBeforeOutage({ stations, outageStationsOfTen = 3 }: RecordSize): number {
  return Math.floor((stations * (10 - outageStationsOfTen)) / 10);
}

/** A stretch of time in which files come evenly. `firstFile` and `files` number them. */
export interface Segment {
  readonly month: Month;
  readonly from: Date;
  readonly to: Date;
  readonly firstFile: number;
  readonly files: number;
}
