import { lookupKey } from '../texts/lookup-key.ts';

/** What is before the last line of a file. */
export interface LinesBefore {
  /** What a count of them may say: lines that hold data, readings. */
  readonly counts: readonly number[];
  /** Every line but the last, as text. */
  readonly texts: readonly string[];
}

/** Longer lines are no marks. */
const longest = 160;
const hasLetterOrDigit = /[\p{L}\p{N}]/u;
const onlyDigits = /^\d{1,6}$/;

// They are matched against the line as lookupKey folds it, without signs at either end.
const endWords =
  /^(?:(?:end|eof|eod|eot|eom)(?:[ _.-].*)?|endof(?:file|data)|finish(?:ed)?|done|ket thuc)$/;
const tag = /^<\/?[\w:-]+ ?\/?>$/;
const checksum =
  /^(?:(?:crc|xor|sum|md|sha|chk|ck)-?\d{0,3}|check ?sum|chk ?sum|ck ?sum|lrc|bcc|fcs|hash)[^a-z0-9]{1,4}(?:0x)?[0-9a-f]{1,128}h?$/;
const count =
  /^(?:(?:count|total|records?|rows?|lines?|number of \w+|tong so dong|so dong)[^a-z0-9]{0,4}(\d{1,6})|(\d{1,6}) (?:records?|rows?|lines?|dong))$/;
// Of 16 and 32 bits, MD5 and the SHA family.
const bareChecksum = /^(?:0x)?(?:[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;
const markedChecksum = /^[*$~%&@#!]+(?:0x)?[0-9a-f]{1,8}$/;

/**
 * Whether the last line of a file is no line of data by what it says: nothing that can be read, a mark of
 * the end, a checksum, the number of lines before it. Only asked of a line that is no whole row. One
 * without a line end may be the beginning of a row as well: then nothing counts that a row may begin with.
 */
export function isTrailer(text: string, before: LinesBefore, hasLineEnd: boolean): boolean {
  const line = text.trim();
  if (line.length > longest) return false;
  if (!hasLetterOrDigit.test(line)) return true;
  const key = lookupKey(line);
  if (markedChecksum.test(key) || tag.test(key)) return true;
  const words = key.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
  const separators = line.match(/[\t;|]/g)?.length ?? 0;
  if (separators <= 1 && (endWords.test(words) || checksum.test(words))) return true;
  const isCount = (text: string | undefined): boolean =>
    text !== undefined && before.counts.includes(Number(text));
  const [, one, other] = count.exec(words) ?? [];
  if (isCount(one ?? other)) return true;
  if (!hasLineEnd && before.texts.some(beginsWithDigit)) return false;
  if (onlyDigits.test(words) && isCount(words)) return true;
  return bareChecksum.test(words) && /\d/.test(words);
}

function beginsWithDigit(text: string): boolean {
  return /^\s*["']?\d/.test(text);
}

/** Longer ones are not remembered. */
const longestRemembered = 64;

/** A last line without a line end, of one cell, that a logger may write behind every file. */
export interface TrailerCandidate {
  readonly text: string;
  /** One word, as a symbol is: it may be the beginning of a row that is cut at the same place again. */
  readonly isLikeSymbol: boolean;
}

/** Undefined where another line begins so: then the last line is the beginning of a row. */
export function trailerCandidate(
  text: string,
  before: Pick<LinesBefore, 'texts'>,
): TrailerCandidate | undefined {
  const line = text.trim();
  if (line === '' || line.length > longestRemembered) return undefined;
  const pattern = patternOf(line);
  const isLong = line.length >= 4;
  const isBeginning = before.texts.some((other) => {
    const begin = other.trimStart().slice(0, line.length);
    return begin === line || (isLong && patternOf(begin) === pattern);
  });
  if (isBeginning) return undefined;
  const isNumber = /^(?:0x)?[0-9a-f]*\d[0-9a-f]*$/i.test(line);
  return { text: line, isLikeSymbol: !isNumber && /^[\p{L}\p{M}\p{N} .,+_()/-]*$/u.test(line) };
}

/**
 * Whether two last lines are the same mark: the same words, with any number in the place of a number
 * and a number of base 16 in the place of one as long (`CRC=1A2B`, `CRC=77F0`).
 */
export function isSameTrailer(one: string, other: string): boolean {
  const [words, others] = [wordsOf(one), wordsOf(other)];
  return (
    words.length === others.length &&
    words.every((word, i) => {
      const across = others[i] ?? '';
      return word === across || isSameNumber(word, across);
    })
  );
}

function isSameNumber(one: string, other: string): boolean {
  if (/^\d+$/.test(one) && /^\d+$/.test(other)) return true;
  const isHex = (word: string): boolean => /^[0-9a-f]{2,}$/i.test(word);
  return isHex(one) && isHex(other) && one.length === other.length && /\d/.test(one + other);
}

function wordsOf(text: string): readonly string[] {
  return text.trim().match(/[A-Za-z0-9]+|[^A-Za-z0-9]+/g) ?? [];
}

function patternOf(text: string): string {
  return text.replaceAll(/\d/g, '9');
}
