import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Separator } from './shapes.ts';
import { splitCells } from './split-cells.ts';

const signs: Readonly<Record<Separator, string>> = {
  ...{ tab: '\t', semicolon: ';', comma: ',', pipe: '|', gaps: '   ', blanks: ' ', mixed: ';' },
};
const separators = Object.keys(signs) as Separator[];

describe.each(separators)('cells in quotes, separated by %s', (separator) => {
  const sign = signs[separator];
  const join = (...cells: readonly string[]) => splitCells(cells.join(sign), separator);

  test('are what is in the quotes', () => {
    expect(join('"pH"', '"7.25"', '"20260325000000"')).toEqual(['pH', '7.25', '20260325000000']);
  });
  test('stand beside others', () => {
    expect(join('pH', '"7.25"', '-')).toEqual(['pH', '7.25', '-']);
  });
  test('may be empty, and the last one too', () => {
    expect(join('"pH"', '""', '"x"', '""')).toEqual(['pH', '', 'x', '']);
  });
  test('hold the sign that parts cells', () => {
    expect(join(`"a${sign}b"`, '"1"', '"x"')).toEqual([`a${sign}b`, '1', 'x']);
  });
  test('hold quotes that are doubled', () => {
    expect(join('"a ""b"" c"', '"1"')).toEqual(['a "b" c', '1']);
    expect(join('""""', '"1"')).toEqual(['"', '1']);
  });
  test('are without blanks inside', () => {
    expect(join('" pH "', '"7"')).toEqual(['pH', '7']);
  });
  test('are reported from a sign of inches', () => {
    expect(join('5"', '7"x', 'x')).toEqual(['5"', '7"x', 'x']);
  });
  test('are read as they are where a quote is lost', () => {
    expect(join('"pH', '7.25', 'x')).toEqual(['"pH', '7.25', 'x']);
    expect(join('pH', '7.25', '"x')).toEqual(['pH', '7.25', '"x']);
  });
  test('may be formulas that keep a text a text', () => {
    expect(join('="0012"', '="7"', '=7')).toEqual(['0012', '7', '=7']);
  });
  test('make one of a whole line in quotes, which is split then', () => {
    expect(splitCells(`"pH${sign}""7.25""${sign}x"`, separator)).toEqual(['pH', '7.25', 'x']);
  });
  test('hold a date and a time of day', () => {
    expect(join('"2026-03-25 00:05:00"', '"7"')).toEqual(['2026-03-25 00:05:00', '7']);
  });
});

describe('blanks around cells in quotes', () => {
  test.each(['tab', 'semicolon', 'comma', 'pipe'] as const)('are not quotes: %s', (separator) => {
    const text = ['"a" ', ' "b"', '  "c"  '].join(signs[separator]);
    expect(splitCells(text, separator)).toEqual(['a', 'b', 'c']);
  });
});

test('what is written in quotes is read, whatever it is', () => {
  const cell = fc.string({ maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
  const cells = fc.array(cell, { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(cells, fc.constantFrom(...separators), (written, separator) => {
      const text = written.map((each) => `"${each.replaceAll('"', '""')}"`).join(signs[separator]);
      expect(splitCells(text, separator)).toEqual(written.map((each) => each.trim()));
    }),
  );
});

test('a line of quotes takes no time to speak of', () => {
  for (const separator of separators)
    for (const text of ['"a '.repeat(300_000), '",'.repeat(300_000), '""'.repeat(500_000)]) {
      const began = performance.now();
      splitCells(text, separator);
      expect(performance.now() - began).toBeLessThan(5000);
    }
});

test.each(['tab', 'semicolon', 'comma', 'pipe'] as const)(
  'cells without quotes, separated by %s, are cut and trimmed',
  (separator) => {
    const sign = signs[separator];
    const pieces = [sign, sign, 'a', '7,25', 'Độ', ' ', '\u00a0', '\ufeff', '\u3000', '\x7f', '\r'];
    const line = fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join(''));
    fc.assert(
      fc.property(line, (text) => {
        const expected = text.split(sign).map((cell) => cell.trim());
        expect(splitCells(text, separator)).toEqual(expected);
      }),
    );
  },
);
