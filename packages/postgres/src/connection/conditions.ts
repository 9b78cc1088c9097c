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
  `(SELECT file_no FROM files WHERE file_id = decode(${place}, 'hex'))`;
