/**
 * A user name as it may be written down. Who types a password where the name belongs must not find
 * it in the log: what cannot be an account's code is left out.
 */
export function userForLog(user: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(user) ? user : '(no account code)';
}
