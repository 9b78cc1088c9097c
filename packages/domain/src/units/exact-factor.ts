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

export const unscaled: Scale = { multiply: 1, divide: 1 };

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
