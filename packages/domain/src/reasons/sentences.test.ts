import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  readSentence,
  sentence,
  sentenceCodes,
  storedSentence,
  wordsOf,
  type Sentence,
} from './sentences.ts';

const words = (said: Sentence) => wordsOf(storedSentence(said));

describe('a sentence', () => {
  test.each<[said: Sentence, stored: string, en: string, vi: string]>([
    [
      sentence('columns@1', 'symbol value unit time status', 'tab'),
      'columns@1["symbol value unit time status","tab"]',
      '5 columns: symbol, value, unit, time and status, separated by TABs',
      '5 cột: ký hiệu thông số, giá trị, đơn vị đo, thời gian đo, trạng thái; phân cách bằng TAB',
    ],
    [
      sentence('columns-as-in-line@1', 7, 1),
      'columns-as-in-line@1[7,1]',
      '7 columns, as in line 1',
      '7 cột như dòng 1',
    ],
    [sentence('rest-of-line@1'), 'rest-of-line@1', 'the rest of the line', 'phần còn lại của dòng'],
    [
      sentence('cell-not@1', 'unit', 'number'),
      'cell-not@1["unit","number"]',
      'a unit, not a number',
      'đơn vị đo, không phải số',
    ],
    [
      sentence('prefix-unknown@1', 'NUO9', 'caph', 'NUO1, NUO2', '/S2'),
      'prefix-unknown@1["NUO9","caph","NUO1, NUO2","/S2"]',
      "'NUO9' does not match a file prefix of account 'caph' (NUO1, NUO2), nor does folder '/S2' match",
      "'NUO9' không khớp tiền tố tên tệp của tài khoản 'caph' (NUO1, NUO2); thư mục '/S2' không thuộc trạm nào",
    ],
    [
      sentence(
        'first-refused-line-of-many@1',
        1,
        2,
        storedSentence(sentence('printable-text@1')),
        12,
      ),
      'first-refused-line-of-many@1[1,2,"printable-text@1",12]',
      'line 1, column 2: expected printable text; 12 more lines are not listed',
      'dòng 1, cột 2: yêu cầu ký tự hiển thị được; còn 12 dòng khác không liệt kê',
    ],
    [
      sentence('first-refused-line@1', 3, 4, 'words of an earlier version'),
      'first-refused-line@1[3,4,"words of an earlier version"]',
      'line 3, column 4: expected words of an earlier version',
      'dòng 3, cột 4: yêu cầu words of an earlier version',
    ],
    [
      sentence('held@1', 'shrunk', '2026-11-24T02:10:00.000Z', '', 'thiết bị tắt'),
      'held@1["shrunk","2026-11-24T02:10:00.000Z","","thiết bị tắt"]',
      'held since 2026-11-24T02:10:00.000Z (shorter than the file received before); thiết bị tắt',
      'tạm giữ từ 2026-11-24T02:10:00.000Z (ngắn hơn tệp đã nhận trước đó); ghi chú: thiết bị tắt',
    ],
    [
      sentence('held@1', 'of a later version', '2026-11-24T02:10:00.000Z', '', ''),
      'held@1["of a later version","2026-11-24T02:10:00.000Z","",""]',
      'held since 2026-11-24T02:10:00.000Z (of a later version)',
      'tạm giữ từ 2026-11-24T02:10:00.000Z (of a later version)',
    ],
  ])('%o', (said, stored, en, vi) => {
    expect(storedSentence(said)).toBe(stored);
    expect(readSentence(stored)).toEqual(said);
    expect(wordsOf(stored)).toEqual({ en, vi });
  });

  test.each(sentenceCodes)('%s has words in both languages', (code) => {
    const params = [1, 2, 3, 4, 5, 6, 7];
    const said = storedSentence({ code, params });
    expect(wordsOf(said)).toEqual({ en: expect.any(String), vi: expect.any(String) });
    for (const text of Object.values(wordsOf(said))) expect(text).not.toMatch(/^\s*$|undefined/);
  });

  test('keeps whatever text its parameters are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string(),
        fc.string(),
        (prefix, code, account) => {
          const said = sentence('station-not-of-account@1', prefix, code, account);
          expect(readSentence(storedSentence(said))).toEqual(said);
          expect(words(said).vi).toContain(prefix);
        },
      ),
    );
  });
});

describe('a stored text that is no sentence of this version is shown as it is', () => {
  test.each([
    ['words of an earlier version', 'at most 10 minutes after reception'],
    ['a code of a later version', 'columns@9[1]'],
    ['too few parameters', 'columns-as-in-line@1[7]'],
    ['damaged parameters', 'columns-as-in-line@1[7,'],
    ['parameters of another kind', 'year-from@1[{}]'],
    ['a name that every object has', 'constructor'],
    ['nothing', ''],
  ])('%s', (_, stored) => {
    expect(readSentence(stored)).toBeUndefined();
    expect(wordsOf(stored)).toEqual({ en: stored, vi: null });
  });
});
