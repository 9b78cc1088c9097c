/** A Prometheus rule file, as far as it is scaled. */
export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly [key: string]: unknown;
    }[];
  }[];
}

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** Gauges of how long something waits or is away. Others in seconds (a clock's offset) are not about passing time. */
const ages = /(envigate_\w*(?:oldest_due|oldest_waiting|scan_age)_seconds\)? > )(\d+)/g;

/**
 * The same rules in a time that runs `factor` times as fast: what must last for 15 minutes lasts for 15 minutes / factor.
 * Scaled are `for`, ranges (`[10m]`), how far a prediction looks ahead, and limits of ages.
 */
export function scaleRules({ groups }: RuleFile, factor: number): RuleFile {
  const scaled = (time: string): string => `${scaledMs(time, factor)}ms`;
  return {
    groups: groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: rule.expr
          .replaceAll(/\[(\d+[smh])\]/g, (_, range: string) => `[${scaled(range)}]`)
          .replaceAll(
            ages,
            (_, before: string, seconds: string) => `${before}${Number(seconds) / factor}`,
          )
          .replaceAll(
            /(\d+) \* 3600\)/g,
            (_, hours: string) => `${(Number(hours) * 3600) / factor})`,
          ),
        ...(rule.for !== undefined && { for: scaled(rule.for) }),
      })),
    })),
  };
}

/** `15m`, in milliseconds of the faster time. */
export function scaledMs(time: string, factor: number): number {
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(time) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs === undefined)
    throw new Error(`'${time}' is no time of a rule: expected 90s, 15m or 3h`);
  return Math.round((Number(count) * unitMs) / factor);
}
