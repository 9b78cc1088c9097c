import type { Profile } from '@envigate/contracts';
import { looksLikeTime } from '../times/parse-time.ts';
import {
  cellReader,
  isLineFault,
  looksLikeNoValue,
  looksLikeNumber,
  type CellReader,
} from './read-cells.ts';
import { lineShapes, type Column, type Layout, type LineShape, type Separator } from './shapes.ts';
import { signOf, splitCells } from './split-cells.ts';
import type { TextRow } from './split-rows.ts';

/** In the order in which they are tried: what parts fewest things that are no cells comes first. */
const separators: readonly Separator[] = [
  ...(['tab', 'semicolon', 'pipe', 'comma'] as const),
  ...(['gaps', 'blanks', 'mixed'] as const),
];
const separatorsOfProfile = {
  tab: ['tab'],
  semicolon: ['semicolon'],
  pipe: ['pipe'],
  comma: ['comma'],
  blanks: ['gaps', 'blanks'],
} as const satisfies Readonly<Record<string, readonly Separator[]>>;

/** What of a layout is known before a line was seen. */
export interface LayoutChoice {
  readonly separators: readonly Separator[];
  readonly shapes: readonly LineShape[];
}

export const anyLayout: LayoutChoice = { separators, shapes: Object.values(lineShapes) };

export function layoutChoice({ separator, shape, columns }: Profile): LayoutChoice {
  return {
    separators: separator === undefined ? separators : separatorsOfProfile[separator],
    shapes:
      columns !== undefined
        ? [shapeOf(columns)]
        : shape !== undefined
          ? [lineShapes[shape]]
          : anyLayout.shapes,
  };
}

function shapeOf(columns: readonly Column[]): LineShape {
  const known = Object.values(lineShapes).find((shape) => shape.columns.join() === columns.join());
  return known ?? { name: 'custom', columns };
}

/**
 * The layout that most lines fit; the earlier one of two that as many fit. Undefined where none
 * fits a line. A layout that fits more than half of the lines ends the search.
 */
export function recogniseLayout(
  rows: readonly TextRow[],
  choice: LayoutChoice = anyLayout,
): Layout | undefined {
  let best: { layout: Layout; count: number } | undefined;
  for (const separator of choice.separators) {
    const sign = signOf(separator);
    const counts = new Map<LineShape, number>();
    for (const { text } of rows) {
      if (sign !== undefined && !text.includes(sign)) continue;
      const shape = shapeThatFits(splitCells(text, separator), separator, choice.shapes);
      if (shape === undefined) continue;
      const count = (counts.get(shape) ?? 0) + 1;
      if (count * 2 > rows.length) return { separator, shape };
      counts.set(shape, count);
    }
    for (const shape of choice.shapes) {
      const count = counts.get(shape) ?? 0;
      if (count > (best?.count ?? 0)) best = { layout: { separator, shape }, count };
    }
  }
  return best?.layout;
}

/** The shape of one line by the number of its cells and the place of the time. */
export function shapeThatFits(
  cells: readonly string[],
  separator: Separator,
  shapes: readonly LineShape[],
): LineShape | undefined {
  const end = endOfCells(cells);
  return (
    shapes.find(
      (shape) => shape.columns.length === cells.length && fits(cells, separator, shape),
    ) ??
    shapes.find(
      (shape) =>
        (shape.columns.length === end || isRepeated(cells, end, shape)) &&
        fits(cells, separator, shape),
    )
  );
}

/** Cells at the end of a line without anything in them are blanks. */
export function endOfCells(cells: readonly string[]): number {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === '') end--;
  return end;
}

/** Shape W5: the five columns of the official form again and again on one line. */
export function isRepeated(cells: readonly string[], end: number, shape: LineShape): boolean {
  const { A5 } = lineShapes;
  return (
    shape === A5 &&
    end > A5.columns.length &&
    looksLikeTime(cells[timeOfA5] ?? '') &&
    looksLikeTime(cells[timeOfA5 + A5.columns.length] ?? '')
  );
}

const timeOfA5 = lineShapes.A5.columns.indexOf('time');

function fits(cells: readonly string[], separator: Separator, shape: LineShape): boolean {
  const read = readerOf(shape).read(cells, 0);
  if (isLineFault(read) || !looksLikeTime(read.time)) return false;
  // A TAB is in no text, so that the place of the time is enough.
  if (separator === 'tab') return true;
  return looksLikeNumber(read.value) || looksLikeNoValue(read.value);
}

const readers = new WeakMap<LineShape, CellReader>();

function readerOf(shape: LineShape): CellReader {
  let reader = readers.get(shape);
  if (reader === undefined) {
    reader = cellReader({ separator: 'tab', shape });
    readers.set(shape, reader);
  }
  return reader;
}
