/** What a profile's nameTime is made of, the year in one of two ways. */
const fields = { yyyy: 4, yy: 2, MM: 2, dd: 2, HH: 2, mm: 2, ss: 2 } as const;
type Field = keyof typeof fields;
const inOrder = ['MM', 'dd', 'HH', 'mm', 'ss'] as const satisfies readonly Field[];
const part = /yyyy|yy|MM|dd|HH|mm|ss|[^]/gu;

function isField(text: string): text is Field {
  return Object.hasOwn(fields, text);
}

/** Whether a profile's nameTime gives a day at least, each field once, minutes only with hours. */
export function isNameTime(format: string): boolean {
  const found = (format.match(part) ?? []).filter(isField);
  const wanted = inOrder.filter((each) => found.includes(each));
  const isLeading = inOrder.slice(0, wanted.length).every((each) => found.includes(each));
  const years = found.filter((each) => each === 'yyyy' || each === 'yy');
  return (
    years.length === 1 && isLeading && wanted.length >= 2 && wanted.length + 1 === found.length
  );
}

/**
 * The time in a name without its extension, as a profile's nameTime writes the end of the name →
 * yyyyMMdd[HH[mm[ss]]] and what is before; undefined where the name ends otherwise. In
 * `nameTime` `?` is any one character and `*` any number of them. Of several places the last fits.
 */
export function readNameTime(
  stem: string,
  format: string,
): { readonly before: string; readonly time: string } | undefined {
  const parts = format.match(part) ?? [];
  const least = parts.reduce(
    (sum, each) => sum + (isField(each) ? fields[each] : each === '*' ? 0 : each.length),
    0,
  );
  for (let from = stem.length - least; from >= 0; from--) {
    const digits = matchEnd(stem, from, parts);
    if (digits === undefined) continue;
    const year = digits.get('yyyy') ?? `20${digits.get('yy') ?? ''}`;
    const time = year + inOrder.map((name) => digits.get(name) ?? '').join('');
    return { before: stem.slice(0, from), time };
  }
  return undefined;
}

/**
 * Whether the text from a place to its end is what the parts say → the digits of the fields. Only the
 * last `*` is ever tried again, which is enough, so the work is bounded by the product of the lengths.
 */
function matchEnd(
  text: string,
  from: number,
  parts: readonly string[],
): ReadonlyMap<Field, string> | undefined {
  const digits = new Map<Field, string>();
  let at = from;
  let next = 0;
  let retry: { readonly part: number; at: number } | undefined;
  while (next < parts.length || at < text.length) {
    const wanted = parts[next];
    if (wanted === '*') {
      retry = { part: next + 1, at };
      next++;
      continue;
    }
    const width = wanted === undefined ? undefined : widthAt(text, at, wanted);
    if (wanted !== undefined && width !== undefined) {
      if (isField(wanted)) digits.set(wanted, text.slice(at, at + width));
      at += width;
      next++;
      continue;
    }
    if (retry === undefined || retry.at >= text.length) return undefined;
    at = ++retry.at;
    next = retry.part;
  }
  return digits;
}

/** How many characters of the text a part covers; undefined where it does not fit. */
function widthAt(text: string, at: number, wanted: string): number | undefined {
  if (isField(wanted)) {
    const width = fields[wanted];
    return /^\d+$/.test(text.slice(at, at + width)) && at + width <= text.length
      ? width
      : undefined;
  }
  if (wanted === '?') return at < text.length ? 1 : undefined;
  return text.startsWith(wanted, at) ? wanted.length : undefined;
}
