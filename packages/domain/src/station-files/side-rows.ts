import { looksLikeTime } from '../times/parse-time.ts';
import { looksLikeNumber } from './cell-kinds.ts';
import { lookupKey } from '../texts/lookup-key.ts';

/** What a line is that holds no data and is not to be missed. */
export type SideRow = 'header-row' | 'comment-row' | 'trailer-row';

/** Names of columns, as lookupKey folds them. */
const headings = new Set([
  ...['symbol', 'name', 'parameter', 'param', 'code', 'value', 'result', 'unit', 'units', 'time'],
  ...['date', 'datetime', 'date time', 'timestamp', 'status', 'state', 'index', 'no', 'no.'],
  ...['thong so', 'ten', 'ten thong so', 'ky hieu', 'chi tieu', 'gia tri', 'ket qua', 'don vi'],
  ...['thoi gian', 'ngay', 'gio', 'ngay gio', 'trang thai', 'tinh trang', 'stt'],
]);

const mostHeadings = 20;

/** A line that begins with a sign of comment, or says that the file ends here. */
export function isComment(text: string): boolean {
  return /^\s*(?:#|\/\/|(?:end|eof)\s*$)/i.test(text);
}

/** A line that names columns, two of them at least, and holds no number and no time. */
export function isHeader(cells: readonly string[]): boolean {
  if (cells.length > mostHeadings) return false;
  if (cells.some((cell) => looksLikeNumber(cell) || looksLikeTime(cell))) return false;
  return cells.filter(isHeading).length >= 2;
}

/** "Giá trị (mg/L)" names a column too. */
function isHeading(cell: string): boolean {
  return cell.length < 40 && headings.has(lookupKey(cell.replace(/\s*[([][^)\]]*[)\]]$/, '')));
}
