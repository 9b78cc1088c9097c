/** What a position in a list is made of. */
export type CursorPart = 'text' | 'integer' | 'instant';

interface PartValues {
  readonly text: string;
  readonly integer: number;
  readonly instant: Date;
}

export type Position<P extends readonly CursorPart[]> = {
  readonly [I in keyof P]: PartValues[P[I]];
};

/** Positions in one list as opaque text, for URLs. One list's cursor is refused by another. */
export interface Cursor<P extends readonly CursorPart[]> {
  format(position: Position<P>): string;
  /** Undefined where the text is no cursor of this list. */
  parse(text: string): Position<P> | undefined;
}

export function cursor<const P extends readonly CursorPart[]>(list: string, parts: P): Cursor<P> {
  return {
    format: (position) =>
      Buffer.from(JSON.stringify([list, ...(position as readonly unknown[])])).toString(
        'base64url',
      ),
    parse(text) {
      const fields = parseJson(Buffer.from(text, 'base64url').toString());
      if (!Array.isArray(fields) || fields.length !== parts.length + 1 || fields[0] !== list) {
        return undefined;
      }
      const values = parts.map((part, i) => parsePart[part](fields[i + 1]));
      return values.includes(undefined) ? undefined : (values as unknown as Position<P>);
    },
  };
}

const parsePart: { readonly [P in CursorPart]: (value: unknown) => PartValues[P] | undefined } = {
  // PostgreSQL has no text with a NUL in it.
  text: (value) => (typeof value === 'string' && !value.includes('\0') ? value : undefined),
  integer: (value) => (Number.isSafeInteger(value) ? (value as number) : undefined),
  instant: (value) => {
    const instant = new Date(typeof value === 'string' ? value : Number.NaN);
    // The year that toISOString writes with a sign is not one of ours, nor of PostgreSQL's.
    const isWritten = !Number.isNaN(instant.getTime()) && instant.toISOString() === value;
    return isWritten && /^\d/.test(value) ? instant : undefined;
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
