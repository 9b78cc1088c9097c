import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DocumentError } from './configuration/yaml-document.ts';
import { parseCsvTable, printCsvTable } from './csv-table.ts';

const parse = (text: string) => parseCsvTable('t.csv', Buffer.from(text));
const texts = (text: string) => parse(text).rows.map((row) => row.map((cell) => cell.text));

describe('a CSV table', () => {
  test.each([
    ['a byte order mark', '\uFEFFa,b\n1,2\n', ','],
    ['semicolons', 'a;b\r\n1;2\r\n', ';'],
    ['TABs', 'a\tb\r\n1\t2', '\t'],
    ['lone carriage returns', 'a,b\r1,2\r', ','],
    ["Excel's separator line before lone carriage returns", 'sep=;\ra;b\r1;2\r', ';'],
    ["Excel's separator line", '\uFEFFsep=;\r\na;b\r\n1;2\r\n', ';'],
    ['empty lines', 'a,b\n\n1,2\n\n', ','],
    ['the separator inside a name', '"a";b\n1;2', ';'],
  ])('is read with %s', (_what, text, separator) => {
    expect(parse(text).separator).toBe(separator);
    expect(texts(text)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  test('may end its lines in different ways, as where a script adds rows to what was exported', () => {
    const { rows } = parse('a;b\r\n1;"x\ny"\r\n2;z\n\n3;"u\r\nv"\n4;w\r5;Đ\r\n\r6;x');
    expect(
      rows.map((row) => row.map(({ text, line, column }) => `${line}:${column} ${text}`)),
    ).toEqual([
      ['1:1 a', '1:3 b'],
      ['2:1 1', '2:3 x\ny'],
      ['4:1 2', '4:3 z'],
      ['6:1 3', '6:3 u\r\nv'],
      ['8:1 4', '8:3 w'],
      ['9:1 5', '9:3 Đ'],
      ['11:1 6', '11:3 x'],
    ]);
  });

  test('reports the place of each cell, behind accents, quotes and line ends within cells', () => {
    const { rows } = parse('\uFEFFmã;tên;ghi chú\r\nA;"Trạm ""1"";\r\nhai";x\r\n\r\nB;;y\r\n');
    expect(
      rows.map((row) => row.map(({ text, line, column }) => `${line}:${column} ${text}`)),
    ).toEqual([
      ['1:1 mã', '1:4 tên', '1:8 ghi chú'],
      ['2:1 A', '2:3 Trạm "1";\r\nhai', '3:6 x'],
      ['5:1 B', '5:3 ', '5:4 y'],
    ]);
  });

  test.each([
    [
      'a quote that is not closed',
      Buffer.from('a,b\n1,"2\n'),
      /^t\.csv:2:3: dấu nháy kép mở ô không có dấu đóng · Quote Not Closed/,
    ],
    [
      'a quote inside of a cell',
      Buffer.from('a,b\n1,x"y\n'),
      /^t\.csv:2:3: dấu nháy kép ở giữa ô; .* · Invalid Opening Quote/,
    ],
    [
      'text behind a quoted cell',
      Buffer.from('a,b\n1,"x"y\n'),
      /^t\.csv:2:3: sau dấu nháy kép đóng .* · Invalid Closing Quote/,
    ],
    [
      'another code than UTF-8',
      Buffer.from('a,b\nok,1\nTr\xE1m,2\n', 'latin1'),
      /^t\.csv:3:1: chưa phải UTF-8: .* · is not UTF-8: save it as 'CSV UTF-8'$/,
    ],
  ])('with %s is refused by its line', (_what, bytes, message) => {
    expect(() => parseCsvTable('t.csv', bytes)).toThrow(DocumentError);
    expect(() => parseCsvTable('t.csv', bytes)).toThrow(message);
  });

  test('that was printed is read back', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.constantFrom('', '"', ',', ';', 'a\r\nb', '\n', ' a ', 'Đ'),
    );
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }),
      );
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';', '\t'), (rows, separator) => {
        // The header shows the separator.
        const whole = [rows[0]!.map((_, i) => `c${i}`), ...rows];
        expect(texts(printCsvTable(whole, separator))).toEqual(whole);
      }),
    );
  });

  test('is the same whichever way each of its lines ends', () => {
    const cell = fc.constantFrom('1', '', 'a b', '"x\r\ny"', '"\n"', '"\r"', 'Đ');
    const line = fc.tuple(fc.tuple(cell, cell), fc.constantFrom('\r\n', '\n', '\r'));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const written = (end?: string): string =>
          lines.map(([cells, own]) => `${cells.join(';')}${end ?? own}`).join('');
        expect(texts(`a;b\n${written()}`)).toEqual(texts(`a;b\n${written('\n')}`));
      }),
    );
  });
});
