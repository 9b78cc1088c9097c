import type { Rule } from '@envigate/contracts';
import type { SeriesReason } from '../reasons/reasons.ts';

/** `flat-line@3[flat-cod: 180 min]`: kind and version of the rule, its code, what decided. */
export function reasonOverTime({ kind, version, code }: Rule, threshold: string): string {
  const reason: SeriesReason = kind;
  return `${reason}@${version}[${code}: ${threshold}]`;
}

/** Code and version of the rule that gave a stored reason: `flat-cod@3`. */
export function ruleOfReason(stored: string): string | undefined {
  const [, version, code] = /^[a-z-]+@(\d+)\[([^:\]]+): /.exec(stored) ?? [];
  return version === undefined || code === undefined ? undefined : `${code}@${version}`;
}
