import { describe, expect, test } from '@jest/globals';
import type { LoginAttempt, Peer } from '@envigate/domain';
import { guardSettings } from '../testing/reception.ts';
import { Guard, type GuardSettings, type Verdict } from './guard.ts';
import type { GuardEmit } from './telemetry.ts';

const minute = 60_000;
const right = 'right';

/** A guard before accounts that all have the same password, on a clock of the test's own. */
class Scene {
  readonly events: { readonly name: string; readonly payload: object }[] = [];
  readonly slept: number[] = [];
  now = 1_000_000;
  /** Passwords that were looked at. */
  decided = 0;
  decide: (attempt: LoginAttempt) => Promise<Verdict> = ({ credential }) =>
    Promise.resolve(
      credential.kind === 'password' && credential.password === right
        ? { kind: 'accepted' }
        : { kind: 'refused', reason: 'wrong-password' },
    );
  readonly guard: Guard;

  constructor(settings: Partial<GuardSettings> = {}) {
    const emit = ((name: string, payload: object) =>
      this.events.push({ name, payload })) as unknown as GuardEmit;
    this.guard = new Guard({
      settings: { ...guardSettings, ...settings },
      emit,
      now: () => this.now,
      sleep: (milliseconds) => {
        this.slept.push(milliseconds);
        return Promise.resolve();
      },
    });
  }

  logIn(address: string, password: string, user = 'tram01'): Promise<string> {
    const credential = { kind: 'password', password } as const;
    const attempt: LoginAttempt = { user, credential, protocol: 'ftp', peer: peerAt(address) };
    return this.guard
      .attempt(attempt, () => {
        this.decided += 1;
        return this.decide(attempt);
      })
      .then((verdict) => (verdict.kind === 'accepted' ? 'accepted' : verdict.reason));
  }

  async guess(address: string, count: number, user = 'tram01'): Promise<void> {
    for (let n = 0; n < count; n += 1) await this.logIn(address, `guess ${n}`, user);
  }

  /** Connects and stays; false where it is not let in. */
  connect(address: string, port = 1): boolean {
    return this.guard.admit(peerAt(address, port), 'ftp') !== undefined;
  }

  emitted(name: string): readonly object[] {
    return this.events.filter((event) => event.name === name).map(({ payload }) => payload);
  }
}

function peerAt(address: string, port = 1): Peer {
  return { address, port };
}

describe('bans', () => {
  test('the tenth wrong password shuts the address out, for the time of the ban', async () => {
    const scene = new Scene();
    await scene.guess('192.0.2.1', 9);
    expect(scene.connect('192.0.2.1', 1)).toBe(true);
    await scene.guess('192.0.2.1', 1, 'other');
    expect(scene.connect('192.0.2.1', 2)).toBe(false);
    expect(scene.guard.isBanned(peerAt('192.0.2.1'))).toBe(true);
    expect(scene.guard.banned).toBe(1);
    // Nor does the right password help who is connected still; it is not even looked at.
    const { decided } = scene;
    expect(await scene.logIn('192.0.2.1', right)).toBe('banned');
    expect(scene.decided).toBe(decided);
    scene.now += minute;
    expect(scene.connect('192.0.2.1', 3)).toBe(true);
    expect(await scene.logIn('192.0.2.1', right)).toBe('accepted');
    expect(scene.guard.banned).toBe(0);
    expect(scene.emitted('peer-banned')).toEqual([
      { peer: '192.0.2.1', sender: '192.0.2.1', ban: 1, seconds: 60 },
    ]);
    expect(scene.emitted('peer-refused')).toEqual([
      { peer: '192.0.2.1', protocol: 'ftp', reason: 'banned' },
    ]);
  });

  test('the next ban lasts longer', async () => {
    const scene = new Scene({ banSeconds: 60, maxBanSeconds: 200 });
    for (const seconds of [60, 120, 200, 200]) {
      await scene.guess('192.0.2.1', 10);
      expect(scene.emitted('peer-banned').at(-1)).toMatchObject({ seconds });
      scene.now += seconds * 1000;
    }
  });

  test('other addresses are not touched', async () => {
    const scene = new Scene();
    await scene.guess('192.0.2.1', 20);
    expect(scene.connect('192.0.2.2')).toBe(true);
    expect(await scene.logIn('192.0.2.2', right)).toBe('accepted');
  });

  test('of IPv6 a /64 is one sender', async () => {
    const scene = new Scene();
    for (let n = 0; n < 10; n += 1) await scene.logIn(`2001:db8:0:1::${n}`, `guess ${n}`);
    expect(scene.connect('2001:db8:0:1:ffff::1')).toBe(false);
    expect(scene.connect('2001:db8:0:2::1')).toBe(true);
  });

  test('two hundred guesses at once are no better than one after another', async () => {
    const scene = new Scene();
    scene.decide = async () => {
      await new Promise(setImmediate);
      return { kind: 'refused', reason: 'wrong-password' };
    };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => scene.logIn('192.0.2.1', `guess ${n}`)),
    );
    // Those that were being decided when the tenth failed.
    expect(scene.decided).toBeLessThanOrEqual(13);
    expect(answers.filter((answer) => answer === 'banned')).toHaveLength(200 - scene.decided);
    expect(scene.emitted('peer-banned')).toHaveLength(1);
  });

  test('a logger with an old password does not shut out its neighbours, hour after hour', async () => {
    const scene = new Scene();
    for (let n = 0; n < 200; n += 1) {
      expect(await scene.logIn('192.0.2.1', 'old', 'tram02')).toBe('wrong-password');
      scene.slept.length = 0;
      expect(await scene.logIn('192.0.2.1', right, 'tram01')).toBe('accepted');
      expect(scene.slept).toEqual([]);
      scene.now += 50_000;
    }
  });

  test('what was right before does not make guessing free', async () => {
    const scene = new Scene();
    for (let n = 0; n < 10; n += 1) {
      await scene.logIn('192.0.2.1', right, 'mine');
      await scene.logIn('192.0.2.1', `guess ${n}`, 'yours');
    }
    expect(scene.connect('192.0.2.1')).toBe(false);
  });

  test('exempt addresses are neither banned nor limited nor slowed', async () => {
    const scene = new Scene({ exempt: ['192.0.2.0/24', '2001:db8::1'], sessionsPerAddress: 1 });
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1']) {
      await scene.guess(address, 100);
      expect(scene.connect(address, 1)).toBe(true);
      expect(scene.connect(address, 2)).toBe(true);
    }
    expect(scene.slept).toEqual([]);
    expect(scene.events).toEqual([]);
    expect(() => new Scene({ exempt: ['192.0.2.1', 'office'] })).toThrow(
      "receiver.guard.exempt/1 must be an IP address or a CIDR block, not 'office'",
    );
  });
});

describe('connections', () => {
  test('an address has so many at a time, and may come again when one has left', () => {
    const scene = new Scene({ sessionsPerAddress: 4 });
    const open = [1, 2, 3, 4].map((port) => scene.guard.admit(peerAt('192.0.2.1', port), 'ftp'));
    expect(scene.connect('192.0.2.1', 5)).toBe(false);
    expect(scene.connect('192.0.2.1', 6)).toBe(false);
    expect(scene.connect('192.0.2.2')).toBe(true);
    open[0]?.leave();
    expect(scene.connect('192.0.2.1', 5)).toBe(true);
    expect(scene.connect('192.0.2.1', 6)).toBe(false);
    // Reported once, not for each.
    expect(scene.emitted('peer-crowded')).toHaveLength(1);
    expect(scene.emitted('peer-refused')).toHaveLength(3);
    for (const admission of open.slice(1)) admission?.leave();
    for (const port of [7, 8, 9]) expect(scene.connect('192.0.2.1', port)).toBe(true);
    expect(scene.connect('192.0.2.1', 10)).toBe(false);
    expect(scene.emitted('peer-crowded')).toHaveLength(2);
  });

  test('a hundred connections that try nothing are a ban; ten a window are not', () => {
    const scene = new Scene();
    for (let n = 0; n < 100; n += 1) scene.guard.admit(peerAt('192.0.2.1', n), 'sftp')?.leave();
    expect(scene.connect('192.0.2.1')).toBe(false);
    for (let n = 0; n < 1000; n += 1) {
      scene.guard.admit(peerAt('192.0.2.2', n), 'sftp')?.leave();
      scene.now += minute;
    }
    expect(scene.connect('192.0.2.2')).toBe(true);
  });

  test('one that tried to log in is no empty one, whatever came of it, a fault of ours too', async () => {
    const scene = new Scene();
    const outcomes = [
      () => Promise.resolve({ kind: 'accepted' } as const),
      () => Promise.reject(new Error('the registry is away')),
    ];
    for (let n = 0; n < 1000; n += 1) {
      const admission = scene.guard.admit(peerAt('192.0.2.1', 1), 'ftp');
      scene.decide = outcomes[n % 2]!;
      await scene.logIn('192.0.2.1', right).catch(() => undefined);
      admission?.leave();
    }
    expect(scene.connect('192.0.2.1')).toBe(true);
  });
});

describe('a name that is guessed at from many addresses', () => {
  /** Each address tries once: no ban ever stops it. */
  async function botnet(scene: Scene, guesses: number, user = 'tram01'): Promise<void> {
    for (let n = 0; n < guesses; n += 1) {
      const address = `198.51.${n >> 8}.${n & 255}`;
      await scene.logIn(address, `guess ${n}`, user);
    }
  }

  test('is slowed down, more with each guess, up to eight seconds', async () => {
    const scene = new Scene();
    await botnet(scene, 17);
    expect(scene.slept).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000]);
    await botnet(scene, 5000);
    expect(Math.max(...scene.slept)).toBe(8000);
    expect(scene.emitted('peer-banned')).toEqual([]);
    expect(scene.emitted('login-slowed')).toHaveLength(scene.slept.length);
  });

  test('its station gets in all the while: at once from where it is known, after a wait from elsewhere', async () => {
    const scene = new Scene();
    expect(await scene.logIn('192.0.2.1', right)).toBe('accepted');
    await botnet(scene, 1000);
    scene.slept.length = 0;
    expect(await scene.logIn('192.0.2.1', right)).toBe('accepted');
    expect(scene.slept).toEqual([]);
    expect(await scene.logIn('203.0.113.9', right)).toBe('accepted');
    expect(scene.slept).toEqual([8000]);
    // From then on it is known there too.
    expect(await scene.logIn('203.0.113.9', right)).toBe('accepted');
    expect(scene.slept).toEqual([8000]);
  });

  test('waits whether there is such an account or not, and others do not', async () => {
    const scene = new Scene();
    await botnet(scene, 12, 'nobody');
    expect(scene.slept).toEqual([250, 500]);
    await scene.logIn('203.0.113.9', 'x', 'tram01');
    expect(scene.slept).toEqual([250, 500]);
  });

  test('is forgotten after the window', async () => {
    const scene = new Scene();
    await botnet(scene, 100);
    scene.slept.length = 0;
    scene.now += 10 * minute;
    expect(await scene.logIn('203.0.113.9', right)).toBe('accepted');
    expect(scene.slept).toEqual([]);
  });
});

test('what strangers type is not in the audit trail, unless it can be a code', async () => {
  const scene = new Scene();
  for (let n = 0; n < 12; n += 1)
    await scene.logIn(`198.51.100.${n}`, 'hunter2 secret', 'my p@ssword');
  const text = JSON.stringify(scene.events);
  expect(text).toContain('login-slowed');
  expect(text).not.toMatch(/hunter2|p@ssword/);
});
