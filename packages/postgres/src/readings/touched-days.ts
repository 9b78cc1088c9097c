import { numberArray, textArray } from '../connection/array-literal.ts';

/** A reading that came or changed. */
export interface TouchedReading {
  readonly stationId: number;
  /** UTC, ISO 8601 in its canonical form. */
  readonly instant: string;
}

/** Of one station and one day (UTC), first and last. */
interface TouchedDay {
  readonly stationId: number;
  readonly day: string;
  from: string;
  to: string;
}

/** In the order in which everyone takes them. */
export function touchedDays(readings: readonly TouchedReading[]): readonly TouchedDay[] {
  const days = new Map<string, TouchedDay>();
  for (const { stationId, instant } of readings) {
    const day = instant.slice(0, 10);
    const key = `${stationId} ${day}`;
    const known = days.get(key);
    // Canonical instants sort as texts.
    if (known === undefined) days.set(key, { stationId, day, from: instant, to: instant });
    else if (instant < known.from) known.from = instant;
    else if (instant > known.to) known.to = instant;
  }
  return [...days.values()].sort((a, b) => a.stationId - b.stationId || (a.day < b.day ? -1 : 1));
}

/** Stations, days, first and last instants, as parameters. */
export function columnsOfDays(days: readonly TouchedDay[]): readonly string[] {
  return [
    numberArray(days.map(({ stationId }) => stationId)),
    textArray(days.map(({ day }) => day)),
    textArray(days.map(({ from }) => from)),
    textArray(days.map(({ to }) => to)),
  ];
}
