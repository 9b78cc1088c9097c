import type { ClockLags } from '@envigate/contracts';
import type { ClockJudgement } from './judge-clock.ts';

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
