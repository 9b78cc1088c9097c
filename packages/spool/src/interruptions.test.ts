import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Spool } from './spool.ts';
import { readSpool } from './inspect.ts';
import { FaultyDisk } from './testing/faulty-disk.ts';
import { entry, readAll } from './testing/open-test-spool.ts';
import { TestSpools } from './testing/test-spools.ts';

let spools: TestSpools;
beforeEach(async () => {
  spools = await TestSpools.create();
});
afterEach(() => spools.remove());

async function appendAll(spool: Spool, ...names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => spool.append({ ...entry(name), provisional: true })));
}

async function marked(spool: Spool): Promise<readonly number[]> {
  const files = await readAll(spool);
  return files
    .filter(({ reception }) => reception.interrupted === true)
    .map(({ reception }) => reception.spoolSequence);
}

test('the settled end is before the first file that waits', async () => {
  const { value: spool } = await spools.open();
  await spool.append(entry('a'));
  await appendAll(spool, 'b', 'c', 'd');
  expect(spool.settled).toBe(1);
  spool.confirm(3);
  expect(spool.settled).toBe(1);
  spool.confirm(2);
  expect(spool.settled).toBe(3);
  await spool.interrupt(4);
  expect(spool.settled).toBe(4);
});

test('a waiter resolves when a file is settled, not when it is written', async () => {
  const { value: spool } = await spools.open();
  await appendAll(spool, 'a');
  let hasResolved = false;
  const waited = spool.waitBeyond(0, new AbortController().signal).then(() => (hasResolved = true));
  await spool.append(entry('b'));
  expect(hasResolved).toBe(false);
  spool.confirm(1);
  await waited;
  expect(spool.settled).toBe(2);
});

test('a mark outlives the process and the lock, and no other file gets it', async () => {
  const first = await spools.open();
  await appendAll(first.value, 'a', 'b', 'c');
  await first.value.interrupt(2);
  await spools.close(first);
  const { value: spool } = await spools.open();
  expect(await marked(spool)).toEqual([2]);
  // The others were never settled: what is known of them is that they are whole.
  expect(spool.settled).toBe(3);
  const seen = [];
  for await (const { reception } of readSpool(spools.dir)) seen.push(reception.interrupted);
  expect(seen).toEqual([undefined, true, undefined]);
});

test('a mark that cannot be written holds in memory and stops nobody', async () => {
  const disk = new FaultyDisk();
  const { value: spool } = await spools.open({ disk });
  await appendAll(spool, 'a');
  disk.fail(['create'], 'ENOSPC');
  await expect(spool.interrupt(1)).rejects.toThrow('ENOSPC');
  expect(spool.settled).toBe(1);
  expect(await marked(spool)).toEqual([1]);
});

test('marks go with the segments of their records', async () => {
  const { value: spool } = await spools.open({ segmentBytes: 1 });
  await appendAll(spool, 'a');
  await spool.interrupt(1);
  await spool.append(entry('b'));
  await spool.release(1);
  const names = await readdir(spools.dir);
  expect(names.filter((name) => name.endsWith('.interrupted'))).toEqual([]);
});

test('a file that could not be written waits for nobody', async () => {
  const disk = new FaultyDisk();
  const { value: spool } = await spools.open({ disk });
  disk.fail(['sync'], 'EIO');
  await expect(appendAll(spool, 'a')).rejects.toMatchObject({ code: 'unavailable' });
  disk.heal();
  await spool.append(entry('b'));
  expect(spool.settled).toBe(spool.head);
});

test('a file that nobody confirms or interrupts counts as interrupted and holds nobody back', async () => {
  const opened = await spools.open({ provisionalLimitMs: 50 });
  const { value: spool, telemetry } = opened;
  await appendAll(spool, 'a');
  await spool.append(entry('b'));
  expect(spool.settled).toBe(0);
  await spool.waitBeyond(1, AbortSignal.timeout(10_000));
  expect(spool.settled).toBe(2);
  expect(await marked(spool)).toEqual([1]);
  expect(await telemetry.metrics()).toContain('envigate_spool_provisional_expired_total 1');
  await spools.close(opened);
  expect(await marked((await spools.open()).value)).toEqual([1]);
});

test('those that are settled in time never count as lost', async () => {
  const { value: spool, telemetry } = await spools.open({ provisionalLimitMs: 200 });
  for (let round = 1; round <= 20; round += 1) {
    await appendAll(spool, `${round}`);
    await delay(20);
    spool.confirm(round);
  }
  expect(await marked(spool)).toEqual([]);
  expect(await telemetry.metrics()).toContain('envigate_spool_provisional_expired_total 0');
});

test('where the mark cannot be kept, the files behind are published all the same, and it is said', async () => {
  const disk = new FaultyDisk();
  const { value: spool } = await spools.open({ disk, provisionalLimitMs: 50 });
  await appendAll(spool, 'a');
  disk.fail(['create', 'syncFolder'], 'EIO');
  await spool.waitBeyond(0, AbortSignal.timeout(10_000));
  expect(spool.settled).toBe(1);
  expect(await marked(spool)).toEqual([1]);
});
