import type { Parameter, Station, StationParameter, ZeroRule } from '@envigate/contracts';
import { physicalBounds, type PhysicalBounds } from './physical-bounds.ts';
import { countsUp } from './register-limits.ts';
import { canonicalUnit } from '../units/canonical-unit.ts';
import { exactFactor, scaleBy } from '../units/exact-factor.ts';
import { twinUnit } from '../units/twin-unit.ts';
import { resolveUnit, type ResolvedUnit, type UnitConversion } from '../units/resolve-unit.ts';

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
