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

/**
 * Encodings of Vietnamese in one byte a character, or in a letter and the byte of its marks. All texts
 * are in NFC.
 */
const windows1258 = new TextDecoder('windows-1258');
const windows1252 = new TextDecoder('windows-1252');
const ascii = new TextDecoder('latin1');

/** In the place of a byte for which an encoding has no letter, or whose letter is not known. */
export const unclearLetter = '\uFFFD';

/** WHATWG's windows-1258 has the marks of the tones apart. */
export function decodeWindows1258(content: Uint8Array): string {
  return windows1258.decode(content).normalize('NFC');
}

/** TCVN 5712:1993 (VN1, of which VN3, "ABC", is the part above 0xA0), after glibc. */
const tcvn3Upper =
  'ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ' +
  '\u00A0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽ' +
  'éẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ';

/** Capitals with a tone have no place in VN3: fonts made them of the small letters. */
export function decodeTcvn3(content: Uint8Array): string {
  return decodeBy(tcvn3Upper, content);
}

/** RFC 1456, after glibc; six rare capitals that it puts among the control characters are left out. */
const visciiUpper =
  'ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ' +
  'ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ';

export function decodeViscii(content: Uint8Array): string {
  return decodeBy(visciiUpper, content);
}

/** The small letters of VPS: enough to recognise a text in it, which is rejected. */
const vpsUpper =
  '......ọỗ.ếềểệ.............ýỷỵ....ắằẳẵặ.ớ.ờởỡ..ợ.ổ.....ộ...ửữ...ự' +
  'ầ..ấẩẫậđẻ..ẹỉễịỹ..ồố.ỏơ.ừứ.ũư...àáâãảạă.èéêẽìí.ĩ..òóôõ..ụùúủ...ỳ';

export function decodeVps(content: Uint8Array): string {
  return decodeBy(vpsUpper.replaceAll('.', unclearLetter), content);
}

function decodeBy(upper: string, content: Uint8Array): string {
  const parts: string[] = [];
  let plainFrom = 0;
  for (let i = 0; i < content.length; i++) {
    const byte = content[i] ?? 0;
    if (byte < 0x80) continue;
    if (plainFrom < i) parts.push(ascii.decode(content.subarray(plainFrom, i)));
    parts.push(upper[byte - 0x80] ?? unclearLetter);
    plainFrom = i + 1;
  }
  parts.push(ascii.decode(content.subarray(plainFrom)));
  return parts.join('').normalize('NFC');
}

// VNI for Windows: a vowel of ASCII (ô is ơ, ö is ư), followed by a letter that gives its marks.
const tones = ['\u0301', '\u0300', '\u0309', '\u0303', '\u0323'] as const;
const marksOf = (letters: string, mark: string): readonly (readonly [string, string])[] =>
  Array.from(letters, (letter, i) => [letter, i === 0 ? mark : mark + (tones[i - 1] ?? '')]);
const toneMarks = Array.from('ùøûõï', (letter, i) => [letter, tones[i] ?? ''] as const);
const roofMarks = marksOf('âáàåãä', '\u0302');
const bowlMarks = marksOf('êéèúüë', '\u0306');
const vniVowels: Readonly<Record<string, readonly [base: string, ReadonlyMap<string, string>]>> = {
  a: ['a', new Map([...toneMarks, ...roofMarks, ...bowlMarks])],
  e: ['e', new Map([...toneMarks, ...roofMarks])],
  o: ['o', new Map([...toneMarks, ...roofMarks])],
  u: ['u', new Map(toneMarks)],
  y: ['y', new Map(toneMarks)],
  ô: ['ơ', new Map(toneMarks)],
  ö: ['ư', new Map(toneMarks)],
};
/** Letters of their own. */
const vniLetters: Readonly<Record<string, string>> = {
  ...{ ñ: 'đ', í: 'í', ì: 'ì', æ: 'ỉ', ó: 'ĩ', ò: 'ị', î: 'ỵ' },
};
/** They follow a vowel only. */
const vniMark = /[ùøûõïâáàåãäêéèúüë]/i;

export function decodeVni(content: Uint8Array): string {
  const letters = Array.from(windows1252.decode(content));
  const parts: string[] = [];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] ?? '';
    const small = letter.toLowerCase();
    const isCapital = letter !== small;
    const vowel = vniVowels[small];
    const mark = vowel?.[1].get((letters[i + 1] ?? '').toLowerCase());
    if (vowel !== undefined && mark !== undefined) i++;
    const text =
      vowel === undefined
        ? (vniLetters[small] ?? (vniMark.test(letter) ? unclearLetter : small))
        : vowel[0] + (mark ?? '');
    parts.push(isCapital ? text.toUpperCase() : text);
  }
  return parts.join('').normalize('NFC');
}
