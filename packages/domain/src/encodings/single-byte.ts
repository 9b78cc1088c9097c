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
