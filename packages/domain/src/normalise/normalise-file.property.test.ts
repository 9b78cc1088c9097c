import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultOfAccount, linesOf } from '../testing/account-for-lines.ts';
import {
  asPrinted,
  printableValue,
  printedFile,
  receivedAtMs,
  registryOfSymbols,
  type PrintedReading,
} from '../testing/printed-readings.ts';
import { bytes, stationFile } from '../testing/station-file.ts';
import { formatLocalTime } from '../times/local-time.ts';
import { normaliseFile } from './normalise-file.ts';

const symbols = ['pH', 'COD', 'TSS', 'Nhiệtđộ', 'PM2,5', 'Vinyl chloride'] as const;
const registry = registryOfSymbols(symbols);
const normalise = (content: Uint8Array) => normaliseFile({ ...printedFile, content }, registry);

const reading = fc.record({
  symbol: fc.nat(symbols.length - 1),
  value: printableValue,
  instantMs: fc
    .integer({ min: Date.UTC(2015, 0, 2) / 1000, max: receivedAtMs / 1000 })
    .map((seconds) => seconds * 1000),
  status: fc.constantFrom('00', '01', '02', '03'),
});
const readings = fc.uniqueArray(reading, {
  minLength: 1,
  maxLength: 30,
  selector: ({ symbol, instantMs }) => `${symbol} ${instantMs}`,
});
const layout = fc.record({
  mark: fc.constantFrom('', '\uFEFF'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r\n\r\n', ' \n'),
  finalLineEnd: fc.boolean(),
});

function print(
  items: readonly PrintedReading[],
  { mark, lineEnd, finalLineEnd }: { mark: string; lineEnd: string; finalLineEnd: boolean },
): string {
  const lines = items.map(({ symbol, value, instantMs, status }) =>
    [symbols[symbol], String(value), 'mg/L', formatLocalTime(instantMs, 420), status].join('\t'),
  );
  return mark + lines.join(lineEnd) + (finalLineEnd ? lineEnd : '');
}

/** A change somewhere in the bytes: cut out, put in, or overwritten. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat(20),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom('\t', '\n', '\r', '\r\n', ' ', '-', ',', '\u0000', '20260325000000').map(bytes),
  ),
});

function mutate(
  content: Uint8Array,
  mutations: readonly { at: number; remove: number; insert: Uint8Array }[],
) {
  return mutations.reduce((bytes, { at, remove, insert }) => {
    const from = Math.floor(at * bytes.length);
    return Uint8Array.from([
      ...bytes.subarray(0, from),
      ...insert,
      ...bytes.subarray(from + remove),
    ]);
  }, content);
}

/** Says a line of the text again after another one. */
const repetition = fc.record({ line: fc.nat(40), after: fc.nat(40) });

function repeat(text: string, repetitions: readonly { line: number; after: number }[]): string {
  const lines = text.split('\n');
  for (const { line, after } of repetitions) {
    lines.splice((after % lines.length) + 1, 0, lines[line % lines.length] ?? '');
  }
  return lines.join('\n');
}

/** Is the value what the text says? Computed in another way than by the code under test. */
function isWritten(value: number | null, text: string): boolean {
  const plain = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) {
    const number = Number(plain);
    const isZero = !/[1-9]/.test(plain.replace(/e.*/i, ''));
    return value === (Number.isFinite(number) && (number !== 0 || isZero) ? number : null);
  }
  // Another notation: the number has the digits of the text, or there is none. So near to zero it has fewer.
  if (value !== null && Math.abs(value) < leastWithAllDigits) return true;
  return value === null || digitsOf(value.toPrecision(12)) === digitsOf(wholePrecision(plain));
}

const leastWithAllDigits = 2 ** -1022;
const wholePrecision = (text: string) =>
  Number(text.replace(/e.*/i, '').replace(/\D/g, '')).toPrecision(12);
const digitsOf = (text: string) =>
  text
    .replace(/e.*/i, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '');

describe('normaliseFile', () => {
  test('reads back what was printed', () => {
    fc.assert(
      fc.property(readings, layout, (items, form) => {
        const outcome = normalise(bytes(print(items, form)));
        expect(outcome).toMatchObject({ kind: 'normalised', message: { rejectedLines: [] } });
        if (outcome.kind !== 'normalised') return;
        expect(asPrinted(outcome.message)).toEqual(items);
      }),
    );
  });

  test('accounts for every line, and gives only values that are written', () => {
    fc.assert(
      fc.property(
        readings,
        layout,
        fc.array(repetition, { maxLength: 3 }),
        fc.array(mutation, { maxLength: 4 }),
        (items, form, repetitions, changes) => {
          const content = mutate(bytes(repeat(print(items, form), repetitions)), changes);
          const outcome = normalise(content);
          expect(faultOfAccount(outcome, content)).toBe('');
          if (outcome.kind === 'quarantined') return;
          const lines = linesOf(content);
          const { readings } = outcome.message;
          for (const { line, value, rawValue } of readings) {
            // Quotes around a cell go.
            expect(lines[line - 1]?.replaceAll('"', '')).toContain(rawValue.replaceAll('"', ''));
            expect([rawValue, value, isWritten(value, rawValue)]).toEqual([rawValue, value, true]);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ minLength: 1 }),
        (content, name) => {
          const odd = stationFile({ account: 'a', name }, content);
          expect(['normalised', 'quarantined']).toContain(normaliseFile(odd, registry).kind);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
