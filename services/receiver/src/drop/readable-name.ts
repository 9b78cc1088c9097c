/**
 * A name or path of a drop folder (one character per byte) as text. Bytes that are not UTF-8 and
 * control characters become `%XX`, as in a URL: other names stay other names, and a line of a log
 * or a listing stays one line.
 */
export function readableName(bytes: string): string {
  return decoded(bytes).replaceAll(control, escaped);
}

const control = /[\u0000-\u001f\u007f]/g;
const notAscii = /[\u0080-\u00ff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: string): string {
  if (!notAscii.test(bytes)) return bytes;
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return bytes.replaceAll(new RegExp(notAscii, 'g'), escaped);
  }
}

function escaped(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
