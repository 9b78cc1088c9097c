import { fileReasons, warningReasons } from './file-reasons.ts';
import type { Reason } from './reason.ts';

export type { Reason } from './reason.ts';

/** Every reason there is. docs/reference is generated from this table. */
export const reasons = {
  ...fileReasons,
  // A line
  'wrong-column-count': {
    scope: 'line',
    retryable: true,
    en: 'The line does not have as many columns as its form.',
    vi: 'Dòng không có đúng số cột theo dạng tệp.',
  },
  'control-character': {
    scope: 'line',
    retryable: false,
    en: 'The line holds a control character.',
    vi: 'Dòng chứa ký tự điều khiển.',
  },
  'letters-unclear': {
    scope: 'line',
    retryable: true,
    en: 'The line has letters that are not in UTF-8, and nothing tells for sure in what encoding they are.',
    vi: 'Dòng có chữ không được mã hóa UTF-8 và không xác định được bảng mã.',
  },
  'symbol-missing': {
    scope: 'line',
    retryable: true,
    en: 'The line names no parameter.',
    vi: 'Dòng không có ký hiệu thông số.',
  },
  'symbol-too-long': {
    scope: 'line',
    retryable: true,
    en: 'The symbol of the parameter is too long to be one.',
    vi: 'Ký hiệu thông số quá dài.',
  },
  'columns-unclear': {
    scope: 'line',
    retryable: true,
    en: 'A cell holds what cannot be meant there: the columns are others, or a comma stands in a number.',
    vi: 'Ô chứa nội dung không phù hợp: cột bị lệch hoặc dấu phẩy nằm trong số.',
  },
  'cell-too-long': {
    scope: 'line',
    retryable: true,
    en: 'A cell of the line is too long to be one.',
    vi: 'Một ô trong dòng quá dài.',
  },
  'time-unreadable': {
    scope: 'line',
    retryable: true,
    en: 'The time is not one of the calendar, or not written in a form that is known.',
    vi: 'Thời gian không có trong lịch hoặc không theo dạng đã biết.',
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
    version: 2,
    retryable: false,
    en: 'The logger sent no value.',
    vi: 'Thiết bị không gửi giá trị.',
  },
  'word-for-value': {
    scope: 'reading',
    version: 2,
    retryable: false,
    en: 'The logger sent a word in place of a value (OFF, error, calibrating); it is kept.',
    vi: 'Thiết bị gửi chữ thay cho giá trị (tắt, lỗi, hiệu chuẩn); chữ đó được giữ lại.',
  },
  'not-detected': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The logger sent that nothing was detected, without a detection limit.',
    vi: 'Thiết bị báo không phát hiện (KPH) và không kèm giới hạn phát hiện.',
  },
  censored: {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The value lies below or above a limit that is kept; it is no number of its own.',
    vi: 'Giá trị nhỏ hơn hoặc lớn hơn một giới hạn được lưu lại; không có con số cụ thể.',
  },
  'ambiguous-number': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The text may be either of two numbers (1,234) and no profile tells the decimal sign; it is kept.',
    vi: 'Giá trị có thể đọc thành hai số khác nhau (1,234) và chưa khai báo dấu thập phân; văn bản gốc được giữ lại.',
  },
  unparsable: {
    scope: 'reading',
    version: 3,
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
    version: 2,
    retryable: true,
    en: 'No known factor leads from the unit to that of the registry; value and unit are kept as sent.',
    vi: 'Không có hệ số quy đổi từ đơn vị này sang đơn vị trong danh mục; giá trị và đơn vị được giữ nguyên như đã gửi.',
  },
  'unit-conditions': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: "The unit differs from the registry's in the conditions of the gas only (m3, Nm3); kept as sent and judged with factor 1.",
    vi: 'Đơn vị chỉ khác danh mục về điều kiện của khí (m3, Nm3); giữ nguyên như đã gửi và đánh giá với hệ số 1.',
  },
  'factor-unverified': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The value was converted with a factor that nobody has confirmed yet.',
    vi: 'Giá trị được quy đổi bằng hệ số chưa được xác nhận.',
  },
  'zero-missing': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'This logger writes zero where it has no value.',
    vi: 'Thiết bị này ghi số 0 khi không có giá trị.',
  },
  'zero-suspect': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'Zero is unlikely for this parameter: the logger may have had no value.',
    vi: 'Giá trị 0 đáng ngờ đối với thông số này: có thể thiết bị không có giá trị.',
  },
  sentinel: {
    scope: 'reading',
    version: 3,
    retryable: true,
    en: 'The value is one that loggers send in place of a result.',
    vi: 'Giá trị là mã thay thế của thiết bị, không phải kết quả đo.',
  },
  'register-limit': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The value is the highest code of a register or converter: a device that does not answer, or is overloaded, gives it.',
    vi: 'Giá trị trùng với mã lớn nhất của thanh ghi hoặc bộ chuyển đổi: thiết bị không trả lời hoặc vượt dải đo.',
  },
  'physically-impossible': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'No such value exists: pH outside 0 to 14, a share above 100 %, a temperature at absolute zero or below.',
    vi: 'Giá trị không thể có trong thực tế: pH ngoài khoảng 0 đến 14, tỷ lệ trên 100 %, nhiệt độ bằng hoặc dưới độ không tuyệt đối.',
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

  // A reading among others: rules of the registry, each with a version of its own
  'flat-line': {
    scope: 'series',
    retryable: false,
    en: 'The value stands still for longer than the analyser can repeat itself.',
    vi: 'Giá trị không đổi lâu hơn mức thiết bị phân tích có thể lặp lại.',
  },
  spike: {
    scope: 'series',
    retryable: false,
    en: 'A single value lies far from those before and after it.',
    vi: 'Giá trị đơn lẻ lệch xa so với các giá trị trước và sau.',
  },
  'rate-of-change': {
    scope: 'series',
    retryable: false,
    en: 'The value changed faster than it can.',
    vi: 'Giá trị thay đổi nhanh hơn mức có thể.',
  },
  'dependent-parameters': {
    scope: 'series',
    retryable: false,
    en: 'Values that depend on each other contradict, as a whole that is less than its parts.',
    vi: 'Các thông số phụ thuộc nhau mâu thuẫn, ví dụ tổng nhỏ hơn các thành phần.',
  },
  saturation: {
    scope: 'series',
    retryable: false,
    en: "The value stays at the top of the device's range; what is above cannot be seen.",
    vi: 'Giá trị nằm ở đỉnh dải đo của thiết bị; phần cao hơn không đo được.',
  },

  ...warningReasons,
} as const satisfies Readonly<Record<string, Reason>>;

export type ReasonCode = keyof typeof reasons;
type CodesOf<S extends Reason['scope']> = {
  [C in ReasonCode]: (typeof reasons)[C]['scope'] extends S ? C : never;
}[ReasonCode];

export type FileReason = CodesOf<'file'>;
export type LineReason = CodesOf<'line'>;
export type ReadingReason = CodesOf<'reading'>;
export type SeriesReason = CodesOf<'series'>;
export type WarningReason = CodesOf<'warning'>;

const versioned = new Map<string, string>(
  Object.entries<Reason>(reasons).map(([code, { version }]) => [code, `${code}@${version ?? 1}`]),
);

/**
 * The reason of a reading as it is stored: `out-of-range@1`, with the version of the rule, and what
 * decided where it differs between stations: `out-of-range@1[0..14]`.
 */
export function withVersion(code: ReadingReason, threshold?: string): string {
  const rule = versioned.get(code) ?? code;
  return threshold === undefined ? rule : `${rule}[${threshold}]`;
}

/** The rule of a stored reason, without its threshold: `out-of-range@1`. Few enough to count by. */
export function ruleOf(stored: string): string {
  const bracket = stored.indexOf('[');
  return bracket === -1 ? stored : stored.slice(0, bracket);
}

/**
 * The catalogue's entry of a stored reason, with or without version and threshold; undefined where
 * there is none.
 */
export function reasonOf(stored: string): (Reason & { readonly code: ReasonCode }) | undefined {
  const [code = ''] = stored.split(/[@[]/, 1);
  return isReasonCode(code) ? { code, ...reasons[code] } : undefined;
}

function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(reasons, code);
}
