import { maxLookedAt, type Page } from '@envigate/contracts';

/** Where a look through a list ends: the place of the last row that belongs to it. */
export interface LookEnd<Place> {
  readonly place: Place;
  /** True where no row after it can fit: then there is no next page. */
  readonly isLast: boolean;
}

export interface PageSource<Row, Place> {
  readonly limit: number;
  /**
   * Where the page ends at the latest, as an index finds it. Undefined where the index answers the
   * whole filter, or where fewer rows are left than a page may look at.
   */
  readonly findEnd: () => Promise<LookEnd<Place> | undefined>;
  /** The first `limit` rows up to the end, which belongs to them. */
  readonly read: (end: Place | undefined, limit: number) => Promise<readonly Row[]>;
  readonly placeOf: (row: Row) => Place;
}

/** A row more than asked for is read, so that the last page is known to be the last. */
export async function readPage<Row, Place>(
  source: PageSource<Row, Place>,
): Promise<Page<Row, Place>> {
  const { limit, findEnd, read, placeOf } = source;
  const end = await findEnd();
  const rows = await read(end?.place, limit + 1);
  const last = rows[limit - 1];
  if (rows.length > limit && last !== undefined) {
    return { rows: rows.slice(0, limit), next: placeOf(last) };
  }
  return { rows, next: end?.isLast === false ? end.place : undefined };
}

/** Bounds of a look, lower in tests. */
export interface LookLimits {
  readonly maxLookedAt: number;
}

export const lookLimits: LookLimits = { maxLookedAt };
