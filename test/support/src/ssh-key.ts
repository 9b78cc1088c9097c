import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

export interface SshKey {
  /** In OpenSSH's own format, without a passphrase. */
  readonly privateKey: string;
  /** The line of `authorized_keys`. */
  readonly publicKey: string;
  /** As `ssh-keygen -l` prints it: SHA256:… */
  readonly fingerprint: string;
}

const algorithm = 'ssh-ed25519';
/** The private part is padded to the block size of the cipher; of "none" that is 8. */
const blockBytes = 8;

/**
 * An ed25519 key, made without OpenSSH. Not by ssh2's generator: 1.17 drops the leading zeros of a
 * public key, so that about one key in 200 is malformed.
 */
export function makeSshKey(): SshKey {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d!, 'base64url'), Buffer.from(x!, 'base64url')];
  const wire = Buffer.concat([field(algorithm), field(point)]);
  const check = randomBytes(4);
  const secret = [check, check, wire, field(Buffer.concat([seed, point])), field('')];
  const { length } = Buffer.concat(secret);
  const padding = Buffer.from(
    Array.from({ length: (blockBytes - (length % blockBytes)) % blockBytes }, (_, i) => i + 1),
  );
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(field), // cipher, key derivation and its options
    uint32(1), // one key
    field(wire),
    field(Buffer.concat([...secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g)!;
  return {
    privateKey: [
      '-----BEGIN OPENSSH PRIVATE KEY-----',
      ...lines,
      '-----END OPENSSH PRIVATE KEY-----',
      '',
    ].join('\n'),
    publicKey: `${algorithm} ${wire.toString('base64')}`,
    fingerprint: `SHA256:${createHash('sha256').update(wire).digest('base64').replace(/=+$/, '')}`,
  };
}

/** Makes a key and writes its private part where OpenSSH's clients and servers accept it. */
export async function writeSshKey(file: string): Promise<SshKey> {
  const key = makeSshKey();
  await writeFile(file, key.privateKey, { mode: 0o600 });
  return key;
}

/** A byte string of SSH (RFC 4251, section 5). */
function field(content: string | Uint8Array): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
