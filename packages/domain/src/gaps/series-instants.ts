import { allData, allValid, seriesKey, type SeriesKey } from './gap-rules.ts';
import { isValidReading } from './valid-reading.ts';

/** Of each series of a station its instants, in any order. */
export type SeriesInstants = Map<SeriesKey, Set<number>>;

/** A reading as far as it is a sign of life, or of a working device. By its stored flag and reasons. */
export interface Sign {
  readonly parameter: string;
  readonly flag: number;
  readonly reasons: readonly string[];
}

/** Adds the instant of a reading to the series that it belongs to. */
export function addSign(
  instants: SeriesInstants,
  instant: number,
  { parameter, flag, reasons }: Sign,
): void {
  const add = (key: SeriesKey): void => {
    const known = instants.get(key);
    if (known === undefined) instants.set(key, new Set([instant]));
    else known.add(instant);
  };
  add(allData.key);
  add(seriesKey('transmission', parameter));
  if (!isValidReading(flag, reasons)) return;
  add(allValid.key);
  add(seriesKey('no-valid-data', parameter));
}
