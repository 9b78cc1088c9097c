import { maxLookedAt, type Page } from '@envigate/contracts';

/**
 * The WHERE of a filter: only the conditions that are given, so that each combination gets the
 * plan of its own index.
 */
export class Conditions {
  #params: unknown[] = [];
  readonly #conditions: string[];

  constructor(...always: readonly string[]) {
    this.#conditions = [...always];
  }

  /** The WHERE of another level of the same statement, with the same parameters. */
  another(...always: readonly string[]): Conditions {
    const other = new Conditions(...always);
    other.#params = this.#params;
    return other;
  }

  get params(): readonly unknown[] {
    return this.#params;
  }

  /** Adds `value` as a parameter and returns its place, for use anywhere in the statement. */
  place(value: unknown): string {
    return `$${this.#params.push(value)}`;
  }

  /** Adds a condition where the value is given. */
  given(value: unknown, condition: (place: string) => string): this {
    if (value !== undefined) this.#conditions.push(condition(this.place(value)));
    return this;
  }

  /** A condition about nothing given. */
  and(condition: string): this {
    this.#conditions.push(condition);
    return this;
  }

  get where(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`;
  }
}

/**
 * Rows with one value in `column`, newest first: to be read from the index on (column, ...by).
 *
 * Written as a range of rows instead of an equality, because the planner would otherwise rather
 * walk the index on the time alone, counting on meeting the value soon. It does not where a station
 * fell silent: then it walks through everything that the others have sent since.
 */
export interface Slice {
  readonly column: string;
  /** Place or sub-select of its value. */
  readonly value: string;
}

/** The condition that the columns after the slice's own compare like this with the values. */
export function within(
  { column, value }: Slice,
  columns: string,
  comparison: '<' | '<=' | '>=',
  values: string,
): string {
  return `(${column}, ${columns}) ${comparison} (${value}, ${values})`;
}

/** Sub-selects for codes that the large tables keep as numbers; unknown codes match nothing. */
export const stationIdOf = (place: string): string =>
  `(SELECT station_id FROM station_keys WHERE station = ${place})`;
export const parameterIdOf = (place: string): string =>
  `(SELECT parameter_id FROM parameter_keys WHERE parameter = ${place})`;
export const fileNoOf = (place: string): string =>
  `(SELECT file_no FROM file_keys WHERE file_id = decode(${place}, 'hex'))`;

/** Where a look through a list ends: the place of the last row that belongs to it. */
export interface LookEnd<Place> {
  readonly place: Place;
  /** True where no row after it can fit: then there is no next page. */
  readonly isLast: boolean;
}

interface PageSource<Row, Place> {
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
