import type { SequenceRange } from '../audit/account-for-receptions.ts';

/** What the record (the ledger, and what was kept because nobody could read it) has of a spool. */
export interface ReceptionRecord {
  /** Sequences from `from` to `to`, both inclusive, that it lacks; ascending. */
  missing(spoolId: string, from: number, to: number): Promise<readonly SequenceRange[]>;
  /** The last sequence that it has; 0 before the first. */
  last(spoolId: string): Promise<number>;
}
