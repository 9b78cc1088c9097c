/**
 * Key under which different spellings of one symbol or file prefix meet: without case, marks,
 * compatibility forms (₄, ³) and superfluous blanks. Signs stay, since they distinguish parameters:
 * Cl and Cl-, NH4 and N-NH4. For look-up only; what was written is kept elsewhere.
 */
export function lookupKey(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replace(/[\p{M}\u200B-\u200D\u2060\uFEFF]/gu, '')
    .toLowerCase()
    // Three letters look like Đ and none decomposes: U+0111, U+00F0 (in the old province codes), U+0256.
    .replace(/[\u0111\u00F0\u0256]/g, 'd')
    // A raised minus (Cl⁻) becomes the sign of mathematics, and editors make long dashes of hyphens.
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
  return folded.startsWith('pm') ? foldDustClass(folded) : folded;
}

/** PM2,5 PM2.5 PM-2-5 PM_2_5 → pm2.5; PM-10 → pm10, and still not PM1.0. */
function foldDustClass(key: string): string {
  return key.replace(/^pm[ ,._-]*(\d+)(?:[,._-](\d+))?$/, (_all, whole: string, tenth?: string) =>
    tenth === undefined ? `pm${whole}` : `pm${whole}.${tenth}`,
  );
}
