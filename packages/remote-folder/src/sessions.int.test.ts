import { mkdir, readFile, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RemoteSession } from '@envigate/domain';
import { remoteSiteKinds, type SiteUnderTest } from '@envigate/test-support';
import { open } from './testing/sites.ts';

// The same of every client, against servers that are not ours.

describe.each(remoteSiteKinds)('$name', ({ isThere, isCoarse, start }) => {
  if (!isThere()) {
    test.skip('is not installed', () => undefined);
    return;
  }
  let running: SiteUnderTest;
  let session: RemoteSession;
  let count = 0;
  /** A folder for each test, on the disk and as the site calls it. */
  let dir: string;
  let folder: string;

  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running?.server.stop());
  beforeEach(async () => {
    const name = `test ${(count += 1)}`;
    dir = join(running.server.dir, name);
    folder = `${running.server.root === '/' ? '' : running.server.root}/${name}`;
    await mkdir(dir);
    session = await open(running.site);
  });
  afterEach(() => session.close());

  const put = (name: string, content: string | Buffer): Promise<void> =>
    writeFile(join(dir, name), content);

  test('lists files, folders and what is neither', async () => {
    await put('BÐ_Nhà máy_1.txt', 'pH 7.1\n');
    await put('-rf', '');
    await mkdir(join(dir, 'Nam 2026'));
    await symlink('/etc', join(dir, 'link'));
    const entries = await session.list(folder);
    const found = entries.map(({ name, kind, size }) => [name, kind, kind === 'file' ? size : 0]);
    expect(found.sort()).toEqual([
      ['-rf', 'file', 0],
      ['BÐ_Nhà máy_1.txt', 'file', 7],
      ['Nam 2026', 'folder', 0],
      // pyftpdlib follows links in its listings.
      ['link', expect.stringMatching(/other|folder/), 0],
    ]);
    expect(entries.every((entry) => entry.isCoarse === isCoarse)).toBe(true);
    expect(await session.list(`${folder}/Nam 2026`)).toEqual([]);
  });

  test('reports a change by size or time, and lists the same as long as there is none', async () => {
    await put('a.txt', 'pH 7.1\n');
    const states = [await session.stat(`${folder}/a.txt`), await session.stat(`${folder}/a.txt`)];
    expect(states[1]).toEqual(states[0]);
    expect(await session.list(folder)).toEqual(await session.list(folder));
    await utimes(join(dir, 'a.txt'), 1_700_000_000, 1_700_000_000);
    const touched = await session.stat(`${folder}/a.txt`);
    expect(touched).toEqual({ size: 7, modified: expect.stringContaining('2023-11-14T22:13:20') });
    await utimes(join(dir, 'a.txt'), 1_700_000_001, 1_700_000_001);
    expect(await session.stat(`${folder}/a.txt`)).not.toEqual(touched);
    await put('a.txt', 'pH 7.1\nTSS 20\n');
    expect(await session.stat(`${folder}/a.txt`)).toMatchObject({ size: 14 });
  });

  test('reads bytes as they are', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 256));
    await put('big.txt', bytes);
    await put('empty.txt', '');
    await put('crlf.txt', 'pH\t7.1\r\nTSS\t20\n');
    const read = async (name: string): Promise<Buffer> =>
      Buffer.from(await session.read(`${folder}/${name}`, 1_000_000));
    expect((await read('big.txt')).equals(bytes)).toBe(true);
    expect(await read('empty.txt')).toHaveLength(0);
    expect((await read('crlf.txt')).toString()).toBe('pH\t7.1\r\nTSS\t20\n');
  });

  test('reads no more than it may', async () => {
    await put('big.txt', Buffer.alloc(200_000));
    await expect(session.read(`${folder}/big.txt`, 100_000)).rejects.toThrow(
      'more than 100000 bytes',
    );
  });

  test('moves, removes and makes folders', async () => {
    await put('a.txt', '1');
    await put('b.txt', '2');
    await session.makeFolder(`${folder}/done/2026`);
    await session.makeFolder(`${folder}/done/2026`);
    await session.move(`${folder}/a.txt`, `${folder}/done/2026/a.txt`);
    await session.remove(`${folder}/b.txt`);
    expect(await readdir(dir)).toEqual(['done']);
    expect(await readFile(join(dir, 'done/2026/a.txt'), 'utf8')).toBe('1');
  });

  test('what is missing is of one file: the session goes on', async () => {
    const missing = { code: 'not-found', isOfOneFile: true };
    await expect(session.list(`${folder}/2026`)).rejects.toMatchObject(missing);
    await expect(session.stat(`${folder}/a.txt`)).rejects.toMatchObject(missing);
    await expect(session.read(`${folder}/a.txt`, 1000)).rejects.toMatchObject(missing);
    await expect(session.remove(`${folder}/a.txt`)).rejects.toMatchObject({ isOfOneFile: true });
    await expect(session.move(`${folder}/a`, `${folder}/b`)).rejects.toMatchObject({
      isOfOneFile: true,
    });
    await put('a.txt', '1');
    expect(Buffer.from(await session.read(`${folder}/a.txt`, 1000)).toString()).toBe('1');
  });

  test('takes paths from where the login leads to', async () => {
    await put('a.txt', '1');
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    expect(await session.list('.')).toContainEqual(expect.objectContaining({ name }));
    expect(await session.list(name)).toHaveLength(1);
    expect(await session.stat(`${name}/a.txt`)).toMatchObject({ size: 1 });
  });

  test('closed, every step rejects', async () => {
    session.close();
    session.close();
    await expect(session.list(folder)).rejects.toMatchObject({ code: 'connection-lost' });
  });

  test('is not reachable where nobody listens', async () => {
    await expect(open({ ...running.site, port: 1 })).rejects.toMatchObject({
      code: 'site-unreachable',
      isOfOneFile: false,
    });
  });
});
