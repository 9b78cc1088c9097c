import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FileForm } from '@envigate/contracts';
import { encodeText } from '../testing/encode-text.ts';
import {
  asPrinted,
  printableValue,
  printedFile,
  receivedAtMs,
  registryOfSymbols,
  type PrintedReading,
} from '../testing/printed-readings.ts';
import { formatLocalTime } from '../times/local-time.ts';
import { normaliseFile } from './normalise-file.ts';

// What a logger prints is what is read, in every shape, with every separator, in every encoding.

type Shape = FileForm['shape'];
type Separator = 'tab' | 'semicolon' | 'pipe' | 'comma' | 'gaps' | 'blanks';

/** One of them is in every file: letters that vouch for the encoding. */
const temperature = { gapped: 'Nhiệt độ', gapless: 'Nhiệtđộ' };
const symbols = [temperature.gapped, temperature.gapless, 'pH', 'COD', 'NH4+', 'Độ_đục'] as const;
const gapless = symbols.flatMap((symbol, i) => (symbol.includes(' ') ? [] : [i]));
const registry = registryOfSymbols(symbols);
const minuteMs = 60_000;

const columns: Readonly<
  Record<string, (cells: Record<keyof PrintedReading | 'unit', string>) => string[]>
> = {
  A5: ({ symbol, value, unit, instantMs, status }) => [symbol, value, unit, instantMs, status],
  B5: ({ symbol, value, unit, instantMs, status }) => [instantMs, symbol, value, unit, status],
  A4: ({ symbol, value, unit, instantMs }) => [symbol, value, unit, instantMs],
  B4: ({ symbol, value, unit, instantMs }) => [instantMs, symbol, value, unit],
  C4: ({ symbol, value, instantMs, status }) => [symbol, value, instantMs, status],
  A3: ({ symbol, value, instantMs }) => [symbol, value, instantMs],
  B3: ({ symbol, value, instantMs }) => [instantMs, symbol, value],
};
const marks: Readonly<Record<Separator, string>> = {
  ...{ tab: '\t', semicolon: ';', pipe: '|', comma: ',', gaps: '   ', blanks: ' ' },
};
/** How a cell is written: as it is, or in quotes with what is in it. */
const quotings = [(cell: string) => cell, (cell: string) => `"${cell}"`] as const;

function print(
  items: readonly PrintedReading[],
  shape: Shape,
  separator: Separator,
  end: string,
  quote: (cell: string) => string,
): string {
  const order = columns[shape] ?? columns[shape === 'X4' ? 'A4' : 'A5'];
  const lines = items.map(({ symbol, value, instantMs, status }) =>
    order!({
      ...{ symbol: symbols[symbol]!, value: String(value), unit: 'mg/L', status },
      instantMs: formatLocalTime(instantMs, 420),
    })
      .map(quote)
      .join(marks[separator]),
  );
  return shape === 'W5'
    ? lines.join(marks[separator]) + end
    : lines.map((line) => line + end).join('');
}

/** At least two, one of them with letters of Vietnamese; M5 has several moments, the others one. */
function files(shape: Shape, separator: Separator): fc.Arbitrary<readonly PrintedReading[]> {
  const known = separator === 'blanks' ? gapless : symbols.map((_, i) => i);
  const instant = fc
    .integer({ min: 0, max: 100_000 })
    .map((minutes) => receivedAtMs - minutes * minuteMs);
  const status = fc.constantFrom('00', '01', '02', '03');
  const reading = (symbol: number) =>
    fc.record({ symbol: fc.constant(symbol), value: printableValue, status });
  return fc.tuple(fc.shuffledSubarray(known, { minLength: 2 }), instant).chain(([chosen, moment]) =>
    fc.tuple(...[...new Set([...chosen, known[0]!])].map(reading)).map((items) => {
      const apartMs = shape === 'M5' ? 5 * minuteMs : 0;
      return items.map((item, i) => ({ ...item, instantMs: moment - i * apartMs }));
    }),
  );
}

const ofShape: readonly (readonly [Shape, readonly Separator[]])[] = [
  ...(['A5', 'B5', 'A4', 'B4', 'C4', 'A3', 'B3'] as const).map(
    (shape) => [shape, ['tab', 'semicolon', 'comma']] as const,
  ),
  ...(['A5', 'B5', 'B4', 'C4', 'A3', 'B3', 'X4'] as const).map(
    (shape) => [shape, ['gaps', 'blanks']] as const,
  ),
  ...(['M5', 'W5'] as const).map((shape) => [shape, ['tab', 'semicolon', 'comma']] as const),
];
const encodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1258',
  'tcvn3',
  'vni',
  'viscii',
] as const;
const forms = ofShape.flatMap(([shape, separators]) =>
  separators.flatMap((separator) => encodings.map((encoding) => ({ shape, separator, encoding }))),
);
const runsOfForm = 25;

describe('what was printed is read', () => {
  test.each(forms)('$shape, $separator, $encoding', ({ shape, separator, encoding }) => {
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(
        files(shape, separator),
        ends,
        fc.constantFrom(...quotings),
        (items, end, quote) => {
          const content = encodeText(print(items, shape, separator, end, quote), encoding);
          const outcome = normaliseFile({ ...printedFile, content }, registry);
          expect(outcome).toMatchObject({
            kind: 'normalised',
            message: {
              rejectedLines: [],
              form: {
                ...{ shape, encoding },
                separator: separator === 'gaps' ? 'blanks' : separator,
              },
            },
          });
          if (outcome.kind !== 'normalised') return;
          const hasStatus = !['A4', 'B4', 'A3', 'B3', 'X4'].includes(shape);
          expect(asPrinted(outcome.message)).toEqual(
            items.map((item) => (hasStatus ? item : { ...item, status: '' })),
          );
        },
      ),
      { numRuns: runsOfForm },
    );
  });
});
