import type { ClockLags } from '@envigate/contracts';

/**
 * A lag is the time that sending took less what the clock is ahead. Sending takes some time, so
 *
 * - ahead: for certain, and by at least this much; it may be more.
 * - in-step: neither is seen. The clock may be behind by the least lag at most.
 * - behind-or-late: every file states a time well before its reception. The clock is behind by the
 *   least lag at most; which part of it is the clock the files cannot tell.
 *   `looksLikeUtc`: all lags are near the station's offset from UTC, as where a logger that is
 *   registered with local time writes UTC. A suggestion, not a finding.
 */
export type ClockJudgement =
  | { readonly kind: 'ahead'; readonly bySeconds: number }
  | { readonly kind: 'in-step' }
  | { readonly kind: 'behind-or-late'; readonly looksLikeUtc: boolean };

/** Clocks that are set by the network are seconds apart. */
export const clockToleranceMs = 60_000;

/** A file may state the begin of its interval, and wait for a slow line. */
const sendingMinutes = 5;
/** Of one or two files, none says that lateness is a habit. */
const leastFilesForUtc = 3;
const utcToleranceSeconds = 600;

export function judgeClock(
  { files, leastSeconds, medianSeconds }: ClockLags,
  { intervalMinutes, utcOffsetMinutes }: { intervalMinutes: number; utcOffsetMinutes: number },
): ClockJudgement {
  if (leastSeconds < -clockToleranceMs / 1000) return { kind: 'ahead', bySeconds: -leastSeconds };
  const usualSeconds = (intervalMinutes + sendingMinutes) * 60;
  if (leastSeconds <= usualSeconds) return { kind: 'in-step' };
  const beyondUtcSeconds = leastSeconds - utcOffsetMinutes * 60;
  const looksLikeUtc =
    files >= leastFilesForUtc &&
    utcOffsetMinutes > 0 &&
    beyondUtcSeconds >= -utcToleranceSeconds &&
    beyondUtcSeconds <= usualSeconds &&
    medianSeconds - leastSeconds <= usualSeconds;
  return { kind: 'behind-or-late', looksLikeUtc };
}

export interface ClockText {
  readonly vi: string;
  readonly en: string;
}

/** What was found of a clock, for people: no more than was measured. */
export function describeClock(judgement: ClockJudgement, { leastSeconds }: ClockLags): ClockText {
  switch (judgement.kind) {
    case 'ahead': {
      const { en, vi } = atLeast(-leastSeconds);
      return { vi: `nhanh ${vi}`, en: `${en} ahead` };
    }
    case 'in-step': {
      if (leastSeconds < 0) {
        const { en, vi } = atLeast(-leastSeconds);
        return {
          vi: `không lệch đáng kể (nhanh ${vi})`,
          en: `no significant offset (${en} ahead)`,
        };
      }
      const { en, vi } = atMost(leastSeconds);
      return {
        vi: `không lệch đáng kể (chậm ${vi})`,
        en: `no significant offset (${en} behind)`,
      };
    }
    case 'behind-or-late': {
      if (judgement.looksLikeUtc) {
        const { en, vi } = inWords(leastSeconds, Math.round);
        return {
          vi: `chậm ${vi}: có thể datalogger ghi giờ UTC, hoặc tệp gửi muộn`,
          en: `${en} behind: the logger may write UTC, or the files were sent late`,
        };
      }
      const { en, vi } = atMost(leastSeconds);
      return {
        vi: `chậm ${vi}, hoặc tệp gửi muộn`,
        en: `${en} behind, or the files were sent late`,
      };
    }
  }
}

/** Rounded such that it stays true. */
function atLeast(seconds: number): ClockText {
  const { en, vi } = inWords(seconds, Math.floor);
  return { vi: `ít nhất ${vi}`, en: `at least ${en}` };
}

function atMost(seconds: number): ClockText {
  const { en, vi } = inWords(seconds, Math.ceil);
  return { vi: `tối đa ${vi}`, en: `at most ${en}` };
}

/** Two units at most: beyond two minutes no second counts. */
function inWords(seconds: number, round: (number: number) => number): ClockText {
  if (seconds < 120) {
    const whole = round(seconds);
    return { vi: `${whole} giây`, en: `${whole} s` };
  }
  const whole = round(seconds / 60);
  const [hours, minutes] = [Math.floor(whole / 60), whole % 60];
  const words = (hour: string, minute: string): string =>
    [
      ...(hours > 0 ? [`${hours} ${hour}`] : []),
      ...(minutes > 0 || hours === 0 ? [`${minutes} ${minute}`] : []),
    ].join(' ');
  return { vi: words('giờ', 'phút'), en: words('h', 'min') };
}

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
