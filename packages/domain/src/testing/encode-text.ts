import { decodeTcvn3, decodeViscii, decodeVni, decodeWindows1258 } from '../texts/single-byte.ts';
import type { Encoding } from '../texts/decode-text.ts';

/** Text → bytes as a logger writes them; throws where the encoding has no place for a character. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'utf-16le':
      return Buffer.from(`\uFEFF${text}`, 'utf16le');
    case 'utf-16be':
      return Buffer.from(`\uFEFF${text}`, 'utf16le').swap16();
    case 'windows-1258':
      return encodeWith(bytesOfWindows1258, text);
    case 'tcvn3':
      return encodeWith(bytesOfTcvn3, text);
    case 'viscii':
      return encodeWith(bytesOfViscii, text);
    case 'vni':
      return encodeVni(text);
  }
}

/** By what is read as the letter: a byte, or two. */
function encodeVni(text: string): Uint8Array {
  return Uint8Array.from(
    Array.from(text.normalize('NFC')).flatMap((letter) => {
      const bytes = bytesOfVni.get(letter);
      if (bytes === undefined) throw new Error(`no bytes for ${letter}`);
      return bytes;
    }),
  );
}

function tableOf(decode: (content: Uint8Array) => string): ReadonlyMap<string, number> {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return new Map(bytes.map((byte) => [decode(Uint8Array.of(byte)), byte]));
}

const bytesOfWindows1258 = tableOf(decodeWindows1258);
const bytesOfViscii = tableOf(decodeViscii);
const bytesOfVni: ReadonlyMap<string, readonly number[]> = new Map(
  [
    ...Array.from({ length: 256 }, (_, first) =>
      Array.from({ length: 128 }, (_, second) => [first, second + 128]),
    ).flat(),
    ...Array.from({ length: 256 }, (_, byte) => [byte]),
  ].map((bytes) => [decodeVni(Uint8Array.from(bytes)), bytes]),
);
const bytesOfTcvn3 = tableOf(decodeTcvn3);

function encodeWith(table: ReadonlyMap<string, number>, text: string): Uint8Array {
  return Uint8Array.from(
    Array.from(text.normalize('NFC')).flatMap((letter) => bytesOf(table, letter)),
  );
}

/** A letter that has no byte is one that has, and the mark of its tone behind it. */
function bytesOf(table: ReadonlyMap<string, number>, letter: string): number[] {
  const whole = table.get(letter);
  if (whole !== undefined) return [whole];
  const [base = '', ...marks] = Array.from(letter.normalize('NFD'));
  for (const tone of marks) {
    const rest = marks.filter((mark) => mark !== tone).join('');
    const parts = [table.get((base + rest).normalize('NFC')), table.get(tone)];
    if (parts.every((part) => part !== undefined)) return parts;
  }
  throw new Error(`no byte for ${letter}`);
}
