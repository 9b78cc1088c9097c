import { describe, expect, test } from '@jest/globals';
import ssh2, { type ParsedKey } from 'ssh2';
import { useBench } from './testing/bench.ts';

const keys = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const otherKeys = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const rsaKeys = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
const bench = useBench([keys.public, rsaKeys.public]);

describe('login', () => {
  test('by password: right, wrong, unknown user', async () => {
    await bench.start();
    await bench.connectSftp();
    expect(bench.hall.logins).toMatchObject([
      {
        user: 'tram01',
        protocol: 'sftp',
        peer: { address: '127.0.0.1' },
        credential: { kind: 'password', password: 'p@ss' },
      },
    ]);
    await expect(bench.connectSftp({ ...bench.address(), password: 'wrong' })).rejects.toThrow(
      /authentication methods failed/,
    );
    await expect(
      bench.connectSftp({ ...bench.address(), username: 'nobody', password: 'p@ss' }),
    ).rejects.toThrow(/authentication methods failed/);
    expect(await bench.metrics()).toContain(
      'envigate_sftp_logins_refused_total{method="password"} 2',
    );
  });

  test.each([
    ['ed25519', keys.private],
    ['rsa', rsaKeys.private],
  ])('by public key: %s', async (_kind, privateKey) => {
    await bench.start();
    const config = bench.address();
    const client = await bench.connectSftp({ ...config, privateKey });
    await client.put(Buffer.from('k'), '/by-key.txt');
    expect(bench.hall.logins.map((login) => login.credential.kind)).toEqual(['public-key']);
    await expect(bench.connectSftp({ ...config, privateKey: otherKeys.private })).rejects.toThrow(
      /authentication methods failed/,
    );
    expect(bench.hall.logins).toHaveLength(1);
  });

  test('a welcome key with a forged signature never reaches the hall', async () => {
    await bench.start();
    const [owned, welcome] = [
      ssh2.utils.parseKey(otherKeys.private),
      ssh2.utils.parseKey(keys.public),
    ];
    if (owned instanceof Error || welcome instanceof Error) throw new Error('unreadable key');
    // Offers the welcome key, signs with another.
    const forger = Object.assign(
      Object.create(Object.getPrototypeOf(owned) as object) as typeof owned,
      owned,
      {
        getPublicSSH: () => welcome.getPublicSSH(),
      },
    );
    const agent = new (class extends ssh2.BaseAgent {
      getIdentities(done: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
        done(undefined, [forger]);
      }
      override sign(_key: unknown, data: Buffer, ...rest: unknown[]): void {
        const done = rest.at(-1) as (error: Error | null, signature?: Buffer) => void;
        done(null, owned.sign(data));
      }
    })();
    await expect(bench.connectSftp({ ...bench.address(), agent })).rejects.toThrow(
      /authentication methods failed/,
    );
    expect(bench.hall.logins).toEqual([]);
    expect(await bench.metrics()).toContain(
      'envigate_sftp_logins_refused_total{method="public-key"} 1',
    );
  });

  test('an outage of the hall ends the connection and is not called a wrong password', async () => {
    await bench.start();
    bench.hall.outage = new Error('the registry is away');
    await expect(bench.connectSftp()).rejects.toThrow();
    const metrics = await bench.metrics();
    expect(metrics).toContain('envigate_sftp_logins_failed_total{method="password"} 1');
    expect(metrics).not.toContain('envigate_sftp_logins_refused_total{');
  });
});
