import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { generateUsable, loadHostKeys } from './host-keys.ts';
import { temporaryFolder } from './testing/start-server.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let keyDir: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  keyDir = join(folder.path, 'data', 'ssh');
});
afterEach(() => folder.remove());

test('keys are made once, for the owner alone, and loaded thereafter', async () => {
  const made = await loadHostKeys(keyDir);
  expect(made.map((key) => key.fingerprint)).toEqual([
    expect.stringMatching(/^ssh-ed25519 SHA256:[\w+/]{43}$/),
    expect.stringMatching(/^ssh-rsa SHA256:[\w+/]{43}$/),
  ]);
  expect((await stat(keyDir)).mode & 0o777).toBe(0o700);
  expect((await readdir(keyDir)).sort()).toEqual(['ssh_host_ed25519_key', 'ssh_host_rsa_key']);
  for (const { file } of made) expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await loadHostKeys(keyDir)).toEqual(made);
});

test('several processes that start at once end up with the same keys', async () => {
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => loadHostKeys(keyDir)));
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  expect(await readdir(keyDir)).toHaveLength(2);
});

test('a key moved here from an sshd is used', async () => {
  await loadHostKeys(keyDir);
  const ecdsa = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  await writeFile(join(keyDir, 'ssh_host_ecdsa_key'), ecdsa.private);
  expect((await loadHostKeys(keyDir)).map((key) => key.fingerprint.split(' ')[0])).toEqual([
    'ssh-ed25519',
    'ssh-rsa',
    'ecdsa-sha2-nistp256',
  ]);
});

test.each([
  ['damaged', 'not a key'],
  ['empty', ''],
  ['a public key', ssh2.utils.generateKeyPairSync('ed25519').public],
])('a file that is %s is an error that names it, and is not replaced', async (_what, content) => {
  await loadHostKeys(keyDir);
  const path = join(keyDir, 'ssh_host_ed25519_key');
  await writeFile(path, content);
  await chmod(path, 0o600);
  await expect(loadHostKeys(keyDir)).rejects.toThrow(path);
  expect(await readFile(path, 'utf8')).toBe(content);
});

test('a generated key that cannot be read back is never kept', async () => {
  const good = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
  const drawn = ['malformed', 'malformed', good];
  const generate = (): Promise<{ private: string }> =>
    Promise.resolve({ private: drawn.shift() ?? '' });
  expect(await generateUsable(generate)).toBe(good);
  await expect(generateUsable(() => Promise.resolve({ private: 'malformed' }))).rejects.toThrow();
});
