const CR = 0x0d;

/**
 * Whether `part` is the beginning of `whole`, or all of it. Line ends may have changed on the way
 * (ASCII transfers), so CRs do not count.
 */
export function isBeginningOf(part: Uint8Array, whole: Uint8Array): boolean {
  const [short, long] = [withoutCr(part), withoutCr(whole)];
  return long.length >= short.length && short.equals(long.subarray(0, short.length));
}

export function hasSameText(one: Uint8Array, other: Uint8Array): boolean {
  return withoutCr(one).equals(withoutCr(other));
}

function withoutCr(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.includes(CR) ? bytes.filter((byte) => byte !== CR) : bytes);
}
