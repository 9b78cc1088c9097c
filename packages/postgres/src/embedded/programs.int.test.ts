import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@envigate/runtime';
import { binariesIn, type Binaries, withPrograms } from './programs.ts';
import type { ServerUser } from './server-user.ts';

// Small programs in place of PostgreSQL's: what counts is where they lie and who may reach them.
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? describe : describe.skip;
if (!isRoot) process.stderr.write('tests of copies for another user are skipped: they need root\n');

const user: ServerUser = { uid: 65_534, gid: 65_534 };
let parent: string;
let copies: string;
let binaries: Binaries;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'envigate-programs-'));
  await chmod(parent, 0o755);
  copies = join(parent, 'cache', 'envigate');
  binaries = await install('closed', { mode: 0o700, version: '18.4' });
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** As npm leaves it; with a library that a link names. */
async function install(
  name: string,
  { mode, version }: { mode: number; version: string },
): Promise<Binaries> {
  const folder = join(parent, name, 'native');
  for (const part of ['bin', 'lib', 'share']) await mkdir(join(folder, part), { recursive: true });
  for (const program of ['initdb', 'postgres']) {
    const script = `#!/bin/sh\ncat "\${0%/*}/../share/version"\n`;
    await writeFile(join(folder, 'bin', program), script, { mode: 0o755 });
  }
  await writeFile(join(folder, 'share', 'version'), version);
  await writeFile(join(folder, 'lib', 'libpq.so.5.18'), 'library');
  await symlink('libpq.so.5.18', join(folder, 'lib', 'libpq.so.5'));
  await chmod(join(parent, name), mode);
  return binariesIn(folder);
}

function using<T>(
  work: (used: Binaries) => Promise<T>,
  changes: { user?: ServerUser | undefined; binaries?: Binaries } = {},
): Promise<T> {
  return withPrograms({ logger: silentLogger(), user, binaries, copies, ...changes }, work);
}
const folderUsed = (changes?: Parameters<typeof using>[1]): Promise<string> =>
  using((used) => Promise.resolve(used.folder), changes);
const inCopies = (): Promise<string[]> => readdir(copies).catch(() => []);

/** What a program prints to the other user. */
async function printed(program: string, ...args: string[]): Promise<string> {
  const child = spawn(program, args, { ...user, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  await once(child, 'close');
  return text;
}

asRoot('programs for another user', () => {
  test('are used where they are, if the user can reach them', async () => {
    const open = await install('open', { mode: 0o755, version: '18.4' });
    expect(await folderUsed({ binaries: open })).toBe(open.folder);
    expect(await inCopies()).toEqual([]);
  });

  test('in a closed folder are copied once, whole, for everybody to run and root to change', async () => {
    const copy = await folderUsed();
    expect(copy.startsWith(`${copies}/postgresql-`)).toBe(true);
    expect(await printed(join(copy, 'bin', 'postgres'))).toBe('18.4');
    expect(await readFile(join(copy, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    expect((await lstat(join(copy, 'lib', 'libpq.so.5'))).isSymbolicLink()).toBe(true);
    for (const name of ['', ...(await readdir(copy, { recursive: true }))]) {
      const { uid, mode } = await lstat(join(copy, name));
      expect({ name, uid }).toEqual({ name, uid: 0 });
      if (!name.endsWith('.so.5'))
        expect({ name, writable: mode & 0o022 }).toEqual({ name, writable: 0 });
    }
    const before = await lstat(copy);
    expect(await folderUsed()).toBe(copy);
    expect((await lstat(copy)).ino).toBe(before.ino);
  });

  test('are copied for everybody under a umask that closes what is new', async () => {
    const umask = process.umask(0o077);
    try {
      const copy = await folderUsed();
      expect(await printed(join(copy, 'bin', 'initdb'))).toBe('18.4');
    } finally {
      process.umask(umask);
    }
  });

  test('installed under such a umask, unreadable in an open folder, are copied too', async () => {
    const open = await install('open', { mode: 0o755, version: '18.4' });
    await chmod(join(open.folder, 'share', 'version'), 0o600);
    const copy = await folderUsed({ binaries: open });
    expect(copy.startsWith(copies)).toBe(true);
    expect(await printed(join(copy, 'bin', 'postgres'))).toBe('18.4');
  });

  test('that are used by several processes at once are copied once', async () => {
    const folders = await Promise.all([folderUsed(), folderUsed(), folderUsed()]);
    expect(new Set(folders).size).toBe(1);
    expect(await inCopies()).toHaveLength(1);
  });

  test.each<[string, (copy: string) => Promise<unknown>]>([
    ['changed', (copy) => writeFile(join(copy, 'share', 'version'), '99')],
    ['cut short', (copy) => writeFile(join(copy, 'bin', 'postgres'), '')],
    ['missing', (copy) => rm(join(copy, 'lib', 'libpq.so.5'))],
    ['added', (copy) => writeFile(join(copy, 'lib', 'libc.so.6'), 'foreign')],
    ['writable by others', (copy) => chmod(join(copy, 'bin'), 0o777)],
    ['closed', (copy) => chmod(join(copy, 'share'), 0o700)],
    ["another user's", (copy) => chown(join(copy, 'bin', 'initdb'), user.uid, user.gid)],
    ['no folder', (copy) => rm(copy, { recursive: true }).then(() => writeFile(copy, ''))],
  ])('are copied anew when something of the copy is %s', async (_, damage) => {
    const copy = await folderUsed();
    await damage(copy);
    expect(await folderUsed()).toBe(copy);
    expect(await printed(join(copy, 'bin', 'postgres'))).toBe('18.4');
    expect(await readdir(join(copy, 'lib'))).toEqual(['libpq.so.5', 'libpq.so.5.18']);
    expect((await lstat(join(copy, 'bin'))).mode & 0o777).toBe(0o755);
    expect((await lstat(join(copy, 'bin', 'initdb'))).uid).toBe(0);
  });

  test('of an older version, and what an interrupted copy left, are removed', async () => {
    const older = await folderUsed();
    await cp(older, join(copies, 'building-of-a-killed-process'), { recursive: true });
    await writeFile(join(copies, 'notes.txt'), 'not ours');
    const newer = await install('newer', { mode: 0o700, version: '18.5' });
    const copy = await folderUsed({ binaries: newer });
    expect(await printed(join(copy, 'bin', 'postgres'))).toBe('18.5');
    expect((await inCopies()).map((name) => join(copies, name)).sort()).toEqual(
      [copy, join(copies, 'notes.txt')].sort(),
    );
  });

  test('of an older version stay while a process runs from them', async () => {
    const sleep = join(binaries.folder, 'bin', 'sleeper');
    await cp('/bin/sleep', sleep);
    const older = await folderUsed();
    const running = spawn(join(older, 'bin', 'sleeper'), ['60']);
    await once(running, 'spawn');
    try {
      const newer = await install('newer', { mode: 0o700, version: '18.5' });
      await folderUsed({ binaries: newer });
      expect(await inCopies()).toHaveLength(2);
    } finally {
      running.kill('SIGKILL');
    }
    await once(running, 'close');
    await folderUsed();
    expect(await inCopies()).toEqual([basename(older)]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['others can write to', () => chmod(copies, 0o777)],
    ['is not of root', () => chown(copies, user.uid, user.gid)],
    ['is a link', () => rm(copies, { recursive: true }).then(() => symlink(parent, copies))],
  ])('are never taken from a folder that %s', async (_, change) => {
    await folderUsed();
    await change();
    await expect(folderUsed()).rejects.toThrow(
      `${copies} must be a folder of root that others cannot write to`,
    );
  });

  test('that cannot run from the copy either: says why, and what to do', async () => {
    await writeFile(binaries.postgres, '#!/bin/sh\necho "libpq.so.5: cannot open" >&2; exit 127\n');
    await expect(folderUsed()).rejects.toThrow(
      new RegExp(
        `cannot enter ${parent}/closed, nor use a copy of its programs in ${copies} ` +
          `\\(.*libpq\\.so\\.5: cannot open.*\\): ` +
          `run 'chmod o\\+x ${parent}/closed', install and keep the data elsewhere, or set DATABASE_URL`,
        's',
      ),
    );
  });
});

describe("programs for this process's own user", () => {
  test('are used where they are, and made executable where npm did not', async () => {
    await chmod(binaries.postgres, 0o644);
    expect(await folderUsed({ user: undefined })).toBe(binaries.folder);
    expect((await lstat(binaries.postgres)).mode & 0o111).toBe(0o111);
    expect(await inCopies()).toEqual([]);
  });
});
