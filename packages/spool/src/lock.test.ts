import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SpoolLockedError } from './errors.ts';
import { lockFolder } from './lock.ts';
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
    [
      'a process that is gone',
      JSON.stringify({ pid: 4_000_000, startedAt: '1', boot: 'x', namespace: 'y', nonce: 'z' }),
    ],
    [
      'an earlier process of the same number',
      JSON.stringify({ pid: process.pid, startedAt: '1', boot: 'x', namespace: 'y', nonce: 'z' }),
    ],
    ['nobody who can be known', 'torn'],
  ])('the lock of %s is taken over', async (_who, lock) => {
    await spools.close(await spools.open());
    await writeFile(join(spools.dir, 'lock'), lock);
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
});
