import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyRecord, type HeardRecord } from '@envigate/domain';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HeardFile } from './heard-file.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-heard-'));
  path = join(dir, 'heard');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function recordOf(heardUntil: number): HeardRecord {
  const outage = {
    ...{ door: 'ftp' as const, from: 5, to: undefined, cause: 'no-room' as const },
    ...{ evidence: 'spool' as const, isPlanned: false, detail: 'đĩa đầy' },
  };
  const doors = [{ door: 'ftp' as const, since: 1, heardUntil, outage }];
  return { ...emptyRecord, doors, unreported: [outage], closed: [{ door: 'sftp', at: 3 }] };
}

async function read(): Promise<HeardRecord | string> {
  const { file, state } = await HeardFile.open(path);
  await file.close();
  return state.kind === 'read' ? state.record : state.kind;
}

test('a record is read as it was written, and there is none before the first', async () => {
  expect(await read()).toBe('new');
  const { file } = await HeardFile.open(path);
  for (let at = 10; at < 15; at++) await file.write(recordOf(at));
  expect(await read()).toEqual(recordOf(14));
  await file.close();
});

test('the file has its whole size from the first write on, so that a full disk takes the next ones', async () => {
  const { file } = await HeardFile.open(path);
  await file.write(recordOf(1));
  const { size, blocks } = await stat(path);
  await file.write(recordOf(2));
  expect(await stat(path)).toMatchObject({ size, blocks });
  expect(blocks * 512).toBeGreaterThanOrEqual(size);
  await file.close();
});

test('whatever part of a write reached the disk, the record before or the new one is there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 400 }),
      fc.boolean(),
      async (writes, reached, isGarbage) => {
        await rm(path, { force: true });
        const { file } = await HeardFile.open(path);
        for (let at = 1; at <= writes; at++) await file.write(recordOf(at));
        const before = await readFile(path);
        await file.write(recordOf(writes + 1));
        await file.close();
        const after = await readFile(path);
        // Of the bytes that the last write changed only the first so many are on the disk.
        const slot = after.length / 2;
        const start = ((writes + 1) % 2) * slot;
        const torn = Buffer.from(before);
        after.copy(torn, start, start, start + reached);
        if (isGarbage) torn.fill(0x55, start + reached, start + reached + 64);
        const handle = await open(path, 'w');
        await handle.writeFile(torn);
        await handle.close();
        const found = await read();
        expect([recordOf(writes), recordOf(writes + 1)]).toContainEqual(found);
        // And it goes on from there.
        const again = await HeardFile.open(path);
        await again.file.write(recordOf(100));
        await again.file.close();
        expect(await read()).toEqual(recordOf(100));
      },
    ),
    { numRuns: 60 },
  );
});

test('a file without a whole record says so, and is begun anew', async () => {
  const handle = await open(path, 'w');
  await handle.writeFile('something else');
  await handle.close();
  const { file, state } = await HeardFile.open(path);
  expect(state).toEqual({ kind: 'unreadable', reason: `${path} has no whole record` });
  await file.write(recordOf(7));
  await file.close();
  expect(await read()).toEqual(recordOf(7));
});
