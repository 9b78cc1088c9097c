/**
 * Vietnamese words for what a reason expected or found. The record keeps it as one short English phrase
 * with parameters (`expected`, `detail`); this table recognises the phrase, takes the parameters out and
 * makes the sentence. So what is stored and sent between services never depends on a language of people,
 * and rows that were stored before have Vietnamese words too.
 *
 * A phrase that is not in the table is shown as it is. `test/corpus/expected-texts.test.ts` fails where
 * a station file of the corpus yields one.
 */

/** A phrase and its sentence; the groups of the pattern are the parameters. */
type Phrase = readonly [pattern: RegExp, vi: (parameters: readonly string[]) => string];

const columnNames: Readonly<Record<string, string>> = {
  symbol: 'ký hiệu thông số',
  value: 'giá trị',
  unit: 'đơn vị đo',
  time: 'thời gian đo',
  date: 'ngày',
  'time of day': 'giờ',
  status: 'trạng thái',
  'a cell that is not read': 'ô không đọc',
};
const separatorNames: Readonly<Record<string, string>> = {
  TABs: 'TAB',
  semicolons: 'dấu chấm phẩy',
  commas: 'dấu phẩy',
  'vertical bars': 'dấu gạch đứng',
  blanks: 'dấu cách',
  'TABs, semicolons or blanks': 'TAB, dấu chấm phẩy hoặc dấu cách',
};

function columnsOf(list: string): string {
  const names = list.split(/, | and /);
  return names.map((name) => columnNames[name] ?? name).join(', ');
}

const accountOf = (code: string): string => `tài khoản '${code}'`;

const phrases: readonly Phrase[] = [
  // Lines
  [/^a time of the calendar as yyyyMMddHHmmss$/, () => 'thời gian đúng định dạng yyyyMMddHHmmss'],
  [/^a time$/, () => 'thời gian đo'],
  [/^(\d{4}) or later$/, ([year]) => `từ năm ${year} trở đi`],
  [
    /^at most (\d+) minutes after reception$/,
    ([minutes]) => `không muộn hơn thời điểm nhận tệp quá ${minutes} phút`,
  ],
  [/^the symbol of a parameter$/, () => 'ký hiệu thông số'],
  [/^at most (\d+) characters$/, ([most]) => `tối đa ${most} ký tự`],
  [
    /^an? (symbol|value|unit|status), not a (time|number)$/,
    ([meant = '', found = '']) =>
      `${columnNames[meant]}, không phải ${found === 'time' ? 'thời gian' : 'số'}`,
  ],
  [
    /^(\d+) columns: (.+), (?:parted|separated) by (.+)$/,
    ([count, columns = '', separator = '']) =>
      `${count} cột: ${columnsOf(columns)}; phân cách bằng ${separatorNames[separator] ?? separator}`,
  ],
  [/^(\d+) columns, as in line (\d+)$/, ([count, line]) => `${count} cột như dòng ${line}`],
  [/^the rest of the line$/, () => 'phần còn lại của dòng'],
  [/^printable text$/, () => 'ký tự hiển thị được'],
  [/^UTF-8, or a profile with the encoding$/, () => 'UTF-8, hoặc cấu hình đọc có khai báo bảng mã'],
  [
    /^the result of line (\d+), or another parameter or time$/,
    ([line]) => `kết quả như dòng ${line}, hoặc thông số, thời gian đo khác`,
  ],

  // Stations and accounts; the codes may hold anything but a quotation mark before what follows.
  [/^account '(.*)' is not in the registry$/s, ([code = '']) => `${accountOf(code)} chưa khai báo`],
  [
    /^station '(.*)', assigned to it, is not in the registry$/s,
    ([code]) => `trạm '${code}' được chỉ định chưa khai báo`,
  ],
  [
    /^profile '(.*)', assigned to it, is not in the registry$/s,
    ([code]) => `cấu hình đọc '${code}' được chỉ định chưa khai báo`,
  ],
  [/^profile '(.*)'$/s, ([code]) => `cấu hình đọc '${code}'`],
  [
    /^'(.*)' is station '(.*)', which account '(.*)' may not send for$/s,
    ([prefix, station, code = '']) =>
      `'${prefix}' là trạm '${station}', ${accountOf(code)} chưa được cấp quyền gửi`,
  ],
  [
    /^'(.*)' (?:is no file prefix of the stations of|does not match a file prefix of) account '(.*)' \((.*?)\)(?:, (?:and '(.*)' none of their folders|nor does folder '(.*)' match))?$/s,
    ([prefix, code = '', stations = '', formerFolder, folder]) => {
      const where = folder ?? formerFolder;
      const list = stations === 'none' ? 'chưa có trạm nào' : stations;
      return `'${prefix}' không khớp tiền tố tên tệp của ${accountOf(code)} (${list})${where === undefined ? '' : `; thư mục '${where}' không thuộc trạm nào`}`;
    },
  ],
  [
    /^'(.*)' is a file prefix of station (.*); the file lies in '(.*)'$/s,
    ([prefix, places = '', folder]) =>
      `'${prefix}' là tiền tố tên tệp của trạm ${places.replaceAll("' in ", "' trong ").replaceAll(' and ', ' và ')}; tệp nằm trong '${folder}'`,
  ],
  [
    /^(?:folder )?'(.*)' fits several stations: (.*)$/s,
    ([what, codes]) => `'${what}' ứng với nhiều trạm: ${codes}`,
  ],

  // Whole files
  [/^0 bytes$/, () => '0 byte'],
  [/^blank lines only$/, () => 'chỉ có dòng trống'],
  [/^headings and comments only$/, () => 'chỉ có tiêu đề và ghi chú'],
  [
    /^more than (\d+) (lines|readings)$/,
    ([most, what]) => `quá ${most} ${what === 'lines' ? 'dòng' : 'giá trị'}`,
  ],
  [
    /^line (\d+), column (\d+): NUL byte$/,
    ([line, column]) => `dòng ${line}, cột ${column}: byte NUL`,
  ],
  [
    /^line (\d+), column (\d+): bytes that are (?:no|not valid) (.+)$/,
    ([line, column, encoding]) => `dòng ${line}, cột ${column}: byte không hợp lệ với ${encoding}`,
  ],
  [/^bytes that are (?:no|not valid) (.+)$/, ([encoding]) => `byte không hợp lệ với ${encoding}`],
  [
    /^(.+); (\d+) more lines are not listed$/s,
    ([first = '', more]) =>
      `${expectedInVietnamese(first) ?? first}; còn ${more} dòng khác không liệt kê`,
  ],
  [
    /^line (\d+), column (\d+): expected (.+)$/s,
    ([line, column, expected = '']) =>
      `dòng ${line}, cột ${column}: yêu cầu ${expectedInVietnamese(expected) ?? expected}`,
  ],
  [/^line (\d+), column (\d+)$/, ([line, column]) => `dòng ${line}, cột ${column}`],
];

/** Undefined where the phrase is not known: show it as it is. */
export function expectedInVietnamese(phrase: string): string | undefined {
  for (const [pattern, vi] of phrases) {
    const found = pattern.exec(phrase);
    if (found !== null) return vi(found.slice(1));
  }
  return undefined;
}
