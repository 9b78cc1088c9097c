import type { DependentParametersRule } from '@envigate/contracts';
import { pointOf, type AssessableReading } from './assessable-reading.ts';
import { inWords, type Finding } from './measuring.ts';

/**
 * A whole that is less than its parts at the same time, as NOx < NO + NO2. Judged only where all of
 * them have a value in the same unit. A hint (3) at all of them: it cannot say which one is wrong.
 */
export function dependentParameters(
  rule: DependentParametersRule,
  atOneInstant: ReadonlyMap<string, AssessableReading>,
): readonly Finding[] {
  const { tolerance = 0, tolerancePercent = 0 } = rule;
  const pointAt = (parameter: string) => {
    const reading = atOneInstant.get(parameter);
    return reading === undefined ? undefined : pointOf(reading);
  };
  const whole = pointAt(rule.whole);
  if (whole === undefined) return [];
  const involved = [whole.reading];
  let sum = 0;
  for (const { parameter, factor = 1 } of rule.parts) {
    const part = pointAt(parameter);
    if (part?.reading.unit !== whole.reading.unit) return [];
    involved.push(part.reading);
    sum += factor * part.value;
  }
  const least = sum - tolerance - (tolerancePercent / 100) * Math.abs(sum);
  if (whole.value >= least) return [];
  const threshold = `${rule.whole} ≥ ${inWords(least)}`;
  return involved.map((reading) => ({ reading, flag: 3, threshold }));
}
