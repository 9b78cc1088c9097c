import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** Cost of new hashes: 16 MiB and about 50 ms. Old hashes carry their own. */
const cost = { N: 16_384, r: 8, p: 1 };
const saltBytes = 16;
const hashBytes = 64;

/** More is refused unread: a hash in the registry must not stop the server. */
const maxMemoryBytes = 128 * 1024 * 1024;
const maxParallel = 16;
const minHashBytes = 16;
const maxHashBytes = 128;

interface ParsedHash {
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** The password as the registry keeps it: `scrypt$N$r$p$salt$hash`, salt and hash in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, cost);
  const { N, r, p } = cost;
  return ['scrypt', N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** False also where the hash is not one that hashPassword could have made. */
export async function verifyPassword(password: string, passwordHash: string): Promise<boolean> {
  const parsed = parse(passwordHash);
  if (parsed === undefined) return false;
  const hash = await derive(password, parsed.salt, parsed.hash.length, parsed.cost);
  return timingSafeEqual(hash, parsed.hash);
}

function parse(passwordHash: string): ParsedHash | undefined {
  const [scheme, N, r, p, salt, hash, ...rest] = passwordHash.split('$');
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined || rest.length > 0)
    return undefined;
  const parsed = {
    cost: { N: toNumber(N), r: toNumber(r), p: toNumber(p) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
  return isBounded(parsed) ? parsed : undefined;
}

function isBounded({ cost: { N, r, p }, salt, hash }: ParsedHash): boolean {
  const isPowerOfTwo = N > 1 && Number.isInteger(Math.log2(N));
  return (
    isPowerOfTwo &&
    r >= 1 &&
    p >= 1 &&
    p <= maxParallel &&
    128 * N * r <= maxMemoryBytes &&
    salt.length > 0 &&
    hash.length >= minHashBytes &&
    hash.length <= maxHashBytes
  );
}

function toNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

function derive(
  password: string,
  salt: Buffer,
  length: number,
  { N, r, p }: ParsedHash['cost'],
): Promise<Buffer> {
  // Node's own limit of 32 MiB would refuse the default cost's next step.
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
