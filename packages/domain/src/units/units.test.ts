import { describe, expect, test } from '@jest/globals';
import { canonicalUnit } from './canonical-unit.ts';
import { resolveUnit } from './resolve-unit.ts';

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
    ['m3/h', 'm3/h'],
    ['Nm3/h', 'Nm3/h'],
    ['w/m2', 'W/m2'],
    ['Degree', 'deg'],
    ['%V', '%'],
    ['uS/cm', 'µS/cm'],
    ['-', ''],
    ['', ''],
    ['furlong', undefined],
    ['constructor', undefined],
  ])('%p is %p', (text, expected) => {
    expect(canonicalUnit(text)).toBe(expected);
  });

  test.each([
    ['µg/m3', 'µg/Nm3'],
    ['m3/h', 'Nm3/h'],
    ['mS/cm', 'µS/cm'],
    ['kPa', 'hPa'],
    ['ppm', 'ppb'],
    ['FNU', 'NTU'],
  ])('%s is not %s', (one, other) => {
    expect(canonicalUnit(one)).not.toBe(canonicalUnit(other));
  });
});

describe('resolveUnit', () => {
  test.each([
    ['mg/L', 'mg/L', { unit: 'mg/L' }],
    ['mg/l', 'mg/L', { unit: 'mg/L' }],
    ['', '', { unit: '' }],
    ['-', '', { unit: '' }],
    ['', 'kPa', { unit: 'kPa', reason: 'unit-missing' }],
    ['-', 'mg/L', { unit: 'mg/L', reason: 'unit-missing' }],
    ['uS/cm', 'mS/cm', { unit: 'µS/cm', reason: 'unit-unexpected' }],
    ['mg/L', '', { unit: 'mg/L', reason: 'unit-unexpected' }],
    ['furlong', 'm', { unit: 'furlong', reason: 'unit-unexpected' }],
    ['furlong', 'furlong', { unit: 'furlong' }],
  ])('%p where %p is expected', (raw, expected, resolved) => {
    expect(resolveUnit(raw, expected)).toEqual(resolved);
  });
});
