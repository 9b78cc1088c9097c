/** Texts in UTF-8, each with its length in bytes before it (u32, big-endian): no two lists are alike. */
export function framed(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const whole = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  for (const [i, text] of texts.entries()) {
    const length = lengths[i] ?? 0;
    whole.writeUInt32BE(length, at);
    whole.write(text, at + 4);
    at += 4 + length;
  }
  return whole;
}
