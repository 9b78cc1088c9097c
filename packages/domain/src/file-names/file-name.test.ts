import { describe, expect, test } from '@jest/globals';
import { findTime, isNameTime, parseFileName, readNameTime } from './file-name.ts';

describe('parseFileName', () => {
  test.each([
    ['HN_BKHN_KHIKXQ_20260325000500.txt', 'HN_BKHN_KHIKXQ', '20260325000500'],
    ['WYND_STATION_01_20260101120000.txt', 'WYND_STATION_01', '20260101120000'],
    ['TRAM-BD-001_20260101001500.txt', 'TRAM-BD-001', '20260101001500'],
    ['KCNDiemThuy20170228145700.txt', 'KCNDiemThuy', '20170228145700'],
    ['NUO00120260101120000.TXT', 'NUO001', '20260101120000'],
    ['HUE_20141117003300', 'HUE', '20141117003300'],
    ['20260101120000_20260101120500.txt', '20260101120000', '20260101120500'],
    ['A_20260101120000_1.txt', 'A', '20260101120000'],
    ['A_B_202601011200.txt', 'A_B', '202601011200'],
    ['KCNDiemThuy20170228.csv', 'KCNDiemThuy', '20170228'],
    ['backup_20170228_final.txt', 'backup', '20170228'],
    ['01_06_2023 00_06.lsi', '', '202306010006'],
    ['HN_BKHN.KHIKXQ_20260325000500.txt', 'HN_BKHN.KHIKXQ', '20260325000500'],
    ['.txt', '', ''],
    ['', '', ''],
    ['20261129222300_HN_FA_T05.txt', 'HN_FA_T05', '20261129222300'],
    ['20261129_222700_5min.csv', '5min', '20261129222700'],
    ['20261129222300.txt', '', '20261129222300'],
    ['HN_FA_T05_2026-11-29_22-29_042B_File0.csv', 'HN_FA_T05', '202611292229'],
    ['HN_FA_T05.20261129.csv', 'HN_FA_T05', '20261129'],
    ['HN_FA_T05_29.11.2026', 'HN_FA_T05', '20261129'],
    ['HN_FA_T05_2026.11.29_2229', 'HN_FA_T05', '202611292229'],
    ['LOG00042.csv', 'LOG00042', ''],
    ['LOG.001', 'LOG', ''],
  ])('%p', (name, prefix, time) => {
    expect(parseFileName(name)).toMatchObject({ prefix, time });
  });

  test('by the form of a profile, which may say what is behind the time', () => {
    const name = 'T05_261129_2224_042B.csv';
    expect(parseFileName(name, 'yyMMdd_HHmm_*')).toMatchObject({
      ...{ prefix: 'T05', time: '202611292224', mayEndInSerial: false },
    });
    expect(parseFileName(name, 'yyyyMMdd')).toMatchObject({ prefix: 'T05_261129_2224_042B' });
  });
});

/** What is before the time, the time, and what is behind it. */
function found(stem: string): readonly string[] | undefined {
  const time = findTime(stem);
  return time && [stem.slice(0, time.from), time.digits, stem.slice(time.to)];
}

describe('the time in a name', () => {
  test.each([
    ['HN_BKHN_KHIKXQ_20260325000500', 'HN_BKHN_KHIKXQ_', '20260325000500', ''],
    ['KCNDiemThuy20170228145700', 'KCNDiemThuy', '20170228145700', ''],
    ['NUO00120260101120000', 'NUO001', '20260101120000', ''], // the prefix ends in digits
    ['20260101120000_20260101120500', '20260101120000_', '20260101120500', ''], // the last one
    ['A_20260101120000_1', 'A_', '20260101120000', '_1'],
    ['A_20261129222300123', 'A_', '20261129222300', '123'], // milliseconds
    ['A_B_202601011200', 'A_B_', '202601011200', ''],
    ['A_2026112922', 'A_', '2026112922', ''],
    ['KCNDiemThuy20170228', 'KCNDiemThuy', '20170228', ''],
    ['backup_20170228_final', 'backup_', '20170228', '_final'],
    ['T05_2026-11-29_22-29_042B_File0', 'T05_', '202611292229', '_042B_File0'],
    ['T05_2026-11-29_22-29-15', 'T05_', '20261129222915', ''],
    ['T05_2026-11-29T22-29-15', 'T05_', '20261129222915', ''],
    ['T05_2026-11-29T222915', 'T05_', '20261129222915', ''],
    ['T05_2026_11_29_22_29_15', 'T05_', '20261129222915', ''],
    ['T05_2026.11.29 22.29', 'T05_', '202611292229', ''],
    ['T05 2026 11 29 22h29', 'T05 ', '202611292229', ''],
    ['T05-2026-11-29', 'T05-', '20261129', ''],
    ['20261129_222700_5min', '', '20261129222700', '_5min'],
    ['20261129_5min', '', '20261129', '_5min'],
    ['T05_20261129-2227', 'T05_', '202611292227', ''],
    ['T05_20261129T222700', 'T05_', '20261129222700', ''],
    ['T05_261129_2224', 'T05_', '202611292224', ''],
    ['T05_261129_222415', 'T05_', '20261129222415', ''],
    ['T05_261129222415', 'T05_', '20261129222415', ''],
    ['T05_2611292224', 'T05_', '202611292224', ''],
    ['T05_26-11-29_22-24', 'T05_', '202611292224', ''],
    ['01_06_2023 00_06', '', '202306010006', ''], // day first, as Vietnam writes it
    ['T05_29-11-2026_22-29-15', 'T05_', '20261129222915', ''],
    ['T05_29.11.2026', 'T05_', '20261129', ''],
    ['T05_29112026_2229', 'T05_', '202611292229', ''],
    ['T05_29112026222915', 'T05_', '20261129222915', ''],
    ['20261129222300_T05', '', '20261129222300', '_T05'],
    ['T05_00000042_20261129', 'T05_00000042_', '20261129', ''], // a running number is no day
    ['T05_20261129_00000042', 'T05_', '20261129', '_00000042'],
    ['T05_202611292222_20261130', 'T05_', '202611292222', '_20261130'], // more digits say more
  ])('%s', (stem, ...parts) => {
    expect(found(stem)).toEqual(parts);
  });

  test.each([
    ['', ''],
    ['T05', 'no digits to speak of'],
    ['T05_2026', 'a year'],
    ['T05_261129', 'six digits may be any number'],
    ['T05_042B_File0', 'a serial'],
    ['T05_261399_2224', 'no day of the calendar'],
    ['T05_261129_2561', 'no time of day'],
    ['T05_991129_2224x7', 'a year to come'],
  ])('%p has none: %s', (stem) => {
    expect(findTime(stem)).toBeUndefined();
  });

  test.each([
    ['T05_20261399', '20261399'],
    ['T05_1764430140', '1764430140'],
    ['T05_20261399000000', '20261399000000'],
    ['T0520261399000000', '20261399000000'],
  ])('%s: a long run of digits stands for one that no calendar has', (stem, digits) => {
    expect(findTime(stem)).toMatchObject({ digits });
  });

  test.each([
    ['T05_20261129_0001', true],
    ['T05_261129_2224', true],
    ['T05_20261129_22-29', false],
    ['T05_202611290001', false],
    ['T05_20261129', false],
  ])('%s: what is behind the day may be a running number: %s', (stem, expected) => {
    expect(findTime(stem)?.mayEndInSerial).toBe(expected);
  });

  test('is found in a name of any length at once', () => {
    const name = '2026-11-2'.repeat(5000);
    const began = performance.now();
    findTime(name);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

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
