import type { Parameter, Station, StationParameter, ZeroRule } from '@envigate/contracts';
import {
  canonicalUnit,
  exactFactor,
  resolveUnit,
  scaleBy,
  twinUnit,
  type ResolvedUnit,
  type UnitConversion,
} from '../values/units.ts';
import { lookupKey } from '../texts/lookup-key.ts';

/** A parameter as one station measures it: the station's own rules before the catalogue's. */
export interface MeasuredParameter {
  readonly code: string;
  /** Unit of the station's values, in canonical spelling; '' for none. */
  readonly unit: string;
  /** In `unit`. */
  readonly min: number;
  readonly max: number;
  readonly mayBeNegative: boolean;
  readonly zero: ZeroRule;
  /** What no device can measure; in `unit`. */
  readonly physical: PhysicalBounds;
  /** Numbers that loggers send in place of a result, as sent or as converted. */
  readonly sentinels: ReadonlySet<number>;
  /** Whether the highest codes of registers are doubted: the range of the device is not known. */
  readonly doubtsRegisterLimits: boolean;
  /** The unit of a value as the logger wrote it. */
  resolve(rawUnit: string): ResolvedUnit;
}

export function measureParameter(parameter: Parameter, station: Station): MeasuredParameter {
  const own = station.parameters?.find((item) => item.parameter === parameter.code);
  const unit = canonical(own?.unit ?? parameter.unit);
  const range = rangeOf(parameter, own, station.kind, unit);
  const rule = {
    unit,
    stationFactor: own?.factor,
    conversions: conversionsOf(parameter, own, unit),
  };
  const mayBeNegative = own?.negative ?? parameter.negative ?? false;
  return {
    code: parameter.code,
    unit,
    ...range,
    mayBeNegative,
    physical: physicalBounds(parameter, unit, own),
    doubtsRegisterLimits: !isBounded(range) && !countsUp(unit),
    zero: own?.zero ?? parameter.zero ?? 'value',
    sentinels: new Set(
      own?.sentinels ?? parameter.sentinels ?? sentinelsOutside(range, mayBeNegative),
    ),
    resolve: remember((rawUnit) => resolveUnit(rawUnit, rule)),
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Each end: the station's, else the catalogue's for its kind where its unit leads to the station's. */
function rangeOf(
  parameter: Parameter,
  own: StationParameter | undefined,
  kind: Station['kind'],
  unit: string,
): Range {
  const given = parameter.ranges?.[kind];
  const from = canonical(given?.unit ?? parameter.unit);
  const scale = exactFactor(from, unit) ?? exactFactor(from, twinUnit(unit) ?? unit);
  const inUnit = (end: number | undefined) =>
    end === undefined || scale === undefined ? undefined : scaleBy(end, scale);
  return {
    min: own?.min ?? inUnit(given?.min) ?? -Infinity,
    max: own?.max ?? inUnit(given?.max) ?? Infinity,
  };
}

/** The station's own go before the catalogue's. */
function conversionsOf(
  parameter: Parameter,
  own: StationParameter | undefined,
  unit: string,
): readonly UnitConversion[] {
  const toUse = (items: Parameter['conversions'], defaultTo: string) =>
    (items ?? []).map(({ from, to, factor, verified }) => ({
      from: canonical(from),
      to: to === undefined ? defaultTo : canonical(to),
      factor,
      verified: verified === true,
    }));
  return [
    ...toUse(own?.conversions, unit),
    ...toUse(parameter.conversions, canonical(parameter.unit)),
  ];
}

/**
 * Numbers that loggers and simulators were seen to send for "no result". What the device can measure
 * does not count as one unless the registry says so: CO in µg/m3 reaches 99999.
 */
const usualSentinels = [99_999, -9_999, 9_999.99] as const;
/** Where a value below zero is impossible in any case; a water level in mm may be one of these. */
const usualBelowZero = [-999, -999.9, -6_999, -7_999, -9_999.9, -99_999] as const;

function sentinelsOutside(range: Range, mayBeNegative: boolean): readonly number[] {
  const usual = mayBeNegative ? usualSentinels : [...usualSentinels, ...usualBelowZero];
  return usual.filter((value) => !isBounded(range) || value < range.min || value > range.max);
}

function isBounded({ min, max }: Range): boolean {
  return min !== -Infinity && max !== Infinity;
}

function canonical(unit: string): string {
  return canonicalUnit(unit) ?? unit;
}

/** Loggers write few units; whoever writes ever new ones is answered anew each time. */
const maxRemembered = 32;

function remember<T>(answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    const found = answer(text);
    if (known.size < maxRemembered) known.set(text, found);
    return found;
  };
}

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
function physicalBounds(
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

/**
 * Every bit of a register is set: what a master reads from a device that does not answer. As a
 * measurement it would be a chance of one in tens of thousands, each time.
 */
const allOnes: ReadonlySet<number> = new Set([65_535, 4_294_967_295]);

/**
 * Codes that end a range: of 16, 24 and 32 bits with a sign, and of 16 bits in parts of a unit. 7999 ends
 * Campbell's numbers of two bytes. A measurement may be the same number, so they prove nothing.
 */
const ends: ReadonlySet<number> = new Set([
  ...[6553.5, 655.35, 32_767, 3276.7, 327.67, -32_768, -3276.8, -327.68],
  ...[8_388_607, 16_777_215, 2_147_483_647, -2_147_483_648, 7999],
]);

/** The code of a register that a number equals, as sent or as converted; undefined where it equals none. */
export function registerLimit(
  sent: number,
  value: number,
): { readonly code: number; readonly isAllOnes: boolean } | undefined {
  const ones = codeAmong(allOnes, sent, value);
  if (ones !== undefined) return { code: ones, isAllOnes: true };
  const end = codeAmong(ends, sent, value);
  return end === undefined ? undefined : { code: end, isAllOnes: false };
}

function codeAmong(codes: ReadonlySet<number>, sent: number, value: number): number | undefined {
  if (codes.has(sent)) return sent;
  return value !== sent && codes.has(value) ? value : undefined;
}

/** Flows and sums of them pass every number on their way up. */
function countsUp(unit: string): boolean {
  return /^(?:N?m3|L)(?:\/(?:s|min|h|day))?$/.test(unit);
}
