import type { Rule } from '@envigate/contracts';

/** Its thresholds in short, for lists that people read. */
export function describeThresholds(rule: Rule): string {
  const per = (measuredIn: string | undefined): string =>
    measuredIn === 'percent-of-range' ? ' % of range' : '';
  switch (rule.kind) {
    case 'flat-line':
      return [
        `${rule.minutes} min`,
        rule.cycles !== undefined && `or ${rule.cycles} analyser cycles`,
        `within ${rule.tolerance ?? 0}`,
        rule.exemptZero === true && 'zero exempt',
      ]
        .filter((part) => part !== false)
        .join(', ');
    case 'spike': {
      const suffix = per(rule.thresholdIn);
      const bad = rule.badAbove === undefined ? '' : `, bad > ${rule.badAbove}${suffix}`;
      return `suspect > ${rule.suspectAbove}${suffix}${bad}`;
    }
    case 'rate-of-change':
      return `> ${rule.perMinute}${per(rule.thresholdIn)} per min`;
    case 'dependent-parameters': {
      const parts = rule.parts.map(({ parameter, factor = 1 }) =>
        factor === 1 ? parameter : `${factor} × ${parameter}`,
      );
      const { tolerance = 0, tolerancePercent = 0 } = rule;
      return `${rule.whole} ≥ ${parts.join(' + ')} − ${tolerance} − ${tolerancePercent} %`;
    }
    case 'saturation':
      return `top ${rule.marginPercent ?? 0} % of range for ${rule.minutes} min`;
  }
}
