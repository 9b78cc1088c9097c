import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import ssh2, { type Client, type FileEntryWithStats, type SFTPWrapper } from 'ssh2';
import { call, close, open, write } from '../../packages/sftp-server/src/testing/raw-requests.ts';
import type { Errand } from '../support/src/pushers/client.ts';
import { Door, reading } from './testing/door.ts';

// What programs that do not run here ask, request by request, and what they need to be answered.

const fresh = 0x02 | 0x08 | 0x10; // WRITE, CREAT, TRUNC
const noSuchFile = 2;
const failure = 4;

let door: Door;
let errand: Errand;
let ssh: Client | undefined;
let sftp: SFTPWrapper;

beforeAll(async () => {
  door = await Door.open();
}, 120_000);
afterAll(() => door?.close());
beforeEach(async () => {
  errand = door.errand('sftp');
  await connect();
});
afterEach(disconnect);

async function connect(): Promise<void> {
  const client = new ssh2.Client();
  const { host, port, user, password } = errand;
  client.connect({ host, port, username: user, password, readyTimeout: 30_000 });
  await once(client, 'ready');
  ssh = client;
  sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
    client.sftp((error, channel) => (error === undefined ? resolve(channel) : reject(error))),
  );
}

async function disconnect(): Promise<void> {
  if (ssh === undefined) return;
  const closed = once(ssh, 'close');
  ssh.end();
  ssh = undefined;
  await closed;
}

const sizeOf = (path: string): Promise<number> =>
  new Promise((resolve, reject) =>
    sftp.lstat(path, (error, stats) => (error === undefined ? resolve(stats.size) : reject(error))),
  );
const realpath = (path: string): Promise<string> =>
  new Promise((resolve, reject) =>
    sftp.realpath(path, (error, absolute) =>
      error === undefined ? resolve(absolute) : reject(error),
    ),
  );
const names = (path: string): Promise<string[]> =>
  new Promise((resolve, reject) =>
    sftp.readdir(path, (error, entries: FileEntryWithStats[] | undefined) =>
      error === undefined ? resolve((entries ?? []).map((entry) => entry.filename)) : reject(error),
    ),
  );
const rename = (from: string, to: string): Promise<void> =>
  call((done) => sftp.rename(from, to, done));
const remove = (path: string): Promise<void> => call((done) => sftp.unlink(path, done));
const makeFolder = (path: string): Promise<void> => call((done) => sftp.mkdir(path, done));

async function send(path: string, content: string): Promise<void> {
  const handle = await open(sftp, path, fresh);
  await write(sftp, handle, content, 0);
  await close(sftp, handle);
}

test('WinSCP: sends to .filepart, sets the time, deletes the target, renames', async () => {
  const target = await realpath('.').then((folder) => `${folder}reading.txt`);
  for (const round of [1, 2]) {
    // It looks whether a part of an earlier try is there, and whether the target is.
    await expect(sizeOf(`${target}.filepart`)).rejects.toMatchObject({ code: noSuchFile });
    const isThere = await sizeOf(target).catch(() => undefined);
    expect(isThere).toBe(round === 1 ? undefined : reading.length);
    await send(`${target}.filepart`, reading);
    // Received is nothing new while it has its temporary name.
    expect(await door.received(errand, round - 1)).toHaveLength(round - 1);
    if (isThere !== undefined) await remove(target);
    await rename(`${target}.filepart`, target);
    await call((done) => sftp.utimes(target, 1_769_000_000, 1_769_000_000, done));
    expect(await sizeOf(target)).toBe(reading.length);
  }
  expect(await door.received(errand, 2)).toEqual([
    `sftp / reading.txt=${reading}`,
    `sftp / reading.txt=${reading}`,
  ]);
});

test('WinSCP: resumes a .filepart from its size after the connection was lost', async () => {
  const half = reading.length / 2;
  const part = '/reading.txt.filepart';
  const handle = await open(sftp, part, fresh);
  await write(sftp, handle, reading.slice(0, half), 0);
  await disconnect();
  await door.brokenOff(errand);
  await connect();
  expect(await sizeOf(part)).toBe(half);
  const rest = await open(sftp, part, 0x02);
  await write(sftp, rest, reading.slice(half), half);
  await close(sftp, rest);
  await rename(part, '/reading.txt');
  expect(await door.received(errand, 1)).toEqual([`sftp / reading.txt=${reading}`]);
});

test('loggers on Node: stat before each mkdir, and go on where the folder is there', async () => {
  for (const round of [1, 2]) {
    for (const folder of ['/2026', '/2026/01']) {
      const stat = sizeOf(folder);
      if (round === 1) {
        // Any other code counts as a fault, and nothing is sent.
        await expect(stat).rejects.toMatchObject({ code: noSuchFile });
        await makeFolder(folder);
      } else {
        await stat;
        await expect(makeFolder(folder)).rejects.toMatchObject({ code: failure });
      }
    }
    await send(`/2026/01/${round}.txt`, reading);
  }
  expect(await names('/2026/01')).toEqual(['1.txt', '2.txt']);
  expect(await door.received(errand, 2)).toEqual([
    `sftp /2026/01 1.txt=${reading}`,
    `sftp /2026/01 2.txt=${reading}`,
  ]);
});

test('FileZilla: relative to where realpath says it is, chmod after the upload', async () => {
  expect(await realpath('.')).toBe('/');
  expect(await names('/')).toEqual([]);
  await makeFolder('/2026');
  expect(await realpath('/2026/../2026/.')).toBe('/2026');
  await send('/2026/reading.txt', reading);
  await call((done) => sftp.chmod('/2026/reading.txt', 0o644, done));
  expect(await names('/2026')).toEqual(['reading.txt']);
  expect(await door.received(errand, 1)).toEqual([`sftp /2026 reading.txt=${reading}`]);
});

test('loggers on JSch or asyncssh: all writes at once, the answers read later', async () => {
  const handle = await open(sftp, '/reading.txt', fresh);
  const step = 37;
  const steps = Math.ceil(reading.length / step);
  const offsets = Array.from({ length: steps }, (_, index) => index * step);
  // Not in order: the server's answer to one is not waited for before the next.
  const writes = [...offsets]
    .reverse()
    .map((offset) => write(sftp, handle, reading.slice(offset, offset + step), offset));
  await Promise.all(writes);
  await close(sftp, handle);
  expect(await door.received(errand, 1)).toEqual([`sftp / reading.txt=${reading}`]);
});
