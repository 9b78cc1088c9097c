import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Credential } from '@envigate/domain';
import { hashPassword } from '@envigate/runtime';
import { account, Reception } from '../testing/reception.ts';

const key = Buffer.from(
  'AAAAC3NzaC1lZDI1NTE5AAAAIGB0v8lQ8mJm0vYpVQz8hPZ5sJ1bYl3wq3m0l2m8h6aA',
  'base64',
);
const keyLine = `ssh-ed25519 ${key.toString('base64')} logger@tram03`;

const peer = { address: '192.0.2.7', port: 1 };

let reception: Reception;
beforeEach(async () => {
  reception = await Reception.start({
    accounts: [
      account('tram01'),
      { code: 'tram03', publicKeys: ['ssh-rsa AAAA', keyLine], stations: [] },
      account('closed', { disabled: true, publicKeys: [keyLine] }),
    ],
  });
});
afterEach(() => reception.remove());

async function login(user: string, credential: Credential | string): Promise<string | undefined> {
  const tree = await reception.hall.login({
    user,
    credential:
      typeof credential === 'string' ? { kind: 'password', password: credential } : credential,
    protocol: 'sftp',
    peer,
  });
  return tree?.account;
}

const byKey = (publicKey: Uint8Array): Credential => ({
  kind: 'public-key',
  algorithm: 'ssh-ed25519',
  publicKey,
});

describe('login by password', () => {
  test('lets in who has an account and its password, and nobody else', async () => {
    expect(await login('tram01', 'right')).toBe('tram01');
    expect(await login('tram01', 'right')).toBe('tram01');
    expect(await login('tram01', 'wrong')).toBeUndefined();
    expect(await login('tram01', '')).toBeUndefined();
    expect(await login('nobody', 'right')).toBeUndefined();
    expect(await login('TRAM01', 'right')).toBeUndefined();
    expect(await login('__proto__', 'right')).toBeUndefined();
    expect(await login('tram03', 'right')).toBeUndefined();
    expect(await login('closed', 'right')).toBeUndefined();
    const metrics = await reception.telemetry.metrics();
    for (const [reason, count] of [
      ['wrong-password', 2],
      ['unknown-account', 3],
      ['no-password', 1],
      ['disabled', 1],
    ]) {
      expect(metrics).toContain(
        `envigate_logins_refused_total{protocol="sftp",reason="${reason}"} ${count}`,
      );
    }
  });

  test('a change of the registry counts at once, also for a password that was good before', async () => {
    expect(await login('tram01', 'right')).toBe('tram01');
    reception.registry.set([account('tram01', { passwordHash: await hashPassword('new') })]);
    expect(await login('tram01', 'right')).toBeUndefined();
    expect(await login('tram01', 'new')).toBe('tram01');
    reception.registry.set([account('tram01', { disabled: true })]);
    expect(await login('tram01', 'right')).toBeUndefined();
    reception.registry.set([]);
    expect(await login('tram01', 'right')).toBeUndefined();
  });

  test('verifies a good password once, a bad one every time', async () => {
    // At full cost, so that verifying differs from remembering by more than noise.
    reception.registry.set([account('tram01', { passwordHash: await hashPassword('right') })]);
    const secondsOf = async (password: string): Promise<number> => {
      const { user: before } = process.cpuUsage();
      await login('tram01', password);
      return process.cpuUsage().user - before;
    };
    const first = await secondsOf('right');
    const again = await secondsOf('right');
    const bad = Math.min(await secondsOf('wrong'), await secondsOf('wrong'));
    expect(again * 5).toBeLessThan(first);
    expect(again * 5).toBeLessThan(bad);
  });

  test('many at once are all answered', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        login('tram01', index % 2 === 0 ? 'right' : 'wrong'),
      ),
    );
    expect(answers.filter((answer) => answer === 'tram01')).toHaveLength(50);
  });
});

describe('login by key', () => {
  test('lets in who holds one of the account’s keys', async () => {
    expect(await login('tram03', byKey(key))).toBe('tram03');
    expect(await reception.hall.acceptsKey('tram03', 'ssh-ed25519', key, peer)).toBe(true);
  });

  test('refuses other keys, other accounts and closed ones', async () => {
    const other = Buffer.from(key).fill(7, 20);
    expect(await login('tram03', byKey(other))).toBeUndefined();
    expect(await login('tram01', byKey(key))).toBeUndefined();
    expect(await login('closed', byKey(key))).toBeUndefined();
    expect(await login('nobody', byKey(key))).toBeUndefined();
    expect(await login('tram03', byKey(Buffer.alloc(0)))).toBeUndefined();
    for (const user of ['tram01', 'closed', 'nobody']) {
      expect(await reception.hall.acceptsKey(user, 'ssh-ed25519', key, peer)).toBe(false);
    }
  });

  test('takes lines with options before the key', async () => {
    reception.registry.set([
      { code: 'tram03', stations: [], publicKeys: [`from="10.0.0.0/8",no-pty ${keyLine}`] },
    ]);
    expect(await login('tram03', byKey(key))).toBe('tram03');
  });
});
