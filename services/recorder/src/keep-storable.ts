const escapes = [String.raw`\u0000`, String.raw`\ud`, String.raw`\uD`];

/**
 * PostgreSQL's text holds neither NUL nor half a surrogate pair, and both occur in broken files.
 * Returns the JSON document with U+FFFD in their place, or undefined where it has none (the bytes
 * of the file itself are base64 and untouched). Throws SyntaxError where the bytes are no JSON.
 */
export function keepStorable(bytes: Uint8Array): unknown {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!escapes.some((escape) => json.includes(escape))) return undefined;
  return JSON.parse(json.toString('utf8'), (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/\0|\p{Surrogate}/gu, '\uFFFD') : value,
  );
}
