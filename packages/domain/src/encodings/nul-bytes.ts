const utf16le = new TextDecoder('utf-16le', { fatal: true });
const utf16be = new TextDecoder('utf-16be', { fatal: true });

export type NulReading =
  /** Every other byte is the upper half of a character. */
  | { readonly kind: 'utf-16'; readonly encoding: 'utf-16le' | 'utf-16be'; readonly text: string }
  /** NULs stand between the characters of another encoding; here are the bytes without them. */
  | { readonly kind: 'between'; readonly bytes: Uint8Array }
  /** The file was extended and never written: NULs and nothing else after the last line end. */
  | { readonly kind: 'padding'; readonly bytes: Uint8Array }
  | { readonly kind: 'binary' };

/**
 * What the NULs of a text without byte order mark are, where their places leave no doubt. A NUL that
 * stands alone may stand for a lost character, and leaving it out would make another value.
 */
export function readNuls(content: Uint8Array): NulReading {
  const le = wholeUtf16(content, utf16le);
  if (le !== undefined) return { kind: 'utf-16', encoding: 'utf-16le', text: le };
  const be = wholeUtf16(content, utf16be);
  if (be !== undefined) return { kind: 'utf-16', encoding: 'utf-16be', text: be };
  if (isBetween(content)) {
    return { kind: 'between', bytes: content.filter((byte) => byte !== 0) };
  }
  const end = content.findLastIndex((byte) => byte !== 0) + 1;
  const bytes = content.subarray(0, end);
  const last = bytes.at(-1);
  if ((last === LF || last === CR) && !bytes.includes(0)) return { kind: 'padding', bytes };
  return { kind: 'binary' };
}

const LF = 0x0a;
const CR = 0x0d;

/** Undefined where it is not UTF-16 or most of it is not ASCII, as every station file is. */
function wholeUtf16(content: Uint8Array, decoder: typeof utf16le): string | undefined {
  if (content.length % 2 !== 0) return undefined;
  let text: string;
  try {
    text = decoder.decode(content);
  } catch {
    return undefined;
  }
  let plain = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x09 && code !== LF && code !== CR) return undefined;
    if (code < 0x80) plain++;
  }
  return plain * 2 > text.length ? text : undefined;
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
