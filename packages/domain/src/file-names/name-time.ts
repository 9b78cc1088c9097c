/** What a profile's nameTime is made of. */
const fields = { yyyy: 4, MM: 2, dd: 2, HH: 2, mm: 2, ss: 2 } as const;
type Field = keyof typeof fields;
const inOrder = Object.keys(fields) as Field[];
const field = /yyyy|MM|dd|HH|mm|ss/g;

/** Whether a profile's nameTime gives a day at least, each field once, minutes only with hours. */
export function isNameTime(format: string): boolean {
  const found = [...format.matchAll(field)].map(([name]) => name);
  const wanted = inOrder.filter((each) => found.includes(each));
  const isLeading = inOrder.slice(0, wanted.length).every((each) => found.includes(each));
  return isLeading && wanted.length >= 3 && new Set(found).size === found.length;
}

/**
 * The time at the end of a name without its extension, as a profile's nameTime writes it →
 * yyyyMMdd[HH[mm[ss]]] and what stands before; undefined where the name ends otherwise.
 */
export function readNameTime(
  stem: string,
  format: string,
): { readonly before: string; readonly time: string } | undefined {
  if (stem.length < format.length) return undefined;
  const end = stem.slice(-format.length);
  const digits = new Map<string, string>();
  let at = 0;
  for (const match of format.matchAll(field)) {
    if (end.slice(at, match.index) !== format.slice(at, match.index)) return undefined;
    const [name] = match;
    const text = end.slice(match.index, match.index + name.length);
    if (!/^\d+$/.test(text)) return undefined;
    digits.set(name, text);
    at = match.index + name.length;
  }
  if (end.slice(at) !== format.slice(at)) return undefined;
  const time = inOrder.map((name) => digits.get(name) ?? '').join('');
  return { before: stem.slice(0, -format.length), time };
}
