import { describe, expect, test } from '@jest/globals';
import { isNameTime, readNameTime } from './name-time.ts';

describe('the form of a time in names', () => {
  test.each([
    ['yyyyMMdd', true],
    ['yyyyMMddHH', true],
    ['yyyyMMddHHmmss', true],
    ['dd_MM_yyyy HH_mm', true], // the order is free
    ['yyyy-MM-dd', true],
    ['yyMMdd_HHmm', true], // two figures are a year of this century
    ['yyyy-MM-dd_HH-mm_*', true], // anything behind it
    ['??_yyyyMMdd', true],
    ['', false],
    ['*', false],
    ['yyyyyyMMdd', false], // the year twice
    ['yyyyMM', false], // no day
    ['MMdd', false], // no year
    ['yyyyMMddmm', false], // minutes without hours
    ['yyyyMMddHHss', false], // seconds without minutes
    ['yyyyMMddHHmmssdd', false], // a field twice
    ['YYYYMMDD', false],
  ])('%s: %s', (format, expected) => {
    expect(isNameTime(format)).toBe(expected);
  });
});

describe('the time in a name by a form with signs for any text', () => {
  test.each([
    ['T05_2026-11-29_22-29_042B_File0', 'yyyy-MM-dd_HH-mm_*', 'T05_', '202611292229'],
    ['T05_2026-11-29_22-29_', 'yyyy-MM-dd_HH-mm_*', 'T05_', '202611292229'],
    ['T05_261129_2224', 'yyMMdd_HHmm', 'T05_', '202611292224'],
    ['T05_261129_7', 'yyMMdd_?', 'T05_', '20261129'],
    ['T05_042_261129', '???_yyMMdd', 'T05_', '20261129'],
    ['T05_log042_261129', 'log*_yyMMdd', 'T05_', '20261129'],
    ['20261129_T05_5min', 'yyyyMMdd*', '', '20261129'],
    ['T05_20261129_20261130_x', 'yyyyMMdd_*', 'T05_20261129_', '20261130'], // the last that fits
    ['T05_20261129_a_b', 'yyyyMMdd_*_b', 'T05_', '20261129'],
  ])('%s by %s', (stem, format, before, time) => {
    expect(readNameTime(stem, format)).toEqual({ before, time });
  });

  test.each([
    ['nothing where one character is asked for', 'T05_20261129_', 'yyyyMMdd_?'],
    ['another end', 'T05_20261129_x', 'yyyyMMdd_*_b'],
    ['a letter in the year', 'T05_2O1129_2224', 'yyMMdd_HHmm'],
  ])('is undefined where the name has %s', (_, stem, format) => {
    expect(readNameTime(stem, format)).toBeUndefined();
  });

  test('is looked for in a time that does not grow with the number of signs', () => {
    const began = performance.now();
    expect(readNameTime('20261129x'.repeat(28), 'yyyyMMdd*x*x*x*x*x*y')).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('the time at the end of a name', () => {
  test.each([
    ['HN_NM_NUO1_20260325070000', 'yyyyMMddHHmmss', 'HN_NM_NUO1_', '20260325070000'],
    ['tram 25_03_2026 07_05', 'dd_MM_yyyy HH_mm', 'tram ', '202603250705'],
    ['20260325', 'yyyyMMdd', '', '20260325'],
    ['x_2026-03-25T07', 'yyyy-MM-ddTHH', 'x_', '2026032507'],
    ['x_20260325_end', 'yyyyMMdd_end', 'x_', '20260325'],
    ['x_120260325', 'yyyyMMdd', 'x_1', '20260325'], // what is before is not looked at
    ['x_20261399', 'yyyyMMdd', 'x_', '20261399'], // whether there is such a day is asked elsewhere
  ])('%s by %s', (stem, format, before, time) => {
    expect(readNameTime(stem, format)).toEqual({ before, time });
  });

  test.each([
    ['shorter than the form', '2026032', 'yyyyMMdd'],
    ['with another sign between', 'x_2026_03-25', 'yyyy-MM-dd'],
    ['with a letter in a field', 'x_2026O325', 'yyyyMMdd'],
    ['with a blank in a field', 'x_2026 325', 'yyyyMMdd'],
    ['with a figure of another script', 'x_2026032\u0665', 'yyyyMMdd'],
    ['with the time further ahead', '20260325_x', 'yyyyMMdd'],
    ['without the end of the form', 'x_20260325_fin', 'yyyyMMdd_end'],
    ['empty', '', 'yyyyMMdd'],
  ])('is undefined where the name is %s', (_, stem, format) => {
    expect(readNameTime(stem, format)).toBeUndefined();
  });
});
