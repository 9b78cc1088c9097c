export type DecodedText =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'unreadable';
      readonly reason: 'empty-file' | 'binary-content' | 'not-utf8';
      readonly detail: string;
    };

// Both remove a byte order mark. They keep no state between calls.
const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

/** Bytes → text, in UTF-8 with or without a byte order mark; nothing is replaced or left out. */
export function decodeText(content: Uint8Array): DecodedText {
  if (content.length === 0) {
    return { kind: 'unreadable', reason: 'empty-file', detail: '0 bytes' };
  }
  const nul = content.indexOf(0);
  if (nul >= 0) {
    const before = lenient.decode(content.subarray(0, nul));
    return {
      kind: 'unreadable',
      reason: 'binary-content',
      detail: `${placeAfter(before)}: NUL byte`,
    };
  }
  try {
    return { kind: 'text', text: strict.decode(content) };
  } catch {
    const text = lenient.decode(content);
    const place = placeAfter(text.slice(0, Math.max(0, text.indexOf('\uFFFD'))));
    return { kind: 'unreadable', reason: 'not-utf8', detail: `${place}: bytes that are no UTF-8` };
  }
}

/** Line and cell in which the next character stands. */
function placeAfter(text: string): string {
  const lines = text.split('\n');
  const cells = (lines.at(-1) ?? '').split('\t');
  return `line ${lines.length}, column ${cells.length}`;
}
