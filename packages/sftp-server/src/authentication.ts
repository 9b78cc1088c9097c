import type { AccountTree, Peer, ReceptionHall } from '@envigate/domain';
import ssh2, { type AuthContext, type PublicKeyAuthContext } from 'ssh2';
import type { CredentialFault, LoginMethod } from './telemetry.ts';

/** Longer ones are refused unread: hashing them would be the attacker's gain. */
const maxPasswordBytes = 1024;
const maxKeyBytes = 16_384;

export type AuthenticationOutcome =
  | { readonly kind: 'accepted'; readonly tree: AccountTree; readonly method: LoginMethod }
  /** The key may be used: the client is to prove that it holds it. */
  | { readonly kind: 'key-welcome' }
  /** By the hall, which was asked and knows why. */
  | { readonly kind: 'refused'; readonly method: LoginMethod }
  /** Before the hall was asked to let anybody in. */
  | { readonly kind: 'unfit'; readonly method: LoginMethod; readonly fault: CredentialFault }
  /** No credential was offered: clients begin so, to learn the methods. */
  | { readonly kind: 'nothing-offered' };

/**
 * Decides one authentication request. A public key is first offered unsigned, then with a
 * signature over this connection's id; only a verified signature reaches `hall.login`.
 * Rejects where the hall does.
 */
export async function authenticate(
  hall: ReceptionHall,
  request: AuthContext,
  peer: Peer,
): Promise<AuthenticationOutcome> {
  switch (request.method) {
    case 'password': {
      const { username: user, password } = request;
      if (Buffer.byteLength(password) > maxPasswordBytes)
        return { kind: 'unfit', method: 'password', fault: 'too-long' };
      const credential = { kind: 'password', password } as const;
      const tree = await hall.login({ user, credential, protocol: 'sftp', peer });
      return outcome(tree, 'password');
    }
    case 'publickey':
      return authenticateByKey(hall, request, peer);
    case 'none':
    case 'hostbased':
    case 'keyboard-interactive':
      return { kind: 'nothing-offered' };
  }
}

async function authenticateByKey(
  hall: ReceptionHall,
  request: PublicKeyAuthContext,
  peer: Peer,
): Promise<AuthenticationOutcome> {
  const { username: user, key } = request;
  const unfit = (fault: CredentialFault): AuthenticationOutcome => ({
    kind: 'unfit',
    method: 'public-key',
    fault,
  });
  if (key.data.length > maxKeyBytes) return unfit('too-long');
  if (request.signature === undefined) {
    const isWelcome = await hall.acceptsKey(user, key.algo, key.data, peer);
    return isWelcome ? { kind: 'key-welcome' } : unfit('key-not-welcome');
  }
  if (!isSignatureValid(request)) return unfit('bad-signature');
  const credential = { kind: 'public-key', algorithm: key.algo, publicKey: key.data } as const;
  return outcome(await hall.login({ user, credential, protocol: 'sftp', peer }), 'public-key');
}

function isSignatureValid({ key, signature, blob, hashAlgo }: PublicKeyAuthContext): boolean {
  if (signature === undefined || blob === undefined) return false;
  const parsed = ssh2.utils.parseKey(`${key.algo} ${key.data.toString('base64')}`);
  // The key names its own kind too: both must be what was asked.
  if (parsed instanceof Error || parsed.type !== key.algo) return false;
  // ssh2 returns an Error, against its types, for a signature that it cannot even check.
  const verified: unknown = parsed.verify(blob, signature, hashAlgo);
  return verified === true;
}

function outcome(tree: AccountTree | undefined, method: LoginMethod): AuthenticationOutcome {
  return tree === undefined ? { kind: 'refused', method } : { kind: 'accepted', tree, method };
}
