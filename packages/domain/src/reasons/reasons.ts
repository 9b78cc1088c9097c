/**
 * Why something was refused or marked. `scope` says what the reason is about:
 *
 * - `file`: the whole file is in quarantine
 * - `line`: one line is kept aside, the rest of its file goes on (a file without any good line is
 *   in quarantine for the reason of its first line)
 * - `reading`: a reading is kept and its quality flag explained
 * - `warning`: something odd that changes nothing
 *
 * `retryable`: the same bytes may fare better later, after the registry or the gateway was put right.
 */
export interface Reason {
  readonly scope: 'file' | 'line' | 'reading' | 'warning';
  readonly retryable: boolean;
  readonly en: string;
  readonly vi: string;
  /** Of reasons of a reading: raised when the rule would judge the same reading otherwise. */
  readonly version?: number;
}

/** Every reason there is. docs/reference is generated from this table. */
export const reasons = {
  // The file
  'empty-file': {
    scope: 'file',
    retryable: false,
    en: 'The file has no content.',
    vi: 'Tệp không có nội dung.',
  },
  'binary-content': {
    scope: 'file',
    retryable: false,
    en: 'The file is not text: it holds NUL bytes.',
    vi: 'Tệp không phải văn bản: có byte NUL.',
  },
  'not-utf8': {
    scope: 'file',
    retryable: false,
    en: 'The text is not encoded in UTF-8.',
    vi: 'Văn bản không được mã hóa UTF-8.',
  },
  'too-many-lines': {
    scope: 'file',
    retryable: false,
    en: 'The file has more lines than a station file can have.',
    vi: 'Tệp có nhiều dòng hơn mức cho phép của một tệp số liệu trạm.',
  },
  'unknown-account': {
    scope: 'file',
    retryable: true,
    en: 'The registry does not know the account that sent the file.',
    vi: 'Tài khoản gửi tệp chưa có trong danh mục.',
  },
  'unknown-station': {
    scope: 'file',
    retryable: true,
    en: 'The file name belongs to none of the stations of the account.',
    vi: 'Tên tệp không khớp với trạm nào của tài khoản.',
  },
  'other-accounts-station': {
    scope: 'file',
    retryable: true,
    en: 'The file name belongs to a station that the account may not send for.',
    vi: 'Tên tệp thuộc về một trạm mà tài khoản không được phép gửi.',
  },
  discarded: {
    scope: 'file',
    retryable: false,
    en: 'The file was held because it did not look whole, and an operator discarded it.',
    vi: 'Tệp bị giữ lại vì có vẻ không trọn vẹn và đã được người vận hành loại bỏ.',
  },
  'internal-error': {
    scope: 'file',
    retryable: true,
    en: 'The gateway failed on the file; the fault is ours.',
    vi: 'Hệ thống gặp lỗi khi xử lý tệp; lỗi thuộc về hệ thống.',
  },

  // A line
  'wrong-column-count': {
    scope: 'line',
    retryable: false,
    en: 'The line does not have the five columns symbol, value, unit, time, status.',
    vi: 'Dòng không đủ năm cột: ký hiệu, giá trị, đơn vị, thời gian, trạng thái.',
  },
  'control-character': {
    scope: 'line',
    retryable: false,
    en: 'The line holds a control character.',
    vi: 'Dòng chứa ký tự điều khiển.',
  },
  'symbol-missing': {
    scope: 'line',
    retryable: false,
    en: 'The line names no parameter.',
    vi: 'Dòng không có ký hiệu thông số.',
  },
  'symbol-too-long': {
    scope: 'line',
    retryable: false,
    en: 'The symbol of the parameter is too long to be one.',
    vi: 'Ký hiệu thông số quá dài.',
  },
  'time-unreadable': {
    scope: 'line',
    retryable: false,
    en: 'The time is not one of the calendar, written yyyyMMddHHmmss.',
    vi: 'Thời gian không hợp lệ theo dạng yyyyMMddHHmmss.',
  },
  'time-too-old': {
    scope: 'line',
    retryable: false,
    en: 'The time lies before 2015: the clock of the logger was not set.',
    vi: 'Thời gian trước năm 2015: đồng hồ của thiết bị chưa được đặt đúng.',
  },
  'time-in-future': {
    scope: 'line',
    retryable: false,
    en: 'The time lies more than 10 minutes after the file was received.',
    vi: 'Thời gian muộn hơn lúc nhận tệp quá 10 phút.',
  },
  'conflicting-duplicate': {
    scope: 'line',
    retryable: false,
    en: 'An earlier line of the file gives another result for the same parameter and time.',
    vi: 'Một dòng trước trong tệp cho kết quả khác với cùng thông số và thời gian.',
  },
  'line-cut': {
    scope: 'line',
    retryable: false,
    en: 'The last line has no end, in a file that looked cut off and was never sent again whole.',
    vi: 'Dòng cuối không có ký tự kết thúc, trong một tệp có vẻ bị cắt và không được gửi lại trọn vẹn.',
  },

  // A reading
  missing: {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The logger sent no value.',
    vi: 'Thiết bị không gửi giá trị.',
  },
  unparsable: {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The value is not a number; its text is kept.',
    vi: 'Giá trị không phải là số; văn bản gốc được giữ lại.',
  },
  'status-calibrating': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device was calibrating (status 01).',
    vi: 'Thiết bị đang hiệu chuẩn (trạng thái 01).',
  },
  'status-fault': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device reported a fault (status 02).',
    vi: 'Thiết bị báo lỗi (trạng thái 02).',
  },
  'status-maintenance': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device was in maintenance (status 03, not in the circular).',
    vi: 'Thiết bị đang bảo trì (trạng thái 03, ngoài quy định của thông tư).',
  },
  'status-unknown': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device status is absent or none of the known codes.',
    vi: 'Trạng thái thiết bị bị thiếu hoặc không thuộc các mã đã biết.',
  },
  'unknown-symbol': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The registry does not know the symbol; the reading is kept under it.',
    vi: 'Ký hiệu chưa có trong danh mục; số liệu được giữ theo ký hiệu gốc.',
  },
  'unit-missing': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The logger sent no unit; the unit of the registry was taken.',
    vi: 'Thiết bị không gửi đơn vị; dùng đơn vị trong danh mục.',
  },
  'unit-unexpected': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The unit is not that of the registry; value and unit are kept as sent.',
    vi: 'Đơn vị khác với danh mục; giá trị và đơn vị được giữ nguyên như đã gửi.',
  },
  sentinel: {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The value is one that loggers send in place of a result.',
    vi: 'Giá trị là mã thay thế của thiết bị, không phải kết quả đo.',
  },
  'out-of-range': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The device cannot measure such a value.',
    vi: 'Giá trị nằm ngoài dải đo của thiết bị.',
  },
  negative: {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The parameter cannot be below zero.',
    vi: 'Thông số không thể có giá trị âm.',
  },

  // Odd, but it changes nothing
  'duplicate-line': {
    scope: 'warning',
    retryable: false,
    en: 'The line repeats an earlier one of the file.',
    vi: 'Dòng lặp lại một dòng trước trong tệp.',
  },
  'name-time-differs': {
    scope: 'warning',
    retryable: false,
    en: 'The time of the file name is none of its lines; the lines count.',
    vi: 'Thời gian trong tên tệp khác với các dòng; lấy theo dòng.',
  },
  'name-time-unreadable': {
    scope: 'warning',
    retryable: false,
    en: 'The file name carries no time; the lines count.',
    vi: 'Tên tệp không có thời gian hợp lệ; lấy theo dòng.',
  },
  'released-after-quiet': {
    scope: 'warning',
    retryable: false,
    en: 'The file did not look whole and was held; no complete one came, so it was taken as it is.',
    vi: 'Tệp có vẻ không trọn vẹn nên bị giữ lại; không có tệp đầy đủ gửi lại nên được nhận nguyên trạng.',
  },
  'released-by-operator': {
    scope: 'warning',
    retryable: false,
    en: 'The file did not look whole and was held; an operator released it.',
    vi: 'Tệp có vẻ không trọn vẹn nên bị giữ lại; người vận hành đã cho nhận.',
  },
  'name-prefix-unknown': {
    scope: 'warning',
    retryable: true,
    en: 'The file name names no station; the only station of the account was taken.',
    vi: 'Tên tệp không ứng với trạm nào; lấy trạm duy nhất của tài khoản.',
  },
} as const satisfies Readonly<Record<string, Reason>>;

export type ReasonCode = keyof typeof reasons;
type CodesOf<S extends Reason['scope']> = {
  [C in ReasonCode]: (typeof reasons)[C]['scope'] extends S ? C : never;
}[ReasonCode];

export type FileReason = CodesOf<'file'>;
export type LineReason = CodesOf<'line'>;
export type ReadingReason = CodesOf<'reading'>;
export type WarningReason = CodesOf<'warning'>;

const versioned = new Map<string, string>(
  Object.entries<Reason>(reasons).map(([code, { version }]) => [code, `${code}@${version ?? 1}`]),
);

/** The reason of a reading as it is stored: `out-of-range@1`, with the version of the rule. */
export function withVersion(code: ReadingReason): string {
  return versioned.get(code) ?? code;
}

/** The catalogue's entry of a stored reason, with or without its version; undefined where there is none. */
export function reasonOf(stored: string): (Reason & { readonly code: ReasonCode }) | undefined {
  const code = stored.replace(/@\d+$/, '');
  return isReasonCode(code) ? { code, ...reasons[code] } : undefined;
}

function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(reasons, code);
}
