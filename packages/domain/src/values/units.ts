import { withVersion } from '../reasons/reasons.ts';

/** A factor of the registry from a unit that no exact one leads from. Units canonical. */
export interface UnitConversion {
  readonly from: string;
  readonly to: string;
  readonly factor: number;
  readonly verified: boolean;
}

/** What a station's values of one parameter are to be in. */
export interface UnitRule {
  /** Canonical; '' for a parameter without unit. */
  readonly unit: string;
  /** What this station's numbers are multiplied by whatever unit they are sent with; undefined: by the unit. */
  readonly stationFactor: number | undefined;
  readonly conversions: readonly UnitConversion[];
}

/** The unit of a reading and what its number is multiplied by to be in it. */
export interface ResolvedUnit {
  readonly unit: string;
  readonly scale: Scale | undefined;
  /** `scale` as one number; undefined where it is 1. */
  readonly factor: number | undefined;
  /** Whether rules for the registry's unit hold for the number. */
  readonly fits: boolean;
  /** Stored form of the reason, where the unit or the factor calls for one. */
  readonly reason: string | undefined;
  /** False where the factor is one that nobody has confirmed yet. */
  readonly verified: boolean;
}

/**
 * The unit of a value: what the logger wrote against what the registry expects. Converted where an
 * exact factor or one of the registry leads there; else kept as sent, and no rule may take its
 * number for one of the registry's unit.
 */
export function resolveUnit(rawUnit: string, rule: UnitRule): ResolvedUnit {
  const { unit, stationFactor } = rule;
  const sent = canonicalUnit(rawUnit) ?? rawUnit;
  const isMissing = sent === '' && unit !== '';
  if (stationFactor !== undefined) {
    const scale = { multiply: stationFactor, divide: 1 };
    return inUnit(unit, { scale, reason: isMissing ? unitMissing : undefined });
  }
  if (isMissing) return inUnit(unit, { reason: unitMissing });
  // Loggers name the scale of pH where its unit would be; for any other parameter it is the wrong one.
  if (sent === 'pH' && unit === '') return inUnit(unit, {});
  const exact = exactFactor(sent, unit);
  if (exact !== undefined) return inUnit(unit, { scale: exact });
  for (const conversion of rule.conversions) {
    const scale = scaleThrough(conversion, sent, unit);
    if (scale === undefined) continue;
    if (conversion.verified) return inUnit(unit, { scale });
    const reason = withVersion('factor-unverified', String(conversion.factor));
    return inUnit(unit, { scale, reason, verified: false });
  }
  return (
    inTwin(sent, unit) ??
    inUnit(sent, { fits: false, reason: withVersion('unit-unexpected', nameOf(unit)) })
  );
}

const unitMissing = withVersion('unit-missing');

function inUnit(
  unit: string,
  { scale = unscaled, ...more }: Partial<Omit<ResolvedUnit, 'unit' | 'factor'>>,
): ResolvedUnit {
  const factor = factorOf(scale);
  const scaled = factor === 1 ? { scale: undefined, factor: undefined } : { scale, factor };
  return { fits: true, reason: undefined, verified: true, ...more, unit, ...scaled };
}

function nameOf(unit: string): string {
  return unit === '' ? 'without unit' : unit;
}

/** From the unit sent to the conversion's, through it, and on to the registry's. */
function scaleThrough(conversion: UnitConversion, sent: string, unit: string): Scale | undefined {
  const before = exactFactor(sent, conversion.from);
  const after = exactFactor(conversion.to, unit);
  if (before === undefined || after === undefined) return undefined;
  return chain(chain(before, { multiply: conversion.factor, divide: 1 }), after);
}

function inTwin(sent: string, unit: string): ResolvedUnit | undefined {
  const twin = twinUnit(unit);
  const scale = twin === undefined ? undefined : exactFactor(sent, twin);
  if (twin === undefined || scale === undefined) return undefined;
  return inUnit(twin, { scale, reason: withVersion('unit-conditions', nameOf(unit)) });
}

/**
 * Canonical unit ← other spellings seen in files and exports. Spellings of one row mean the same;
 * rows are never merged, even where a factor of 1 lies between them (µg/m3, µg/Nm3).
 */
const spellings: Readonly<Record<string, readonly string[]>> = {
  'g/L': [],
  'mg/L': ['mg/l'],
  'µg/L': ['ug/L', 'mcg/L'],
  'ng/L': [],
  'g/m3': [],
  'mg/m3': [],
  'µg/m3': ['ug/m3', 'mcg/m3'],
  'ng/m3': [],
  'g/Nm3': [],
  'mg/Nm3': [],
  'µg/Nm3': ['ug/Nm3', 'mcg/Nm3'],
  'ng/Nm3': [],
  // Of pH alone, which has no unit: see resolveUnit.
  pH: ['pH unit', 'pH units'],
  ppm: [],
  ppb: [],
  '°C': ['oC', 'C', 'ºC', 'degC', 'Celsius', 'deg. C'],
  K: ['°K', 'Kelvin'],
  '°F': ['oF', 'F', 'degF', 'Fahrenheit'],
  '%': ['%V', '%vol', '%RH', 'percent'],
  'm3/h': ['m³/h', 'm3/hr', 'm3/giờ'],
  'm3/s': [],
  'm3/min': ['m3/phút'],
  'm3/day': ['m3/d', 'm3/24h', 'm3/ngày'],
  'L/s': ['l/s'],
  'L/min': ['l/min'],
  'L/h': ['l/h'],
  'Nm3/h': ['Nm³/h', 'Nm3/hr'],
  'Nm3/s': [],
  'Nm3/min': [],
  'm/s': ['ms-1', 'm/sec', 'meters/second'],
  'cm/s': [],
  'km/h': [],
  m: ['meters', 'metres'],
  cm: [],
  mm: [],
  Pa: [],
  hPa: ['mbar', 'mb', 'millibar', 'millibars'],
  kPa: ['Kilopascals'],
  bar: [],
  mV: [],
  V: ['Volt', 'Volts'],
  'µS/cm': ['uS/cm'],
  'mS/cm': [],
  'S/m': [],
  'W/m2': ['w/m2', 'Wm-2'],
  'kW/m2': [],
  deg: ['Degree', 'Degrees', '°'],
  FNU: [],
  NTU: [],
  'Pt-Co': ['PtCo', 'Pt/Co'],
  'MPN/100mL': ['MPN/100ml'],
  '‰': ['ppt'],
};

// Most units are written as they stand here, and found without folding.
const canonicalByText = new Map<string, string>([
  ['', ''],
  ['-', ''],
]);
// What loggers write where a value has no unit.
const canonicalByKey = new Map<string, string>(
  ['unitless', 'none', 'n/a'].map((text) => [keyOf(text), '']),
);
for (const [canonical, others] of Object.entries(spellings)) {
  for (const spelling of [canonical, ...others]) {
    canonicalByText.set(spelling, canonical);
    canonicalByKey.set(keyOf(spelling), canonical);
  }
}

function keyOf(unit: string): string {
  // NFKC makes one letter of the two µ (U+00B5, U+03BC) and a plain 3 of the raised one; `m^3` is another way.
  return unit
    .normalize('NFKC')
    .replace(/[\s^]+/g, '')
    .toLowerCase();
}

/** The canonical spelling of a unit; '' for none and for '-'; undefined for one that is not known. */
export function canonicalUnit(text: string): string | undefined {
  return canonicalByText.get(text) ?? canonicalByKey.get(keyOf(text));
}

/** How a number in one unit becomes one in another: times `multiply`, over `divide`, both whole where exact. */
export interface Scale {
  readonly multiply: number;
  readonly divide: number;
}

/**
 * Units of one quantity, each with its size in a common part of them all. All factors hold by
 * definition of the units. What needs more than a factor (°F) or the conditions of a gas (ppb to
 * µg/m3, m3 to Nm3) is not here.
 */
const quantities: readonly Readonly<Record<string, number>>[] = [
  // Mass in a volume of water or of gas at the conditions of the measurement; 1 g/m3 is 1 mg/L.
  {
    ...{ 'ng/m3': 1, 'µg/m3': 1e3, 'mg/m3': 1e6, 'g/m3': 1e9 },
    ...{ 'ng/L': 1e3, 'µg/L': 1e6, 'mg/L': 1e9, 'g/L': 1e12 },
  },
  // Mass in a volume of gas at normal conditions.
  { 'ng/Nm3': 1, 'µg/Nm3': 1e3, 'mg/Nm3': 1e6, 'g/Nm3': 1e9 },
  // Share of a volume.
  { ppb: 1, ppm: 1e3, '%': 1e7 },
  // Flow, in litres per day.
  {
    ...{ 'L/h': 24, 'L/min': 1440, 'L/s': 86_400 },
    ...{ 'm3/day': 1e3, 'm3/h': 24e3, 'm3/min': 1440e3, 'm3/s': 86_400e3 },
  },
  { 'Nm3/h': 1, 'Nm3/min': 60, 'Nm3/s': 3600 },
  { Pa: 1, hPa: 100, kPa: 1000, bar: 100_000 },
  { 'µS/cm': 1, 'mS/cm': 1e3, 'S/m': 1e4 },
  // Speed, in metres per 180 hours: the least in which all three are whole.
  { 'cm/s': 6480, 'km/h': 180_000, 'm/s': 648_000 },
  { mm: 1, cm: 10, m: 1000 },
  { mV: 1, V: 1000 },
  { 'W/m2': 1, 'kW/m2': 1000 },
];

const sizes = quantities.map((quantity) => new Map(Object.entries(quantity)));
const sizesByUnit = new Map(
  sizes.flatMap((quantity) => [...quantity.keys()].map((unit) => [unit, quantity] as const)),
);

/** From one canonical unit to another of the same quantity; undefined where no exact factor leads. */
export function exactFactor(from: string, to: string): Scale | undefined {
  if (from === to) return unscaled;
  const quantity = sizesByUnit.get(from);
  const multiply = quantity?.get(from);
  const divide = quantity?.get(to);
  return multiply === undefined || divide === undefined ? undefined : reduce(multiply, divide);
}

const unscaled: Scale = { multiply: 1, divide: 1 };

/**
 * Rounded to the 15 digits that a decimal keeps in a double: 1009.92 hPa are 100.992 kPa, not
 * 100.99199999999999.
 */
export function scaleBy(value: number, { multiply, divide }: Scale): number {
  return Number(((value * multiply) / divide).toPrecision(15));
}

/** One scale after the other. */
export function chain(first: Scale, second: Scale): Scale {
  return {
    multiply: first.multiply * second.multiply,
    divide: first.divide * second.divide,
  };
}

export function factorOf({ multiply, divide }: Scale): number {
  return multiply / divide;
}

/** Most scales then only multiply or only divide, and factors are as short as they can be. */
function reduce(multiply: number, divide: number): Scale {
  const common = greatestCommonDivisor(multiply, divide);
  return { multiply: multiply / common, divide: divide / common };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Ambient stations write µg/m3 and µg/Nm3 for one another. The label stays what it was, and numbers
 * are judged as if they were the same unless the registry names a factor. Stacks are not like that:
 * there m3 and Nm3 differ by half.
 */
const twins: ReadonlyMap<string, string> = new Map([
  ['µg/m3', 'µg/Nm3'],
  ['µg/Nm3', 'µg/m3'],
]);

/** The unit whose numbers are confused with those of `unit`; canonical spellings. */
export function twinUnit(unit: string): string | undefined {
  return twins.get(unit);
}
