import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseValue, type ParsedValue } from './parse-value.ts';

describe('parseValue', () => {
  test.each<[text: string, value: number]>([
    ['0', 0],
    ['0.00', 0],
    ['-0', -0],
    ['16.2482', 16.2482],
    ['23.3262', 23.3262],
    ['100.5425', 100.5425],
    ['-1.60', -1.6],
    ['\u22121.60', -1.6],
    ['+3.2', 3.2],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['7.', 7],
    ['1e-3', 0.001],
    ['1E+02', 100],
    ['2.5e3', 2500],
    ['007', 7],
    [' 7.25 ', 7.25],
    ['\u00a07.25', 7.25],
    ['0.1234567890123456789', 0.1234567890123456789],
    ['1234567890123456789012345678901234567890', 1.2345678901234568e39],
    ['0e999', 0],
  ])('%p is a number', (text, value) => {
    expect(parseValue(text)).toBe(value);
  });

  describe('a comma', () => {
    test.each<[text: string, auto: ParsedValue, point: ParsedValue, comma: ParsedValue]>([
      // One reading: whatever the decimal sign is said to be.
      ['7,85', 7.85, 7.85, 7.85],
      ['-7,85', -7.85, -7.85, -7.85],
      ['0,01', 0.01, 0.01, 0.01],
      ['0,125', 0.125, 0.125, 0.125],
      ['00,125', 0.125, 0.125, 0.125],
      ['1234,567', 1234.567, 1234.567, 1234.567],
      ['7,8485', 7.8485, 7.8485, 7.8485],
      [',5', 0.5, 0.5, 0.5],
      [',500', 0.5, 0.5, 0.5],
      ['7,', 7, 7, 7],
      ['7,85e-3', 0.00785, 0.00785, 0.00785],
      ['1,234.5', 1234.5, 1234.5, 1234.5],
      ['1.234,5', 1234.5, 1234.5, 1234.5],
      ['1,234,567.891', 1234567.891, 1234567.891, 1234567.891],
      ['1.234.567,891', 1234567.891, 1234567.891, 1234567.891],
      ['1,234,567', 1234567, 1234567, 1234567],
      ['1.234.567', 1234567, 1234567, 1234567],
      ['1 234,567', 1234.567, 1234.567, 1234.567],
      ['1 234.567', 1234.567, 1234.567, 1234.567],
      ['61\u00a0617', 61617, 61617, 61617],
      ['16.2482', 16.2482, 16.2482, 16.2482],
      ['0.125', 0.125, 0.125, 0.125],
      // Two readings.
      ['1,234', 'ambiguous-number', 1234, 1.234],
      ['-100,542', 'ambiguous-number', -100542, -100.542],
      ['1,234e3', 'ambiguous-number', 1234e3, 1234],
      // A point alone is a decimal point, as in the official form, until somebody says otherwise.
      ['1.234', 1.234, 1.234, 1234],
      ['23.326', 23.326, 23.326, 23326],
      // Neither groups nor fraction.
      ['1,23.5', 'unparsable', 'unparsable', 'unparsable'],
      ['1.23,5', 'unparsable', 'unparsable', 'unparsable'],
      ['1,2,3', 'unparsable', 'unparsable', 'unparsable'],
      ['0,123,456', 'unparsable', 'unparsable', 'unparsable'],
      ['1,234.5,6', 'unparsable', 'unparsable', 'unparsable'],
      ['12,34,567', 'unparsable', 'unparsable', 'unparsable'],
      ['1,234.', 'unparsable', 'unparsable', 'unparsable'],
      ['1 234,567.8', 'unparsable', 'unparsable', 'unparsable'],
      [',', 'unparsable', 'unparsable', 'unparsable'],
    ])('%p: %p, %p where it is a point, %p where it is a comma', (text, auto, point, comma) => {
      expect(parseValue(text)).toBe(auto);
      expect(parseValue(text, 'point')).toBe(point);
      expect(parseValue(text, 'comma')).toBe(comma);
    });
  });

  test.each<[text: string, relation: '<' | '>', limit: number]>([
    ['<0.01', '<', 0.01],
    ['< 0,01', '<', 0.01],
    ['<=0.01', '<', 0.01],
    ['≤ 5', '<', 5],
    ['>200', '>', 200],
    ['> 1.234,5', '>', 1234.5],
    ['>= 200', '>', 200],
    ['≥200', '>', 200],
  ])('%p is a bound', (text, relation, limit) => {
    expect(parseValue(text)).toEqual({ relation, limit });
  });

  test('the bound follows the decimal sign', () => {
    expect(parseValue('<1,234')).toBe('ambiguous-number');
    expect(parseValue('<1,234', 'comma')).toEqual({ relation: '<', limit: 1.234 });
  });

  test.each([
    ...['', ' ', '-', '--', '---', '----', '–', '—', '*', '**', '#', '####', '...', '…'],
    ...['NaN', 'nan', '#NAN', 'NULL', 'null', 'None', 'N/A', '#N/A', 'na', 'No data'],
    ...[
      '+NAN',
      '-nan',
      'nan(ind)',
      '-NaN(snan)',
      'QNAN',
      'SNaN',
      'inf',
      '-inf',
      '+INF',
      'Infinity',
    ],
    ...['-Infinity', '∞', '-∞', '1.#QNAN', '-1.#IND', '1.#INF', '-1.#INF', '1.#SNAN', '1.#NAN'],
    ...[
      '1.#QNAN0',
      '-1.#IND00',
      '1.#INF000',
      '#DIV/0!',
      '#VALUE!',
      '#REF!',
      '#NUM!',
      '#NAME?',
      '#NULL!',
    ],
    ...['Trống', 'không có', 'KHÔNG CÓ DỮ LIỆU', 'khong co du lieu', 'Không có số liệu'],
  ])('%p is missing', (text) => {
    expect(parseValue(text)).toBe('missing');
    expect(parseValue(text, 'comma')).toBe('missing');
  });

  test.each([
    ...['OFF', 'off', 'Error', 'ERR', 'Fault', 'CALIB', 'maintenance'],
    ...[
      'Tắt',
      'TẮT',
      'tat',
      'Lỗi',
      'Lỗi'.normalize('NFD'),
      'lỗi  thiết bị',
      'Hiệu chuẩn',
      'Bảo trì',
    ],
    ...['Dừng hoạt động', 'Mất kết nối', 'mất tín hiệu'],
  ])('%p is a word in place of a value', (text) => {
    expect(parseValue(text)).toBe('word-for-value');
  });

  test.each(['ND', 'n.d.', 'KPH', 'Không phát hiện', '<LOD'])('%p: nothing detected', (text) => {
    expect(parseValue(text)).toBe('not-detected');
  });

  test.each([
    ...[
      '1.2.3',
      '.',
      '+',
      '+-1',
      '--1',
      'e5',
      '1e',
      '1e+',
      '1e999',
      '-1e999',
      '1e-400',
      '-0.1e-999',
    ],
    ...['0x10', '0b1', '1_000', '١', '7²', '7 8', '7.25 mg/L', '45%', '1/2', '12:30', "1'000"],
    ...[
      '<',
      '>',
      '<<1',
      '<inf',
      '<>',
      '<-',
      '~5',
      '±0.1',
      '7.25*',
      '1.#',
      '1.#5',
      '2.#INF',
      'info',
      'nano',
    ],
    ...['constructor', 'toString', 'over', 'x'.repeat(100_000), '#1', '-*'],
    `0.${'0'.repeat(400)}1`,
  ])('%p is unparsable', (text) => {
    expect(parseValue(text)).toBe('unparsable');
  });

  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

  test('reads back every double as JavaScript prints it', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(parseValue(Object.is(value, -0) ? '-0' : String(value))).toBe(value);
      }),
    );
  });

  test('reads back every double in every notation', () => {
    const measured = fc.double({ min: -1e15, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(finite, measured), (value) => {
        const { sign, whole, fraction } = expand(value);
        const group = (separator: string) => whole.replace(/(?<=\d)(?=(\d{3})+$)/g, separator);
        const print = (separator: string, decimal: string) =>
          sign + group(separator) + (fraction === '' ? '' : decimal + fraction);
        expect(parseValue(print(',', '.'), 'point')).toBe(value + 0);
        expect(parseValue(print('.', ','), 'comma')).toBe(value + 0);
        expect(parseValue(print('\u00a0', ','), 'comma')).toBe(value + 0);
        expect(parseValue(print(' ', '.'))).toBe(value + 0);
        expect(parseValue(print('', ','), 'comma')).toBe(value + 0);
        // Without a setting, a comma gives the number or none, never another one.
        expect([value + 0, 'ambiguous-number']).toContain(parseValue(print(',', '.')));
        expect([value + 0, 'ambiguous-number']).toContain(parseValue(print('', ',')));
        expect(parseValue(value.toExponential())).toBe(value + 0);
        expect(parseValue(value.toExponential().replace('.', ','), 'comma')).toBe(value + 0);
      }),
      { numRuns: 1000 },
    );
  });

  test('reads decimals of every length like Number', () => {
    const decimal = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(20), fc.boolean());
    fc.assert(
      fc.property(decimal, ([digits, places, isNegative]) => {
        const text = digits.toString().padStart(places + 1, '0');
        const point = text.length - places;
        const written = `${isNegative ? '-' : ''}${text.slice(0, point)}.${text.slice(point)}`;
        expect(parseValue(written)).toBe(Number(written));
      }),
      { numRuns: 1000 },
    );
  });

  const fromNumberLetters = fc.string({
    unit: fc.constantFrom(...Array.from('0123456789+-.,eE <>xN')),
  });

  test('gives a number only for the text of one', () => {
    fc.assert(
      fc.property(fromNumberLetters, fc.constantFrom('auto', 'point', 'comma'), (text, sign) => {
        const value = parseValue(text, sign);
        if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(text) && sign !== 'comma')
          expect(value).toBe(Number(text));
        if (!/\d/.test(text)) expect(typeof value).toBe('string');
        if (value === 0) expect(text).not.toMatch(/^[^e]*[1-9]/i);
        // Whatever the signs mean, the digits are those of the text.
        if (typeof value === 'number' && !/e/i.test(text) && value !== 0)
          expect(significantDigits(value.toPrecision(15))).toBe(
            significantDigits(Number(text.replace(/\D/g, '')).toPrecision(15)),
          );
      }),
      { numRuns: 5000 },
    );
  });

  test('never gives a number for a text without digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[0-9]/.test(text));
        expect(typeof parseValue(text)).toBe('string');
      }),
      { numRuns: 1000 },
    );
  });
});

/** The digits that count, without signs, exponent and leading or trailing zeros. */
function significantDigits(printed: string): string {
  return printed
    .replace(/e.*/, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '');
}

/** The digits of a double as JavaScript prints it, without exponent. */
function expand(value: number): { sign: string; whole: string; fraction: string } {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)\.?(\d*)(?:e(.+))?$/.exec(String(value)) ?? [];
  const shift = Number(exponent);
  const left = whole.padStart(Math.max(0, -shift) + 1, '0');
  const right = fraction.padEnd(Math.max(0, shift), '0');
  const digits = left + right;
  const point = left.length + shift;
  return {
    sign,
    whole: digits.slice(0, point).replace(/^0+(?=\d)/, ''),
    fraction: digits.slice(point),
  };
}
