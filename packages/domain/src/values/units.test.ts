import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalUnit,
  exactFactor,
  factorOf,
  resolveUnit,
  scaleBy,
  type UnitRule,
} from './units.ts';

describe('canonicalUnit', () => {
  test.each([
    ['mg/l', 'mg/L'],
    ['MG/L', 'mg/L'],
    ['mg / l', 'mg/L'],
    ['ug/m3', 'µg/m3'],
    ['μg/m3', 'µg/m3'], // the Greek letter
    ['µg/m³', 'µg/m3'],
    ['ug/Nm3', 'µg/Nm3'],
    ['oC', '°C'],
    ['C', '°C'],
    ['°C', '°C'],
    ['ºC', '°C'],
    ['m3/h', 'm3/h'],
    ['M3/H', 'm3/h'],
    ['m³/giờ', 'm3/h'],
    ['m3/ngày', 'm3/day'],
    ['Nm3/h', 'Nm3/h'],
    ['w/m2', 'W/m2'],
    ['W/m²', 'W/m2'],
    ['Degree', 'deg'],
    ['%V', '%'],
    ['uS/cm', 'µS/cm'],
    ['mbar', 'hPa'],
    ['-', ''],
    ['', ''],
    ['furlong', undefined],
    ['constructor', undefined],
  ])('%p is %p', (text, expected) => {
    expect(canonicalUnit(text)).toBe(expected);
  });

  test.each([
    ['µg/m3', 'µg/Nm3'],
    ['mg/m3', 'mg/Nm3'],
    ['m3/h', 'Nm3/h'],
    ['mS/cm', 'µS/cm'],
    ['kPa', 'hPa'],
    ['ppm', 'ppb'],
    ['FNU', 'NTU'],
  ])('%s is not %s', (one, other) => {
    expect(canonicalUnit(one)).not.toBe(canonicalUnit(other));
  });
});

describe('exactFactor', () => {
  test.each([
    [1009.92, 'hPa', 'kPa', 100.992],
    [100.5425, 'kPa', 'hPa', 1005.425],
    [1, 'bar', 'kPa', 100],
    [0.329, 'mS/cm', 'µS/cm', 329],
    [329, 'µS/cm', 'mS/cm', 0.329],
    [1, 'S/m', 'mS/cm', 10],
    [3087.03, 'µg/m3', 'mg/m3', 3.08703],
    [0.02, 'ng/m3', 'µg/m3', 0.00002],
    [5, 'mg/Nm3', 'µg/Nm3', 5000],
    [16.2482, 'mg/L', 'µg/L', 16248.2],
    [1, 'mg/L', 'g/m3', 1],
    [250, 'ppb', 'ppm', 0.25],
    [0.03, '%', 'ppm', 300],
    [24, 'm3/day', 'm3/h', 1],
    [1, 'm3/s', 'm3/h', 3600],
    [10, 'L/s', 'm3/h', 36],
    [1, 'Nm3/s', 'Nm3/h', 3600],
    [36, 'km/h', 'm/s', 10],
    [0.39, 'm/s', 'cm/s', 39],
    [150, 'cm', 'm', 1.5],
    [0.25, 'V', 'mV', 250],
    [0.5, 'kW/m2', 'W/m2', 500],
    [7.25, '', '', 7.25],
    [7.25, 'furlong', 'furlong', 7.25],
  ])('%d %s in %s is %d', (value, from, to, expected) => {
    const scale = exactFactor(from, to);
    expect(scale && scaleBy(value, scale)).toBe(expected);
  });

  test.each([
    ['m3/h', 'Nm3/h'],
    ['mg/m3', 'mg/Nm3'],
    ['µg/m3', 'µg/Nm3'],
    ['ppb', 'µg/m3'],
    ['ppm', 'mg/L'],
    ['FNU', 'NTU'],
    ['%', '‰'],
    ['°C', '%'],
    ['', 'mg/L'],
    ['constructor', 'mg/L'],
  ])('no exact factor leads from %p to %p', (from, to) => {
    expect(exactFactor(from, to)).toBeUndefined();
    expect(exactFactor(to, from)).toBeUndefined();
  });

  test('there and back is the same to the last digit that counts', () => {
    const units = ['ng/m3', 'mg/L', 'g/L', 'm3/day', 'L/s', 'km/h', 'm/s', 'hPa', 'bar'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.constantFrom(...units),
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        (from, to, value) => {
          const there = exactFactor(from, to);
          const back = exactFactor(to, from);
          fc.pre(there !== undefined && back !== undefined);
          // Either way rounds to 15 digits: 5e-15 of a number that begins with 1.
          expect(scaleBy(scaleBy(value, there), back) / value).toBeCloseTo(1, 13);
          expect(factorOf(there) * factorOf(back)).toBeCloseTo(1, 14);
        },
      ),
    );
  });
});

describe('resolveUnit', () => {
  const rule = (unit: string, more: Partial<UnitRule> = {}): UnitRule => ({
    unit,
    stationFactor: undefined,
    conversions: [],
    ...more,
  });
  const ppb = { from: 'ppb', to: 'µg/m3', factor: 1.88, verified: true };
  const unverified = { ...ppb, verified: false };

  test.each<[raw: string, expected: UnitRule, resolved: object]>([
    ['mg/L', rule('mg/L'), { unit: 'mg/L', fits: true, factor: undefined, reason: undefined }],
    ['mg/l', rule('mg/L'), { unit: 'mg/L', fits: true, reason: undefined }],
    ['', rule(''), { unit: '', fits: true, reason: undefined }],
    ['-', rule(''), { unit: '', fits: true, reason: undefined }],
    ['furlong', rule('furlong'), { unit: 'furlong', fits: true, reason: undefined }],
    // No unit: the registry's, flagged.
    ['', rule('kPa'), { unit: 'kPa', fits: true, reason: 'unit-missing@1' }],
    ['-', rule('mg/L'), { unit: 'mg/L', fits: true, reason: 'unit-missing@1' }],
    // Exact.
    ['uS/cm', rule('mS/cm'), { unit: 'mS/cm', fits: true, factor: 0.001, reason: undefined }],
    ['hPa', rule('kPa'), { unit: 'kPa', fits: true, factor: 0.1 }],
    ['g/m3', rule('mg/L'), { unit: 'mg/L', fits: true, factor: undefined }],
    // By the registry, through exact ones on both sides.
    [
      'ppb',
      rule('µg/m3', { conversions: [ppb] }),
      { unit: 'µg/m3', factor: 1.88, reason: undefined },
    ],
    ['ppm', rule('mg/m3', { conversions: [ppb] }), { unit: 'mg/m3', factor: 1.88, verified: true }],
    [
      'ppb',
      rule('µg/m3', { conversions: [unverified] }),
      { factor: 1.88, fits: true, reason: 'factor-unverified@1[1.88]', verified: false },
    ],
    // The same but for the conditions: as sent, and judged.
    ['ug/m3', rule('µg/Nm3'), { unit: 'µg/m3', fits: true, reason: 'unit-conditions@1[µg/Nm3]' }],
    ['mg/m3', rule('µg/Nm3'), { unit: 'µg/m3', factor: 1000, reason: 'unit-conditions@1[µg/Nm3]' }],
    [
      'ug/m3',
      rule('µg/Nm3', {
        conversions: [{ from: 'µg/m3', to: 'µg/Nm3', factor: 1.09, verified: true }],
      }),
      { unit: 'µg/Nm3', factor: 1.09, reason: undefined },
    ],
    // Nothing leads there: as sent, not judged.
    ['mg/L', rule(''), { unit: 'mg/L', fits: false, reason: 'unit-unexpected@2[without unit]' }],
    ['mg/m3', rule('mg/Nm3'), { unit: 'mg/m3', fits: false, reason: 'unit-unexpected@2[mg/Nm3]' }],
    ['m3/h', rule('Nm3/h'), { unit: 'm3/h', fits: false }],
    ['furlong', rule('m'), { unit: 'furlong', fits: false, reason: 'unit-unexpected@2[m]' }],
    // The station's factor, whatever the unit says.
    ['uS/cm', rule('mS/cm', { stationFactor: 0.5 }), { unit: 'mS/cm', factor: 0.5, fits: true }],
    ['', rule('mS/cm', { stationFactor: 2 }), { factor: 2, reason: 'unit-missing@1' }],
    ['mg/L', rule('mg/L', { stationFactor: 1 }), { factor: undefined, scale: undefined }],
  ])('%p where %j is expected', (raw, expected, resolved) => {
    expect(resolveUnit(raw, expected)).toMatchObject(resolved);
  });
});
