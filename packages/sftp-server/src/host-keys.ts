import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@envigate/runtime';
import ssh2 from 'ssh2';

export interface HostKey {
  readonly file: string;
  /** OpenSSH or PEM private key. Never logged. */
  readonly privateKey: string;
  /** As `ssh-keygen -l` shows it: 'SHA256:…'. */
  readonly fingerprint: string;
}

// Named as OpenSSH names them: who moves here from an sshd copies its files, and no station
// has to learn a new host key. RSA is for loggers that know nothing newer.
const generated = [
  { file: 'ssh_host_ed25519_key', generate: () => generateKey('ed25519', {}) },
  { file: 'ssh_host_rsa_key', generate: () => generateKey('rsa', { bits: 3072 }) },
] as const;
const alsoUsed = ['ssh_host_ecdsa_key'];

type Generate = (type: string, options: object) => Promise<{ private: string }>;
const generateKey = promisify(ssh2.utils.generateKeyPair) as unknown as Generate;

/**
 * The host keys in `folder`, made there at the first start and kept: stations remember them.
 * A file that is present but unreadable is an error, never replaced.
 */
export async function loadHostKeys(folder: string): Promise<HostKey[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys: HostKey[] = [];
  for (const { file, generate } of generated) {
    const path = join(folder, file);
    let text = await readIfPresent(path);
    if (text === undefined) {
      // Another process may have been quicker: what lies there in the end is the key.
      await createFile(folder, path, await generateUsable(generate));
      text = await readFile(path, 'utf8');
    }
    keys.push(parseHostKey(path, text));
  }
  for (const file of alsoUsed) {
    const path = join(folder, file);
    const text = await readIfPresent(path);
    if (text !== undefined) keys.push(parseHostKey(path, text));
  }
  return keys;
}

/**
 * About one in 200 ed25519 keys of ssh2 1.17 is malformed, and it refuses them itself when it reads
 * them back: a first start would fail for ever.
 */
export async function generateUsable(
  generate: () => Promise<{ readonly private: string }>,
): Promise<string> {
  const attempts = 20;
  for (let attempt = 1; ; attempt += 1) {
    const { private: text } = await generate();
    const parsed = ssh2.utils.parseKey(text);
    if (!(parsed instanceof Error)) return text;
    if (attempt === attempts) throw parsed;
  }
}

function parseHostKey(file: string, privateKey: string): HostKey {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) {
    throw new Error(`${file} is not a usable host key: ${messageOf(parsed)}`, { cause: parsed });
  }
  if (!parsed.isPrivateKey())
    throw new Error(`${file} holds a public key, a private one is needed`);
  const digest = createHash('sha256')
    .update(parsed.getPublicSSH())
    .digest('base64')
    .replace(/=+$/, '');
  return { file, privateKey, fingerprint: `${parsed.type} SHA256:${digest}` };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, and never over a file that is there: link(2) refuses that. */
async function createFile(folder: string, path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.new`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(temporary, path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  await unlink(temporary);
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
