import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { canTestWith } from './programs.ts';
import { makeSshKey, writeSshKey } from './ssh-key.ts';

// Enough of them that keys with leading zeros are among them.
test('every key is one that ssh2 reads, with the public part that belongs to it', () => {
  for (let i = 0; i < 1_000; i++) {
    const { privateKey, publicKey } = makeSshKey();
    const parsed = ssh2.utils.parseKey(privateKey);
    if (parsed instanceof Error) throw parsed;
    expect(`${parsed.type} ${parsed.getPublicSSH().toString('base64')}`).toBe(publicKey);
    const signature = parsed.sign(Buffer.from('signed'));
    const owner = ssh2.utils.parseKey(publicKey);
    if (owner instanceof Error) throw owner;
    expect(owner.verify(Buffer.from('signed'), signature)).toBe(true);
  }
});

(canTestWith('ssh-keygen') ? test : test.skip)('OpenSSH reads it as we say', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'envigate-ssh-key-'));
  try {
    const file = join(dir, 'key');
    const { publicKey, fingerprint } = await writeSshKey(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const ask = (...args: string[]): string => spawnSync('ssh-keygen', args).stdout.toString();
    expect(ask('-y', '-P', '', '-f', file).trim()).toBe(publicKey);
    expect(ask('-l', '-f', file)).toContain(` ${fingerprint} `);
  } finally {
    await rm(dir, { recursive: true });
  }
});
