import fc from 'fast-check';
import type { NormalisedFile } from '@envigate/contracts';
import type { RegistryView } from '../registry/registry-view.ts';
import { looksLikeTime } from '../times/parse-time.ts';
import { registryOf, stationFile } from './station-file.ts';

/** A reading as a logger prints it; `symbol` is an index in its list of symbols. */
export interface PrintedReading {
  readonly symbol: number;
  readonly value: number;
  readonly instantMs: number;
  readonly status: string;
}

/** Any number that is not written like a time: with such a one, the columns are unclear on purpose. */
export const printableValue: fc.Arbitrary<number> = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => value + 0)
  .filter((value) => !looksLikeTime(String(value)));

export const receivedAtMs = Date.parse('2026-03-24T17:00:00.000Z');

/** What the logger sends it in. */
export const printedFile = stationFile({
  ...{ account: 'a', name: 'S_20260325000000.txt' },
  receivedAt: new Date(receivedAtMs).toISOString(),
});

/** One that knows the logger and its symbols, all in mg/L. */
export function registryOfSymbols(symbols: readonly string[]): RegistryView {
  return registryOf({
    parameters: symbols.map((symbol, i) => ({
      ...{ code: `P${i}`, symbol, name: symbol, nameEn: symbol, unit: 'mg/L', negative: true },
    })),
    stations: [{ code: 'S', facility: 'F', name: 'S', kind: 'waste-water' }],
    accounts: [{ code: 'a', stations: ['S'] }],
  });
}

/** The readings of a message in the terms in which they were printed. */
export function asPrinted({ readings }: NormalisedFile) {
  return readings.map(({ parameter, value, instant, status }) => ({
    ...{ symbol: Number(parameter.slice(1)), value, instantMs: Date.parse(instant), status },
  }));
}
