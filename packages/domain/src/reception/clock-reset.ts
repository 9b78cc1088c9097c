/** When a file is held as one of a logger whose clock was reset. */
export interface ClockResetBounds {
  /** The newest time of the file lies at least so far before its reception. */
  readonly minLagHours: number;
  /** At least this share of its values differ from those that are stored; the others are equal to them. */
  readonly minCorrectedShare: number;
  /**
   * No file with the present time came within so many intervals of the station before it: a logger that sends
   * corrections beside its present files has a clock that is in step.
   */
  readonly minSilenceIntervals: number;
}

/** A file that is not known yet, beside what is stored of its station. Times are UTC milliseconds. */
export interface BackdatedFile {
  readonly receivedAt: number;
  /** The newest time that it states. */
  readonly newestTime: number;
  /** Readings that it gives. */
  readonly readings: number;
  /** Of these, for which a reading is stored; and which of them differ from it. */
  readonly known: number;
  readonly corrected: number;
  /** When the last file with the present time was received; undefined: the newest files had none. */
  readonly inStepAt: number | undefined;
  /** Of the station. */
  readonly intervalMinutes: number;
}

const minute = 60_000;

export function isBackdated(
  receivedAt: number,
  newestTime: number,
  { minLagHours }: Pick<ClockResetBounds, 'minLagHours'>,
): boolean {
  return receivedAt - newestTime >= minLagHours * 60 * minute;
}

/**
 * Whether a file looks like one of a logger whose clock was put back: it is old, it brings no new time and
 * contradicts what is stored, and it came in place of the station's present file. Backfill brings new times;
 * a station whose files always come late has no file in step.
 */
export function looksLikeClockReset(file: BackdatedFile, bounds: ClockResetBounds): boolean {
  const { receivedAt, newestTime, readings, known, corrected, inStepAt, intervalMinutes } = file;
  if (readings === 0 || known < readings) return false;
  if (corrected < readings * bounds.minCorrectedShare || corrected === 0) return false;
  if (!isBackdated(receivedAt, newestTime, bounds) || inStepAt === undefined) return false;
  return receivedAt - inStepAt >= bounds.minSilenceIntervals * intervalMinutes * minute;
}
