import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSpool } from './inspect.ts';
import type { SpooledFile } from './spooled-file.ts';
import { FaultyDisk } from './testing/faulty-disk.ts';
import { entry, namesOf, readAll } from './testing/open-test-spool.ts';
import { TestSpools } from './testing/test-spools.ts';

let spools: TestSpools;
beforeEach(async () => {
  spools = await TestSpools.create();
});
afterEach(() => spools.remove());

const maxRecentBytes = 1024 * 1024;

async function onDisk(after = 0): Promise<readonly SpooledFile[]> {
  const files: SpooledFile[] = [];
  for await (const file of readSpool(spools.dir, after)) files.push(file);
  return files;
}

describe('files kept in memory', () => {
  test('are read without the disk until they are released', async () => {
    const disk = new FaultyDisk();
    const { value: spool } = await spools.open({ maxRecentBytes, disk });
    for (const name of ['a', 'b', 'c']) await spool.append(entry(name));
    disk.fail(['open'], 'EIO');
    expect(namesOf(await readAll(spool))).toEqual(['a', 'b', 'c']);
    await spool.release(2);
    expect(spool.waiting.files).toBe(1);
    expect(namesOf(await readAll(spool, 2))).toEqual(['c']);
    await expect(readAll(spool)).rejects.toThrow('EIO');
    await expect(readAll(spool, 1)).rejects.toThrow('EIO');
  });

  test('are read within the limits, the first one always', async () => {
    const { value: spool } = await spools.open({ maxRecentBytes });
    for (const name of ['a', 'b', 'c']) await spool.append(entry(name, Buffer.alloc(10)));
    const read = async (maxRecords: number, maxBytes: number): Promise<readonly string[]> =>
      namesOf(await spool.read(0, { maxRecords, maxBytes }));
    expect(await read(2, 1000)).toEqual(['a', 'b']);
    expect(await read(9, 20)).toEqual(['a', 'b']);
    expect(await read(9, 1)).toEqual(['a']);
  });

  test('are what was given, whatever becomes of those bytes afterwards', async () => {
    const { value: spool } = await spools.open({ maxRecentBytes });
    const content = Buffer.from('as it came');
    await spool.append(entry('a', content));
    content.fill(0);
    expect((await readAll(spool)).map((file) => file.content.toString())).toEqual(['as it came']);
  });

  test('bear the mark of an upload that proved broken', async () => {
    const { value: spool } = await spools.open({ maxRecentBytes });
    await spool.append({ ...entry('a'), provisional: true });
    await spool.interrupt(1);
    expect(await readAll(spool)).toMatchObject([{ reception: { interrupted: true } }]);
    expect(await readAll(spool)).toEqual(await onDisk());
  });

  test('do not include one that could not be written', async () => {
    const disk = new FaultyDisk();
    const { value: spool } = await spools.open({ maxRecentBytes, disk });
    await spool.append(entry('a'));
    disk.fail(['write'], 'EIO');
    await expect(spool.append(entry('b'))).rejects.toMatchObject({ code: 'unavailable' });
    disk.heal();
    await spool.append(entry('c'));
    expect(namesOf(await readAll(spool))).toEqual(['a', 'c']);
    expect(await readAll(spool)).toEqual(await onDisk());
  });

  test('are the same as on the disk, also where only the last few fit', async () => {
    const step = fc.oneof(
      fc.record({ append: fc.array(fc.nat({ max: 3000 }), { minLength: 1, maxLength: 5 }) }),
      fc.record({ release: fc.nat({ max: 30 }) }),
      fc.record({
        after: fc.nat({ max: 30 }),
        maxRecords: fc.integer({ min: 1, max: 6 }),
        maxBytes: fc.nat({ max: 5000 }),
      }),
    );
    const bounds = fc.constantFrom(2000, 12_000, maxRecentBytes);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), bounds, async (steps, bytes) => {
        const twins = [await TestSpools.create(), await TestSpools.create()] as const;
        const [recent, disk] = [
          (await twins[0].open({ maxRecentBytes: bytes, segmentBytes: 8000 })).value,
          (await twins[1].open({ segmentBytes: 8000 })).value,
        ];
        for (const spool of [recent, disk]) {
          for (const each of steps) {
            if ('append' in each) {
              const entries = each.append.map((size) => entry(`${size}`, Buffer.alloc(size, 7)));
              await Promise.all(entries.map((one) => spool.append(one)));
            } else if ('release' in each) await spool.release(each.release);
          }
        }
        expect(recent.waiting).toEqual(disk.waiting);
        for (const each of steps) {
          if (!('after' in each) || each.after < disk.oldest - 1) continue;
          const read = await recent.read(each.after, each);
          // From the disk it may be less: a read ends with its segment.
          const least = await disk.read(each.after, each);
          const all = (await readAll(disk, each.after)).slice(0, read.length);
          expect(read.length).toBeGreaterThanOrEqual(least.length);
          expect(read.length).toBeLessThanOrEqual(each.maxRecords);
          const bytesRead = read.reduce((sum, { content }) => sum + content.length, 0);
          if (read.length > 1) expect(bytesRead).toBeLessThanOrEqual(each.maxBytes);
          expect(read.map(({ content }) => content)).toEqual(all.map(({ content }) => content));
          expect(read.map(placeOf)).toEqual(all.map(placeOf));
        }
        await Promise.all(twins.map((twin) => twin.remove()));
      }),
      { numRuns: 60 },
    );
  });
});

function placeOf({ reception }: SpooledFile): object {
  const { spoolSequence, name, size, contentHash } = reception;
  return { spoolSequence, name, size, contentHash };
}
