import { describe, expect, test } from '@jest/globals';
import { isNameTime, readNameTime } from './name-time.ts';

describe('the form of a time in names', () => {
  test.each([
    ['yyyyMMdd', true],
    ['yyyyMMddHH', true],
    ['yyyyMMddHHmmss', true],
    ['dd_MM_yyyy HH_mm', true], // the order is free
    ['yyyy-MM-dd', true],
    ['', false],
    ['yyyyMM', false], // no day
    ['MMdd', false], // no year
    ['yyyyMMddmm', false], // minutes without hours
    ['yyyyMMddHHss', false], // seconds without minutes
    ['yyyyMMddHHmmssdd', false], // a field twice
    ['yyMMdd', false], // two figures of a year are none
    ['YYYYMMDD', false],
  ])('%s: %s', (format, expected) => {
    expect(isNameTime(format)).toBe(expected);
  });
});

describe('the time at the end of a name', () => {
  test.each([
    ['HN_NM_NUO1_20260325070000', 'yyyyMMddHHmmss', 'HN_NM_NUO1_', '20260325070000'],
    ['tram 25_03_2026 07_05', 'dd_MM_yyyy HH_mm', 'tram ', '202603250705'],
    ['20260325', 'yyyyMMdd', '', '20260325'],
    ['x_2026-03-25T07', 'yyyy-MM-ddTHH', 'x_', '2026032507'],
    ['x_20260325_end', 'yyyyMMdd_end', 'x_', '20260325'],
    ['x_120260325', 'yyyyMMdd', 'x_1', '20260325'], // what stands before is not looked at
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
  ])('is none where the name is %s', (_, stem, format) => {
    expect(readNameTime(stem, format)).toBeUndefined();
  });
});
