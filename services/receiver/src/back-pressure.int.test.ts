import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stationFileCodec, validateConfiguration } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { Health, Telemetry, silentLogger, systemClock, type Started } from '@envigate/runtime';
import { inspectSpool } from '@envigate/spool';
import { canTestWith, eventually, writeSshKey } from '@envigate/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { receiver, type Receiver } from './compose.ts';
import { FakeHeardReports } from './testing/fake-heard-reports.ts';
import { FakeReceptionRecord } from './testing/fake-reception-record.ts';
import { account } from './testing/reception.ts';

// The whole receiver with real doors and clients, an event log that is away, and a spool or a disk
// that is full: every sender is asked to retry later, before anything is damaged; what was
// acknowledged is kept; and when the event log is back everything goes on by itself.
jest.setTimeout(120_000);

const run = promisify(execFile);
const hasClients = canTestWith('curl', 'sftp');

let hostKeyDir: string;
let dir: string;
let dataDir: string;
let drop: string;
let publicKey: string;
let eventLog: MemoryEventLog;
let health: Health;
let started: Started<Receiver> | undefined;
let isEventLogAway: boolean;

beforeAll(async () => {
  hostKeyDir = await mkdtemp(join(tmpdir(), 'envigate-host-keys-'));
});
afterAll(() => rm(hostKeyDir, { recursive: true, force: true }));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-pressure-'));
  dataDir = join(dir, 'data');
  drop = join(dir, 'drop');
  for (const folder of [dataDir, join(drop, 'office')]) await mkdir(folder, { recursive: true });
  ({ publicKey } = await writeSshKey(join(dir, 'key')));
  isEventLogAway = true;
  eventLog = new MemoryEventLog();
  eventLog.beforeOpen = () =>
    isEventLogAway
      ? Promise.reject(Object.assign(new Error('connection refused'), { retryable: true }))
      : Promise.resolve();
});
afterEach(async () => {
  await started?.stop();
  started = undefined;
  spawnSync('umount', [dataDir]);
  await rm(dir, { recursive: true, force: true });
});

async function start(spool: Record<string, number>): Promise<void> {
  health = new Health();
  const config = validateConfiguration({
    dataDir,
    receiver: {
      spool,
      ftp: { host: '127.0.0.1', port: 0 },
      sftp: { host: '127.0.0.1', port: 0, hostKeyDir },
    },
  });
  const view = new RegistryView({
    ...RegistryView.empty.registry,
    accounts: [account('tram01', { publicKeys: [publicKey] }), account('office')],
    dropFolders: [{ code: 'office', path: drop, settleSeconds: 0.1, scanSeconds: 1 }],
  });
  const context = {
    config,
    logger: silentLogger(),
    telemetry: new Telemetry(),
    health,
    clock: systemClock,
    eventLog,
    receptions: new FakeReceptionRecord(),
    heardReports: new FakeHeardReports(),
    registry: { current: () => view },
  };
  started = (await receiver.compose(context).start()) as Started<Receiver>;
}

const contentOf = (name: string): string => `${name}\t${'7'.repeat(900)}\r\n`;

async function local(name: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, contentOf(name));
  return path;
}

/** What the server said to an upload, or 'ok'. */
async function ftpPut(name: string): Promise<string> {
  const url = `ftp://127.0.0.1:${started?.value.ftpPort}/${name}`;
  const args = ['-sS', '-u', 'tram01:right', '-T', await local(name), url];
  return run('curl', args).then(() => 'ok', saidBy);
}

async function sftpPut(name: string): Promise<string> {
  await writeFile(join(dir, 'batch'), `put ${await local(name)} ${name}\n`);
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const args = ['-q', '-b', join(dir, 'batch'), '-F', '/dev/null', '-i', join(dir, 'key')];
  args.push(...options.flatMap((option) => ['-o', option]));
  args.push('-P', String(started?.value.sftpPort), 'tram01@127.0.0.1');
  return run('sftp', args).then(() => 'ok', saidBy);
}

function saidBy(failure: unknown): string {
  const { stderr, stdout } = failure as { stderr: string; stdout: string };
  return stderr + stdout;
}

/** Uploads until the spool is full; resolves with the names that were acknowledged. */
async function fill(): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; i < 200; i++) {
    const name = `ftp-${i}.txt`;
    const answer = await ftpPut(name);
    if (answer !== 'ok') {
      expect(answer).toMatch(/452/);
      return acknowledged;
    }
    acknowledged.push(name);
  }
  throw new Error('the spool was never full');
}

async function spooled(): Promise<number> {
  return (await inspectSpool(join(dataDir, 'spool')))?.head ?? 0;
}

/** All doors refuse, nothing is lost; then the event log is back, and all is taken. */
async function refusedEverywhereUntilBack(acknowledged: readonly string[]): Promise<void> {
  expect(acknowledged.length).toBeGreaterThan(3);
  const dropped = ['drop-1.txt', 'drop-2.txt', 'drop-3.txt'];
  for (const name of dropped) await writeFile(join(drop, 'office', name), contentOf(name));
  expect(await sftpPut('sftp-refused.txt')).toMatch(/failure/i);
  expect(await ftpPut('ftp-refused.txt')).toMatch(/452/);
  // Long enough for several attempts of the drop folder.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect((await readdir(join(drop, 'office'))).sort()).toEqual(dropped);
  expect(await spooled()).toBe(acknowledged.length);

  isEventLogAway = false;
  const all = acknowledged.length + dropped.length;
  await eventually(() => expect(eventLog.published.length).toBeGreaterThanOrEqual(all), {
    timeoutMs: 60_000,
  });
  expect(await readdir(join(drop, 'office'))).toEqual([]);
  await eventually(async () => expect(await ftpPut('ftp-later.txt')).toBe('ok'));
  expect(await sftpPut('sftp-later.txt')).toBe('ok');
  await eventually(() => expect(eventLog.published).toHaveLength(all + 2));
  const published = eventLog.published.map(({ value }) => {
    const { reception, content } = stationFileCodec.decode(value);
    const text = Buffer.from(content).toString();
    return text === contentOf(reception.name) ? reception.name : `${reception.name} is damaged`;
  });
  const expected = [...acknowledged, ...dropped, 'ftp-later.txt', 'sftp-later.txt'];
  expect(published.sort()).toEqual(expected.sort());
  expect((await health.report()).ready).toBe(true);
}

const withClients = hasClients ? test : test.skip;

withClients('the share of the spool is used up', async () => {
  await start({ maxBytes: 20_000, minFreeBytes: 0 });
  await refusedEverywhereUntilBack(await fill());
});

withClients('too little of the disk would be left free', async () => {
  const { bavail, bsize } = await statfs(dir);
  // More than there is: refused from the first file on; and nothing of it is left behind.
  await start({ minFreeBytes: bavail * bsize * 2 });
  expect(await ftpPut('a.txt')).toMatch(/452/);
  expect(await sftpPut('b.txt')).toMatch(/failure/i);
  expect(await spooled()).toBe(0);
  expect((await health.report()).checks['spool']).toMatch(/no room.*kept free/);
});

// A disk of its own, small: only root may mount one. Tried where nobody else sees it.
const canMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
const withDisk = hasClients && canMount ? test : test.skip;

withDisk('the disk is really full (where a small one can be mounted)', async () => {
  await run('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', dataDir]);
  await start({ minFreeBytes: 0, segmentBytes: 16_384 });
  const acknowledged: string[] = [];
  for (let i = 0; i < 40; i++) {
    const name = `ftp-${i}.txt`;
    if ((await ftpPut(name)) === 'ok') acknowledged.push(name);
  }
  expect(acknowledged.length).toBe(40);
  // Another program fills the rest: the check of the free space finds it, or a write fails.
  await fillDisk();
  const answers: string[] = [];
  for (let i = 0; i < 5; i++) answers.push(await ftpPut(`late-${i}.txt`));
  for (const [i, answer] of answers.entries())
    if (answer === 'ok') acknowledged.push(`late-${i}.txt`);
    else expect(answer).toMatch(/452/);
  expect(answers.at(-1)).toMatch(/452/);
  await refusedEverywhereUntilBack(acknowledged);
});

async function fillDisk(): Promise<void> {
  const { bavail, bsize } = await statfs(dataDir);
  await writeFile(join(dataDir, 'somebody-elses'), Buffer.alloc(bavail * bsize)).catch(
    () => undefined,
  );
  spawnSync('dd', ['if=/dev/zero', `of=${join(dataDir, 'the-rest')}`, 'bs=1']);
}
