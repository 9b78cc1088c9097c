import type { BilingualText } from './fault.ts';

/** What became of a reception. */
export type ReceptionOutcome = 'stored' | 'duplicate' | 'quarantined';

/**
 * What a person asks about: a reception by its id, a file by its id, number or name (of an account, where
 * several sent one of that name), or a reading.
 */
export type StoryQuestion =
  | { readonly item: string; readonly account?: string | undefined }
  | { readonly station: string; readonly parameter: string; readonly instant: Date };

export type StoryAnswer =
  | ItemStory
  /** Several files bear the name: the newest of them. */
  | { readonly kind: 'several'; readonly files: readonly StoryFile[] }
  | { readonly kind: 'unknown' };

/** All that happened to a file or a reading, in the order of time. */
export interface ItemStory {
  readonly kind: 'story';
  readonly files: readonly StoryFile[];
  readonly events: readonly (StoryEvent & { readonly text: BilingualText })[];
  /** False where there is more of one kind than is listed. */
  readonly isComplete: boolean;
}

/** A file whose original is kept. */
export interface StoryFile {
  readonly fileNo: number;
  readonly fileId: string;
  readonly account: string;
  readonly name: string;
  readonly station: string | null;
  readonly state: 'stored' | 'quarantined';
  /** How it was read; null where it was not understood. */
  readonly form: string | null;
  readonly size: number;
  readonly contentHash: string;
  /** The bytes have that SHA-256 now. */
  readonly isIntact: boolean;
}

interface Event<What extends string> {
  readonly what: What;
  readonly at: Date;
  /** Null where it is about no file. */
  readonly fileNo: number | null;
}

interface ReadingFields {
  readonly station: string;
  readonly parameter: string;
  readonly instant: Date;
  readonly revision: number;
}

interface DeliveryFields {
  readonly deliveryId: number;
  readonly target: string;
  readonly fileName: string;
}

/** What happened. */
export type StoryEvent =
  /** The bytes were safe on disk. */
  | (Event<'received'> & {
      readonly receptionId: string;
      readonly protocol: string;
      readonly peer: string;
      readonly account: string;
      readonly folder: string;
      readonly spoolId: string;
      readonly spoolSequence: number;
    })
  /** The reception was written into the ledger. */
  | (Event<'recorded'> & {
      readonly receptionId: string;
      readonly outcome: ReceptionOutcome;
      readonly newReadings: number;
      readonly corrections: number;
      readonly repeats: number;
      readonly rejectedLines: number;
      readonly warnings: readonly { readonly code: string; readonly detail: string }[];
      readonly chain: string;
      readonly chainSequence: number;
      readonly chainHash: string;
    })
  | (Event<'replay-requested'> & {
      readonly receptionId: string;
      readonly actor: string;
      readonly note: string | null;
      readonly automatic: boolean;
    })
  | (Event<'replay-recorded'> & {
      readonly receptionId: string;
      readonly actor: string;
      readonly outcome: string;
      readonly reason: string | null;
      readonly withdrawn: number;
    })
  | (Event<'quarantined'> & {
      readonly quarantineId: number;
      readonly receptionId: string;
      readonly reason: string;
      readonly line: number | null;
      readonly column: number | null;
      readonly expected: string;
      readonly lineText: string;
    })
  | (Event<'quarantine-ended'> & {
      readonly quarantineId: number;
      readonly resolution: string;
      /** The reception of the replay, or the person who discarded it. */
      readonly by: string;
      readonly note: string | null;
    })
  | (Event<'reading'> &
      ReadingFields & {
        readonly value: number | null;
        readonly unit: string;
        readonly rawValue: string;
        readonly rawUnit: string;
        readonly status: string;
        readonly flag: number;
        /** With the version of each rule. */
        readonly reasons: readonly string[];
        readonly line: number;
        /** The line of the original; null where it cannot be shown. */
        readonly lineText: string | null;
      })
  | (Event<'reading-superseded'> & ReadingFields & { readonly value: number | null })
  | (Event<'reading-withdrawn'> &
      ReadingFields & {
        /** The reception of the replay by which its file gives it no longer. */
        readonly by: string;
      })
  | (Event<'assessed' | 'assessment-ended'> &
      ReadingFields & { readonly flag: number; readonly reasons: readonly string[] })
  | (Event<'delivery-due'> & DeliveryFields & { readonly dataInstant: Date })
  | (Event<'delivery-ended'> &
      DeliveryFields & {
        readonly state: string;
        readonly attempts: number;
        readonly receipt: string | null;
        readonly failureCode: number | null;
        readonly failure: string | null;
      })
  | (Event<'delivery-decided'> &
      DeliveryFields & {
        readonly decision: string;
        readonly stateBefore: string;
        readonly actor: string;
        readonly note: string;
      })
  | (Event<'delivery-withdrawn'> & DeliveryFields & { readonly by: string });
