/**
 * PostgreSQL's text form of arrays, for columns of thousands of rows: pg's own conversion takes
 * several times as long as the server then needs to read it.
 */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

export function byteaArray(values: readonly Buffer[]): string {
  return hexArray(values.map((value) => value.toString('hex')));
}

/** bytea given as hexadecimal. */
export function hexArray(values: readonly string[]): string {
  return `{${values.map((hex) => `"\\\\x${hex}"`).join(',')}}`;
}

const special = /["\\]/;

function quoted(text: string): string {
  return special.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
