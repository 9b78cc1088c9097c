import type { BilingualText, Release } from '@envigate/contracts';

/** Text and numbers only. A wording writes them out and does not calculate: it gets both as text. */
type Parameter = string | number;
type Wording = (...params: never[]) => BilingualText;

/**
 * What people read about one file beside the reason: what was expected at a place, what was found. A
 * sentence is its code with the version of its parameters, and these; both languages are made of them
 * here and nowhere else. It is stored and sent so (`storedSentence`). A code never changes its
 * parameters, since records have it: other parameters are another version beside it.
 */
const sentences = {
  // Lines
  'time-as@1': (form: string) => ({
    en: `a time of the calendar as ${form}`,
    vi: `thời gian đúng định dạng ${form}`,
  }),
  'a-time@1': () => ({ en: 'a time', vi: 'thời gian đo' }),
  'year-from@1': (year: number) => ({ en: `${year} or later`, vi: `từ năm ${year} trở đi` }),
  'minutes-after-reception@1': (most: number) => ({
    en: `at most ${most} minutes after reception`,
    vi: `không muộn hơn thời điểm nhận tệp quá ${most} phút`,
  }),
  'a-symbol@1': () => ({ en: 'the symbol of a parameter', vi: 'ký hiệu thông số' }),
  'characters-at-most@1': (most: number) => ({
    en: `at most ${most} characters`,
    vi: `tối đa ${most} ký tự`,
  }),
  'cell-not@1': (column: string, found: 'time' | 'number') => ({
    en: `a ${columnName(column).en}, not a ${found}`,
    vi: `${columnName(column).vi}, không phải ${found === 'time' ? 'thời gian' : 'số'}`,
  }),
  /** `columns` are their codes with blanks between. */
  'columns@1': (columns: string, separator: string) => {
    const names = columns.split(' ').map(columnName);
    const by = Object.hasOwn(separators, separator) ? separators[separator] : undefined;
    return {
      en: `${names.length} columns: ${inEnglish(names.map(({ en }) => en))}, separated by ${by?.en ?? separator}`,
      vi: `${names.length} cột: ${names.map(({ vi }) => vi).join(', ')}; phân cách bằng ${by?.vi ?? separator}`,
    };
  },
  'columns-as-in-line@1': (count: number, line: number) => ({
    en: `${count} columns, as in line ${line}`,
    vi: `${count} cột như dòng ${line}`,
  }),
  'rest-of-line@1': () => ({ en: 'the rest of the line', vi: 'phần còn lại của dòng' }),
  'printable-text@1': () => ({ en: 'printable text', vi: 'ký tự hiển thị được' }),
  'utf-8-or-profile@1': () => ({
    en: 'UTF-8, or a profile with the encoding',
    vi: 'UTF-8, hoặc cấu hình đọc có khai báo bảng mã',
  }),
  'result-of-line@1': (line: number) => ({
    en: `the result of line ${line}, or another parameter or time`,
    vi: `kết quả như dòng ${line}, hoặc thông số, thời gian đo khác`,
  }),

  // Stations, accounts and profiles
  'account-unknown@1': (account: string) => ({
    en: `account '${account}' is not in the registry`,
    vi: `tài khoản '${account}' chưa khai báo`,
  }),
  'assigned-station-unknown@1': (station: string) => ({
    en: `station '${station}', assigned to it, is not in the registry`,
    vi: `trạm '${station}' được chỉ định chưa khai báo`,
  }),
  'assigned-profile-unknown@1': (profile: string) => ({
    en: `profile '${profile}', assigned to it, is not in the registry`,
    vi: `cấu hình đọc '${profile}' được chỉ định chưa khai báo`,
  }),
  'profile@1': (profile: string) => ({
    en: `profile '${profile}'`,
    vi: `cấu hình đọc '${profile}'`,
  }),
  'station-not-of-account@1': (prefix: string, station: string, account: string) => ({
    en: `'${prefix}' is station '${station}', which account '${account}' may not send for`,
    vi: `'${prefix}' là trạm '${station}', tài khoản '${account}' chưa được cấp quyền gửi`,
  }),
  /** `stations` may be empty; so is `folder` where no station of the account has folders. */
  'prefix-unknown@1': (prefix: string, account: string, stations: string, folder: string) => ({
    en: `'${prefix}' does not match a file prefix of account '${account}' (${stations || 'none'})${folder === '' ? '' : `, nor does folder '${folder}' match`}`,
    vi: `'${prefix}' không khớp tiền tố tên tệp của tài khoản '${account}' (${stations || 'chưa có trạm nào'})${folder === '' ? '' : `; thư mục '${folder}' không thuộc trạm nào`}`,
  }),
  /** `places` are a station and its folders, then the next: `'S1' in /a, /b`. */
  'prefix-in-other-folder@1': (prefix: string, folder: string, ...places: readonly string[]) => ({
    en: `'${prefix}' is a file prefix of station ${inPlaces(places, 'in', ' and ')}; the file lies in '${folder}'`,
    vi: `'${prefix}' là tiền tố tên tệp của trạm ${inPlaces(places, 'trong', ' và ')}; tệp nằm trong '${folder}'`,
  }),
  /** `prefix` is empty where the folder alone counts. */
  'several-stations@1': (prefix: string, folder: string, stations: string) => ({
    en: `${prefix === '' ? '' : `'${prefix}' in `}folder '${folder}' fits several stations: ${stations}`,
    vi: `${prefix === '' ? '' : `'${prefix}' trong `}thư mục '${folder}' ứng với nhiều trạm: ${stations}`,
  }),
  'prefix-taken-for@1': (prefix: string, station: string) => ({
    en: `'${prefix}' taken for '${station}'`,
    vi: `tiền tố '${prefix}', ghi nhận cho trạm '${station}'`,
  }),

  // Whole files
  'bytes@1': (count: number) => ({ en: `${count} bytes`, vi: `${count} byte` }),
  'bytes-of-at-most@1': (count: number, most: number) => ({
    en: `${count} bytes of at most ${most}`,
    vi: `${count} byte, tối đa ${most}`,
  }),
  'blank-lines-only@1': () => ({ en: 'blank lines only', vi: 'chỉ có dòng trống' }),
  'no-data-lines@1': () => ({
    en: 'headings and comments only',
    vi: 'chỉ có tiêu đề và ghi chú',
  }),
  'more-than-lines@1': (most: number) => ({
    en: `more than ${most} lines`,
    vi: `quá ${most} dòng`,
  }),
  'more-than-readings@1': (most: number) => ({
    en: `more than ${most} readings`,
    vi: `quá ${most} giá trị`,
  }),
  /** What a file is that is no text; the names of formats are the same in both languages. */
  'file-format@1': (name: string) => ({ en: name, vi: name }),
  'nul-byte-at@1': (line: number, column: number) => ({
    en: `line ${line}, column ${column}: NUL byte`,
    vi: `dòng ${line}, cột ${column}: byte NUL`,
  }),
  'invalid-bytes@1': (encoding: string) => ({
    en: `bytes that are not valid ${encoding}`,
    vi: `byte không hợp lệ với ${encoding}`,
  }),
  'invalid-bytes-at@1': (encoding: string, line: number, column: number) => ({
    en: `line ${line}, column ${column}: bytes that are not valid ${encoding}`,
    vi: `dòng ${line}, cột ${column}: byte không hợp lệ với ${encoding}`,
  }),
  /** `expected` is the stored sentence of the line. */
  'first-refused-line@1': (line: number, column: number, expected: string): BilingualText => {
    const { en, vi } = wordsOf(expected);
    return {
      en: `line ${line}, column ${column}: expected ${en}`,
      vi: `dòng ${line}, cột ${column}: yêu cầu ${vi ?? en}`,
    };
  },
  /** The same where more lines are refused than are listed. */
  'first-refused-line-of-many@1': (
    line: number,
    column: number,
    expected: string,
    unlisted: number,
  ): BilingualText => {
    const { en, vi } = wordsOf(expected);
    return {
      en: `line ${line}, column ${column}: expected ${en}; ${unlisted} more lines are not listed`,
      vi: `dòng ${line}, cột ${column}: yêu cầu ${vi ?? en}; còn ${unlisted} dòng khác không liệt kê`,
    };
  },
  'reset-before-reply@1': () => ({
    en: 'the connection was reset before the reply was read',
    vi: 'kết nối bị ngắt trước khi bên gửi đọc xác nhận',
  }),
  'all-times-corrected@1': (newest: string, received: string) => ({
    en: `all its times are stored already with other values; its newest is ${newest}, it was received at ${received}`,
    vi: `mọi thời gian đo đã có giá trị khác; thời gian mới nhất trong tệp ${newest}, nhận lúc ${received}`,
  }),
  'in-archived-months@1': (months: string) => ({
    en: `it has data of months that are archived: ${months}`,
    vi: `tệp có số liệu của tháng đã lưu trữ: ${months}`,
  }),
  'message-unusable@1': (why: string) => ({
    en: why,
    vi: `thông điệp không đúng cấu trúc: ${why}`,
  }),

  // Warnings
  'encoding@1': (name: string) => ({ en: name, vi: name }),
  'zero-width-characters@1': (count: number) => ({
    en: `${count} zero-width characters`,
    vi: `${count} ký tự ẩn`,
  }),
  'nul-bytes-between@1': (count: number) => ({
    en: `${count} NUL bytes between the characters`,
    vi: `${count} byte NUL giữa các ký tự`,
  }),
  'nul-bytes-after-last-line@1': (count: number) => ({
    en: `${count} NUL bytes after the last line`,
    vi: `${count} byte NUL sau dòng cuối`,
  }),
  'nul-bytes-at-line-ends@1': (count: number) => ({
    en: `${count} NUL bytes at the ends of lines`,
    vi: `${count} byte NUL ở đầu hoặc cuối dòng`,
  }),
  'control-characters@1': (count: number, names: string) => ({
    en: `${count} characters: ${names}`,
    vi: `${count} ký tự: ${names}`,
  }),
  'lines@1': (count: number) => ({ en: `${count} lines`, vi: `${count} dòng` }),
  'line@1': (line: number) => ({ en: `line ${line}`, vi: `dòng ${line}` }),
  'lines-from@1': (count: number, first: number) => ({
    en: `${count} lines from ${first}`,
    vi: `${count} dòng, từ dòng ${first}`,
  }),
  'more-lines@1': (count: number) => ({
    en: `${count} more lines`,
    vi: `còn ${count} dòng khác`,
  }),
  'line-repeats@1': (line: number, earlier: number) => ({
    en: `line ${line} repeats line ${earlier}`,
    vi: `dòng ${line} lặp lại dòng ${earlier}`,
  }),
  'seconds-after-reception@1': (seconds: number) => ({
    en: `${seconds} s after the reception`,
    vi: `muộn hơn thời điểm nhận ${seconds} giây`,
  }),
  'is-no-time@1': (text: string) => ({
    en: `'${text}' is no time`,
    vi: `'${text}' không phải thời gian`,
  }),
  'times-of-name-and-line@1': (ofName: string, ofLine: string) => ({
    en: `name ${ofName}, first line ${ofLine}`,
    vi: `tên tệp ${ofName}, dòng đầu ${ofLine}`,
  }),
  'repeated-readings@1': (count: number) => ({
    en: `${count} readings, as the same bytes under another name brought them before`,
    vi: `${count} giá trị, do cùng nội dung đã gửi trước với tên khác`,
  }),
  'readings@1': (count: number) => ({ en: `${count} readings`, vi: `${count} giá trị` }),
  'asked-for-again@1': () => ({
    en: 'nothing was changed; it is asked for again',
    vi: 'số liệu không thay đổi; hệ thống đã yêu cầu đọc lại',
  }),
  'by-present-registry@1': () => ({
    en: 'by the registry as it is now',
    vi: 'theo danh mục hiện tại',
  }),
  /** Actor and note may be empty. */
  'held@1': (heldFor: string, since: string, actor: string, note: string) => {
    const words = [actor, note].filter((word) => word !== '').join(': ');
    const why = holdReason(heldFor);
    return {
      en: `held since ${since} (${why.en})${words === '' ? '' : `; ${words}`}`,
      vi: [
        `tạm giữ từ ${since} (${why.vi})`,
        ...(actor === '' ? [] : [`cán bộ: ${actor}`]),
        ...(note === '' ? [] : [`ghi chú: ${note}`]),
      ].join('; '),
    };
  },
  /** Station, profile and note may be empty; `as` is a list of 'whole' and 'reread' with blanks between. */
  'replay@1': (
    reception: string,
    actor: string,
    at: string,
    station: string,
    profile: string,
    as: string,
    note: string,
  ) => {
    const [isWhole, isReread] = [as.includes('whole'), as.includes('reread')];
    return {
      en: [
        `reception ${reception} by ${actor} at ${at}`,
        ...(station === '' ? [] : [` as station ${station}`]),
        ...(profile === '' ? [] : [` by profile ${profile}`]),
        ...(isWhole ? [' as whole'] : []),
        ...(isReread ? [' in place of what it gave before'] : []),
        ...(note === '' ? [] : [`: ${note}`]),
      ].join(''),
      vi: [
        `lượt nhận ${reception}; cán bộ: ${actor}; lúc ${at}`,
        ...(station === '' ? [] : [`trạm ${station}`]),
        ...(profile === '' ? [] : [`cấu hình đọc ${profile}`]),
        ...(isWhole ? ['xác nhận tệp đầy đủ'] : []),
        ...(isReread ? ['thay cho kết quả đọc trước'] : []),
        ...(note === '' ? [] : [`ghi chú: ${note}`]),
      ].join('; '),
    };
  },
  // Deliveries
  'delivery-replaced@1': () => ({
    en: 'replaced by another delivery of its moment before it was sent',
    vi: 'có lượt truyền khác của cùng thời điểm thay thế trước khi truyền',
  }),
  'delivery-withdrawn@1': () => ({
    en: 'withdrawn from the record before it was sent: nothing is left of its moment',
    vi: 'số liệu được rút khỏi hệ thống trước khi truyền: không còn giá trị nào của thời điểm này',
  }),
} as const satisfies Readonly<Record<string, Wording>>;

/** Why a file is held or parked. */
export const holdReasonLabels = {
  'cut-last-line': { vi: 'dòng cuối bị cắt', en: 'the last line is cut' },
  shrunk: { vi: 'ngắn hơn tệp đã nhận trước đó', en: 'shorter than the file received before' },
  'broken-transfer': { vi: 'truyền chưa xong', en: 'the transfer did not complete' },
  'awaiting-rename': { vi: 'chờ đổi tên', en: 'waits for its rename' },
} as const satisfies Readonly<Record<Release['heldFor'], BilingualText>>;

const columns: Readonly<Record<string, BilingualText>> = {
  symbol: { en: 'symbol', vi: 'ký hiệu thông số' },
  value: { en: 'value', vi: 'giá trị' },
  unit: { en: 'unit', vi: 'đơn vị đo' },
  time: { en: 'time', vi: 'thời gian đo' },
  date: { en: 'date', vi: 'ngày' },
  timeOfDay: { en: 'time of day', vi: 'giờ' },
  status: { en: 'status', vi: 'trạng thái' },
  ignored: { en: 'a cell that is not read', vi: 'ô không đọc' },
};
const separators: Readonly<Record<string, BilingualText>> = {
  tab: { en: 'TABs', vi: 'TAB' },
  semicolon: { en: 'semicolons', vi: 'dấu chấm phẩy' },
  comma: { en: 'commas', vi: 'dấu phẩy' },
  pipe: { en: 'vertical bars', vi: 'dấu gạch đứng' },
  gaps: { en: 'blanks', vi: 'dấu cách' },
  blanks: { en: 'blanks', vi: 'dấu cách' },
  mixed: { en: 'TABs, semicolons or blanks', vi: 'TAB, dấu chấm phẩy hoặc dấu cách' },
};

function columnName(column: string): BilingualText {
  const name = Object.hasOwn(columns, column) ? columns[column] : undefined;
  return name ?? { en: column, vi: column };
}

/** A code of a later version stays as it is. */
function holdReason(code: string): BilingualText {
  return Object.hasOwn(holdReasonLabels, code)
    ? holdReasonLabels[code as Release['heldFor']]
    : { en: code, vi: code };
}

function inEnglish(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ');
}

function inPlaces(places: readonly string[], joint: string, and: string): string {
  const pairs: string[] = [];
  for (let i = 0; i < places.length; i += 2)
    pairs.push(`'${places[i]}' ${joint} ${places[i + 1] ?? ''}`);
  return pairs.join(and);
}

export type SentenceCode = keyof typeof sentences;
export const sentenceCodes = Object.keys(sentences) as readonly SentenceCode[];

/** A sentence before it is stored or put into words; made where a line or a file is refused or marked. */
export interface Sentence {
  readonly code: SentenceCode;
  readonly params: readonly Parameter[];
}

export function sentence<Code extends SentenceCode>(
  code: Code,
  ...params: Parameters<(typeof sentences)[Code]>
): Sentence {
  return { code, params };
}

/** As it is stored and sent: `columns-as-in-line@1[7,1]`; without parameters the code alone. */
export function storedSentence({ code, params }: Sentence): string {
  return params.length === 0 ? code : code + JSON.stringify(params);
}

/** The sentence of a stored text; undefined where it is words, as versions before this form stored. */
export function readSentence(stored: string): Sentence | undefined {
  const bracket = stored.indexOf('[');
  const code = bracket === -1 ? stored : stored.slice(0, bracket);
  if (!isSentenceCode(code)) return undefined;
  const params = bracket === -1 ? [] : parse(stored.slice(bracket));
  return params !== undefined && params.length >= sentences[code].length
    ? { code, params }
    : undefined;
}

/**
 * A stored text as people read it. Words of versions before this form have no Vietnamese; a code that
 * a later version stored is shown as it is.
 */
export function wordsOf(stored: string): { readonly en: string; readonly vi: string | null } {
  const read = readSentence(stored);
  if (read === undefined) return { en: stored, vi: null };
  return wordingOf(read);
}

export function wordingOf({ code, params }: Sentence): BilingualText {
  const wording = sentences[code] as (...params: readonly string[]) => BilingualText;
  return wording(...params.map(String));
}

function isSentenceCode(code: string): code is SentenceCode {
  return Object.hasOwn(sentences, code);
}

function parse(json: string): readonly Parameter[] | undefined {
  try {
    const params: unknown = JSON.parse(json);
    return Array.isArray(params) && params.every(isParameter) ? params : undefined;
  } catch {
    return undefined;
  }
}

function isParameter(value: unknown): value is Parameter {
  return typeof value === 'string' || typeof value === 'number';
}
