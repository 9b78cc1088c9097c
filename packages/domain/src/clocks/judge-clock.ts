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
