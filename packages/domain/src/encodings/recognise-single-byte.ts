import {
  decodeTcvn3,
  decodeViscii,
  decodeVni,
  decodeVps,
  decodeWindows1258,
} from './single-byte.ts';
import { likenessToVietnamese, type Likeness } from './vietnamese.ts';

export type SingleByteEncoding = 'windows-1258' | 'tcvn3' | 'vni' | 'viscii';

interface Reading extends Likeness {
  readonly encoding: SingleByteEncoding | 'vps';
  readonly text: string;
}

/** Where two give the same text, the first is named. VPS is listed so that it is not mistaken for another. */
const readers: readonly {
  readonly encoding: Reading['encoding'];
  readonly decode: (content: Uint8Array) => string;
  readonly hasSmallTones?: true;
}[] = [
  { encoding: 'windows-1258', decode: decodeWindows1258 },
  { encoding: 'tcvn3', decode: decodeTcvn3, hasSmallTones: true },
  { encoding: 'vni', decode: decodeVni },
  { encoding: 'viscii', decode: decodeViscii },
  { encoding: 'vps', decode: decodeVps },
];

/**
 * A text in an encoding of Vietnamese of before Unicode; undefined where the bytes do not show which.
 * One byte alone is a letter in each of them, so a reading is taken only where it is the only one that is
 * Vietnamese, or clearly the likeliest. No text is mistaken for another: a doubtful one is rejected.
 */
export function recogniseSingleByte(
  content: Uint8Array,
): { readonly encoding: SingleByteEncoding; readonly text: string } | undefined {
  const readings = [...readingsOf(content)].sort((a, b) => a.doubt - b.doubt);
  const [best, next] = readings;
  if (best === undefined || !isVouchedFor(best, next)) return undefined;
  // Nothing is known of single letters: they could be the right reading.
  if (best.words > 0 && readings.some(({ words }) => words === 0)) return undefined;
  const { encoding, text } = best;
  return encoding === 'vps' ? undefined : { encoding, text };
}

/** Whether the bytes are words of Vietnamese in one of these encodings at least. */
export function mayBeSingleByte(content: Uint8Array): boolean {
  for (const { doubt, words } of readingsOf(content)) if (doubt < 2 && words > 0) return true;
  return false;
}

function* readingsOf(content: Uint8Array): Generator<Reading> {
  const texts = new Set<string>();
  for (const { encoding, decode, hasSmallTones } of readers) {
    const text = decode(content);
    if (texts.has(text)) continue;
    texts.add(text);
    const likeness = likenessToVietnamese(text, hasSmallTones);
    if (likeness !== undefined) yield { encoding, text, ...likeness };
  }
}

/** Few words of monitoring may be syllables in another encoding by chance. */
const enoughWords = 3;

function isVouchedFor(best: Reading, next: Reading | undefined): boolean {
  if (best.doubt === 2) return false;
  // Signs of units alone.
  if (best.words === 0 || next === undefined || next.doubt === 2) return true;
  return best.doubt < next.doubt && best.words >= enoughWords;
}
