import type { Random } from './random.ts';

/** What a parameter usually is at a healthy station, in the unit of the catalogue. */
interface Typical {
  readonly value: number;
  /** Size of its daily ups and downs. */
  readonly spread: number;
}

const typical: Readonly<Record<string, Typical>> = {
  PH: { value: 7.3, spread: 0.4 },
  TEMP: { value: 27, spread: 3 },
  TSS: { value: 24, spread: 8 },
  COD: { value: 38, spread: 12 },
  NH4: { value: 2.3, spread: 0.8 },
  DO: { value: 6.4, spread: 0.9 },
  FLOW: { value: 120, spread: 30 },
  FLOW_IN: { value: 118, spread: 30 },
  FLOW_OUT: { value: 112, spread: 28 },
  COLOR: { value: 32, spread: 8 },
  NO3_N: { value: 2.1, spread: 0.6 },
  COND: { value: 329, spread: 40 },
  TURB: { value: 12, spread: 6 },
  PM: { value: 42, spread: 15 },
  SO2: { value: 35, spread: 12 },
  NOX: { value: 60, spread: 20 },
  // Below NOX together with NO2, which it is a part of.
  NO: { value: 18, spread: 6 },
  NO2: { value: 22, spread: 9 },
  CO: { value: 300, spread: 120 },
  O2: { value: 8.5, spread: 1.5 },
  O3: { value: 45, spread: 20 },
  PM10: { value: 48, spread: 18 },
  PM2_5: { value: 28, spread: 11 },
  HUMIDITY: { value: 78, spread: 10 },
  WIND_SPEED: { value: 1.8, spread: 1 },
  WIND_DIR: { value: 150, spread: 60 },
};

export interface ValueRange {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** A value that drifts around its usual one and stays within the device's range. Each call is the next. */
export function wanderingValue(parameter: string, range: ValueRange, random: Random): () => number {
  const { value: centre, spread } = within(range, typical[parameter]) ?? middleOf(range);
  const low = range.min ?? 0;
  const high = range.max ?? Infinity;
  let value = centre + (random() - 0.5) * spread;
  return () => {
    // Pulled back to the centre as it strays: the walk of an analyser, not of a drunkard.
    value += (centre - value) * 0.1 + (random() - 0.5) * spread * 0.4;
    return Math.min(high, Math.max(low, value));
  };
}

/** A station may measure in another unit or another medium than the table had in mind. */
function within({ min, max }: ValueRange, usual: Typical | undefined): Typical | undefined {
  if (usual === undefined) return undefined;
  const { value, spread } = usual;
  return value - spread >= (min ?? 0) && value + spread <= (max ?? Infinity) ? usual : undefined;
}

function middleOf({ min = 0, max }: ValueRange): Typical {
  if (max === undefined) return { value: min + 1, spread: 0.5 };
  // Devices are bought with room above what they usually measure.
  return { value: min + (max - min) * 0.4, spread: (max - min) * 0.05 };
}
