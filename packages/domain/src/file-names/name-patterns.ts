/** Whether a name is asked for: `*` is any text, `?` one character, case does not matter. */
export function isIncluded(name: string, patterns: readonly string[] | undefined): boolean {
  return patterns === undefined || patterns.some((pattern) => matcherOf(pattern).test(name));
}

function matcherOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replace(/\*+/g, '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'isu');
}
