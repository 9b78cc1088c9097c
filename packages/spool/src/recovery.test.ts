import { appendFile, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SpoolDamagedError } from './format.ts';
import { entry, namesOf, readAll } from './testing/open-test-spool.ts';
import { TestSpools } from './testing/test-spools.ts';

let spools: TestSpools;
beforeEach(async () => {
  spools = await TestSpools.create();
});
afterEach(() => spools.remove());

describe('after a crash', () => {
  test('a torn end is cut off, kept apart, and the next file takes its place', async () => {
    const spool = await spools.open();
    await spool.value.append(entry('a'));
    await spool.value.append(entry('b'));
    await spools.close(spool);
    const [name] = await spools.segmentFiles();
    const path = join(spools.dir, name!);
    const { size } = await stat(path);
    await truncate(path, size - 3);
    const again = await spools.open();
    expect(namesOf(await readAll(again.value))).toEqual(['a']);
    expect((await again.value.append(entry('c'))).spoolSequence).toBe(2);
    expect(namesOf(await readAll(again.value))).toEqual(['a', 'c']);
    const [kept] = (await readdir(spools.dir)).filter((file) => file.includes('.torn-'));
    expect(await readFile(join(spools.dir, kept!), 'latin1')).toMatch(/"name":"b".*content o$/);
    expect(await again.telemetry.metrics()).toContain('envigate_spool_tails_cut_total 1');
  });

  test.each([
    ['zeros', Buffer.alloc(5000)],
    ['garbage', Buffer.from('EGS1 and whatever the disk had there before'.repeat(50))],
  ])('%s behind the last record are cut off', async (_what, tail) => {
    const spool = await spools.open();
    await spool.value.append(entry('a'));
    await spools.close(spool);
    await appendFile(join(spools.dir, (await spools.segmentFiles())[0]!), tail);
    const again = await spools.open();
    expect(namesOf(await readAll(again.value))).toEqual(['a']);
    expect((await again.value.append(entry('b'))).spoolSequence).toBe(2);
  });

  test('a bit flipped in a file that was durable stops the start, says where, and changes nothing', async () => {
    const spool = await spools.open();
    for (const name of ['a', 'b', 'c']) await spool.value.append(entry(name));
    await spools.close(spool);
    const path = join(spools.dir, (await spools.segmentFiles())[0]!);
    const bytes = await readFile(path);
    const at = bytes.indexOf('content of b');
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(path, bytes);
    const start = spools.open();
    await expect(start).rejects.toThrow(SpoolDamagedError);
    await expect(start).rejects.toThrow(
      /0000000000000001\.seg, byte \d+: record 2: checksum differs.*backup/s,
    );
    expect((await readFile(path)).equals(bytes)).toBe(true);
    // The lock was given back with the failed start.
    await expect(spools.open()).rejects.toThrow(SpoolDamagedError);
  });

  test('a torn end in any but the last segment stops the start', async () => {
    const spool = await spools.open({ segmentBytes: 4096 });
    for (let index = 0; index < 20; index++)
      await spool.value.append(entry(`f${index}`, Buffer.alloc(700)));
    await spools.close(spool);
    const path = join(spools.dir, (await spools.segmentFiles())[1]!);
    await truncate(path, (await stat(path)).size - 1);
    await expect(spools.open()).rejects.toThrow(/ends too early, but the next segment begins with/);
  });

  test('a lost segment, lost id or lost segments stop the start', async () => {
    const spool = await spools.open({ segmentBytes: 4096 });
    for (let index = 0; index < 20; index++)
      await spool.value.append(entry(`f${index}`, Buffer.alloc(700)));
    await spools.close(spool);
    const files = await spools.segmentFiles();
    const manifest = await readFile(join(spools.dir, 'spool.json'));
    await rm(join(spools.dir, 'spool.json'));
    await expect(spools.open()).rejects.toThrow(/spool\.json.*missing beside segments/);
    await writeFile(join(spools.dir, 'spool.json'), '{"version":1}');
    await expect(spools.open()).rejects.toThrow(/expected \{"version":1,"spoolId"/);
    await writeFile(join(spools.dir, 'spool.json'), manifest);
    await rm(join(spools.dir, files[1]!));
    await expect(spools.open()).rejects.toThrow(SpoolDamagedError);
    for (const file of files) await rm(join(spools.dir, file), { force: true });
    await expect(spools.open()).rejects.toThrow(/lost all its segments/);
  });

  test('a crash between the first segment and the id is no loss', async () => {
    await spools.close(await spools.open());
    await rm(join(spools.dir, 'spool.json'));
    const { value: spool } = await spools.open();
    expect((await spool.append(entry('a'))).spoolSequence).toBe(1);
  });
});
