import type { ClockJudgement, ClockLags } from './judge-clock.ts';

/** What was found of a clock, for people: no more than was measured. */
export function describeClock(
  judgement: ClockJudgement,
  { leastSeconds }: ClockLags,
): { readonly vi: string; readonly en: string } {
  const size = Math.abs(leastSeconds);
  const en = inWords(size, 'h', 'min', 's');
  const vi = inWords(size, 'giờ', 'phút', 'giây');
  switch (judgement.kind) {
    case 'ahead':
      return { vi: `nhanh ít nhất ${vi}`, en: `at least ${en} ahead` };
    case 'in-step':
      return leastSeconds < 0
        ? { vi: `không thấy lệch: nhanh ${vi}`, en: `no offset seen: ${en} ahead` }
        : { vi: `không thấy lệch: chậm tối đa ${vi}`, en: `no offset seen: at most ${en} behind` };
    case 'behind-or-late':
      return judgement.looksLikeUtc
        ? { vi: `chậm ${vi}: giờ UTC? (hoặc gửi muộn)`, en: `${en} behind: UTC? (or sent late)` }
        : { vi: `chậm tối đa ${vi}, hoặc gửi muộn`, en: `at most ${en} behind, or sent late` };
  }
}

/** Two units at most: beyond an hour no second counts. */
function inWords(seconds: number, hour: string, minute: string, second: string): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} ${second}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} ${minute}`;
  const rest = minutes % 60;
  const hours = `${Math.floor(minutes / 60)} ${hour}`;
  return rest === 0 ? hours : `${hours} ${rest} ${minute}`;
}
