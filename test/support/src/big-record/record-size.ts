import type { Month } from '@envigate/postgres';

/** How much a record holds. */
export interface RecordSize {
  readonly stations: number;
  /** Of these the present one is the last. */
  readonly months: number;
  /** Nearly all bring ten readings; what came again or is in quarantine brings none. */
  readonly receptions: number;
}

/** A stretch of time in which files come evenly. `firstFile` and `files` number them. */
export interface Segment {
  readonly month: Month;
  readonly from: Date;
  readonly to: Date;
  readonly firstFile: number;
  readonly files: number;
}
