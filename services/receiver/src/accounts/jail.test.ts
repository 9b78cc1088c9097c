import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SFTPWrapper } from 'ssh2';
import { Doors, FtpTalk, sftpOf } from '../testing/doors.ts';
import { account, Reception, upload } from '../testing/reception.ts';

/** Occurs in names and bytes outside of the account's home, and in nothing that the tests send. */
const sentinel = 'UNGUESSED';
/** Of the files outside: a size that nobody else has, and no port. */
const outsideBytes = 98_611;
const outsideFile = sentinel.padEnd(outsideBytes, '.');

let reception: Reception;
let doors: Doors;
let outsideBefore: readonly string[];

/** The account's home lies between other homes, the spool and secrets, and has links to all of them. */
beforeAll(async () => {
  reception = await Reception.start({
    accounts: [account('tram01'), account('tram02')],
    guard: { exempt: ['127.0.0.1'] },
    hold: { cutLastLine: false, shrunk: false },
  });
  const { dir } = reception;
  await writeFile(join(dir, 'secret.txt'), outsideFile);
  await mkdir(join(dir, 'outside'));
  await writeFile(join(dir, 'outside', 'secret.tmp'), outsideFile);
  await mkdir(join(dir, 'outside', `${sentinel}-folder`));
  const neighbour = await reception.login('tram02');
  await neighbour.makeFolder(`/${sentinel}-folder`);
  await upload(neighbour, '/secret.tmp', outsideFile);
  await upload(neighbour, `/${sentinel}.tmp`, outsideFile);

  const home = join(dir, 'homes', 'tram01');
  await mkdir(join(home, 'real'), { recursive: true });
  const links = {
    'link-up': '../..',
    'link-outside': join(dir, 'outside'),
    'link-neighbour': '../tram02',
    'link-file': '../../secret.txt',
    'link-file.tmp': '../../secret.txt',
    'secret.tmp': '../tram02/secret.tmp',
    'link-part.envigate-partial': '../../secret.txt',
    'link-nowhere': '../../outside/made-by-a-write',
    'link-self': '.',
    'real/link-up': '../../..',
    'real/secret.tmp': '../../tram02/secret.tmp',
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(home, name));
  doors = await Doors.open(reception);
  outsideBefore = await outside();
});
afterAll(async () => {
  await doors.close();
  await reception.remove();
});

/** Everything below the folder but the account's own home and the spool, with kinds and contents. */
async function outside(): Promise<readonly string[]> {
  const { dir } = reception;
  const found: string[] = [];
  const look = async (folder: string): Promise<void> => {
    for (const { name } of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, name);
      if (path === join(dir, 'homes', 'tram01') || path === join(dir, 'spool')) continue;
      const stats = await lstat(path);
      const content = stats.isFile() ? await readFile(path) : '';
      const target = stats.isSymbolicLink() ? await readlink(path) : '';
      const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
      found.push(`${relative(dir, path)} ${stats.mode} ${stats.size} ${hash} ${target}`);
      if (stats.isDirectory()) await look(path);
    }
  };
  await look(dir);
  return found.sort();
}

async function expectNothingOutside(heard: string): Promise<void> {
  expect(heard).not.toContain(sentinel);
  expect(heard).not.toMatch(new RegExp(`\\b${outsideBytes}\\b`));
  expect(await outside()).toEqual(outsideBefore);
}

const tricks = [
  ...['..', '.', '...', '....', '..;', '..\\', '..\\..', '\\..\\', '.. ', ' ..', '..\u00a0'],
  // Dots and slashes of other alphabets, and what normalisation would make of them.
  ...['\uff0e\uff0e', '\u2024\u2024', '\u2025', '\u2026', '\u3002\u3002', '..\u2215..', '\u2044'],
  ...['\uff0f', '.\u0307', '\u1e9b\u0323', 'Tra\u0323m', 'Tr\u1ea1m', '..\u0338', '\u202e..'],
  ...[
    '\ufeff..',
    '\u200b..',
    '.\u200b.',
    '..%2f',
    '%2e%2e',
    '%2e%2e%2f',
    '..%c0%af',
    '%00',
    '\ufffd',
  ],
  ...['..\0', '\0', '\0..', 'a\0', '..\t', '\u0001', '\u007f'],
  ...['~', '~root', '-la', '-R ..', '-a', '*', '?', '{..,a}', '$HOME', '`id`', ';ls', '|ls', '||'],
  ...['C:', 'C:\\', 'CON', 'NUL', '\\\\host\\share', 'file:', 'a:stream', 'x.envigate-partial'],
  ...['link-file', 'link-file.tmp', 'link-part', 'link-nowhere', 'link-self', 'tram01', 'spool'],
  ...[
    'secret.tmp.envigate-partial',
    'etc',
    'passwd',
    'proc',
    'self',
    'day',
    'x'.repeat(255),
    'x'.repeat(300),
    'Ạ'.repeat(85),
    '\u{1f4a9}',
  ],
] as const;

const waysOut = [
  '..',
  'link-up',
  'link-outside',
  'link-neighbour',
  'real',
  'homes',
  'tram02',
] as const;
const targets = ['secret.txt', 'secret.tmp', 'outside', 'a.tmp', 'a.txt'] as const;

const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...waysOut) },
  { weight: 3, arbitrary: fc.constantFrom(...targets) },
  { weight: 4, arbitrary: fc.constantFrom(...tricks) },
  { weight: 1, arbitrary: fc.string({ maxLength: 8, unit: 'binary' }) },
);
const path = fc
  .tuple(
    fc.constantFrom('/', '', '//', './', '/..', '../', '/../../', 'HERE/', '/HERE/'),
    fc.array(segment, { maxLength: 4 }),
    fc.constantFrom('', '/', '/.', '/..', '//'),
    fc.constantFrom('/', '/', '/', '//', '\\', '/./'),
  )
  .map(([start, segments, end, slash]) => start + segments.join(slash) + end)
  // Longer than any file system takes, in few segments and in many.
  .chain((some) => fc.constantFrom(some, some, some, some, `${'d/'.repeat(600)}${some}`));

/** A path cannot name where the test lies before it has begun. */
function placed(text: string): string {
  return text.replace('HERE', reception.dir.slice(1));
}

/** Each way out with each thing to find or to make there. */
const escapes = [
  ...['..', '../..', '/..', '/../..', '../tram02', '../../outside', '/HERE', '/HERE/outside'],
  ...['link-up', 'link-outside', '/link-outside', 'link-neighbour', 'link-self', 'link-self/..'],
  ...[
    'real/link-up',
    'real/../link-outside',
    'link-outside/../outside',
    '..\\tram02',
    '..%2ftram02',
  ],
  ...['\uff0e\uff0e', '..\uff0ftram02', '..\0', '..\0/tram02', '/link-nowhere', '/link-file'],
].flatMap((way) =>
  ['', '/', '/secret.txt', '/secret.tmp', '/new.txt', '/new.tmp', '/new-folder'].map(
    (target) => way + target,
  ),
);

const ftpVerbs = [
  ...['CWD', 'MKD', 'RMD', 'DELE', 'RNFR', 'RNTO', 'SIZE', 'MDTM', 'MLST', 'STAT', 'RETR'],
  ...['STOR', 'APPE', 'LIST', 'NLST', 'MLSD', 'MFMT 20261124000000', 'SITE CHMOD 777'],
] as const;
const ftpStep = fc.record({
  verb: fc.constantFrom(...ftpVerbs, 'CDUP', 'PWD', 'STOU', 'LIST -la', 'REST 5', 'SMNT', 'XMKD'),
  path,
});

/** A session of tram01, begun anew whenever the server has ended it. */
class FtpScene {
  heard = '';
  #talk: FtpTalk | undefined;

  async ask(verb: string, path: string): Promise<void> {
    const talk = await this.#session();
    // A line ends at its end: what comes behind it would be a command of its own.
    const line = `${verb} ${placed(path)}`.replace(/[\r\n]/g, '_');
    const isUpload = /^(STOR|APPE|STOU)/.test(verb);
    const before = talk.heard.length;
    if (isUpload) await talk.transfer(line, Buffer.from('mine'));
    else if (/^(LIST|NLST|MLSD|RETR)/.test(verb)) await talk.transfer(line);
    else await talk.command(line);
    this.heard += talk.heard.slice(before);
  }

  close(): void {
    this.#talk?.close();
  }

  async #session(): Promise<FtpTalk> {
    if (this.#talk === undefined || this.#talk.ended)
      this.#talk = await FtpTalk.loggedIn(doors.ftpPort, 'tram01', 'right');
    return this.#talk;
  }
}

test('over FTP nothing outside of the home is read, listed or written', async () => {
  const scene = new FtpScene();
  // What leads out of the home is not even seen.
  await scene.ask('LIST', '/');
  expect(scene.heard).toContain('real');
  expect(scene.heard).not.toContain('link-');
  for (const escape of escapes) {
    for (const verb of ftpVerbs) await scene.ask(verb, escape);
    await scene.ask('CWD', '/');
  }
  await expectNothingOutside(scene.heard);
  await fc.assert(
    fc.asyncProperty(fc.array(ftpStep, { minLength: 3, maxLength: 15 }), async (steps) => {
      for (const { verb, path } of steps) await scene.ask(verb, path);
      await expectNothingOutside(scene.heard);
      scene.heard = '';
    }),
    { numRuns: 100 },
  );
  scene.close();
  await expectOwnFilesAlone();
}, 120_000);

type SftpCall = (
  sftp: SFTPWrapper,
  a: string,
  b: string,
  done: (...args: unknown[]) => void,
) => void;

const sftpCalls: Readonly<Record<string, SftpCall>> = {
  mkdir: (sftp, a, _b, done) => sftp.mkdir(a, done),
  rmdir: (sftp, a, _b, done) => sftp.rmdir(a, done),
  unlink: (sftp, a, _b, done) => sftp.unlink(a, done),
  stat: (sftp, a, _b, done) => sftp.stat(a, done),
  lstat: (sftp, a, _b, done) => sftp.lstat(a, done),
  setstat: (sftp, a, _b, done) => sftp.setstat(a, { mode: 0o777, uid: 0, gid: 0, size: 0 }, done),
  realpath: (sftp, a, _b, done) => sftp.realpath(a, done),
  readlink: (sftp, a, _b, done) => sftp.readlink(a, done),
  symlink: (sftp, a, b, done) => sftp.symlink(a, b, done),
  rename: (sftp, a, b, done) => sftp.rename(a, b, done),
  posixRename: (sftp, a, b, done) => sftp.ext_openssh_rename(a, b, done),
  statvfs: (sftp, a, _b, done) => sftp.ext_openssh_statvfs(a, done),
  // Opens and reads to the end; what was read comes as an argument.
  readdir: (sftp, a, _b, done) => sftp.readdir(a, done),
  readFile: (sftp, a, _b, done) => sftp.readFile(a, done),
  writeFile: (sftp, a, _b, done) => sftp.writeFile(a, 'mine', done),
  appendFile: (sftp, a, _b, done) => sftp.appendFile(a, 'mine', done),
};

const sftpStep = fc.record({
  name: fc.constantFrom(...Object.keys(sftpCalls)),
  from: path,
  to: path,
});

test('over SFTP nothing outside of the home is read, listed or written', async () => {
  const client = await doors.ssh({ username: 'tram01', password: 'right' });
  const sftp = await sftpOf(client);
  let heard = '';
  const ask = async (name: string, from: string, to: string): Promise<void> => {
    heard += await new Promise<string>((resolve) =>
      sftpCalls[name]!(sftp, placed(from), placed(to), (error: unknown, ...results) =>
        resolve(`${messageOf(error)} ${JSON.stringify(results)}\n`),
      ),
    );
  };
  for (const escape of escapes)
    for (const name of Object.keys(sftpCalls)) {
      await ask(name, escape, '/mine.tmp');
      if (/rename|symlink/i.test(name)) await ask(name, '/mine.tmp', escape);
    }
  await expectNothingOutside(heard);
  await fc.assert(
    fc.asyncProperty(fc.array(sftpStep, { minLength: 3, maxLength: 15 }), async (steps) => {
      heard = '';
      for (const { name, from, to } of steps) await ask(name, from, to);
      await expectNothingOutside(heard);
    }),
    { numRuns: 100 },
  );
  client.end();
  await expectOwnFilesAlone();
}, 120_000);

/** What became of the uploads: files of this account, with its own bytes, under names without tricks. */
async function expectOwnFilesAlone(): Promise<void> {
  const files = await reception.spool.read(0, { maxRecords: 1e6, maxBytes: 1e9 });
  expect(files.length).toBeGreaterThan(10);
  for (const { reception: received, content } of files) {
    expect(received.account).toBe('tram01');
    // REST 5 keeps the first five bytes of a file that was appended to.
    expect(content.toString()).toMatch(/^(minem)?(mine)*$/);
    const names = `${received.folder}/${received.name}`.split('/').filter((name) => name !== '');
    for (const name of names) {
      expect(['.', '..']).not.toContain(name);
      expect(name).not.toMatch(/[\u0000-\u001f\u007f]/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    }
  }
  const metrics = await reception.telemetry.metrics();
  // A refusal is an answer; a fault of ours is not.
  expect(metrics).not.toMatch(/envigate_(sftp_requests|ftp_commands)_failed_total\{[^}]*\} [1-9]/);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
