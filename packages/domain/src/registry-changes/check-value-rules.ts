import type { Conversion, Fault, Parameter, Registry } from '@envigate/contracts';
import { canonicalUnit } from '../units/canonical-unit.ts';
import { exactFactor, factorOf } from '../units/exact-factor.ts';

/** Ranges upside down, which no value could be in, and conversions that would never be used. */
export function checkValueRules({ parameters, stations }: Registry): Fault[] {
  const units = new Map(parameters.map(({ code, unit }) => [code, unit]));
  return [
    ...parameters.flatMap((parameter, i) => checkParameter(parameter, `/parameters/${i}`)),
    ...stations.flatMap((station, i) =>
      (station.parameters ?? []).flatMap((own, j) => {
        const unit = own.unit ?? units.get(own.parameter) ?? '';
        return checkConversions(own.conversions, unit, `/stations/${i}/parameters/${j}`);
      }),
    ),
  ];
}

function checkParameter({ ranges = {}, conversions, unit }: Parameter, path: string): Fault[] {
  const upsideDown = Object.entries(ranges).flatMap(([kind, { min, max }]) =>
    min !== undefined && max !== undefined && min > max
      ? [{ path: `${path}/ranges/${kind}/min`, expected: `must not be above max (${max})` }]
      : [],
  );
  return [...upsideDown, ...checkConversions(conversions, unit, path)];
}

/** An exact factor goes before: another one for the same units would stand there and do nothing. */
function checkConversions(
  conversions: readonly Conversion[] = [],
  unit: string,
  path: string,
): Fault[] {
  return conversions.flatMap(({ from, to = unit }, i) => {
    const exact = exactFactor(canonicalUnit(from) ?? from, canonicalUnit(to) ?? to);
    if (exact === undefined) return [];
    const known = `must not be given: ${from} to ${to} is exactly ${factorOf(exact)}`;
    return [{ path: `${path}/conversions/${i}/factor`, expected: known }];
  });
}
