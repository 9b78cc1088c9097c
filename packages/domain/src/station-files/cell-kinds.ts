import { readValueWord } from '../numbers/value-words.ts';

/** A number in any of the ways it is written, be it with a comma or several signs of thousands. */
const number = /^[<>≤≥~]?[+-]?(?:\d[\d.,']*|[.,]\d+)(?:[eE][+-]?\d+)?$/;
/** Cells are short; what is longer is none of these. */
const longest = 50;

export function looksLikeNumber(cell: string): boolean {
  return cell.length <= longest && !beginsWithLetter(cell) && number.test(cell);
}

/** Of ASCII. An empty cell is no number either. */
function beginsWithLetter(cell: string): boolean {
  const code = cell.charCodeAt(0) | 0x20;
  return cell === '' || (code >= 0x61 && code <= 0x7a);
}

/** Marks and words that loggers write in place of a result: those that stand in no other column. */
export function looksLikeNoValue(cell: string): boolean {
  return cell.length <= longestWord && (noValue.test(cell) || readValueWord(cell) !== undefined);
}

const longestWord = 12;
const noValue = /^(?:[-*#?/]*|ovr|over|under)$/i;
