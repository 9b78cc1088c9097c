import type { Parameter, StationParameter } from '@envigate/contracts';
import { lookupKey } from '../texts/lookup-key.ts';

/** What a value can be by nature, whatever the device. In the unit of the reading. */
export interface PhysicalBounds {
  readonly min: number;
  readonly max: number;
}

/** At absolute zero there is no measurement either: it is what a broken sensor reads. */
const absoluteZero: Readonly<Record<string, number>> = { '°C': -273.15, K: 0, '°F': -459.67 };

const oxygen = new Set(['do', 'oxy hoa tan', 'dissolved oxygen']);
const humidity = new Set(['rh', 'humidity', 'do am', 'relative humidity']);

/**
 * Of a parameter in its unit: pH 0 to 14, humidity 0 to 100 %, another share of at most 100 % (but for
 * oxygen in water, which may be supersaturated). Where the station gives the
 * range of its device, that end is left to it. A share below zero is the rule of negative values.
 */
export function physicalBounds(
  { code, symbol }: Pick<Parameter, 'code' | 'symbol'>,
  unit: string,
  own: Pick<StationParameter, 'min' | 'max'> = {},
): PhysicalBounds {
  const keys = [lookupKey(code), lookupKey(symbol)];
  const isOneOf = (names: ReadonlySet<string>): boolean => keys.some((key) => names.has(key));
  let [min, max] = [-Infinity, Infinity];
  if (unit === '' && keys.includes('ph')) [min, max] = [0, 14];
  if (unit === '%' && !isOneOf(oxygen)) [min, max] = [isOneOf(humidity) ? 0 : -Infinity, 100];
  return {
    min: own.min === undefined ? min : -Infinity,
    max: own.max === undefined ? max : Infinity,
  };
}

/** Whether it is a temperature that nothing has; holds for units that the registry does not expect too. */
export function isBelowAbsoluteZero(value: number, unit: string): boolean {
  const zero = absoluteZero[unit];
  return zero !== undefined && value <= zero;
}
