import { readFile, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FaultyDisk } from './testing/faulty-disk.ts';
import { entry, namesOf, readAll } from './testing/open-test-spool.ts';
import { TestSpools } from './testing/test-spools.ts';

let spools: TestSpools;
beforeEach(async () => {
  spools = await TestSpools.create();
});
afterEach(() => spools.remove());

describe('when the disk fails', () => {
  test.each([
    ['sync', 'EIO', 'unavailable'],
    ['write', 'EIO', 'unavailable'],
    ['write', 'ENOSPC', 'no-room'],
  ] as const)(
    '%s with %s: every waiting file is refused, the next ones go to a new segment',
    async (operation, code, refusal) => {
      const disk = new FaultyDisk();
      disk.bytesOfFailedWrite = 100;
      const spool = await spools.open({ disk });
      await spool.value.append(entry('a'));
      disk.fail([operation], code);
      const refused = await Promise.allSettled(
        ['b', 'c', 'd'].map((name) => spool.value.append(entry(name))),
      );
      expect(refused).toEqual(
        Array(3).fill({
          status: 'rejected',
          reason: expect.objectContaining({ code: refusal, retryable: true }),
        }),
      );
      expect(spool.value.head).toBe(1);
      disk.heal();
      expect((await spool.value.append(entry('e'))).spoolSequence).toBe(2);
      expect(await spools.segmentFiles()).toHaveLength(2);
      expect(namesOf(await readAll(spool.value))).toEqual(['a', 'e']);
      await spools.close(spool);
      expect(namesOf(await readAll((await spools.open()).value))).toEqual(['a', 'e']);
    },
  );

  test('refused files that the disk kept all the same do not come back', async () => {
    const disk = new FaultyDisk();
    const spool = await spools.open({ disk });
    await spool.value.append(entry('a'));
    disk.fail(['sync', 'truncate'], 'EIO');
    await expect(spool.value.append(entry('refused'))).rejects.toMatchObject({
      code: 'unavailable',
    });
    disk.heal();
    await spool.value.append(entry('b'));
    expect(await readFile(join(spools.dir, (await spools.segmentFiles())[0]!), 'latin1')).toContain(
      'content of refused',
    );
    await spools.close(spool);
    const again = await spools.open();
    expect(namesOf(await readAll(again.value))).toEqual(['a', 'b']);
    expect((await again.value.append(entry('c'))).spoolSequence).toBe(3);
  });

  test('also the very first file may fail, and no new segment may be had for a while', async () => {
    const disk = new FaultyDisk();
    const spool = await spools.open({ disk });
    disk.fail(['sync'], 'EIO');
    await expect(spool.value.append(entry('a'))).rejects.toMatchObject({ code: 'unavailable' });
    disk.fail(['create'], 'ENOSPC');
    await expect(spool.value.append(entry('a'))).rejects.toMatchObject({ code: 'no-room' });
    disk.fail(['syncFolder'], 'EIO');
    await expect(spool.value.append(entry('a'))).rejects.toMatchObject({ code: 'unavailable' });
    disk.heal();
    expect((await spool.value.append(entry('a'))).spoolSequence).toBe(1);
    await spools.close(spool);
    expect(namesOf(await readAll((await spools.open()).value))).toEqual(['a']);
  });
});

describe('room', () => {
  test('above maxBytes files are refused before anything is written; release lets them in again', async () => {
    const { value: spool } = await spools.open({ maxBytes: 20_000 });
    let taken = 0;
    const refusal = await (async () => {
      for (;;) {
        try {
          await spool.append(entry(`f${taken}`, Buffer.alloc(1000)));
          taken += 1;
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refusal).toMatchObject({ code: 'no-room', retryable: true });
    expect(taken).toBeGreaterThan(10);
    await expect(spool.needRoom(1000)).rejects.toMatchObject({ code: 'no-room' });
    expect(spool.head).toBe(taken);
    expect(spool.waiting.bytes).toBeLessThanOrEqual(20_000);
    await spool.release(5);
    expect((await spool.append(entry('again', Buffer.alloc(1000)))).spoolSequence).toBe(taken + 1);
  });

  test('says how much it still takes: the lesser of its own limit and of what its disk has', async () => {
    const disk = new FaultyDisk();
    const { value: spool } = await spools.open({ disk, maxBytes: 20_000, minFreeBytes: 5000 });
    disk.free = 1_000_000;
    expect(await spool.measureRoom()).toBe(20_000);
    await spool.append(entry('a', Buffer.alloc(1000)));
    expect(await spool.measureRoom()).toBe(20_000 - spool.waiting.bytes);
    disk.free = 6000;
    expect(await spool.measureRoom()).toBe(1000);
    disk.free = 4000;
    expect(await spool.measureRoom()).toBe(0);
  });

  test('files that arrive at once do not share the same room', async () => {
    const { value: spool } = await spools.open({ maxBytes: 20_000 });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        spool.append(entry(`f${index}`, Buffer.alloc(1000))),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(20);
    expect(spool.waiting.bytes).toBeLessThanOrEqual(20_000);
  });

  test('a full disk refuses and, once there is room, takes files again by itself', async () => {
    const disk = new FaultyDisk();
    disk.free = 1000;
    const { value: spool, telemetry } = await spools.open({ disk, minFreeBytes: 5000 });
    await expect(spool.append(entry('a'))).rejects.toMatchObject({ code: 'no-room' });
    disk.free = 1_000_000;
    await new Promise((resolve) => setTimeout(resolve, 150));
    await spool.append(entry('a'));
    expect(await telemetry.metrics()).toContain('envigate_spool_exhausted_total 1');
  });
});

describe('a start on a full disk', () => {
  test('reads what was acknowledged, leaves the torn end, and cuts it before the next file', async () => {
    const first = await spools.open();
    await first.value.append(entry('a'));
    await first.value.append(entry('torn'));
    await spools.close(first);
    const path = join(spools.dir, (await spools.segmentFiles())[0]!);
    await truncate(path, (await stat(path)).size - 3);
    const torn = await readFile(path);

    const disk = new FaultyDisk();
    disk.bytesOfFailedWrite = 10;
    disk.fail(['write'], 'ENOSPC');
    const { value: spool, telemetry } = await spools.open({ disk });
    expect(namesOf(await readAll(spool))).toEqual(['a']);
    await expect(spool.append(entry('b'))).rejects.toMatchObject({ code: 'no-room' });
    expect(await readFile(path)).toEqual(torn);
    expect((await readdir(spools.dir)).filter((name) => name.includes('.torn-'))).toEqual([]);

    disk.heal();
    expect((await spool.append(entry('b'))).spoolSequence).toBe(2);
    expect(namesOf(await readAll(spool))).toEqual(['a', 'b']);
    expect((await readdir(spools.dir)).filter((name) => name.includes('.torn-'))).toHaveLength(1);
    expect(await telemetry.metrics()).toContain('envigate_spool_tails_cut_total 1');
  });

  test('releases what is safe elsewhere, which is what frees the disk', async () => {
    const first = await spools.open({ segmentBytes: 1 });
    for (const name of ['a', 'b', 'c']) await first.value.append(entry(name));
    await spools.close(first);
    const disk = new FaultyDisk();
    disk.fail(['write', 'create'], 'ENOSPC');
    const { value: spool } = await spools.open({ disk, segmentBytes: 1 });
    await spool.release(2);
    expect(await spools.segmentFiles()).toHaveLength(1);
    expect(namesOf(await readAll(spool, 2))).toEqual(['c']);
  });
});

describe('a read beside a drop', () => {
  test('goes on with the next segment where its own is dropped under it', async () => {
    const disk = new FaultyDisk();
    const { value: spool } = await spools.open({ disk, segmentBytes: 1 });
    for (const name of ['a', 'b', 'c']) await spool.append(entry(name));
    let isDropped = false;
    disk.before = async (operation) => {
      if (operation !== 'open' || isDropped) return;
      isDropped = true;
      await spool.release(1);
    };
    const files = await spool.read(0, { maxRecords: 1, maxBytes: 1 });
    expect(isDropped).toBe(true);
    expect(namesOf(files)).toEqual(['b']);
  });

  test('a segment that vanished without being dropped is damage, not the end', async () => {
    const { value: spool } = await spools.open({ segmentBytes: 1 });
    for (const name of ['a', 'b', 'c']) await spool.append(entry(name));
    await rm(join(spools.dir, (await spools.segmentFiles())[0]!));
    await expect(spool.read(0, { maxRecords: 1, maxBytes: 1 })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
