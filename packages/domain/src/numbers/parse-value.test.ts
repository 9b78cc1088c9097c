import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseValue } from './parse-value.ts';

describe('parseValue', () => {
  test.each([
    ['0', 0],
    ['0.00', 0],
    ['-0', -0],
    ['23.3262', 23.3262],
    ['-1.60', -1.6],
    ['+3.2', 3.2],
    ['.5', 0.5],
    ['7.', 7],
    ['1e-3', 0.001],
    ['1E+02', 100],
    ['007', 7],
    ['1234567890123456789012345678901234567890', 1.2345678901234568e39],
  ])('%s is a number', (text, value) => {
    expect(parseValue(text)).toBe(value);
  });

  test.each(['', '-', '--', '---', 'NaN', 'nan', 'NULL', 'null', 'None', 'N/A'])(
    '%p is missing',
    (text) => {
      expect(parseValue(text)).toBe('missing');
    },
  );

  test.each([
    '7,85',
    '1,234.5',
    '1.2.3',
    '.',
    '+',
    'e5',
    '1e',
    '1e+',
    '1e999',
    '0x10',
    '0b1',
    '1_000',
    '١',
    'inf',
    'Infinity',
    '*',
    '#',
    '<0.01',
    'OFF',
    '7 8',
    '--1',
    '----',
  ])('%p is unparsable', (text) => {
    expect(parseValue(text)).toBe('unparsable');
  });

  test('reads back every number that is printed', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(parseValue(Object.is(value, -0) ? '-0' : String(value)), value)).toBe(
          true,
        );
      }),
    );
  });

  test('gives a number only for the text of one', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('0123456789+-.eE, xN')) }),
        (text) => {
          const value = parseValue(text);
          const written = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);
          expect(typeof value === 'number').toBe(written && Number.isFinite(Number(text)));
        },
      ),
    );
  });
});
