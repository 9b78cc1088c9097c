import type { Account } from '@envigate/contracts';

/** Keys are compared by their bytes, which name their own kind. */
export function hasKey(account: Account | undefined, publicKey: Uint8Array): boolean {
  return (account?.publicKeys ?? []).some((line) => keyOf(line)?.equals(publicKey) === true);
}

/** The key of a line in OpenSSH's form: `[options] kind base64 [comment]`. */
function keyOf(line: string): Buffer | undefined {
  const words = line.trim().split(/\s+/);
  const kind = words.findIndex((word) => /^(ssh|ecdsa|sk)-[a-z0-9@.-]+$/i.test(word));
  const key = kind === -1 ? undefined : words[kind + 1];
  return key === undefined ? undefined : Buffer.from(key, 'base64');
}
