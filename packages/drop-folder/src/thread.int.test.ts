import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DropFile, DropHint } from '@envigate/domain';
import { ThreadedDisk } from './threaded-disk.ts';

/** The thread as it is built, with chokidar and the system's own watches. */
let dir: string;
let root: string;
let disk: ThreadedDisk;
let hints: DropHint[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-drop-'));
  root = join(dir, 'in');
  await mkdir(root);
  hints = [];
  disk = new ThreadedDisk(root, (hint) => hints.push(hint));
});
afterEach(async () => {
  await disk.close();
  await rm(dir, { recursive: true, force: true });
});

/** Does something until a hint of this path has come: what was done before the watch may be unseen. */
async function hinted(path: string, act: (attempt: number) => Promise<unknown>): Promise<void> {
  for (let attempt = 0; !hints.some((hint) => hint !== 'scan' && hint.includes(path)); attempt++) {
    if (attempt > 200) throw new Error(`no hint of ${path} among ${JSON.stringify(hints)}`);
    await act(attempt);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('answers as the disk itself does', async () => {
  await mkdir(join(root, 'caph'));
  await writeFile(join(root, 'caph/a.txt'), 'abc');
  const files: DropFile[] = [];
  for await (const look of disk.scan()) files.push(...look.files);
  expect(files).toMatchObject([{ path: '/caph/a.txt', size: 3 }]);
  expect((await disk.look(['/caph/a.txt'])).files).toEqual(files);
  const [read] = await disk.read(files);
  expect(read?.kind === 'read' && Buffer.from(read.content).toString()).toBe('abc');
  expect(await disk.finish(files, { kind: 'delete' })).toEqual([{ kind: 'done' }]);
  expect(await disk.read(files)).toEqual([{ kind: 'gone' }]);
  await disk.removeFolders(['/caph']);
  await rm(root, { recursive: true });
  await expect(disk.read(files)).rejects.toThrow('ENOENT');
});

test('what was asked fails when it is closed, and nothing is asked afterwards', async () => {
  const asked = expect(disk.watch()).rejects.toThrow('closed');
  await disk.close();
  await asked;
  await expect(disk.read([])).rejects.toThrow('closed');
});

describe('hints', () => {
  test('of files in folders old and new; not twice for one folder, anew for another', async () => {
    await mkdir(join(root, 'caph'));
    expect(await disk.watch()).toBe(true);
    expect(await disk.watch()).toBe(false);
    await hinted('/caph/a.txt', (n) => writeFile(join(root, 'caph/a.txt'), `${n}`));
    await mkdir(join(root, 'caph/2026'));
    await hinted('/caph/2026/b.txt', (n) => writeFile(join(root, 'caph/2026/b.txt'), `${n}`));
    await rename(root, join(dir, 'away'));
    await mkdir(root);
    expect(await disk.watch()).toBe(true);
    await hinted('/c.txt', (n) => writeFile(join(root, 'c.txt'), `${n}`));
  });

  test('a flood ends them with a call for a scan', async () => {
    await disk.watch();
    for (let round = 0; !hints.includes('scan'); round++) {
      if (round > 100) throw new Error('no call for a scan');
      for (let i = 0; i < 500; i++) await writeFile(join(root, `${round}-${i}`), '');
    }
    expect(await disk.watch()).toBe(true);
  });

  test('a folder that is away is said', async () => {
    await rm(root, { recursive: true });
    await expect(disk.watch()).rejects.toThrow('ENOENT');
  });

  // A user namespace has watches of its own, which can be few without harm to anybody.
  const namespace = (limit: number): string[] => [
    '-Ur',
    'sh',
    '-c',
    `echo ${limit} > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`,
  ];
  const { status, stderr } = spawnSync('unshare', [...namespace(1), 'true'], { encoding: 'utf8' });
  // In a container or a chroot that is for the system to allow: nothing to install helps.
  if (status !== 0) process.stderr.write(`skipped: too few watches: ${stderr}`);
  (status === 0 ? test : test.skip)(
    'with too few watches of the system the scan works all the same',
    async () => {
      for (let i = 0; i < 5; i++) {
        await mkdir(join(root, `caph/${i}`), { recursive: true });
        await writeFile(join(root, `caph/${i}/a.txt`), 'abc');
      }
      const program = `
        const { ThreadedDisk } = await import(${JSON.stringify(new URL('../dist/threaded-disk.js', import.meta.url).href)});
        const disk = new ThreadedDisk(${JSON.stringify(root)}, () => undefined);
        const failure = await disk.watch().then(() => 'watched', (error) => error.message);
        let files = 0;
        for await (const look of disk.scan()) files += look.files.length;
        console.log(files + ' files, ' + failure);
        await disk.close();
      `;
      const args = [...namespace(2), process.execPath, '--input-type=module', '-e', program];
      const { stdout } = await promisify(execFile)('unshare', args, {
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      expect(stdout).toMatch(/^5 files, .*ENOSPC/);
    },
  );
});
