import { sentence, storedSentence, type Sentence } from './sentences.ts';
import type { FileWarning } from '@envigate/contracts';
import { fileReasons, warningReasons, type Reason } from './file-reasons.ts';

export type { Reason } from './file-reasons.ts';

/** Every reason there is. docs/reference is generated from this table. */
export const reasons = {
  ...fileReasons,
  // A line
  'wrong-column-count': {
    scope: 'line',
    retryable: true,
    en: 'The line does not have the number of columns of its format.',
    vi: 'Số cột của dòng không đúng định dạng của tệp.',
  },
  'control-character': {
    scope: 'line',
    retryable: false,
    en: 'The line contains a control character.',
    vi: 'Dòng chứa ký tự điều khiển.',
  },
  'letters-unclear': {
    scope: 'line',
    retryable: true,
    en: 'The line has letters that are not in UTF-8, and their encoding could not be determined.',
    vi: 'Dòng có chữ không mã hóa bằng UTF-8 và không xác định được bảng mã.',
  },
  'symbol-missing': {
    scope: 'line',
    retryable: true,
    en: 'The line has no parameter symbol.',
    vi: 'Dòng không có ký hiệu thông số.',
  },
  'symbol-too-long': {
    scope: 'line',
    retryable: true,
    en: 'The parameter symbol is too long.',
    vi: 'Ký hiệu thông số quá dài.',
  },
  'columns-unclear': {
    scope: 'line',
    retryable: true,
    en: 'A cell contains unexpected content: the columns are shifted, or a number contains a comma.',
    vi: 'Nội dung của ô không phù hợp: cột bị lệch hoặc trong số có dấu phẩy.',
  },
  'cell-too-long': {
    scope: 'line',
    retryable: true,
    en: 'A cell of the line is too long.',
    vi: 'Một ô trong dòng quá dài.',
  },
  'time-unreadable': {
    scope: 'line',
    retryable: true,
    en: 'The time does not exist in the calendar, or its format is unknown.',
    vi: 'Thời gian đo không tồn tại (ví dụ ngày 30/02) hoặc không đúng định dạng đã biết.',
  },
  'time-too-old': {
    scope: 'line',
    retryable: false,
    en: "The time is before 2015: the logger's clock was not set.",
    vi: 'Thời gian đo trước năm 2015: đồng hồ datalogger chưa được cài đặt đúng.',
  },
  'time-in-future': {
    scope: 'line',
    retryable: false,
    en: 'The time is more than 10 minutes after the reception of the file.',
    vi: 'Thời gian đo muộn hơn thời điểm nhận tệp quá 10 phút.',
  },
  'conflicting-duplicate': {
    scope: 'line',
    retryable: false,
    en: 'An earlier line gives a different result for the same parameter and time.',
    vi: 'Tệp đã có dòng trước của cùng thông số và thời gian nhưng kết quả khác.',
  },
  'line-cut': {
    scope: 'line',
    retryable: false,
    en: 'The last line has no line end; the file looked truncated and was never sent again in full.',
    vi: 'Dòng cuối thiếu ký tự kết thúc; tệp có dấu hiệu bị cắt và chưa được gửi lại đầy đủ.',
  },

  // A reading
  missing: {
    scope: 'reading',
    version: 2,
    retryable: false,
    en: 'The logger sent no value.',
    vi: 'Datalogger không gửi giá trị.',
  },
  'word-for-value': {
    scope: 'reading',
    version: 2,
    retryable: false,
    en: 'The logger sent a word instead of a value (OFF, error, calibrating); the word is kept.',
    vi: 'Datalogger gửi chữ thay cho giá trị (ví dụ OFF, Lỗi, hiệu chuẩn); nội dung gốc được lưu.',
  },
  'not-detected': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: "The result is 'not detected', without a detection limit.",
    vi: 'Kết quả là không phát hiện (KPH), không kèm giới hạn phát hiện.',
  },
  censored: {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'Only a bound is known (<0.01, >200); the bound is kept and no value is set.',
    vi: 'Chỉ biết giá trị nhỏ hơn hoặc lớn hơn một ngưỡng (ví dụ <0,01; >200); ngưỡng được lưu, không gán giá trị.',
  },
  'ambiguous-number': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The number can be read in two ways (1,234) and no profile defines the decimal sign; the text is kept.',
    vi: 'Số có thể hiểu theo hai cách (1,234) do chưa khai báo dấu thập phân; nội dung gốc được lưu.',
  },
  unparsable: {
    scope: 'reading',
    version: 3,
    retryable: false,
    en: 'The value is not a number; its text is kept.',
    vi: 'Giá trị không phải là số; nội dung gốc được lưu.',
  },
  'status-calibrating': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device was calibrating (status 01).',
    vi: 'Thiết bị đo đang hiệu chuẩn (trạng thái 01).',
  },
  'status-fault': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device reported a fault (status 02).',
    vi: 'Thiết bị đo báo lỗi (trạng thái 02).',
  },
  'status-maintenance': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device was in maintenance (status 03, which TT 10/2021 does not define).',
    vi: 'Thiết bị đo đang bảo trì (trạng thái 03, không có trong Thông tư 10/2021/TT-BTNMT).',
  },
  'status-unknown': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The device status is missing or is not a known code.',
    vi: 'Thiếu trạng thái thiết bị đo hoặc mã trạng thái không thuộc các mã đã biết (00 đến 03).',
  },
  'unknown-symbol': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The symbol is not in the registry; the reading is kept under it.',
    vi: 'Ký hiệu thông số chưa được khai báo; số liệu được lưu theo ký hiệu gốc.',
  },
  'unit-missing': {
    scope: 'reading',
    version: 1,
    retryable: false,
    en: 'The logger sent no unit; the unit of the registry was used.',
    vi: 'Datalogger không gửi đơn vị đo; hệ thống dùng đơn vị đo trong danh mục.',
  },
  'unit-unexpected': {
    scope: 'reading',
    version: 2,
    retryable: true,
    en: 'No conversion factor is known from this unit to the unit in the registry; value and unit are kept as sent.',
    vi: 'Không có hệ số quy đổi từ đơn vị đo này sang đơn vị đo trong danh mục; giữ nguyên giá trị và đơn vị đo đã gửi.',
  },
  'unit-conditions': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: "The unit differs from the registry's only in the gas conditions (m3, Nm3); the value is kept as sent and judged with factor 1.",
    vi: 'Đơn vị đo chỉ khác đơn vị trong danh mục ở điều kiện thể tích khí (m3, Nm3); giữ nguyên giá trị và đánh giá với hệ số 1.',
  },
  'factor-unverified': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The value was converted with a factor that has not been confirmed yet.',
    vi: 'Giá trị được quy đổi bằng hệ số chưa được xác nhận.',
  },
  'zero-missing': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The logger of this station writes zero when it has no value.',
    vi: 'Datalogger của trạm này ghi số 0 khi không có giá trị.',
  },
  'zero-suspect': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'Zero is unlikely for this parameter: the logger may have had no value.',
    vi: 'Giá trị 0 đáng ngờ đối với thông số này; có thể datalogger không có giá trị.',
  },
  sentinel: {
    scope: 'reading',
    version: 3,
    retryable: true,
    en: 'The value is a code that loggers send instead of a result.',
    vi: 'Giá trị là mã báo không có kết quả (ví dụ 99999, -9999), không phải kết quả đo.',
  },
  'register-limit': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The value is the highest code of a register or converter: the device did not answer or is overloaded.',
    vi: 'Giá trị bằng mã lớn nhất của thanh ghi hoặc bộ chuyển đổi: thiết bị đo không trả lời hoặc vượt khoảng đo.',
  },
  'physically-impossible': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'No such value exists: pH outside 0 to 14, a share above 100 %, a temperature at absolute zero or below.',
    vi: 'Giá trị không thể có trong thực tế: pH ngoài khoảng 0 đến 14, tỷ lệ trên 100%, nhiệt độ bằng hoặc dưới độ không tuyệt đối.',
  },
  'out-of-range': {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'The value is outside the registered measuring range.',
    vi: 'Giá trị nằm ngoài khoảng đo đã khai báo của thiết bị đo.',
  },
  negative: {
    scope: 'reading',
    version: 1,
    retryable: true,
    en: 'A negative value is not plausible for this parameter.',
    vi: 'Giá trị âm không hợp lý đối với thông số này.',
  },

  // A reading among others: rules of the registry, each with a version of its own
  'flat-line': {
    scope: 'series',
    retryable: false,
    en: "The value has not changed for longer than the analyser's cycle explains.",
    vi: 'Giá trị không thay đổi lâu hơn chu kỳ phân tích của thiết bị đo.',
  },
  spike: {
    scope: 'series',
    retryable: false,
    en: 'A single value differs sharply from those before and after it.',
    vi: 'Giá trị lệch bất thường so với các giá trị liền trước và liền sau.',
  },
  'rate-of-change': {
    scope: 'series',
    retryable: false,
    en: "The value changed faster than the rule's threshold.",
    vi: 'Giá trị thay đổi nhanh bất thường, vượt ngưỡng đã khai báo.',
  },
  'dependent-parameters': {
    scope: 'series',
    retryable: false,
    en: 'Values of related parameters contradict each other (for example NOx below NO + NO2).',
    vi: 'Giá trị của các thông số liên quan mâu thuẫn nhau (ví dụ NOx nhỏ hơn NO + NO2).',
  },
  saturation: {
    scope: 'series',
    retryable: false,
    en: 'The value stays at the upper end of the measuring range; the true value may be higher.',
    vi: 'Giá trị bằng giới hạn trên của khoảng đo trong thời gian dài; giá trị thực có thể cao hơn.',
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

export function warn(code: WarningReason, detail: Sentence): FileWarning {
  return { code, detail: storedSentence(detail) };
}

/** More of one kind are reported together: a warning is in the ledger. */
const maxReported = 20;

/** Warnings about lines of one kind, the first of them one by one. */
export class LineWarnings {
  readonly #code: WarningReason;
  readonly #reported: FileWarning[] = [];
  #unreported = 0;

  constructor(code: WarningReason) {
    this.#code = code;
  }

  add(detail: Sentence): void {
    if (this.#reported.length < maxReported) this.#reported.push(warn(this.#code, detail));
    else this.#unreported++;
  }

  list(): FileWarning[] {
    if (this.#unreported === 0) return this.#reported;
    const rest = {
      ...warn(this.#code, sentence('more-lines@1', this.#unreported)),
      lines: this.#unreported,
    };
    return [...this.#reported, rest];
  }
}

/** Whether what has this reason is in quarantine: a file or a line. */
export function isOfQuarantine({ scope }: Reason): boolean {
  return scope === 'file' || scope === 'line';
}
