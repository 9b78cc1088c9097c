/**
 * Syllables of a text in which every word that is not of ASCII alone can be Vietnamese, and every
 * other character above ASCII stands in units; else undefined. A text read in the wrong one of two
 * encodings of one byte shows letters that make no syllables, or many more of them.
 */
export function countVietnameseSyllables(text: string): number | undefined {
  if (/[^\x00-\x7F\p{L}\p{M}\u00A0°²³±×–—‘’“”…]/u.test(text)) return undefined;
  let sum = 0;
  for (const [word] of text.matchAll(/[\p{L}\p{M}]+/gu)) {
    if (!aboveAscii.test(word) || unitLetters.has(word)) continue;
    const count = countSyllables(word);
    if (count === undefined) return undefined;
    sum += count;
  }
  return sum;
}

const aboveAscii = /[^\x00-\x7F]/;

/** Words that are no Vietnamese and stand in units: µg/m³, µS/cm. */
const unitLetters = new Set(['µg', 'µS', 'µm', 'µ', 'µW', 'ºC', 'º']);

/** Longer words are none: `Nhiệtđộ` is two syllables. */
const longestWord = 60;
const longestSyllable = 7;

/** The fewest syllables that a word is, written without a blank between; undefined where it is none. */
function countSyllables(word: string): number | undefined {
  const letters = Array.from(word.normalize('NFC').toLowerCase());
  // One letter could be anything.
  if (letters.length < 2 || letters.length > longestWord) return undefined;
  // fewest[i]: into how many syllables the first i letters part.
  const fewest: (number | undefined)[] = [0];
  for (let end = 1; end <= letters.length; end++) {
    for (let from = Math.max(0, end - longestSyllable); from < end; from++) {
      const before = fewest[from];
      if (before === undefined || before + 1 >= (fewest[end] ?? Infinity)) continue;
      if (isSyllable(letters.slice(from, end).join(''))) fewest[end] = before + 1;
    }
  }
  return fewest[letters.length];
}

const tones = /[\u0300\u0301\u0303\u0309\u0323]/g;
// Onset, vowels, coda. The rhymes of Vietnamese; ă and â never end a syllable.
const syllable =
  /^(?:b|ch?|d|đ|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr|v|x)?(?:(?:oă|uâ|iê|yê|uyê|uô|ươ|oa|oe|uê|uơ|uy|oo|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y)(?:ch|ng|nh|c|m|n|p|t)|(?:ai|ao|au|ay|âu|ây|eo|êu|ia|iêu|yêu|iu|oai|oao|oay|oeo|oi|ôi|ơi|ua|uây|ui|uôi|uya|uyu|ưa|ươi|ươu|ưi|ưu|oa|oe|uê|uơ|uy|a|e|ê|i|o|ô|ơ|u|ư|y))$/;

function isSyllable(text: string): boolean {
  const apart = text.normalize('NFD');
  const marks = apart.match(tones)?.length ?? 0;
  return marks <= 1 && syllable.test(apart.replace(tones, '').normalize('NFC'));
}
