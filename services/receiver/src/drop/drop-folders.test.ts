import { spawnSync } from 'node:child_process';
import {
  appendFile,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TreeError, type DropFile, type DropRead } from '@envigate/domain';
import { LocalDisk } from '@envigate/drop-folder';
import { account } from '../testing/reception.ts';
import { DropScene } from './testing/drop-scene.ts';

let scene: DropScene;
afterEach(() => scene.remove());

describe('taking', () => {
  test('files are taken with account, folder and name, and removed', async () => {
    scene = await DropScene.start();
    await scene.put('caph/NUO001/2026/01/31/a.txt', 'pH\t7\n');
    await scene.put('nuoc/Trạm 1.txt', 'COD\t4\n');
    await scene.until(() => scene.taken.length === 2);
    expect([...scene.files].sort()).toEqual([
      'caph /NUO001/2026/01/31 a.txt=pH\t7\n',
      'nuoc / Trạm 1.txt=COD\t4\n',
    ]);
    expect(scene.taken[0]).toMatchObject({ protocol: 'drop', peer: '-' });
    await scene.stop();
    expect(await scene.left()).toEqual([]);
    expect((await readdir(scene.root)).sort()).toEqual(['caph', 'nuoc']);
  });

  test('a file that grows is taken once, whole', async () => {
    scene = await DropScene.start({ folder: { settleSeconds: 0.3 } });
    await mkdir(join(scene.root, 'caph'));
    const path = join(scene.root, 'caph/a.txt');
    for (let line = 0; line < 20; line++) {
      await appendFile(path, `line ${line}\n`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await scene.until(() => scene.taken.length > 0);
    await scene.scans();
    expect(scene.files).toEqual([
      `caph / a.txt=${Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('')}`,
    ]);
  });

  test('temporary names wait for their rename', async () => {
    scene = await DropScene.start();
    await scene.put('caph/a.txt.filepart', 'whole\n');
    await scene.put('caph/upload.part/b.txt', 'b\n');
    await scene.scans(4);
    expect(scene.files).toEqual([]);
    await rename(join(scene.root, 'caph/a.txt.filepart'), join(scene.root, 'caph/a.txt'));
    await rename(join(scene.root, 'caph/upload.part'), join(scene.root, 'caph/upload'));
    await scene.until(() => scene.taken.length === 2);
    expect([...scene.files].sort()).toEqual(['caph / a.txt=whole\n', 'caph /upload b.txt=b\n']);
  });

  test('empty files and files that look cut must be unchanged for longer', async () => {
    scene = await DropScene.start({ unfinishedMs: 1500 });
    const line = 'pH\t7.1\t-\t20260101120000\t00\r\n';
    await scene.put('caph/empty.txt', '');
    await scene.put('caph/cut.txt', `${line}COD\t4`);
    await scene.put('caph/whole.txt', line);
    await scene.until(() => scene.taken.length > 0);
    await scene.scans(3);
    expect(scene.taken.map(({ name }) => name)).toEqual(['whole.txt']);
    await appendFile(join(scene.root, 'caph/cut.txt'), '\tmg/l\t20260101120000\t00\r\n');
    await scene.until(() => scene.taken.length === 3);
    expect(scene.files).toContain(`caph / cut.txt=${line}COD\t4\tmg/l\t20260101120000\t00\r\n`);
  });

  test('links, pipes and folders that became links are never opened', async () => {
    scene = await DropScene.create();
    await mkdir(join(scene.root, 'caph'));
    await writeFile(join(scene.dir, 'secret.txt'), 'secret');
    await symlink(join(scene.dir, 'secret.txt'), join(scene.root, 'caph/a.txt'));
    await symlink(scene.dir, join(scene.root, 'caph/up'));
    await symlink(scene.dir, join(scene.root, 'nuoc'));
    spawnSync('mkfifo', [join(scene.root, 'caph/pipe.txt')]);
    await scene.put('caph/real.txt', 'real\n');
    await scene.start();
    await scene.until(() => scene.taken.length > 0);
    await scene.scans(3);
    expect(scene.files).toEqual(['caph / real.txt=real\n']);
    expect(scene.events('drop-files-stay')).toMatchObject([
      { reason: 'not-a-file', account: 'caph', files: 3 },
      { reason: 'not-a-file', account: '', files: 1, example: '/nuoc' },
    ]);
    expect(await readFile(join(scene.dir, 'secret.txt'), 'utf8')).toBe('secret');
  });

  test('a file that changes while it is read is taken later, as it is then', async () => {
    let reads = 0;
    class Changing extends LocalDisk {
      override async read(files: readonly DropFile[]): Promise<readonly DropRead[]> {
        reads += 1;
        if (reads === 1) await appendFile(join(scene.root, 'caph/a.txt'), 'two\n');
        return super.read(files);
      }
    }
    scene = await DropScene.start({ disk: (root, onHint) => new Changing(root, onHint) });
    await scene.put('caph/a.txt', 'one\n');
    await scene.until(() => scene.taken.length > 0);
    expect(scene.files).toEqual(['caph / a.txt=one\ntwo\n']);
    expect(reads).toBeGreaterThan(1);
  });

  test('a file that was replaced after it was taken is not removed, and is taken too', async () => {
    scene = await DropScene.start();
    let isFirst = true;
    scene.beforeKeep = async () => {
      if (isFirst) await scene.put('caph/a.txt', 'new\n');
      isFirst = false;
    };
    await scene.put('caph/a.txt', 'old\n');
    await scene.until(() => scene.taken.length === 2);
    expect(scene.files).toEqual(['caph / a.txt=old\n', 'caph / a.txt=new\n']);
  });

  test('the oldest files come first', async () => {
    scene = await DropScene.create();
    const names = Array.from({ length: 50 }, (_, i) => `${(i * 17) % 50}`.padStart(2, '0'));
    for (const name of names) {
      await scene.put(`caph/${name}.txt`);
      await utimes(join(scene.root, `caph/${name}.txt`), 1e9 - Number(name), 1e9 - Number(name));
    }
    await scene.start();
    await scene.until(() => scene.taken.length === names.length);
    expect(scene.taken.map(({ name }) => name)).toEqual(
      [...names]
        .sort()
        .reverse()
        .map((name) => `${name}.txt`),
    );
  });
});

describe('accounts', () => {
  test('files of an account that is unknown or closed stay, are reported, and are taken later', async () => {
    scene = await DropScene.create({ accounts: [account('caph', { disabled: true })] });
    await scene.put('caph/a.txt');
    await scene.put('nuoc/b.txt');
    await scene.put('c.txt');
    await scene.start();
    await scene.scans(3);
    expect(scene.files).toEqual([]);
    expect(scene.events('drop-files-stay')).toHaveLength(3);
    expect(scene.events('drop-files-stay')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ reason: 'account-closed', account: 'caph', files: 1 }),
        expect.objectContaining({
          reason: 'unknown-account',
          account: 'nuoc',
          example: '/nuoc/b.txt',
        }),
        expect.objectContaining({ reason: 'no-account', account: '', example: '/c.txt' }),
      ]),
    );
    expect(await scene.telemetry.metrics()).toContain(
      'envigate_drop_files{folder="office",state="unknown-account"} 1',
    );
    scene.setRegistry([account('caph'), account('nuoc')]);
    await scene.until(() => scene.taken.length === 2);
    await scene.scans();
    expect(await scene.left()).toEqual(['c.txt']);
  });

  test('an expired account is closed', async () => {
    const expiresAt = '2026-01-01T00:00:00Z';
    scene = await DropScene.create({ accounts: [account('caph', { expiresAt })] });
    await scene.put('caph/a.txt');
    await scene.start();
    await scene.scans(3);
    expect(scene.events('drop-files-stay')).toMatchObject([{ reason: 'account-closed' }]);
  });

  test('one account for all, where the folder says so', async () => {
    scene = await DropScene.start({ folder: { account: 'caph' } });
    await scene.put('a.txt');
    await scene.put('nuoc/b.txt');
    await scene.until(() => scene.taken.length === 2);
    expect([...scene.files].sort()).toEqual([
      'caph / a.txt=a.txt\n',
      'caph /nuoc b.txt=nuoc/b.txt\n',
    ]);
  });

  test('what cannot be read stays, is reported, and delays no other file', async () => {
    class Forbidden extends LocalDisk {
      override async read(files: readonly DropFile[]): Promise<readonly DropRead[]> {
        const outcomes = await super.read(files);
        return outcomes.map((outcome, index) =>
          files[index]?.path === '/caph/secret.txt'
            ? { kind: 'unreadable', reason: 'EACCES' }
            : outcome,
        );
      }
    }
    scene = await DropScene.create({ disk: (root, onHint) => new Forbidden(root, onHint) });
    await scene.put('caph/secret.txt');
    await scene.put('caph/a.txt');
    await scene.start();
    await scene.until(() => scene.events('drop-files-stay').length > 0);
    await scene.scans();
    expect(scene.events('drop-files-stay')).toMatchObject([
      { reason: 'unreadable', account: 'caph', example: '/caph/secret.txt' },
    ]);
    expect(scene.taken.map(({ name }) => name)).toEqual(['a.txt']);
    expect(await scene.left()).toEqual(['caph/secret.txt']);
  });

  test('what is too large stays', async () => {
    scene = await DropScene.create({
      maxFileBytes: 100,
      accounts: [account('caph'), account('nuoc', { quotas: { fileBytes: 10 } })],
    });
    await scene.put('caph/large.txt', 'x'.repeat(101));
    await scene.put('nuoc/large.txt', 'x'.repeat(11));
    await scene.put('caph/fits.txt', 'x'.repeat(100));
    await scene.start();
    await scene.until(() => scene.taken.length === 1);
    await scene.scans();
    expect(await scene.left()).toEqual(['caph/large.txt', 'nuoc/large.txt']);
  });
});

describe('after taking', () => {
  test('move: the files are beside, with their folders', async () => {
    scene = await DropScene.create();
    scene.folder = { ...scene.folder, afterTaking: 'move', moveTo: join(scene.dir, 'done') };
    scene.setRegistry([account('caph')]);
    await scene.put('caph/2026/a.txt', 'a\n');
    await scene.start();
    await scene.until(() => scene.taken.length === 1);
    await scene.stop();
    expect(await readFile(join(scene.dir, 'done/caph/2026/a.txt'), 'utf8')).toBe('a\n');
    expect(await scene.left()).toEqual([]);
  });

  test('leave: each state of a file is taken once, over restarts too', async () => {
    scene = await DropScene.start({ folder: { afterTaking: 'leave' } });
    await scene.put('caph/a.txt', 'one\n');
    await scene.put('caph/b.txt', 'two\n');
    await scene.until(() => scene.taken.length === 2);
    await scene.scans();
    await scene.stop();
    await scene.start();
    await scene.scans(3);
    expect(scene.taken).toHaveLength(2);
    await appendFile(join(scene.root, 'caph/a.txt'), 'more\n');
    await scene.until(() => scene.taken.length === 3);
    await scene.scans();
    expect(scene.files.at(-1)).toBe('caph / a.txt=one\nmore\n');
    expect(scene.taken).toHaveLength(3);
    expect(await scene.left()).toEqual(['caph/a.txt', 'caph/b.txt']);
  });

  test('ended between safe and removed, the next start takes it again and removes it', async () => {
    let isEnding = true;
    class Ending extends LocalDisk {
      override finish(...args: Parameters<LocalDisk['finish']>): ReturnType<LocalDisk['finish']> {
        return isEnding ? new Promise(() => undefined) : super.finish(...args);
      }
    }
    scene = await DropScene.start({
      stopMs: 100,
      disk: (root, onHint) => new Ending(root, onHint),
    });
    await scene.put('caph/a.txt', 'a\n');
    await scene.until(() => scene.taken.length === 1);
    expect(await scene.left()).toEqual(['caph/a.txt']);
    await scene.stop();
    isEnding = false;
    await scene.start();
    await scene.until(() => scene.taken.length === 2);
    expect(scene.files).toEqual(['caph / a.txt=a\n', 'caph / a.txt=a\n']);
    await scene.scans();
    expect(await scene.left()).toEqual([]);
  });

  test('what cannot be moved is taken once and reported; it is removed when it can be', async () => {
    scene = await DropScene.create();
    scene.folder = {
      ...scene.folder,
      afterTaking: 'move',
      moveTo: join(scene.dir, 'blocked/done'),
    };
    scene.setRegistry([account('caph')]);
    await writeFile(join(scene.dir, 'blocked'), 'a file where a folder should be');
    await scene.put('caph/a.txt');
    await scene.start();
    await scene.until(() => scene.events('drop-files-stay').length > 0);
    await scene.scans(3);
    expect(scene.events('drop-files-stay')).toMatchObject([{ reason: 'not-finished', files: 1 }]);
    expect(scene.taken).toHaveLength(1);
    await rm(join(scene.dir, 'blocked'));
    await scene.scans(3);
    expect(await scene.left()).toEqual([]);
    expect(scene.taken).toHaveLength(1);
  });

  test('moveTo inside of the folder itself is refused', async () => {
    scene = await DropScene.create();
    scene.folder = { ...scene.folder, afterTaking: 'move', moveTo: join(scene.root, 'done') };
    scene.setRegistry([account('caph')]);
    await scene.put('caph/a.txt');
    await scene.start();
    await scene.until(() => scene.events('drop-folder-unusable').length === 1);
    expect(scene.files).toEqual([]);
  });

  test('empty folders of days long over go, others stay', async () => {
    scene = await DropScene.create();
    const old = new Date(Date.now() - 3 * 24 * 3600 * 1000);
    for (const path of ['caph/NUO1/2020/01/01', 'caph/NUO2', 'caph/NUO3/2020/Thang01/Ngay02']) {
      await mkdir(join(scene.root, path), { recursive: true });
      await utimes(join(scene.root, path), old, old);
    }
    await scene.start();
    await scene.scans(3);
    const left = await readdir(scene.root, { recursive: true });
    expect(left.sort()).toEqual([
      'caph',
      'caph/NUO1',
      'caph/NUO1/2020',
      'caph/NUO1/2020/01',
      'caph/NUO2',
      'caph/NUO3',
      'caph/NUO3/2020',
      'caph/NUO3/2020/Thang01',
    ]);
  });
});

describe('back-pressure', () => {
  test('with no room the files wait; they are taken when there is some', async () => {
    scene = await DropScene.create();
    scene.room = 20;
    for (let i = 0; i < 5; i++) await scene.put(`caph/${i}.txt`, '0123456789');
    await scene.start();
    await scene.until(() => scene.events('drop-folder-paused').length === 1);
    await scene.scans(3);
    expect(scene.taken).toHaveLength(2);
    expect(await scene.left()).toHaveLength(3);
    scene.room = 1000;
    await scene.until(() => scene.events('drop-folder-resumed').length === 1);
    await scene.until(() => scene.taken.length === 5);
    expect(scene.events('drop-folder-paused')).toHaveLength(1);
    await scene.stop();
    expect(await scene.left()).toEqual([]);
  });

  test('a file that the spool failed to keep is not removed', async () => {
    scene = await DropScene.create();
    let failures = 3;
    scene.beforeKeep = async ({ name }) => {
      if (name === 'b.txt' && failures-- > 0) throw new TreeError('unavailable', 'I/O error');
    };
    for (const name of ['a', 'b', 'c']) await scene.put(`caph/${name}.txt`);
    await scene.start();
    await scene.until(() => scene.taken.length === 2);
    expect(await scene.left()).toContain('caph/b.txt');
    await scene.until(() => scene.taken.length === 3);
    expect(scene.taken.map(({ name }) => name)).toEqual(['a.txt', 'c.txt', 'b.txt']);
  });
});

describe('several folders', () => {
  test('one that hangs stops no other; the registry begins and ends them', async () => {
    class Hanging extends LocalDisk {
      override read(files: readonly DropFile[]): Promise<readonly DropRead[]> {
        return files.some(({ path }) => path.includes('hang'))
          ? new Promise(() => undefined)
          : super.read(files);
      }
    }
    scene = await DropScene.create({
      stopMs: 200,
      disk: (root, onHint) => new Hanging(root, onHint),
    });
    const other = { ...scene.folder, code: 'other', path: join(scene.dir, 'other') };
    scene.setRegistry([account('caph')], [scene.folder, other]);
    await scene.put('caph/hang.txt');
    await mkdir(join(other.path, 'caph'), { recursive: true });
    await writeFile(join(other.path, 'caph/a.txt'), 'a\n');
    await scene.start();
    await scene.until(() => scene.taken.length === 1);
    scene.setRegistry([account('caph')], [{ ...other, disabled: true }]);
    await scene.until(() => scene.events('drop-folder-closed').length === 2);
    await writeFile(join(other.path, 'caph/b.txt'), 'b\n');
    scene.setRegistry([account('caph')], [other]);
    await scene.until(() => scene.taken.length === 2);
  });
});
