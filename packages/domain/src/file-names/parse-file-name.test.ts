import { describe, expect, test } from '@jest/globals';
import { parseFileName } from './parse-file-name.ts';

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
