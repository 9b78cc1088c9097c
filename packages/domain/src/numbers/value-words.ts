import { lookupKey } from '../texts/lookup-key.ts';

/** What a text without digits says, where it says something. */
export type ValueWord = 'missing' | 'word-for-value' | 'not-detected';

/**
 * Words in place of values, as lookupKey folds them: without case and Vietnamese marks. NaN, NULL,
 * None, N/A and OFF were seen in files and reports; the other words, English and Vietnamese, are
 * what loggers, spreadsheets and people write for the same. They are kept here so that a person reads a
 * fitting reason: the value is null whether a word is known or not.
 */
const words: ReadonlyMap<string, ValueWord> = new Map([
  ...withMeaning('missing', [
    ...['nan', '#nan', 'null', 'nil', 'none', 'n/a', 'na', 'empty', 'blank', 'undef', 'undefined'],
    ...['#n/a', '#na', '#null!', '#div/0!', '#value!', '#ref!', '#num!', '#name?'],
    ...['no data', 'nodata', 'no value', 'missing'],
    ...['trống', 'không có', 'không có dữ liệu', 'không có số liệu', 'không có giá trị'],
    ...['mất dữ liệu', 'mất số liệu', 'thiếu', 'thiếu số liệu', 'chưa có'],
  ]),
  ...withMeaning('word-for-value', [
    ...['off', 'offline', 'stop', 'stopped', 'standby', 'idle', 'disconnected', 'no signal'],
    ...['err', 'error', 'fail', 'failed', 'fault', 'alarm', 'bad', 'invalid', 'abort'],
    ...['cal', 'calib', 'calibration', 'calibrating', 'maint', 'maintenance', 'warm up', 'warmup'],
    ...['tắt', 'dừng', 'ngừng', 'nghỉ', 'dừng hoạt động', 'ngừng hoạt động', 'không hoạt động'],
    ...['mất kết nối', 'mất tín hiệu', 'mất điện', 'ngắt kết nối', 'chờ', 'khởi động'],
    ...['lỗi', 'hỏng', 'sự cố', 'báo lỗi', 'lỗi thiết bị', 'báo lỗi thiết bị', 'không hợp lệ'],
    ...['hiệu chuẩn', 'đang hiệu chuẩn', 'kiểm định', 'bảo trì', 'đang bảo trì', 'bảo dưỡng'],
  ]),
  ...withMeaning('not-detected', [
    ...['nd', 'n.d.', 'not detected', 'bdl', '<lod', '<mdl', '<loq', '<dl'],
    ...['kph', 'không phát hiện', 'không phát hiện được'],
  ]),
]);

function withMeaning(meaning: ValueWord, list: readonly string[]): [string, ValueWord][] {
  return list.map((word) => [lookupKey(word), meaning]);
}

/** Longer texts are no word, nor is what ends in a digit, and folding them would cost. */
const maxWordLength = 40;

/**
 * What programs print for a double that is no number or has no bounds: NaN and Inf with and without
 * a sign, `nan(ind)`, `Infinity`, and `1.#QNAN`, `-1.#IND`, `1.#INF00` of the C library of Windows.
 */
const noFiniteNumber =
  /^[+-]?(?:nan(?:\([a-z0-9]*\))?|[qs]nan|inf(?:inity)?|∞|1\.#(?:[qs]?nan|ind|inf)0*)$/i;

/** Signs that are drawn where a value has its place: `-`, `---`, `*`, `#`, `###`. */
const placeholder = /^(?:[-\u2010-\u2015\u2212]+|\*+|#+|\?+|\.\.\.|…)$/u;

export function readValueWord(text: string): ValueWord | undefined {
  if (text === '') return 'missing';
  if (text.length > maxWordLength) return undefined;
  if (noFiniteNumber.test(text)) return 'missing';
  if (/\d$/.test(text)) return undefined;
  if (placeholder.test(text)) return 'missing';
  return words.get(lookupKey(text));
}
