import { readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SpoolLockLostError, SpoolLockedError, lockFolder } from './lock.ts';
import { entry } from './testing/open-test-spool.ts';
import { TestSpools } from './testing/test-spools.ts';

let spools: TestSpools;
beforeEach(async () => {
  spools = await TestSpools.create();
});
afterEach(() => spools.remove());

describe('lock', () => {
  test('a spool in use is refused in words', async () => {
    await spools.open();
    const second = spools.open();
    await expect(second).rejects.toThrow(SpoolLockedError);
    await expect(second).rejects.toThrow(`is in use by process ${process.pid}`);
  });

  test.each([
    ['a process that is gone', (own: object) => JSON.stringify({ ...own, pid: 4_000_000 })],
    [
      'an earlier process of the same number',
      (own: object) => JSON.stringify({ ...own, startedAt: '1' }),
    ],
    ['nobody who can be known', () => 'torn'],
  ])('the lock of %s is taken over', async (_who, lockFrom) => {
    await spools.close(await spools.open());
    await writeFile(join(spools.dir, 'lock'), lockFrom(await ownHolder()));
    const { value: spool } = await spools.open();
    await spool.append(entry('a'));
    await expect(spools.open()).rejects.toThrow(SpoolLockedError);
    expect((await readdir(spools.dir)).filter((name) => name.startsWith('lock'))).toEqual(['lock']);
  });

  test('of several that come at once for a dead lock exactly one gets it', async () => {
    await spools.close(await spools.open());
    for (let round = 0; round < 30; round++) {
      await writeFile(join(spools.dir, 'lock'), `torn ${round}`);
      const attempts = Array.from({ length: 30 }, () => lockFolder(spools.dir));
      const results = await Promise.allSettled(attempts);
      const locks = results.flatMap((result) =>
        result.status === 'fulfilled' ? [result.value] : [],
      );
      expect(locks).toHaveLength(1);
      await locks[0]!.release();
    }
    expect((await readdir(spools.dir)).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  describe.each([
    ['container', { namespace: 'pid:[1]' }],
    ['machine', { boot: '00000000-0000-0000-0000-000000000000' }],
  ])('of another %s, whose processes cannot be asked', (_what, elsewhere) => {
    const timing = { beatMs: 20, watchMs: 400 };
    const path = (): string => join(spools.dir, 'lock');

    beforeEach(async () => {
      await spools.close(await spools.open());
      await writeFile(path(), JSON.stringify({ ...(await ownHolder()), ...elsewhere }));
    });

    test('is respected while it is touched', async () => {
      let touches = 0;
      const holder = setInterval(() => void utimes(path(), 1, (touches += 1)), 50);
      try {
        await expect(lockFolder(spools.dir, timing)).rejects.toThrow(SpoolLockedError);
      } finally {
        clearInterval(holder);
      }
    });

    test('is taken over when nobody touches it, whatever its clock says', async () => {
      await utimes(path(), new Date('2035-01-01'), new Date('2035-01-01'));
      const lock = await lockFolder(spools.dir, timing);
      expect(lock.takenOverFrom).toBe(process.pid);
      await lock.release();
    });

    test('is free as soon as it is released', async () => {
      const startedAt = performance.now();
      setTimeout(() => void rm(path()), 100);
      const lock = await lockFolder(spools.dir, { ...timing, watchMs: 20_000 });
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(lock.takenOverFrom).toBeUndefined();
      await lock.release();
    });
  });

  test('is touched while it is held, so that others see that its holder lives', async () => {
    await spools.close(await spools.open());
    const lock = await lockFolder(spools.dir, { beatMs: 10, watchMs: 100 });
    const asSeenElsewhere = JSON.parse(await readFile(join(spools.dir, 'lock'), 'utf8')) as object;
    expect(asSeenElsewhere).toMatchObject({ pid: process.pid });
    await utimes(join(spools.dir, 'lock'), 1, 1);
    const deadline = performance.now() + 10_000;
    for (;;) {
      const { mtimeMs } = await stat(join(spools.dir, 'lock'));
      if (mtimeMs > 1_000) break;
      expect(performance.now()).toBeLessThan(deadline);
      await delay(10);
    }
    await lock.release();
  });

  test.each([
    ['taken by another', (path: string) => writeFile(path, 'another holder')],
    ['removed', (path: string) => rm(path)],
  ])('that was %s ends its former holder and is left alone by it', async (how, take) => {
    await spools.close(await spools.open());
    const lock = await lockFolder(spools.dir, { beatMs: 10, watchMs: 100 });
    await take(join(spools.dir, 'lock'));
    await expect(lock.lost).rejects.toThrow(SpoolLockLostError);
    await lock.release();
    const left = (await readdir(spools.dir)).filter((name) => name.startsWith('lock'));
    expect(left).toEqual(how === 'removed' ? [] : ['lock']);
  });
});

/** As this process writes it into a lock. */
async function ownHolder(): Promise<object> {
  const lock = await lockFolder(spools.dir);
  const text = await readFile(join(spools.dir, 'lock'), 'utf8');
  await lock.release();
  return JSON.parse(text) as object;
}
