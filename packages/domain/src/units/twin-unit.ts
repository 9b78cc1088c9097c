/**
 * Ambient stations write µg/m3 and µg/Nm3 for one another. The label stays what it was, and numbers
 * are judged as if they were the same unless the registry names a factor. Stacks are not like that:
 * there m3 and Nm3 differ by half.
 */
const twins: ReadonlyMap<string, string> = new Map([
  ['µg/m3', 'µg/Nm3'],
  ['µg/Nm3', 'µg/m3'],
]);

/** The unit whose numbers are confused with those of `unit`; canonical spellings. */
export function twinUnit(unit: string): string | undefined {
  return twins.get(unit);
}
