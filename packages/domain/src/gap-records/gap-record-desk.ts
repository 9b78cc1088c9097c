import type { BilingualText } from '@envigate/contracts';
import type { GivenLetter } from './gap-letters.ts';
import type { GapEntry, GapLetter, GapRecord, GapTime } from './gap-record.ts';

/** A gap as the record is about it. */
export interface RecordedGap extends GapTime {
  readonly gapId: number;
  readonly record: GapRecord;
}

export type GapEntryOutcome =
  | { readonly kind: 'recorded'; readonly entryId: number; readonly gap: RecordedGap }
  | { readonly kind: 'refused'; readonly reason: BilingualText }
  /** There is no gap of this number, or it is not a gap any more. */
  | { readonly kind: 'not-found' };

/** An officer's entry. */
export interface OfficersEntry {
  readonly entry: GapEntry;
  readonly actor: string;
  /** Why; '' where nothing is said. */
  readonly note: string;
  readonly letters: readonly GivenLetter[];
}

/** Where officers read and write the record of gaps. */
export interface GapRecordDesk {
  /** Undefined where there is no such gap. */
  read(gapId: number): Promise<RecordedGap | undefined>;
  enter(gapId: number, given: OfficersEntry): Promise<GapEntryOutcome>;
  /** A letter of a gap, byte for byte; undefined where the gap has no such letter. */
  letter(gapId: number, letterId: number): Promise<ReadLetter | undefined>;
}

export interface ReadLetter extends GapLetter {
  readonly content: Uint8Array;
}
