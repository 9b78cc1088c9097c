import { isSame, type ReadingOutcome, type ReadingValue } from '../stores/resolve-readings.ts';

/** A value and what was thought of it. */
export interface JudgedReading extends ReadingValue {
  readonly flag: number;
  readonly reasons: readonly string[];
}

/** The current value of a key, and the file it came with. */
export interface CurrentReading extends JudgedReading {
  readonly fileNo: number;
  /** When its file was received first. */
  readonly receivedAt: Date;
}

/**
 * What becomes of a reading that a recorded file brings when it is read again. `outdated`: another
 * file that was received later has corrected it; it takes its place in the history.
 */
export type ReplayedOutcome = ReadingOutcome | 'outdated';

/** A value that was superseded. */
export interface PassedReading extends ReadingValue {
  readonly fileNo: number;
}

/**
 * A replay speaks as of the time its file was received: it never takes the place of what was sent
 * later. `passed` are the values that the same bytes gave before, under this name or another, and
 * that were superseded.
 */
export function resolveReplayed(
  replayed: JudgedReading,
  file: { readonly fileNo: number; readonly receivedAt: Date },
  current: CurrentReading | undefined,
  passed: readonly PassedReading[],
): ReplayedOutcome {
  if (current === undefined) return 'new';
  const isOwn = current.fileNo === file.fileNo;
  // The same bytes may be understood otherwise than before: the symbol is known now.
  if (isSame(current, replayed) && (!isOwn || isJudgedAlike(current, replayed))) return 'repeat';
  if (isOwn) return 'correction';
  const gave = passed.filter((value) => isSame(value, replayed));
  // In the same bytes under another name: it stays corrected, whichever of the names came last.
  if (gave.some(({ fileNo }) => fileNo !== file.fileNo)) return 'repeat';
  if (current.receivedAt < file.receivedAt) return 'correction';
  return gave.length > 0 ? 'repeat' : 'outdated';
}

function isJudgedAlike(a: JudgedReading, b: JudgedReading): boolean {
  return a.flag === b.flag && a.reasons.join() === b.reasons.join();
}
