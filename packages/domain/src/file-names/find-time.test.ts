import { describe, expect, test } from '@jest/globals';
import { findTime } from './find-time.ts';

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
