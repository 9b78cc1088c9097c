import type { FileWarning, NormalisedFile, Reception, RejectedLine } from '@envigate/contracts';
import type { MadeContent } from './made-content.ts';

/** A case as `case.json` has it; what is left out is in the README of the corpus. */
export interface WrittenCase {
  /** What it stands for: a row of real files (`S01`) or a cell of the matrix (`Numbers: 7,85`). */
  readonly reference?: readonly string[];
  readonly trait: string;
  /** Name of the file in the folder of the case, and as sent. */
  readonly file: string;
  /** The name as sent, where a folder cannot hold it. */
  readonly name?: string;
  /** Instead of a file in the folder. */
  readonly made?: MadeContent;
  readonly account: string;
  readonly folder?: string;
  readonly receivedAt: string;
  readonly released?: Reception['released'];
  /** Why its outcome shows only where the moment of reception is set, or where no door lets it in. */
  readonly notPushed?: string;
  readonly expected: WrittenOutcome;
}

type WrittenOutcome =
  | {
      readonly kind: 'normalised';
      readonly station: string;
      readonly form?: string;
      /** Of every reading that has no other. */
      readonly instant?: string;
      readonly readings: readonly WrittenReading[];
      /** Of a file whose bytes are made: one reading for each line from the first. */
      readonly readingsMade?: ReadingsMade;
      readonly rejectedLines?: readonly ExpectedLine[];
      readonly warnings?: readonly ExpectedWarning[];
    }
  | {
      readonly kind: 'quarantined';
      readonly station?: string;
      readonly reason: string;
      readonly detail?: string;
      readonly rejectedLines?: readonly ExpectedLine[];
    };

type Reading = NormalisedFile['readings'][number];
type WrittenReading = Pick<Reading, 'line' | 'parameter' | 'value' | 'rawValue'> & Partial<Reading>;

interface ReadingsMade {
  readonly times: number;
  /** Instant of the first. */
  readonly from: string;
  readonly everySeconds: number;
  readonly reading: Omit<WrittenReading, 'line' | 'instant'>;
}

/** Where the place or the words within a line say nothing of the format, they are left out. */
export type ExpectedLine = Pick<RejectedLine, 'line' | 'reason'> & Partial<RejectedLine>;
export type ExpectedWarning = FileWarning['code'] | FileWarning;

export interface ExpectedNormalised {
  readonly kind: 'normalised';
  readonly station: string;
  /** Shape, separator and encoding. */
  readonly form: string;
  readonly readings: readonly Reading[];
  readonly rejectedLines: readonly ExpectedLine[];
  readonly warnings: readonly ExpectedWarning[];
}

export interface ExpectedQuarantined {
  readonly kind: 'quarantined';
  readonly station?: string;
  readonly reason: string;
  readonly detail?: string;
  readonly rejectedLines: readonly ExpectedLine[];
}

export type ExpectedOutcome = ExpectedNormalised | ExpectedQuarantined;

export interface CorpusCase extends Omit<WrittenCase, 'reference' | 'expected' | 'made'> {
  /** Its folder below that of the corpus. */
  readonly id: string;
  readonly reference: readonly string[];
  /** As sent. */
  readonly name: string;
  readonly folder: string;
  readonly content: Buffer;
  readonly expected: ExpectedOutcome;
}

export const officialForm = 'A5 tab utf-8';

export function expandOutcome(written: WrittenOutcome): ExpectedOutcome {
  if (written.kind === 'quarantined') return { rejectedLines: [], ...written };
  const { instant, readings, readingsMade, form = officialForm, ...rest } = written;
  const all = readingsMade === undefined ? readings : [...readings, ...makeReadings(readingsMade)];
  return {
    rejectedLines: [],
    warnings: [],
    ...rest,
    form,
    readings: all.map((reading) => expandReading(reading, instant)),
  };
}

function expandReading(written: WrittenReading, instant: string | undefined): Reading {
  const { unit = '', ...rest } = written;
  if (instant === undefined && rest.instant === undefined)
    throw new Error(`the reading of line ${written.line} has no instant`);
  return { instant: instant!, rawUnit: unit, status: '00', flag: 1, reasons: [], ...rest, unit };
}

function makeReadings({ times, from, everySeconds, reading }: ReadingsMade): WrittenReading[] {
  const firstMs = Date.parse(from);
  return Array.from({ length: times }, (_, i) => ({
    ...reading,
    line: i + 1,
    instant: new Date(firstMs + i * everySeconds * 1000).toISOString(),
  }));
}
