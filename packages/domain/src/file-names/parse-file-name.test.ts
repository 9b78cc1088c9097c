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
    ['01_06_2023 00_06.lsi', '01_06_2023 00_06', ''],
    ['HN_BKHN.KHIKXQ_20260325000500.txt', 'HN_BKHN.KHIKXQ', '20260325000500'],
    ['.txt', '', ''],
    ['', '', ''],
  ])('%p', (name, prefix, time) => {
    expect(parseFileName(name)).toEqual({ prefix, time });
  });
});
