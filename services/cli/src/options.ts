// What several commands are given. Each function throws where a text makes no sense; the message says what would.

export const oneObject = ['--json', 'one JSON object per line'] as const;

export function readTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const instant = new Date(text);
  if (/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(instant.getTime())) return instant;
  throw new Error(`--${name} must be a time with its offset, as 2026-03-25T00:00:00+07:00`);
}

/** `--limit`, or its default. */
export function readLimit(
  text: string | undefined,
  { unlessGiven, most }: { readonly unlessGiven: number; readonly most: number },
): number {
  if (text === undefined) return unlessGiven;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw new Error(`--limit must be a number from 1 to ${most}, not '${text}'`);
}

/** The number of a row or of a delivery; `list` is the command that shows them. */
export function readId(text: string, what: string, list: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id) && id >= 1) return id;
  throw new Error(
    `'${text}' không phải số thứ tự hợp lệ · is not a valid ${what} number; \`${list}\` shows them`,
  );
}
