/** Mistakes beyond this many letters are no misspelling any more. */
const maxMistakes = 2;

/**
 * The candidate that a misspelt word most likely means, case aside: at most two letters missing,
 * added, other or exchanged, and fewer than half of them. Undefined where none is near.
 */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const sought = word.toLowerCase();
  let nearest: { readonly candidate: string; readonly mistakes: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > maxMistakes) continue;
    const mistakes = mistakesBetween(sought, candidate.toLowerCase());
    const isNear = mistakes <= maxMistakes && mistakes * 2 < candidate.length;
    if (isNear && (nearest === undefined || mistakes < nearest.mistakes))
      nearest = { candidate, mistakes };
  }
  return nearest?.candidate;
}

/** Damerau's distance of neighbouring letters: an exchange counts as one mistake. */
function mistakesBetween(one: string, other: string): number {
  let before: readonly number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same);
      const exchanged =
        i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (exchanged) least = Math.min(least, at(before, j - 2) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return at(last, other.length);
}

function at(row: readonly number[], j: number): number {
  return row[j] ?? Infinity;
}
