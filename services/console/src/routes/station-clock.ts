import type { ClockLags } from '@envigate/contracts';
import { describeClock, judgeClock, type ClockJudgement } from '@envigate/domain';
import { boolean, instant, integer, number, oneOf, orNull, record, text } from '../schema.ts';

const clockVerdicts: readonly ClockJudgement['kind'][] = ['ahead', 'in-step', 'behind-or-late'];

export const stationClockSchema = {
  ...orNull(
    record(
      "The logger's clock beside the gateway's, as far as files show: from the newest time that a file states to its reception passes the time of sending, less what the clock is ahead. So it is ahead for certain where that is negative; where it is positive, clock and sending cannot be distinguished, and a file that was kept back says nothing of the clock. Null where no file of the last 24 hours states a time.",
      {
        offsetAtLeastSeconds: number(
          'Its clock less ours is at least this: positive, ahead for certain; negative, behind by at most so much. The least lag, negated.',
        ),
        verdict: oneOf(
          'ahead: by more than a minute. behind-or-late: every file states a time more than an interval and 5 minutes before its reception. in-step: neither.',
          clockVerdicts,
        ),
        looksLikeUtc: boolean(
          "Whether the lags lie all near the station's offset from UTC, as where a logger writes UTC for local time. A suggestion: files that are sent so late look the same.",
        ),
        text: record('The same for people.', {
          vi: text('In Vietnamese.'),
          en: text('In English.'),
        }),
        measured: record(
          'What it was computed from: the newest 48 files at most that were received in the last 24 hours, without those sent again and replays; lines that were refused as ahead by up to a day count too.',
          {
            files: integer('How many.'),
            from: instant('Reception of the first.'),
            to: instant('Reception of the last.'),
            leastLagSeconds: number(
              'The least time from the newest time of a file to its reception; negative where that was still to come.',
            ),
            medianLagSeconds: number(
              'The median of the same: far from the least one, files are sent at very different delays, or a single line is wrong.',
            ),
          },
        ),
      },
    ),
  ),
};

export function showClock(lags: ClockLags, station: Parameters<typeof judgeClock>[1]) {
  const judgement = judgeClock(lags, station);
  const { files, from, to, leastSeconds, medianSeconds } = lags;
  return {
    offsetAtLeastSeconds: -leastSeconds,
    verdict: judgement.kind,
    looksLikeUtc: judgement.kind === 'behind-or-late' && judgement.looksLikeUtc,
    text: describeClock(judgement, lags),
    measured: { files, from, to, leastLagSeconds: leastSeconds, medianLagSeconds: medianSeconds },
  };
}
