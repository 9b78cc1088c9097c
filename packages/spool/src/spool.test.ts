import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inspectSpool, readSpool } from './inspect.ts';
import type { Spool, SpoolOptions } from './spool.ts';
import { identifyFile } from './spooled-file.ts';
import { FaultyDisk } from './testing/faulty-disk.ts';
import { entry, namesOf, readAll } from './testing/open-test-spool.ts';
import { TestSpools } from './testing/test-spools.ts';

let spools: TestSpools;
beforeEach(async () => {
  spools = await TestSpools.create();
});
afterEach(() => spools.remove());

describe('append and read', () => {
  test('a file comes back byte for byte with its receipt', async () => {
    const { value: spool } = await spools.open({
      clock: () => new Date('2026-11-23T01:02:03.456Z'),
    });
    const content = Buffer.from([0, 255, 13, 10, 0]);
    const reception = await spool.append(entry('a.txt', content));
    expect(reception).toEqual({
      receptionId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      spoolId: spool.id,
      spoolSequence: 1,
      receivedAt: '2026-11-23T01:02:03.456Z',
      protocol: 'ftp',
      peer: '192.0.2.7',
      account: 'tram01',
      folder: '/2026/11',
      name: 'a.txt',
      size: 5,
      ...identifyFile({ account: 'tram01', folder: '/', name: 'a.txt' }, content),
    });
    expect(await readAll(spool)).toEqual([{ reception, content }]);
  });

  test('equal bytes under one name are two files in two folders, and one in two days', async () => {
    const { value: spool } = await spools.open();
    const idIn = async (folder: string) =>
      (await spool.append({ ...entry('20261129224700.txt'), folder })).fileId;
    expect(await idIn('/S1')).not.toBe(await idIn('/S2'));
    expect(await idIn('/S1/2026/11/29')).toBe(await idIn('/S1/2026/11/30'));
  });

  test('what is stated of a release stays with its receipt', async () => {
    const { value: spool } = await spools.open();
    const since = '2026-11-23T01:02:03.456Z';
    const released = { by: 'operator', heldFor: 'shrunk', since, actor: 'lê', note: 'x' } as const;
    const reception = await spool.append({ ...entry('a.txt'), released });
    expect(reception.released).toEqual(released);
    const [file] = await readAll(spool);
    expect(file?.reception).toEqual(reception);
  });

  test('everything is there after closing and opening, and sequences go on', async () => {
    const first = await spools.open();
    const { id } = first.value;
    await first.value.append(entry('a'));
    await first.value.append(entry('b'));
    await spools.close(first);
    const { value: spool } = await spools.open();
    expect(spool.id).toBe(id);
    expect((await spool.append(entry('c'))).spoolSequence).toBe(3);
    expect(namesOf(await readAll(spool))).toEqual(['a', 'b', 'c']);
  });

  test('files that arrive together share a sync and keep the order in which they came', async () => {
    const disk = new FaultyDisk();
    const { value: spool } = await spools.open({ disk });
    const syncsBefore = disk.syncs;
    const names = Array.from({ length: 200 }, (_, index) => `f${index}`);
    const receptions = await Promise.all(names.map((name) => spool.append(entry(name))));
    expect(receptions.map(({ spoolSequence }) => spoolSequence)).toEqual(
      names.map((_, index) => index + 1),
    );
    expect(namesOf(await readAll(spool))).toEqual(names);
    expect(disk.syncs - syncsBefore).toBeLessThanOrEqual(3);
  });

  test('no append is acknowledged before the sync is through', async () => {
    const disk = new FaultyDisk();
    const { value: spool } = await spools.open({ disk });
    let sync: () => void = () => undefined;
    const syncing = new Promise<void>((reached) => {
      disk.before = (operation) =>
        operation === 'sync'
          ? new Promise((resolve) => {
              sync = resolve;
              reached();
            })
          : Promise.resolve();
    });
    let acknowledged = false;
    const append = spool.append(entry('a')).then(() => (acknowledged = true));
    await syncing;
    await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledged).toBe(false);
    expect(spool.head).toBe(0);
    disk.heal();
    sync();
    await append;
    expect(spool.head).toBe(1);
  });

  test('reading keeps to its limits, gives a large file alone and crosses segments', async () => {
    const { value: spool } = await spools.open({ segmentBytes: 4096 });
    const large = Buffer.alloc(300_000, 'x');
    for (let index = 0; index < 40; index++)
      await spool.append(entry(`s${index}`, Buffer.alloc(500, index)));
    await spool.append(entry('large', large));
    await spool.append(entry('behind'));
    expect((await spools.segmentFiles()).length).toBeGreaterThan(5);
    expect(namesOf(await spool.read(0, { maxRecords: 2, maxBytes: 10_000 }))).toEqual(['s0', 's1']);
    expect(namesOf(await spool.read(0, { maxRecords: 100, maxBytes: 1100 }))).toEqual(['s0', 's1']);
    const [file, ...rest] = await spool.read(40, { maxRecords: 100, maxBytes: 1000 });
    expect(file?.content.equals(large)).toBe(true);
    expect(rest).toEqual([]);
    expect((await readAll(spool)).map(({ reception }) => reception.spoolSequence)).toEqual(
      Array.from({ length: 42 }, (_, index) => index + 1),
    );
    expect(await spool.read(42, { maxRecords: 1, maxBytes: 1 })).toEqual([]);
  });

  test('reading starts anywhere in a long segment', async () => {
    const { value: spool } = await spools.open({ segmentBytes: 16 * 1024 * 1024 });
    const names = Array.from({ length: 3000 }, (_, index) => `f${index}`);
    await Promise.all(
      names.map((name) =>
        spool.append(entry(name, Buffer.alloc(Number(name.slice(1)) % 700, 'v'))),
      ),
    );
    for (const after of [0, 1, 1499, 2500, 2998]) {
      const [next] = await spool.read(after, { maxRecords: 1, maxBytes: 1 });
      expect(next?.reception).toMatchObject({
        spoolSequence: after + 1,
        name: `f${after}`,
        size: after % 700,
      });
    }
  });

  test('waitBeyond resolves with the next file or when it is given up', async () => {
    const { value: spool } = await spools.open();
    const { signal } = new AbortController();
    const waiting = spool.waitBeyond(0, signal);
    await spool.append(entry('a'));
    await waiting;
    await spool.waitBeyond(0, signal);
    const giveUp = new AbortController();
    const inVain = spool.waitBeyond(1, giveUp.signal);
    giveUp.abort();
    await inVain;
  });

  test('while stopping it finishes what it has begun and takes no more', async () => {
    const spool = await spools.open();
    await spool.value.needRoom(1);
    const begun = spool.value.append(entry('a'));
    await Promise.resolve();
    const stopped = spools.close(spool);
    await expect(spool.value.append(entry('b'))).rejects.toMatchObject({ code: 'unavailable' });
    await begun;
    await stopped;
    expect(namesOf(await readAll((await spools.open()).value))).toEqual(['a']);
  });
});

describe('release', () => {
  test('removes whole segments, keeps the newest, and sequences never begin again', async () => {
    const spool = await spools.open({ segmentBytes: 4096 });
    for (let index = 0; index < 30; index++)
      await spool.value.append(entry(`f${index}`, Buffer.alloc(700)));
    expect((await spools.segmentFiles()).length).toBeGreaterThan(4);
    await spool.value.release(30);
    expect(await spools.segmentFiles()).toHaveLength(1);
    expect(spool.value.waiting).toEqual({ files: 0, bytes: 0 });
    await spools.close(spool);
    const again = await spools.open({ segmentBytes: 4096 });
    expect(again.value.head).toBe(30);
    expect((await again.value.append(entry('next'))).spoolSequence).toBe(31);
  });

  test('what is behind the released file stays readable and is counted', async () => {
    const { value: spool } = await spools.open({ segmentBytes: 4096 });
    for (let index = 0; index < 30; index++)
      await spool.append(entry(`f${index}`, Buffer.alloc(700)));
    const { bytes } = spool.waiting;
    await spool.release(10);
    expect(spool.waiting.files).toBe(20);
    expect(spool.waiting.bytes).toBeGreaterThan(bytes * 0.66);
    expect(spool.waiting.bytes).toBeLessThan(bytes * 0.67);
    expect(namesOf(await readAll(spool, 10))).toEqual(
      Array.from({ length: 20 }, (_, i) => `f${i + 10}`),
    );
    await spool.release(5);
    expect(spool.waiting.files).toBe(20);
  });

  test('a reader that asks for less than is kept starts with the oldest', async () => {
    const { value: spool } = await spools.open({ segmentBytes: 4096 });
    for (let index = 0; index < 30; index++)
      await spool.append(entry(`f${index}`, Buffer.alloc(700)));
    await spool.release(25);
    expect(spool.oldest).toBeGreaterThan(1);
    const [file] = await spool.read(0, { maxRecords: 1, maxBytes: 1 });
    expect(file?.reception.spoolSequence).toBe(spool.oldest);
  });
});

describe('released files are kept', () => {
  const hourMs = 3_600_000;
  let aheadMs = 0;
  const clock = (): Date => new Date(Date.now() + aheadMs);
  const keeping = (more: Partial<SpoolOptions> = {}) =>
    spools.open({ segmentBytes: 4096, keepHours: 24, keepBytes: 1_000_000, clock, ...more });
  const fill = async (spool: Spool, files = 30): Promise<void> => {
    for (let index = 0; index < files; index++)
      await spool.append(entry(`f${index}`, Buffer.alloc(700)));
  };
  const [isTrue, isFalse] = [() => true, () => false];
  const oneFile = { maxRecords: 1, maxBytes: 1 };
  beforeEach(() => {
    aheadMs = 0;
  });

  test('for the hours asked, and wait for nobody meanwhile', async () => {
    const { value: spool } = await keeping();
    await fill(spool);
    await spool.release(30);
    expect(spool.oldest).toBe(1);
    expect(spool.waiting).toEqual({ files: 0, bytes: 0 });
    aheadMs = 23 * hourMs;
    await fill(spool, 1);
    await spool.release(31);
    expect(spool.oldest).toBe(1);
    aheadMs = 25 * hourMs;
    await spool.release(31);
    // The newest segment was written to two hours ago.
    expect(await spools.segmentFiles()).toHaveLength(1);
  });

  test('up to the size asked, the newest of them', async () => {
    const { value: spool } = await keeping({ keepBytes: 10_000 });
    await fill(spool);
    await spool.release(30);
    const { bytes, oldest } = (await inspectSpool(spools.dir))!;
    expect(oldest).toBeGreaterThan(1);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(10_000 + 2 * 5_000);
  });

  test('but not while the disk is short of room', async () => {
    const disk = new FaultyDisk();
    const { value: spool } = await keeping({ disk, minFreeBytes: 1_000_000 });
    await fill(spool);
    await spool.release(30);
    disk.free = 1_000_000;
    // A measurement of the disk is trusted for a while.
    while (await spool.needRoom(700).then(isTrue, isFalse)) await spool.read(0, oneFile);
    expect(await spools.segmentFiles()).toHaveLength(1);
    disk.free = Number.MAX_SAFE_INTEGER;
    while (!(await spool.append(entry('later')).then(isTrue, isFalse)));
  });

  test('over a restart, without being counted as waiting; and wait again where an event log lacks them', async () => {
    const first = await keeping();
    await fill(first.value);
    first.value.noteHandOver({ log: 'x', position: 30, furthest: 30, at: clock().toISOString() });
    await first.value.release(30);
    await spools.close(first);
    const { value: spool } = await keeping();
    expect(spool.waiting).toEqual({ files: 0, bytes: 0 });
    await spool.handOverFrom(12);
    expect(spool.waiting.files).toBe(18);
    expect(namesOf(await readAll(spool, 12))).toEqual(
      Array.from({ length: 18 }, (_, i) => `f${i + 12}`),
    );
  });

  test('and a damaged one of them does not stop the spool', async () => {
    const first = await keeping();
    await fill(first.value);
    first.value.noteHandOver({ log: 'x', position: 28, furthest: 28, at: clock().toISOString() });
    await spools.close(first);
    const names = await spools.segmentFiles();
    const path = join(spools.dir, names[1]!);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    const { value: spool, telemetry } = await keeping();
    expect(spool.oldest).toBeGreaterThan(1);
    expect(await spools.segmentFiles()).toEqual(names.slice(2));
    expect(namesOf(await readAll(spool, 28))).toEqual(['f28', 'f29']);
    expect(await telemetry.metrics()).toContain('envigate_spool_kept_damaged_total 1');
  });
});

describe('inspection', () => {
  test('sees the spool while it is written to, and without its lock', async () => {
    const { value: spool } = await spools.open({ segmentBytes: 4096 });
    for (let index = 0; index < 20; index++)
      await spool.append(entry(`f${index}`, Buffer.alloc(700)));
    await spool.release(8);
    const inspection = await inspectSpool(spools.dir);
    expect(inspection).toMatchObject({ spoolId: spool.id, head: 20, oldest: spool.oldest });
    const names: string[] = [];
    for await (const { reception } of readSpool(spools.dir, 10)) names.push(reception.name);
    expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `f${index + 10}`));
  });

  test('what is half written does not count yet', async () => {
    const { value: spool } = await spools.open();
    await spool.append(entry('a'));
    const path = join(spools.dir, (await spools.segmentFiles())[0]!);
    await appendFile(path, (await readFile(path)).subarray(0, 60));
    expect(await inspectSpool(spools.dir)).toMatchObject({ head: 1 });
    const names: string[] = [];
    for await (const { reception } of readSpool(spools.dir)) names.push(reception.name);
    expect(names).toEqual(['a']);
  });

  test('a folder without a spool has none', async () => {
    expect(await inspectSpool(join(spools.dir, '..'))).toBeUndefined();
  });
});
