import type { Account } from '@envigate/contracts';
import type { AccountTree, Credential, LoginAttempt } from '@envigate/domain';
import { hashPassword, verifyPassword } from '@envigate/runtime';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Reception, account, begin, upload, type ReceptionOptions } from '../testing/reception.ts';
import { PasswordCheck } from './login-checks.ts';

const keyBlob = Buffer.from(
  'AAAAC3NzaC1lZDI1NTE5AAAAIGB0v8lQ8mJm0vYpVQz8hPZ5sJ1bYl3wq3m0l2m8h6aA',
  'base64',
);
const publicKeys = [`ssh-ed25519 ${keyBlob.toString('base64')} logger`];
const byKey: Credential = {
  kind: 'public-key',
  algorithm: 'ssh-ed25519',
  publicKey: keyBlob,
};

let reception: Reception | undefined;
afterEach(async () => {
  await reception?.remove();
  reception = undefined;
});

async function start(accounts: readonly Account[], options: ReceptionOptions = {}) {
  reception = await Reception.start({ accounts, ...options });
  return reception;
}

function attemptOf(user: string, more: Partial<LoginAttempt> & { address?: string }): LoginAttempt {
  const { address = '192.0.2.7', ...rest } = more;
  return {
    user,
    credential: { kind: 'password', password: 'right' },
    protocol: 'ftp',
    peer: { address, port: 1024 },
    ...rest,
  };
}

function logIn(
  user: string,
  more: Partial<LoginAttempt> & { address?: string } = {},
): Promise<AccountTree | undefined> {
  return reception!.hall.login(attemptOf(user, more));
}

describe('who may come in', () => {
  test('is said by addresses', async () => {
    await start([account('tram01', { allowedAddresses: ['192.0.2.0/29'], publicKeys })]);
    for (const credential of [undefined, byKey]) {
      const more = credential === undefined ? {} : { credential };
      expect(await logIn('tram01', { ...more, address: '192.0.2.7' })).toBeDefined();
      expect(await logIn('tram01', { ...more, address: '192.0.2.8' })).toBeUndefined();
    }
    expect(await reception!.telemetry.metrics()).toContain(
      'envigate_logins_refused_total{protocol="ftp",reason="address-not-allowed"} 2',
    );
  });

  test('is said before a key is asked to prove itself', async () => {
    await start([
      account('tram01', { allowedAddresses: ['192.0.2.0/29'], publicKeys }),
      account('tram02', { expiresAt: '2020-01-01T00:00:00Z', publicKeys }),
    ]);
    const accepts = (user: string, address: string): Promise<boolean> =>
      reception!.hall.acceptsKey(user, 'ssh-ed25519', keyBlob, { address, port: 1 });
    expect(await accepts('tram01', '192.0.2.7')).toBe(true);
    expect(await accepts('tram01', '192.0.2.8')).toBe(false);
    expect(await accepts('tram02', '192.0.2.7')).toBe(false);
    // Nor is anything said to a sender that is banned.
    for (let n = 0; n < 10; n += 1)
      await logIn('x', { credential: { kind: 'password', password: `${n}` } });
    expect(await accepts('tram01', '192.0.2.7')).toBe(false);
  });

  test('is said by the last day, and heard within a session', async () => {
    let now = new Date('2026-11-24T00:00:00Z');
    const { spool } = await start([account('tram01', { expiresAt: '2026-11-24T12:00:00Z' })], {
      clock: () => now,
    });
    const tree = await logIn('tram01');
    await upload(tree!, '/a.txt', 'pH\t7\r\n');
    const begun = await begin(tree!, '/b.txt', 'pH\t7\r\n');
    now = new Date('2026-11-24T12:00:00Z');
    await expect(begun.commit()).rejects.toMatchObject({ code: 'not-permitted' });
    await expectClosed(tree!);
    expect(await logIn('tram01')).toBeUndefined();
    expect(spool.head).toBe(1);
  });

  test.each<[string, readonly Account[]]>([
    ['disabled', [account('tram01', { disabled: true })]],
    ['taken out', []],
    ['bound to other addresses', [account('tram01', { allowedAddresses: ['10.0.0.0/8'] })]],
  ])('an account that is %s: its open session is closed at its next request', async (_how, now) => {
    const { registry } = await start([account('tram01')]);
    const tree = await logIn('tram01');
    await tree!.makeFolder('/day');
    registry.set(now);
    await expectClosed(tree!);
    // And open again as soon as the registry says so.
    registry.set([account('tram01')]);
    expect(await tree!.list('/')).toMatchObject([{ name: 'day' }]);
  });

  async function expectClosed(tree: AccountTree): Promise<void> {
    const requests = [
      () => tree.list('/'),
      () => tree.stat('/'),
      () => tree.makeFolder('/x'),
      () => tree.removeFolder('/x'),
      () => tree.removeFile('/x'),
      () => tree.rename('/x', '/y'),
      () => tree.openUpload('/x', { offset: 0 }),
    ];
    for (const request of requests)
      await expect(request()).rejects.toMatchObject({ code: 'not-permitted' });
  }
});

describe('sessions of an account', () => {
  test('above the quota are put off, over all protocols, and counted down when they leave', async () => {
    await start([account('tram01', { quotas: { sessions: 2 } }), account('tram02')]);
    const [first] = [await logIn('tram01'), await logIn('tram01', { protocol: 'sftp' })];
    await expect(logIn('tram01', { protocol: 'ftps' })).rejects.toMatchObject({
      code: 'no-room',
      retryable: true,
    });
    expect(await logIn('tram02')).toBeDefined();
    // Only who has the password learns how many there are.
    expect(
      await logIn('tram01', { credential: { kind: 'password', password: 'wrong' } }),
    ).toBeUndefined();
    first!.leave();
    expect(await logIn('tram01')).toBeDefined();
    expect(await reception!.telemetry.metrics()).toContain(
      'envigate_logins_put_off_total{protocol="ftps",reason="too-many-sessions"} 1',
    );
  });

  test('are bounded without a quota too, and a quota is what counts', async () => {
    const accounts = [account('tram01'), account('tram02', { quotas: { sessions: 3 } })];
    await start(accounts, { guard: { sessionsPerAccount: 2 } });
    for (const code of ['tram01', 'tram01', 'tram02', 'tram02', 'tram02']) await logIn(code);
    await expect(logIn('tram01')).rejects.toMatchObject({ code: 'no-room' });
    await expect(logIn('tram02')).rejects.toMatchObject({ code: 'no-room' });
  });

  test('a larger quota counts at once', async () => {
    const { registry } = await start([account('tram01', { quotas: { sessions: 1 } })]);
    await logIn('tram01');
    await expect(logIn('tram01')).rejects.toMatchObject({ code: 'no-room' });
    registry.set([account('tram01', { quotas: { sessions: 2 } })]);
    expect(await logIn('tram01')).toBeDefined();
  });
});

describe('a refusal', () => {
  /** What was verified, as the cost that the hash asks for. */
  async function verified(
    attempts: readonly LoginAttempt[],
  ): Promise<readonly (readonly string[])[]> {
    const costs: string[] = [];
    const passwords = new PasswordCheck((password, hash) => {
      costs.push(hash.split('$').slice(1, 4).join('/'));
      // At no cost: it is counted, not timed.
      return verifyPassword(password, hash.replace('$16384$8$1$', '$2$1$1$'));
    });
    const passwordHash = (await hashPassword('other')).replace(/\$[^$]+$/, `$${'A'.repeat(86)}==`);
    await start(
      [
        { ...account('open'), passwordHash },
        { ...account('closed'), passwordHash, disabled: true },
        { ...account('expired'), passwordHash, expiresAt: '2020-01-01T00:00:00Z' },
        { ...account('elsewhere'), passwordHash, allowedAddresses: ['10.0.0.0/8'] },
        { code: 'keys-only', stations: [], publicKeys },
      ],
      { passwords, guard: { failuresToBan: 1000 } },
    );
    const each: string[][] = [];
    for (const attempt of attempts) {
      costs.length = 0;
      expect(await reception!.hall.login(attempt)).toBeUndefined();
      each.push([...costs]);
    }
    return each;
  }

  test('takes the same work, whatever is wrong', async () => {
    const users = [
      'open',
      'closed',
      'expired',
      'elsewhere',
      'keys-only',
      'nobody',
      '',
      'x y',
      '__proto__',
    ];
    const passwords = ['wrong', '', 'x'.repeat(1000)];
    const attempts = users.flatMap((user) =>
      passwords.map((password) => attemptOf(user, { credential: { kind: 'password', password } })),
    );
    const work = await verified([...attempts, ...attempts]);
    expect(work).toEqual(work.map(() => ['16384/8/1']));
  });

  test('takes it too where the password is right and remembered, but the account closed to the sender', async () => {
    const hash = await hashPassword('right');
    const costs: string[] = [];
    const passwords = new PasswordCheck((password, passwordHash) => {
      costs.push(passwordHash === hash ? 'its own' : "nobody's");
      return verifyPassword(password, passwordHash);
    });
    const bound = { ...account('tram01'), passwordHash: hash, allowedAddresses: ['10.0.0.0/8'] };
    await start([bound as Account], { passwords });
    expect(await logIn('tram01', { address: '10.1.1.1' })).toBeDefined();
    expect(await logIn('tram01', { address: '10.1.1.1' })).toBeDefined();
    expect(costs).toEqual(['its own']);
    expect(await logIn('tram01', { address: '192.0.2.7' })).toBeUndefined();
    expect(costs).toEqual(['its own', "nobody's"]);
  });
});
