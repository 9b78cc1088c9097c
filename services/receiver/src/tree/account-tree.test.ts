import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AccountTree } from '@envigate/domain';
import { account, Reception, begin, listing, upload } from '../testing/reception.ts';

let reception: Reception;
let tree: AccountTree;

beforeEach(async () => {
  reception = await Reception.start();
  tree = await reception.login();
});
afterEach(() => reception.remove());

async function restart(): Promise<void> {
  await reception.restart();
  tree = await reception.login();
}

describe('an upload under its final name', () => {
  test('is received when it is committed, not before', async () => {
    await tree.makeFolder('/2026');
    const begun = await begin(tree, '/2026/a.txt', 'pH 7.1');
    expect(await reception.received()).toEqual([]);
    await begun.commit();
    expect(await reception.received()).toEqual(['/2026 a.txt=pH 7.1']);
    expect(await reception.telemetry.metrics()).toContain(
      'envigate_files_received_total{protocol="ftp",account="tram01"} 1',
    );
  });

  test('sent twice is two receptions of one file', async () => {
    await upload(tree, '/a.txt', 'pH 7.1');
    await upload(tree, '/a.txt', 'pH 7.1');
    const files = await reception.spool.read(0, { maxRecords: 9, maxBytes: 9999 });
    const [first, second] = files.map((file) => file.reception);
    expect(files).toHaveLength(2);
    expect(first!.fileId).toBe(second!.fileId);
    expect(first!.receptionId).not.toBe(second!.receptionId);
    expect(await listing(tree, '/')).toEqual(['a.txt 6']);
  });

  test('broken off is never received; the part is kept, also over a restart', async () => {
    const begun = await begin(tree, '/a.txt', 'pH 7');
    await begun.interrupt('data-lost');
    expect(await reception.received()).toEqual([]);
    expect(await listing(tree, '/')).toEqual(['a.txt 4']);
    await restart();
    expect(await listing(tree, '/')).toEqual(['a.txt 4']);
    await upload(tree, '/a.txt', '.1', 4);
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1']);
    expect(await readdir(join(reception.dir, 'homes/tram01'))).toEqual([]);
  });

  test('broken off before the first byte leaves nothing', async () => {
    const begun = await tree.openUpload('/a.txt', { offset: 0 });
    await begun.interrupt('data-lost');
    expect(await listing(tree, '/')).toEqual([]);
  });

  test('broken off, it cannot be renamed into a whole file', async () => {
    await (await begin(tree, '/a.txt', 'pH 7')).interrupt('data-lost');
    await (await begin(tree, '/b.tmp', 'pH 7')).interrupt('data-lost');
    await expect(tree.rename('/a.txt', '/c.txt')).rejects.toMatchObject({ code: 'incomplete' });
    await expect(tree.rename('/b.tmp', '/b.txt')).rejects.toMatchObject({ code: 'incomplete' });
    // Nor by way of another temporary name.
    await tree.rename('/b.tmp', '/d.tmp');
    await restart();
    await expect(tree.rename('/d.tmp', '/d.txt')).rejects.toMatchObject({ code: 'incomplete' });
    expect(await reception.received()).toEqual([]);
  });

  test('sent again from the start ends the broken one', async () => {
    await (await begin(tree, '/a.txt', 'pH 7')).interrupt('data-lost');
    await upload(tree, '/a.txt', 'pH 7.1');
    expect(await listing(tree, '/')).toEqual(['a.txt 6']);
    await restart();
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1']);
    expect(await listing(tree, '/')).toEqual([]);
  });

  test('of no bytes is received as it is', async () => {
    await (await tree.openUpload('/empty.txt', { offset: 0 })).commit();
    expect(await reception.received()).toEqual(['/ empty.txt=']);
  });

  test('cannot be resumed beyond what is there', async () => {
    await (await begin(tree, '/a.txt', 'pH 7')).interrupt('data-lost');
    await expect(tree.openUpload('/a.txt', { offset: 5 })).rejects.toMatchObject({
      code: 'incomplete',
    });
    await expect(tree.openUpload('/b.txt', { offset: 5 })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('needs its folder, and a name that no folder has', async () => {
    await tree.makeFolder('/2026');
    await expect(tree.openUpload('/2025/a.txt', { offset: 0 })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(tree.openUpload('/2026', { offset: 0 })).rejects.toMatchObject({
      code: 'not-a-file',
    });
  });

  test('is refused where it is too large, and nothing of it is kept', async () => {
    const begun = await tree.openUpload('/a.txt', { offset: 0 });
    await begun.write(Buffer.alloc(90_000));
    await expect(begun.write(Buffer.alloc(20_000))).rejects.toMatchObject({ code: 'too-large' });
    await begun.interrupt('refused');
    expect(await listing(tree, '/')).toEqual([]);
  });

  test('is refused for a closed account at once', async () => {
    reception.registry.set([account('tram01', { disabled: true })]);
    await expect(tree.openUpload('/a.txt', { offset: 0 })).rejects.toMatchObject({
      code: 'not-permitted',
    });
    reception.registry.set([]);
    await expect(tree.makeFolder('/a')).rejects.toMatchObject({ code: 'not-permitted' });
  });
});

describe('an upload under a temporary name', () => {
  test.each([
    'a.txt.tmp',
    'a.part',
    'a.PARTIAL',
    'a.txt.filepart',
    'a.temp',
    '.in.a.txt.',
    'a.txt~',
    'tmp.a.txt',
  ])('%s is received when it is renamed, once', async (name) => {
    await tree.makeFolder('/2026');
    await upload(tree, `/2026/${name}`, 'pH 7.1');
    expect(await reception.received()).toEqual([]);
    expect(await listing(tree, '/2026')).toEqual([`${name} 6`]);
    await tree.rename(`/2026/${name}`, '/2026/a.txt');
    expect(await reception.received()).toEqual(['/2026 a.txt=pH 7.1']);
    expect(await listing(tree, '/2026')).toEqual(['a.txt 6']);
    await expect(tree.rename(`/2026/${name}`, '/2026/a.txt')).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('waits for its rename over a restart, in its folder', async () => {
    await tree.makeFolder('/2026');
    await tree.makeFolder('/2026/11');
    await upload(tree, '/2026/11/a.tmp', 'pH 7.1');
    await tree.rename('/2026', '/data');
    await restart();
    expect((await tree.stat('/data/11/a.tmp')).size).toBe(6);
    await tree.rename('/data/11/a.tmp', '/data/a.txt');
    expect(await reception.received()).toEqual(['/data a.txt=pH 7.1']);
  });

  test('stays held where the spool has no room, and can be renamed later', async () => {
    await reception.remove();
    reception = await Reception.start({ spool: { maxBytes: 4000 } });
    tree = await reception.login();
    await upload(tree, '/a.tmp', 'x'.repeat(2000));
    await upload(tree, '/b.txt', 'y'.repeat(2000));
    await expect(tree.rename('/a.tmp', '/a.txt')).rejects.toMatchObject({ code: 'no-room' });
    expect(await listing(tree, '/')).toEqual(['a.tmp 2000', 'b.txt 2000']);
    await reception.spool.release(1);
    await tree.rename('/a.tmp', '/a.txt');
    expect(await reception.received()).toHaveLength(2);
  });

  test('is durable as a whole or as a part, never as something between', async () => {
    await upload(tree, '/a.tmp', 'whole');
    const home = join(reception.dir, 'homes/tram01');
    // What a crash in the middle of keeping a file leaves behind.
    await writeFile(join(home, 'b.tmp.envigate-unfinished'), 'half');
    await restart();
    expect(await listing(tree, '/')).toEqual(['a.tmp 5']);
    expect(await readdir(home)).toEqual(['a.tmp']);
    expect(await readFile(join(home, 'a.tmp'), 'utf8')).toMatch(/^envigate-held 1 .*\nwhole$/);
  });
});

describe('an interrupted upload', () => {
  const row = 'pH\t7.25\t-\t20260131120000\t00\r\n';

  test.each<[string, string, true | undefined]>([
    ['that ends with a line', row + row, true],
    ['that ends within one', row + row.slice(0, -6), undefined],
  ])('reports whether it may be the complete file: %s', async (_, content, mayBeComplete) => {
    await (await begin(tree, '/a.txt', content)).interrupt('lost');
    expect(await tree.stat('/a.txt')).toMatchObject({ size: content.length });
    expect((await tree.stat('/a.txt')).mayBeComplete).toBe(mayBeComplete);
    // Its bytes are not read again at a start.
    await restart();
    expect((await tree.stat('/a.txt')).mayBeComplete).toBe(true);
    await upload(tree, '/a.txt', row + row);
    expect((await tree.stat('/a.txt')).mayBeComplete).toBeUndefined();
  });
});

describe('a received file', () => {
  test('is seen by who looks for it', async () => {
    const before = Date.now();
    await upload(tree, '/a.txt', 'pH 7.1');
    const entry = await tree.stat('/a.txt');
    expect(entry).toMatchObject({ name: 'a.txt', kind: 'file', size: 6 });
    expect(entry.modifiedAt.getTime()).toBeGreaterThanOrEqual(before);
    const other = await reception.login('tram02');
    await expect(other.stat('/a.txt')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('deleted leaves the view but not the record', async () => {
    await upload(tree, '/a.txt', 'pH 7.1');
    await tree.removeFile('/a.txt');
    expect(await listing(tree, '/')).toEqual([]);
    await expect(tree.removeFile('/a.txt')).rejects.toMatchObject({ code: 'not-found' });
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1']);
  });

  test('renamed is received under its new name; moved it is the same file', async () => {
    await tree.makeFolder('/done');
    await upload(tree, '/upload.1', 'pH 7.1');
    await tree.rename('/upload.1', '/a.txt');
    await tree.rename('/a.txt', '/done/a.txt');
    expect(await reception.received()).toEqual(['/ upload.1=pH 7.1', '/ a.txt=pH 7.1']);
    expect(await listing(tree, '/')).toEqual(['done/']);
    expect(await listing(tree, '/done')).toEqual(['a.txt 6']);
    await expect(tree.rename('/done/a.txt', '/a.tmp')).rejects.toMatchObject({
      code: 'not-permitted',
    });
  });

  test('appended to is received again, longer', async () => {
    await upload(tree, '/a.txt', 'pH 7.1\n');
    await upload(tree, '/a.txt', 'TSS 20\n', 7);
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1\n', '/ a.txt=pH 7.1\nTSS 20\n']);
    expect(await listing(tree, '/')).toEqual(['a.txt 14']);
  });

  test('whose bytes are gone can be neither renamed nor appended to', async () => {
    await reception.remove();
    reception = await Reception.start({ spool: { segmentBytes: 4096 } });
    tree = await reception.login();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])
      await upload(tree, `/${name}`, 'x'.repeat(900));
    await reception.spool.release(10);
    await expect(tree.rename('/a', '/a.txt')).rejects.toMatchObject({ code: 'not-permitted' });
    await expect(tree.openUpload('/a', { offset: 900 })).rejects.toMatchObject({
      code: 'not-permitted',
    });
    await upload(tree, '/a', 'new');
    expect((await tree.stat('/a')).size).toBe(3);
  });
});

describe('folders', () => {
  test('are made step by step, listed, and removed when empty', async () => {
    await expect(tree.makeFolder('/2026/11')).rejects.toMatchObject({ code: 'not-found' });
    await tree.makeFolder('/2026');
    await tree.makeFolder('/2026/11');
    await expect(tree.makeFolder('/2026')).rejects.toMatchObject({ code: 'exists' });
    await upload(tree, '/2026/11/a.txt', 'x');
    await expect(tree.removeFolder('/2026/11')).rejects.toMatchObject({ code: 'not-empty' });
    await tree.removeFile('/2026/11/a.txt');
    await tree.removeFolder('/2026/11');
    expect(await listing(tree, '/2026')).toEqual([]);
    await restart();
    expect(await listing(tree, '/')).toEqual(['2026/']);
    await expect(tree.removeFolder('/')).rejects.toMatchObject({ code: 'not-permitted' });
  });

  test('take their received files with them, but go neither into themselves nor over another', async () => {
    await tree.makeFolder('/a');
    await tree.makeFolder('/a/b');
    await tree.makeFolder('/c');
    await upload(tree, '/a/b/x.txt', '1');
    await expect(tree.rename('/a', '/a/b/d')).rejects.toMatchObject({ code: 'not-permitted' });
    await expect(tree.rename('/a', '/c')).rejects.toMatchObject({ code: 'exists' });
    await tree.rename('/a', '/c/a');
    expect(await listing(tree, '/c/a/b')).toEqual(['x.txt 1']);
    await expect(tree.list('/a')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a file is no folder and a folder no file', async () => {
    await tree.makeFolder('/2026');
    await upload(tree, '/a.tmp', 'x');
    await upload(tree, '/b.txt', 'x');
    await expect(tree.makeFolder('/a.tmp')).rejects.toMatchObject({ code: 'exists' });
    await expect(tree.makeFolder('/b.txt')).rejects.toMatchObject({ code: 'exists' });
    await expect(tree.list('/a.tmp')).rejects.toMatchObject({ code: 'not-a-folder' });
    await expect(tree.removeFile('/2026')).rejects.toMatchObject({ code: 'not-a-file' });
  });

  test('a symbolic link that somebody put there is neither seen nor followed', async () => {
    const home = join(reception.dir, 'homes/tram01');
    const outside = join(reception.dir, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret.tmp'), 'secret');
    await symlink(outside, join(home, 'link'));
    await symlink(join(outside, 'secret.tmp'), join(home, 'file.tmp'));
    await restart();
    expect(await listing(tree, '/')).toEqual([]);
    await expect(tree.openUpload('/link/a.tmp', { offset: 0 })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(tree.rename('/file.tmp', '/a.txt')).rejects.toMatchObject({ code: 'not-found' });
    await upload(tree, '/file.tmp', 'mine');
    expect(await readFile(join(outside, 'secret.tmp'), 'utf8')).toBe('secret');
  });
});

describe('sessions of one account', () => {
  test('upload the same name side by side: each whole file is received', async () => {
    const other = await reception.login();
    const first = await begin(tree, '/a.txt', 'one');
    const second = await begin(other, '/a.txt', 'two');
    await Promise.all([first.commit(), second.commit()]);
    expect([...(await reception.received())].sort()).toEqual(['/ a.txt=one', '/ a.txt=two']);
  });

  test('rename the same held file at once: it is received once', async () => {
    const other = await reception.login();
    await upload(tree, '/a.tmp', 'x');
    const results = await Promise.allSettled([
      tree.rename('/a.tmp', '/a.txt'),
      other.rename('/a.tmp', '/a.txt'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await reception.received()).toEqual(['/ a.txt=x']);
  });
});

test('a time that the client states is shown for that file and for no other', async () => {
  const time = new Date('2025-01-01T00:00:00Z');
  await upload(tree, '/a.txt', 'pH 7.1');
  await upload(tree, '/b.txt', 'pH 7.1');
  await tree.setTime('/a.txt', time);
  const { modifiedAt } = await tree.stat('/b.txt');
  expect((await tree.stat('/a.txt')).modifiedAt).toEqual(time);
  const listed = await tree.list('/');
  expect(new Map(listed.map((entry) => [entry.name, entry.modifiedAt]))).toEqual(
    new Map([
      ['a.txt', time],
      ['b.txt', modifiedAt],
    ]),
  );
  const [file] = await reception.spool.read(0, { maxRecords: 1, maxBytes: 1 });
  expect(new Date(file!.reception.receivedAt).getTime()).toBeGreaterThan(time.getTime());
  await expect(tree.setTime('/none', time)).rejects.toMatchObject({ code: 'not-found' });
  await new Promise((resolve) => setTimeout(resolve, 2));
  await upload(tree, '/a.txt', 'pH 7.2');
  expect((await tree.stat('/a.txt')).modifiedAt.getTime()).toBeGreaterThan(time.getTime());
});
