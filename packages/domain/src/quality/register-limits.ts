/**
 * Every bit of a register is set: what a master reads from a device that does not answer. As a
 * measurement it would be a chance of one in tens of thousands, each time.
 */
const allOnes: ReadonlySet<number> = new Set([65_535, 4_294_967_295]);

/**
 * Codes that end a range: of 16, 24 and 32 bits with a sign, and of 16 bits in parts of a unit. 7999 ends
 * Campbell's numbers of two bytes. A measurement may be the same number, so they prove nothing.
 */
const ends: ReadonlySet<number> = new Set([
  ...[6553.5, 655.35, 32_767, 3276.7, 327.67, -32_768, -3276.8, -327.68],
  ...[8_388_607, 16_777_215, 2_147_483_647, -2_147_483_648, 7999],
]);

/** The code of a register that a number equals, as sent or as converted; undefined where it equals none. */
export function registerLimit(
  sent: number,
  value: number,
): { readonly code: number; readonly isAllOnes: boolean } | undefined {
  const ones = codeAmong(allOnes, sent, value);
  if (ones !== undefined) return { code: ones, isAllOnes: true };
  const end = codeAmong(ends, sent, value);
  return end === undefined ? undefined : { code: end, isAllOnes: false };
}

function codeAmong(codes: ReadonlySet<number>, sent: number, value: number): number | undefined {
  if (codes.has(sent)) return sent;
  return value !== sent && codes.has(value) ? value : undefined;
}

/** Flows and sums of them pass every number on their way up. */
export function countsUp(unit: string): boolean {
  return /^(?:N?m3|L)(?:\/(?:s|min|h|day))?$/.test(unit);
}
