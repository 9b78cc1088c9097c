/** Structural, as errors of sockets and of libraries come in every class. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}

export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const message = String(error.message);
  // Failures of several addresses (::1, 127.0.0.1) come joined in an error without a message.
  return message === '' ? codeOf(error) : message;
}
