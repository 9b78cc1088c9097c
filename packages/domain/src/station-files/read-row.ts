import { checkInstant, oldestYear, parseLocalTime } from '../times/local-time.ts';
import { isLineFault, type LineFault, type LineShape } from './line-shape.ts';
import type { TextRow } from './split-rows.ts';

/** A line that was understood. Its value and unit are still text: what they mean the registry says. */
export interface StationLine {
  readonly line: number;
  /** The whole line. */
  readonly text: string;
  readonly symbol: string;
  readonly value: string;
  readonly unit: string;
  /** yyyyMMddHHmmss as written. */
  readonly time: string;
  readonly instantMs: number;
  /** `instantMs` in ISO 8601, UTC. */
  readonly instant: string;
  readonly status: string;
}

export interface ReadingContext {
  /** Offset of the logger's clock from UTC. */
  readonly utcOffsetMinutes: number;
  readonly receivedAtMs: number;
}

/** Longer symbols are garbage, and the store keeps an index of symbols. */
const maxSymbolLength = 64;

/** Reads rows of one file; remembers the last time it read, since the lines of a file share one. */
export function rowReader(
  shape: LineShape,
  { utcOffsetMinutes, receivedAtMs }: ReadingContext,
): (row: TextRow) => StationLine | LineFault {
  const { columns } = shape;
  let last: { time: string; instantMs: number; instant: string } | undefined;

  return (row) => {
    const control = controlCharacterIn(row.text);
    if (control !== undefined) {
      const column = row.text.slice(0, control).split('\t').length;
      return { reason: 'control-character', column, expected: 'printable text' };
    }
    const cells = shape.map(row.cells);
    if (isLineFault(cells)) return cells;
    if (cells.symbol === '') {
      return {
        reason: 'symbol-missing',
        column: columns.symbol,
        expected: 'the symbol of a parameter',
      };
    }
    if (cells.symbol.length > maxSymbolLength) {
      const expected = `at most ${maxSymbolLength} characters`;
      return { reason: 'symbol-too-long', column: columns.symbol, expected };
    }
    if (cells.time !== last?.time) {
      const read = readTime(cells.time);
      if (isLineFault(read)) return read;
      last = read;
    }
    return {
      line: row.line,
      text: row.text,
      symbol: cells.symbol,
      value: cells.value,
      unit: cells.unit,
      time: last.time,
      instantMs: last.instantMs,
      instant: last.instant,
      status: cells.status,
    };
  };

  function readTime(time: string) {
    const instantMs = parseLocalTime(time, utcOffsetMinutes);
    const column = columns.time;
    if (instantMs === undefined) {
      const expected = 'a time of the calendar as yyyyMMddHHmmss';
      return { reason: 'time-unreadable', column, expected } as const;
    }
    const verdict = checkInstant(instantMs, receivedAtMs, utcOffsetMinutes);
    switch (verdict) {
      case 'plausible':
        return { time, instantMs, instant: new Date(instantMs).toISOString() };
      case 'time-too-old':
        return { reason: verdict, column, expected: `${oldestYear} or later` };
      case 'time-in-future':
        return { reason: verdict, column, expected: 'at most 10 minutes after reception' };
    }
  }
}

/** Index of the first control character but TAB. */
function controlCharacterIn(text: string): number | undefined {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return i;
  }
  return undefined;
}
