import type { LineShape } from './line-shape.ts';
import { officialShape } from './official-shape.ts';
import type { TextRow } from './split-rows.ts';

/** In the order in which they are tried. */
const shapes: readonly LineShape[] = [officialShape];

/**
 * The shape of a file: the first that one of its lines fits. A file that fits none is read as the
 * official one, so that every line says what it lacks of that.
 */
export function recogniseShape(rows: readonly TextRow[]): LineShape {
  return shapes.find((shape) => rows.some((row) => shape.fits(row.cells))) ?? officialShape;
}
