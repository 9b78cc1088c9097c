import { looksLikeTime } from '../times/parse-time.ts';
import type { Separator } from './shapes.ts';

/**
 * A line → its cells without blanks around. Commas and semicolons may stand in cells within double
 * quotes; TABs and blanks never do.
 */
export function splitCells(text: string, separator: Separator): readonly string[] {
  switch (separator) {
    case 'tab':
      return trimAll(text.split('\t'));
    case 'semicolon':
      return splitQuoted(text, ';');
    case 'comma':
      return splitQuoted(text, ',');
    case 'gaps':
      return joinTimes(text.trim().split(/\s*\t\s*|\s{2,}/));
    case 'blanks':
      return joinTimes(text.trim().split(/\s+/));
    case 'mixed':
      return joinTimes(text.trim().split(/\s*[\t;]\s*|\s{2,}/));
  }
}

function trimAll(cells: string[]): string[] {
  for (let i = 0; i < cells.length; i++) cells[i] = cells[i]?.trim() ?? '';
  return cells;
}

/** Quotes as in RFC 4180, and only around a whole cell: an inch sign is none. */
function splitQuoted(text: string, separator: string): string[] {
  const cells = text.split(separator);
  if (!text.includes('"')) return trimAll(cells);
  const whole: string[] = [];
  let open: string[] = [];
  for (const cell of cells) {
    open.push(cell);
    const joined = open.join(separator).trim();
    const isOpen = joined.startsWith('"') && !isClosed(joined) && open.length < mostInQuotes;
    if (isOpen) continue;
    whole.push(isClosed(joined) ? joined.slice(1, -1).replaceAll('""', '"').trim() : joined);
    open = [];
  }
  if (open.length > 0) whole.push(open.join(separator).trim());
  return whole;
}

/** More separators stand within the quotes of no cell; it bounds the work on a lost quote. */
const mostInQuotes = 10;

function isClosed(cell: string): boolean {
  if (cell.length < 2 || !cell.startsWith('"') || !cell.endsWith('"')) return false;
  const quotesAtEnd = /"+$/.exec(cell.slice(1))?.[0].length ?? 0;
  return quotesAtEnd % 2 === 1;
}

/** A date and its time of day, written with a blank between, are one cell. */
function joinTimes(cells: string[]): string[] {
  const joined: string[] = [];
  for (const cell of cells) {
    const before = joined.at(-1);
    const both = before === undefined || !isDate.test(before) ? undefined : `${before} ${cell}`;
    if (both !== undefined && looksLikeTime(both)) joined[joined.length - 1] = both;
    else joined.push(cell);
  }
  return joined;
}

const isDate = /^\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}$/;
