import { describe, expect, test } from '@jest/globals';
import { expectedInVietnamese } from './expected-text.ts';

describe('what a reason expected, in Vietnamese', () => {
  test.each([
    [
      '5 columns: symbol, value, unit, time and status, separated by TABs',
      '5 cột: ký hiệu thông số, giá trị, đơn vị đo, thời gian đo, trạng thái; phân cách bằng TAB',
    ],
    // As it was stored before.
    [
      '3 columns: symbol, value and time, separated by vertical bars',
      '3 cột: ký hiệu thông số, giá trị, thời gian đo; phân cách bằng dấu gạch đứng',
    ],
    ['7 columns, as in line 1', '7 cột như dòng 1'],
    ['2015 or later', 'từ năm 2015 trở đi'],
    ['a unit, not a number', 'đơn vị đo, không phải số'],
    ['a symbol, not a time', 'ký hiệu thông số, không phải thời gian'],
    [
      "'NUO9' does not match a file prefix of account 'caph' (NUO1, NUO2), nor does folder '/S2' match",
      "'NUO9' không khớp tiền tố tên tệp của tài khoản 'caph' (NUO1, NUO2); thư mục '/S2' không thuộc trạm nào",
    ],
    [
      "'X' is no file prefix of the stations of account 'caph' (none)",
      "'X' không khớp tiền tố tên tệp của tài khoản 'caph' (chưa có trạm nào)",
    ],
    [
      "'Trạm 1' is station 'NUO1', which account 'caph' may not send for",
      "'Trạm 1' là trạm 'NUO1', tài khoản 'caph' chưa được cấp quyền gửi",
    ],
    [
      'line 3, column 4: expected a time of the calendar as yyyyMMddHHmmss',
      'dòng 3, cột 4: yêu cầu thời gian đúng định dạng yyyyMMddHHmmss',
    ],
    [
      'line 1, column 2: expected printable text; 12 more lines are not listed',
      'dòng 1, cột 2: yêu cầu ký tự hiển thị được; còn 12 dòng khác không liệt kê',
    ],
  ])('%s', (phrase, vi) => {
    expect(expectedInVietnamese(phrase)).toBe(vi);
  });

  test('is left to the English where the phrase is not known', () => {
    expect(expectedInVietnamese('a phrase of another version')).toBeUndefined();
  });
});
