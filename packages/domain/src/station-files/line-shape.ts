import type { LineReason } from '../reasons/reasons.ts';

/** The cells of a line by their meaning, as written. */
export interface LineCells {
  readonly symbol: string;
  readonly value: string;
  readonly unit: string;
  readonly time: string;
  readonly status: string;
}

/** Why a line is refused, and in which cell (from 1). */
export interface LineFault {
  readonly reason: LineReason;
  readonly column: number;
  readonly expected: string;
}

/** One way in which loggers order the cells of a line. */
export interface LineShape {
  readonly name: string;
  /** Cell (from 1) in which each meaning stands; for the place of a fault. */
  readonly columns: Readonly<Record<keyof LineCells, number>>;
  /** Whether a line looks like one of this shape. */
  fits(cells: readonly string[]): boolean;
  map(cells: readonly string[]): LineCells | LineFault;
}

export function isLineFault(result: object): result is LineFault {
  return 'reason' in result;
}
