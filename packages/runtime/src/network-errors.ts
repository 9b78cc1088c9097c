// What the system and Node.js call errors of connections.

/** Of an error of a socket, of a library or of the system; '' where it has none. */
export function codeOf(error: unknown): string {
  // Structural: they come in every class.
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}

/** No connection came about: nobody listens, no way leads there, or the name is unknown. */
export const unreachableCodes: readonly string[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
];

export function isUnreachable(error: unknown): boolean {
  return unreachableCodes.includes(codeOf(error));
}
