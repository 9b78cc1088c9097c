import { spawnSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DropFile, DropLook } from '@envigate/domain';
import { LocalDisk } from './local-disk.ts';

let dir: string;
let root: string;
let disk: LocalDisk;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-drop-'));
  root = join(dir, 'in');
  await mkdir(root);
  disk = new LocalDisk(root, () => undefined);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function put(path: string, content = path): Promise<void> {
  const full = join(root, path);
  await mkdir(join(full, '..'), { recursive: true });
  await writeFile(full, content);
}

async function scanned(): Promise<readonly DropLook[]> {
  const looks: DropLook[] = [];
  for await (const look of disk.scan()) looks.push(look);
  return looks;
}

async function files(): Promise<readonly DropFile[]> {
  return (await scanned()).flatMap((look) => look.files);
}

async function file(path: string): Promise<DropFile> {
  const found = (await files()).find((candidate) => candidate.path === path);
  if (found === undefined) throw new Error(`${path} was not seen`);
  return found;
}

async function contents(of: readonly DropFile[]): Promise<readonly string[]> {
  const outcomes = await disk.read(of);
  return outcomes.map((outcome) =>
    outcome.kind === 'read' ? Buffer.from(outcome.content).toString() : outcome.kind,
  );
}

describe('what a scan sees', () => {
  test('every regular file at any depth, with its state', async () => {
    await put('a.txt', 'abc');
    await put('caph/2026/Thang01/Ngay31/b c.txt');
    await put('caph/Trạm/đo.txt');
    const seen = await files();
    expect(seen.map(({ path }) => Buffer.from(path, 'latin1').toString()).sort()).toEqual([
      '/a.txt',
      '/caph/2026/Thang01/Ngay31/b c.txt',
      '/caph/Trạm/đo.txt',
    ]);
    const { size, mtimeMs, ino } = await stat(join(root, 'a.txt'));
    expect(await file('/a.txt')).toEqual({
      path: '/a.txt',
      size,
      modifiedAt: mtimeMs,
      inode: ino,
    });
  });

  test('names that are not UTF-8 are found, read and removed by their bytes', async () => {
    const name = Buffer.from([0x74, 0x72, 0xfc, 0x6d, 0x2e, 0x74, 0x78, 0x74]);
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), name]), 'bytes');
    const seen = await files();
    expect(seen.map(({ path }) => path)).toEqual(['/tr\u00fcm.txt']);
    expect(await contents(seen)).toEqual(['bytes']);
    expect(await disk.finish(seen, { kind: 'move', to: join(dir, 'out') })).toEqual([
      { kind: 'done' },
    ]);
    expect(await readdir(join(dir, 'out'), 'latin1')).toEqual(['tr\u00fcm.txt']);
  });

  test('links, pipes and what is behind links are no files', async () => {
    await put('caph/a.txt');
    await writeFile(join(dir, 'secret.txt'), 'secret');
    await mkdir(join(dir, 'elsewhere'));
    await writeFile(join(dir, 'elsewhere/b.txt'), 'b');
    await symlink(join(dir, 'secret.txt'), join(root, 'caph/link.txt'));
    await symlink(join(dir, 'elsewhere'), join(root, 'caph/folder'));
    spawnSync('mkfifo', [join(root, 'caph/pipe.txt')]);
    const looks = await scanned();
    expect(looks.flatMap((look) => look.files).map(({ path }) => path)).toEqual(['/caph/a.txt']);
    expect(
      looks
        .flatMap(({ obstacles }) => obstacles)
        .map(({ kind, path }) => `${kind} ${path}`)
        .sort(),
    ).toEqual(['other /caph/folder', 'other /caph/link.txt', 'other /caph/pipe.txt']);
  });

  test('folders that begin with a dot are not entered, empty ones are reported', async () => {
    await put('.trash/a.txt');
    await mkdir(join(root, 'caph/2026/01'), { recursive: true });
    const looks = await scanned();
    expect(looks.flatMap((look) => look.files)).toEqual([]);
    expect(looks.flatMap(({ emptyFolders }) => emptyFolders).map(({ path }) => path)).toEqual([
      '/caph/2026/01',
    ]);
    await disk.removeFolders(['/caph/2026/01', '/caph', '/nothing/there']);
    expect(await readdir(join(root, 'caph'))).toEqual(['2026']);
  });

  test('a folder that is away rejects; once it is there it is seen', async () => {
    await rm(root, { recursive: true });
    await expect(scanned()).rejects.toThrow('ENOENT');
    await expect(disk.read([{ path: '/a', size: 0, modifiedAt: 0, inode: 1 }])).rejects.toThrow();
    await put('a.txt');
    expect(await files()).toHaveLength(1);
    await rm(root, { recursive: true });
    await writeFile(root, 'a file');
    await expect(scanned()).rejects.toThrow('ENOTDIR');
  });

  test('the folder itself may be reached by a link', async () => {
    await put('a.txt');
    await symlink(root, join(dir, 'link'));
    disk = new LocalDisk(join(dir, 'link'), () => undefined);
    expect(await contents(await files())).toEqual(['a.txt']);
  });

  test('folders may go while it looks', async () => {
    for (let i = 0; i < 2100; i++) await put(`caph/${i % 50}/${i}.txt`, '');
    const looks: DropLook[] = [];
    for await (const look of disk.scan()) {
      looks.push(look);
      await rm(join(root, 'caph'), { recursive: true, force: true });
    }
    expect(looks.flatMap((look) => look.files).length).toBeGreaterThan(0);
  });

  test('a look at paths sees files, and everything below folders', async () => {
    await put('caph/a.txt');
    await put('caph/2026/b.txt');
    await put('other/c.txt');
    const { files: seen, from, to } = await disk.look(['/caph', '/gone/x.txt', '/other/c.txt']);
    expect(seen.map(({ path }) => path).sort()).toEqual([
      '/caph/2026/b.txt',
      '/caph/a.txt',
      '/other/c.txt',
    ]);
    expect(from).toBeLessThanOrEqual(to);
  });

  test('a look at too much asks for a scan', async () => {
    const hints: unknown[] = [];
    disk = new LocalDisk(root, (hint) => hints.push(hint), 100);
    await mkdir(join(root, 'caph'));
    for (let i = 0; i < 150; i++) await writeFile(join(root, `caph/${i}`), '');
    expect((await disk.look(['/caph'])).files.length).toBeGreaterThan(0);
    expect(hints).toEqual(['scan']);
  });
});

describe('reading', () => {
  test('gives the bytes of each, in the order asked for', async () => {
    await put('b/2.txt', 'two');
    await put('a/1.txt', 'one');
    await put('b/3.txt', '');
    const asked = [await file('/b/3.txt'), await file('/a/1.txt'), await file('/b/2.txt')];
    expect(await contents(asked)).toEqual(['', 'one', 'two']);
  });

  test('what changed, went or became something else since the look is not read', async () => {
    for (const name of ['grown', 'touched', 'replaced', 'gone', 'link', 'pipe', 'folder', 'same'])
      await put(`caph/${name}`, 'abc');
    const seen = [...(await files())].sort((a, b) => a.path.localeCompare(b.path));
    const at = (name: string): string => join(root, 'caph', name);
    await writeFile(at('grown'), 'abcd');
    await utimes(at('touched'), 1, 1);
    const { atime, mtime } = await stat(at('replaced'));
    await writeFile(at('new'), 'xyz');
    await utimes(at('new'), atime, mtime);
    await rename(at('new'), at('replaced'));
    await rm(at('gone'));
    await rename(at('link'), join(dir, 'outside'));
    await symlink(join(dir, 'outside'), at('link'));
    await rm(at('pipe'));
    spawnSync('mkfifo', [at('pipe')]);
    await rm(at('folder'));
    await mkdir(at('folder'));
    const names = seen.map(({ path }) => path.slice('/caph/'.length));
    const outcomes = await contents(seen);
    expect(names.map((name, i) => `${name}: ${outcomes[i]}`)).toEqual([
      'folder: changed',
      'gone: gone',
      'grown: changed',
      'link: changed',
      'pipe: changed',
      'replaced: changed',
      'same: abc',
      'touched: changed',
    ]);
  });

  test('a folder exchanged for a link leads nowhere', async () => {
    await put('caph/in/a.txt', 'abc');
    const seen = await files();
    await rename(join(root, 'caph/in'), join(dir, 'moved'));
    await symlink(join(dir, 'moved'), join(root, 'caph/in'));
    // The very same inode, size and time: only the way to it is wrong.
    expect(await contents(seen)).toEqual(['gone']);
    expect(await disk.finish(seen, { kind: 'delete' })).toEqual([{ kind: 'done' }]);
    expect(await readFile(join(dir, 'moved/a.txt'), 'utf8')).toBe('abc');
  });

  const asRoot = process.getuid?.() === 0;
  (asRoot ? test.skip : test)(
    'what may not be read is reported (as root everything may)',
    async () => {
      await put('a.txt');
      await chmod(join(root, 'a.txt'), 0);
      expect(await contents(await files())).toEqual(['unreadable']);
    },
  );
});

describe('finishing', () => {
  test('removes the file that was taken', async () => {
    await put('caph/a.txt');
    const seen = await files();
    expect(await disk.finish(seen, { kind: 'delete' })).toEqual([{ kind: 'done' }]);
    expect(await disk.finish(seen, { kind: 'delete' })).toEqual([{ kind: 'done' }]);
    expect(await readdir(join(root, 'caph'))).toEqual([]);
  });

  test('leaves a file that is another by now', async () => {
    await put('a.txt', 'old');
    await put('b.txt', 'old');
    const seen = await files();
    await writeFile(join(root, 'a.txt'), 'new');
    await rm(join(root, 'b.txt'));
    await mkdir(join(root, 'b.txt'));
    expect(await disk.finish(seen, { kind: 'delete' })).toEqual([
      { kind: 'changed' },
      { kind: 'changed' },
    ]);
    expect((await readdir(root)).sort()).toEqual(['a.txt', 'b.txt']);
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('new');
  });

  test('moves with the folders, and never over another file', async () => {
    const to = join(dir, 'out');
    for (const content of ['one', 'two', 'three']) {
      await put('caph/2026/a.txt', content);
      expect(await disk.finish(await files(), { kind: 'move', to })).toEqual([{ kind: 'done' }]);
    }
    const moved = (await readdir(join(to, 'caph/2026'))).sort();
    expect(moved).toEqual(['a.txt', 'a.txt.1', 'a.txt.2']);
    expect(await readFile(join(to, 'caph/2026/a.txt.1'), 'utf8')).toBe('two');
  });

  test('what cannot be moved keeps its place and name', async () => {
    await put('caph/a.txt');
    await writeFile(join(dir, 'blocked'), '');
    const seen = await files();
    const [outcome] = await disk.finish(seen, { kind: 'move', to: join(dir, 'blocked/out') });
    expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('ENOTDIR') });
    expect(await files()).toEqual(seen);
  });

  test('a name without room for the mark is removed all the same', async () => {
    const name = 'x'.repeat(250);
    await put(name);
    expect(await disk.finish(await files(), { kind: 'delete' })).toEqual([{ kind: 'done' }]);
    expect(await readdir(root)).toEqual([]);
  });

  test('what a crash left aside gets its name back, and never takes the place of a newer file', async () => {
    await put('caph/.envigate-taken.abc1.a.txt', 'old');
    await put('caph/.envigate-taken.abc2.b.txt', 'only');
    await put('caph/a.txt', 'new');
    expect((await files()).map(({ path }) => path).sort()).toEqual(['/caph/a.txt', '/caph/b.txt']);
    expect(await contents([await file('/caph/a.txt'), await file('/caph/b.txt')])).toEqual([
      'new',
      'only',
    ]);
    await disk.finish(await files(), { kind: 'delete' });
    expect(await contents(await files())).toEqual(['old']);
  });

  test('hard links to one file are two files', async () => {
    await put('a.txt', 'abc');
    await link(join(root, 'a.txt'), join(root, 'b.txt'));
    expect(await disk.finish(await files(), { kind: 'delete' })).toEqual([
      { kind: 'done' },
      { kind: 'done' },
    ]);
    expect(await readdir(root)).toEqual([]);
  });
});
