import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeText } from '../testing/encode-text.ts';
import {
  decodeTcvn3,
  decodeVps,
  recogniseSingleByte,
  type SingleByteEncoding,
} from './single-byte.ts';

const encodings = ['windows-1258', 'tcvn3', 'vni', 'viscii'] as const;

const vpsBytes = new Map(
  Array.from({ length: 256 }, (_, byte) => [decodeVps(Uint8Array.of(byte)), byte]),
);

/** Undefined where the encoding has no place for a letter. */
function encoded(text: string, encoding: SingleByteEncoding | 'vps'): Uint8Array | undefined {
  try {
    if (encoding !== 'vps') return encodeText(text, encoding);
    const bytes = Array.from(text, (letter) => vpsBytes.get(letter));
    return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : undefined;
  } catch {
    return undefined;
  }
}

describe.each(encodings)('the names of monitoring are recognised in %s', (encoding) => {
  test.each([
    ...['Nhiệt độ', 'Nhiệtđộ', 'NHIỆT ĐỘ', 'Độ ẩm', 'Độ dẫn điện', 'Lưu lượng nước thải'],
    ...['Lưu lượng', 'Mực nước', 'Tổng chất rắn lơ lửng', 'Áp suất khí quyển', 'Tốc độ gió'],
    ...['Hướng gió', 'Tổng Nitơ', 'Thủy ngân', 'Dầu mỡ', 'Mất kết nối', 'Bình thường'],
    ...['Nhiệt độ (°C), Bụi (µg/m³), Amoni (tính theo N)', 'Trạng thái; Giá trị; Bụi'],
  ])('%s', (text) => {
    // The fonts of TCVN3 and VISCII have other letters in the places of these signs.
    if (/[°µ³]/.test(text) && (encoding === 'tcvn3' || encoding === 'viscii')) return;
    const content = encoded(text, encoding);
    // Six capitals of VISCII are control characters.
    if (content === undefined) return expect(encoding).toBe('viscii');
    expect(recogniseSingleByte(content)).toEqual({ encoding, text });
  });
});

describe('nothing is recognised', () => {
  test.each<[string, string, SingleByteEncoding | 'vps']>([
    ['in one word that is a word in another encoding', 'Bụi', 'viscii'],
    ['in one letter', 'ở', 'tcvn3'],
    ['in VPS', 'lưu lượng nước', 'vps'],
  ])('%s', (_, text, encoding) => {
    const content = encoded(text, encoding);
    expect(content).toBeDefined();
    expect(recogniseSingleByte(content!)).toBeUndefined();
  });

  test.each([
    ['in German', 'gr\xf6\xdfe'],
    ['in Chinese in GBK', '\xce\xc2\xb6\xc8'],
    ['in bytes at random', '\x81\xfe\x90\xd5\xa4'],
    ['in words of which nothing is known, without a blank between', 'Ngo\xb9igi\xe1'],
  ])('%s', (_, latin) => {
    expect(recogniseSingleByte(Buffer.from(latin, 'latin1'))).toBeUndefined();
  });
});

const onsets = ' b ch d đ gi h kh l m nh p ph qu r s t th tr v x'.split(' ');
/** Before e, ê, i and y, and before other vowels. */
const spellings = [
  ['k', 'c'],
  ['gh', 'g'],
  ['ngh', 'ng'],
] as const;
const rhymes = [
  'a ac ach am an ang anh ap at ai ao au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng ep et eo',
  'ê êch êm ên ênh êp êt êu i ich im in inh ip it ia iu iêc iêm iên iêng iêp iêt iêu o oc om on ong op ot oi oa oan',
  'oang oat oai oe oen ô ôc ôm ôn ông ôp ôt ôi ơ ơm ơn ơp ơt ơi u uc um un ung up ut ua ui uân uât uê uy uyên uyêt',
  'uôc uôm uôn uông uôt uôi ư ưc ưm ưng ưt ưa ưi ưu ươc ươm ươn ương ươp ươt ươi ươu y yên yêu',
]
  .join(' ')
  .split(' ');
const tones = ['', '\u0301', '\u0323', '\u0300', '\u0309', '\u0303'];
const cases = [
  (word: string) => word,
  (word: string) => word.charAt(0).toUpperCase() + word.slice(1),
  (word: string) => word.toUpperCase(),
];

/** As Vietnamese spells them. */
const syllable = fc
  .tuple(fc.constantFrom(...onsets, ...spellings), fc.constantFrom(...rhymes), fc.nat(5))
  .filter(([onset, rhyme]) => {
    if (onset === 'qu') return /^[aăâeêiơy]/.test(rhyme);
    return onset !== 'gi' || /^[aăâeêoôơuư]/.test(rhyme);
  })
  .map(([onset, rhyme, tone]) => {
    const before = typeof onset === 'string' ? onset : onset[/^[eêiy]/.test(rhyme) ? 0 : 1];
    // Syllables that end in a stop have two tones, or none.
    const mark = tones[/(?:c|ch|p|t)$/.test(rhyme) ? tone % 3 : tone];
    const vowels =
      /[ăâêôơ](?!.*[ăâêôơ])/.exec(rhyme)?.index ?? rhyme.search(/[aeiouưy](?![aeiouy]*[ưy])/);
    return `${before}${rhyme.slice(0, vowels + 1)}${mark}${rhyme.slice(vowels + 1)}`.normalize(
      'NFC',
    );
  });

describe('a text in an old encoding', () => {
  const texts = fc
    .tuple(
      fc.array(syllable, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(' ', ' ', '\t', ''),
      fc.constantFrom(...cases),
    )
    .map(([words, between, inCase]) => words.map(inCase).join(between));
  // What one syllable could be is rather a unit than a word.
  const unitsOnly = /^[µm²³°ºC\s]*$/;

  test.each([...encodings, 'vps'] as const)('%s is read as it is, or not at all', (encoding) => {
    let recognised = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const content = encoded(text, encoding);
        const found = content === undefined ? undefined : recogniseSingleByte(content);
        if (content === undefined || found === undefined || unitsOnly.test(found.text)) return;
        recognised++;
        // Fonts of TCVN3 make the capitals with a tone of small letters.
        expect(found.text).toBe(encoding === 'tcvn3' ? decodeTcvn3(content) : text);
      }),
      { numRuns: 500 },
    );
    if (encoding !== 'vps') expect(recognised).toBeGreaterThan(100);
  });
});
