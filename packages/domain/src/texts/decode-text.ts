import { sentence, type Sentence } from '../reasons/sentences.ts';
import type { FileForm } from '@envigate/contracts';
import type { FileReason, WarningReason } from '../reasons/reasons.ts';
import { fileSignature } from './file-signature.ts';
import { readNuls, wholeUnits, type NulReading } from './control-characters.ts';
import {
  decodeTcvn3,
  decodeViscii,
  decodeVni,
  decodeWindows1258,
  mayBeSingleByte,
  recogniseSingleByte,
  unclearLetter,
} from './single-byte.ts';

export type Encoding = FileForm['encoding'];

export type DecodedText =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly encoding: Encoding;
      /** The bytes end within a character, which is left out. */
      readonly endsInCharacter?: true;
      /**
       * Present where some letters are not known: `unclearLetter` is in their place, and a line with one
       * cannot be relied on. The place of the first.
       */
      readonly unclearAt?: Place;
      /** What is odd about the bytes. */
      readonly encodingWarnings: readonly {
        readonly code: WarningReason;
        readonly detail: Sentence;
      }[];
    }
  | { readonly kind: 'unreadable'; readonly reason: FileReason; readonly detail: Sentence };

// They remove a byte order mark and keep no state between calls.
const strict = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  'utf-16le': new TextDecoder('utf-16le', { fatal: true }),
  'utf-16be': new TextDecoder('utf-16be', { fatal: true }),
};
const lenient = new TextDecoder('utf-8');
const ascii = new TextDecoder('latin1');

/**
 * Bytes → text; nothing is replaced, and nothing left out but byte order marks, characters that
 * cannot be seen, and NULs whose places show that they are not part of the text. The encoding is
 * guessed only where the bytes vouch for it; `fixed` is that of a profile.
 */
export function decodeText(content: Uint8Array, fixed?: Encoding): DecodedText {
  if (content.length === 0) return unreadable('empty-file', sentence('bytes@1', 0));
  if (fixed !== undefined) return decodeAs(content, fixed);

  const signature = fileSignature(content);
  if (signature !== undefined)
    return unreadable(signature.reason, sentence('file-format@1', signature.what));
  if (content[0] === 0xff && content[1] === 0xfe) return decodeAs(content, 'utf-16le');
  if (content[0] === 0xfe && content[1] === 0xff) return decodeAs(content, 'utf-16be');
  if (content.includes(0)) return decodeWithNuls(content);

  const utf8 = tryDecode(content, 'utf-8');
  if (utf8 !== undefined) {
    if (utf8.length === content.length) return plainText(utf8);
    const isOther = otherScript.test(utf8) && mayBeSingleByte(content);
    return isOther ? withoutLetters(content) : asText(utf8, 'utf-8');
  }
  return decodeCutUtf8(content) ?? decodeSingleByte(content);
}

/** A text that lost the end of its last character, as a connection that breaks leaves it. */
function decodeCutUtf8(content: Uint8Array): DecodedText | undefined {
  const start = content.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  const lead = content[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || start === 0 || content.length - start >= length) return undefined;
  const text = tryDecode(content.subarray(0, start), 'utf-8');
  // A letter above ASCII must vouch for the encoding where one byte alone could be a letter of another.
  if (text === undefined || (content.length - start < 2 && !aboveAscii.test(text)))
    return undefined;
  return { ...asText(text, 'utf-8'), endsInCharacter: true };
}

const aboveAscii = /[^\x00-\x7F]/;

function plainText(text: string): Extract<DecodedText, { kind: 'text' }> {
  return { kind: 'text', text, encoding: 'utf-8', encodingWarnings: [] };
}

function decodeAs(content: Uint8Array, encoding: Encoding): DecodedText {
  switch (encoding) {
    case 'windows-1258':
      return asFixed(decodeWindows1258, content, encoding);
    case 'tcvn3':
      return asFixed(decodeTcvn3, content, encoding);
    case 'vni':
      return asFixed(decodeVni, content, encoding);
    case 'viscii':
      return asFixed(decodeViscii, content, encoding);
    case 'utf-8': {
      const text = tryDecode(content, encoding);
      return text === undefined ? notEncodedAs(content, encoding) : asText(text, encoding);
    }
    case 'utf-16le':
    case 'utf-16be': {
      const text = tryDecode(wholeUnits(content), encoding);
      return text === undefined ? notEncodedAs(content, encoding) : asText(text, encoding);
    }
  }
}

function decodeWithNuls(marked: Uint8Array): DecodedText {
  const content = withoutMarks(marked);
  const reading = readNuls(content);
  switch (reading.kind) {
    case 'utf-16':
      return asText(reading.text, reading.encoding);
    case 'between':
    case 'framing': {
      const inner = decodeText(reading.bytes);
      if (inner.kind === 'unreadable') return inner;
      const nuls = content.length - reading.bytes.length;
      const encodingWarning = {
        code: 'nul-bytes-removed',
        detail: nulsFound(nuls, reading),
      } as const;
      return { ...inner, encodingWarnings: [encodingWarning, ...inner.encodingWarnings] };
    }
    case 'binary': {
      const before = lenient.decode(content.subarray(0, content.indexOf(0)));
      return unreadable('binary-content', sentence('nul-byte-at@1', ...placeAfter(before)));
    }
  }
}

function nulsFound(
  count: number,
  reading: Extract<NulReading, { kind: 'between' | 'framing' }>,
): Sentence {
  if (reading.kind === 'between') return sentence('nul-bytes-between@1', count);
  return reading.isAfterLastLine
    ? sentence('nul-bytes-after-last-line@1', count)
    : sentence('nul-bytes-at-line-ends@1', count);
}

/** Byte order marks are no text, wherever they stand beside NULs. */
function withoutMarks(content: Uint8Array): Uint8Array {
  const isMark = (at: number): boolean =>
    content[at] === 0xef && content[at + 1] === 0xbb && content[at + 2] === 0xbf;
  if (!content.includes(0xef)) return content;
  return content.filter((_, at) => !isMark(at) && !isMark(at - 1) && !isMark(at - 2));
}

function decodeSingleByte(content: Uint8Array): DecodedText {
  // A letter that is whole in UTF-8 shows a damaged file rather than another encoding.
  if (lettersOfUtf8.test(lenient.decode(content))) return withoutLetters(content);
  const recognised = recogniseSingleByte(content);
  if (recognised === undefined) return withoutLetters(content);
  return asText(recognised.text, recognised.encoding);
}

/** Such as loggers write. Letters of other scripts are pairs of bytes that VISCII has as well: ườ, ĐỘ. */
const lettersOfUtf8 = /(?![\x00-\x7F])[°²³µ\p{M}\p{Script=Latin}]/u;
const otherScript =
  /(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Common}\p{Script=Inherited}])[^\x00-\x7F]/u;

/** The lines in ASCII alone say the same in every encoding. */
function withoutLetters(content: Uint8Array): DecodedText {
  const text = ascii.decode(content).replace(/[^\x00-\x7F]/g, unclearLetter);
  return { ...plainText(text), unclearAt: placeOfUnclear(text) };
}

/** `encoding` is that of a profile; bytes that it has no letter for leave their lines unclear. */
function asFixed(
  decode: (content: Uint8Array) => string,
  content: Uint8Array,
  encoding: Encoding,
): DecodedText {
  const text = asText(decode(content), encoding);
  return text.text.includes(unclearLetter)
    ? { ...text, unclearAt: placeOfUnclear(text.text) }
    : text;
}

function notEncodedAs(content: Uint8Array, encoding: keyof typeof strict): DecodedText {
  if (encoding !== 'utf-8')
    return unreadable('encoding-unclear', sentence('invalid-bytes@1', encoding));
  return notUtf8(placeOfUnclear(lenient.decode(content)));
}

/** Of a file of which no line can be read, as the letters above ASCII are not known. */
export function notUtf8(place: Place): Extract<DecodedText, { kind: 'unreadable' }> {
  return unreadable('not-utf8', sentence('invalid-bytes-at@1', 'UTF-8', ...place));
}

function tryDecode(content: Uint8Array, encoding: keyof typeof strict): string | undefined {
  try {
    return strict[encoding].decode(content);
  } catch {
    return undefined;
  }
}

// Zero-width blanks and joiners, word joiners, and byte order marks in the middle.
const invisible = /[\u200B-\u200D\u2060\uFEFF]/g;

function asText(decoded: string, encoding: Encoding): Extract<DecodedText, { kind: 'text' }> {
  const text = decoded.replace(invisible, '');
  const removed = decoded.length - text.length;
  const encodingWarnings: { code: WarningReason; detail: Sentence }[] = [];
  if (encoding !== 'utf-8')
    encodingWarnings.push({ code: 'other-encoding', detail: sentence('encoding@1', encoding) });
  if (removed > 0) {
    encodingWarnings.push({
      code: 'invisible-characters',
      detail: sentence('zero-width-characters@1', removed),
    });
  }
  return { kind: 'text', text, encoding, encodingWarnings };
}

function unreadable(
  reason: FileReason,
  detail: Sentence,
): Extract<DecodedText, { kind: 'unreadable' }> {
  return { kind: 'unreadable', reason, detail };
}

function placeOfUnclear(text: string): Place {
  return placeAfter(text.slice(0, Math.max(0, text.indexOf(unclearLetter))));
}

/** Line and cell, from 1. */
type Place = readonly [line: number, column: number];

/** Of the next character. */
function placeAfter(text: string): Place {
  const lines = text.split('\n');
  const cells = (lines.at(-1) ?? '').split('\t');
  return [lines.length, cells.length];
}
