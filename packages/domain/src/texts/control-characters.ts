const utf16le = new TextDecoder('utf-16le', { fatal: true });
const utf16be = new TextDecoder('utf-16be', { fatal: true });

export type NulReading =
  /** Every other byte is the upper half of a character. */
  | { readonly kind: 'utf-16'; readonly encoding: 'utf-16le' | 'utf-16be'; readonly text: string }
  /** NULs stand between the characters of another encoding; here are the bytes without them. */
  | { readonly kind: 'between'; readonly bytes: Uint8Array }
  /** They end a line or the file, or begin it: padding, and the ends of strings; here are the bytes without them. */
  | { readonly kind: 'framing'; readonly isAfterLastLine: boolean; readonly bytes: Uint8Array }
  | { readonly kind: 'binary' };

/**
 * What the NULs of a text without byte order mark are, where their places leave no doubt. A NUL that
 * stands alone may stand for a lost character, and leaving it out would make another value.
 */
export function readNuls(content: Uint8Array): NulReading {
  const units = wholeUnits(content);
  const le = wholeUtf16(units, utf16le);
  if (le !== undefined) return { kind: 'utf-16', encoding: 'utf-16le', text: le };
  const be = wholeUtf16(units, utf16be);
  if (be !== undefined) return { kind: 'utf-16', encoding: 'utf-16be', text: be };
  if (isBetween(content)) {
    return { kind: 'between', bytes: content.filter((byte) => byte !== 0) };
  }
  if (!frames(content, (byte) => byte === 0)) return { kind: 'binary' };
  const bytes = content.filter((byte) => byte !== 0);
  const end = content.findLastIndex((byte) => byte !== 0) + 1;
  return { kind: 'framing', isAfterLastLine: bytes.length === end, bytes };
}

/**
 * A mark of the end in one byte, behind a text of two bytes a character, is not part of it. Only SUB and EOT
 * are half of no letter that Vietnamese has.
 */
export function wholeUnits(content: Uint8Array): Uint8Array {
  const last = content.at(-1);
  const isOdd = content.length % 2 !== 0 && (last === SUB || last === EOT);
  return isOdd ? content.subarray(0, -1) : content;
}

const SUB = 0x1a;
const EOT = 0x04;
const LF = 0x0a;
const CR = 0x0d;
const blank = 0x20;

/** Whether the text has something to read, and the marks stand on no line between two signs that can be read. */
function frames(codes: Uint8Array | Uint16Array, isMark: (code: number) => boolean): boolean {
  let hasText = false;
  let lineBegan = false;
  let hasMark = false;
  for (const code of codes) {
    if (code === LF || code === CR) {
      lineBegan = false;
      hasMark = false;
    } else if (isMark(code)) {
      hasMark ||= lineBegan;
    } else if (code > blank && code !== DEL) {
      if (hasMark) return false;
      hasText = true;
      lineBegan = true;
    }
  }
  return hasText;
}

/** Undefined where it is not UTF-16 or most of it is not ASCII, as every station file is. */
function wholeUtf16(content: Uint8Array, decoder: typeof utf16le): string | undefined {
  if (content.length % 2 !== 0) return undefined;
  let text: string;
  try {
    text = decoder.decode(content);
  } catch {
    return undefined;
  }
  const codes = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const isMark = (code: number): boolean => isControl(code) && code !== LF && code !== CR;
  if (!frames(codes, isMark)) return undefined;
  const plain = codes.reduce((sum, code) => sum + (code < 0x80 && !isMark(code) ? 1 : 0), 0);
  const marks = codes.reduce((sum, code) => sum + (isMark(code) ? 1 : 0), 0);
  return plain * 2 > codes.length - marks ? text : undefined;
}

/**
 * One NUL after each character, be it of several bytes: UTF-16 that passed through a server which
 * turned its line ends into CR LF, or a logger that pads its letters.
 */
function isBetween(content: Uint8Array): boolean {
  let sinceNul = 0;
  let nuls = 0;
  for (const byte of content) {
    if (byte !== 0) {
      sinceNul++;
      // Two bytes together are a letter above ASCII or the two halves of a line end.
      if (sinceNul > 3 || (sinceNul > 1 && byte < 0x80 && byte !== LF && byte !== CR)) return false;
    } else {
      if (sinceNul === 0 && nuls > 0) return false;
      nuls++;
      sinceNul = 0;
    }
  }
  return nuls * 3 > content.length;
}

/** Of ASCII, by their codes. */
const names = [
  ...['NUL', 'SOH', 'STX', 'ETX', 'EOT', 'ENQ', 'ACK', 'BEL', 'BS', 'TAB', 'LF', 'VT', 'FF', 'CR'],
  ...[
    'SO',
    'SI',
    'DLE',
    'DC1',
    'DC2',
    'DC3',
    'DC4',
    'NAK',
    'SYN',
    'ETB',
    'CAN',
    'EM',
    'SUB',
    'ESC',
  ],
  ...['FS', 'GS', 'RS', 'US'],
] as const;

const TAB = 0x09;
const DEL = 0x7f;

/** A control character of ASCII other than TAB, which parts cells. */
export function isControl(code: number): boolean {
  return (code < names.length && code !== TAB) || code === DEL;
}

/** STX, SUB, …: for people. */
export function controlName(code: number): string {
  return code === DEL ? 'DEL' : (names[code] ?? `U+${code.toString(16).padStart(4, '0')}`);
}
