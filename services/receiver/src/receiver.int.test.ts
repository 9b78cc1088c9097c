import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stationFileCodec, validateConfiguration } from '@envigate/contracts';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { Health, Telemetry, silentLogger, systemClock, type Started } from '@envigate/runtime';
import { inspectSpool } from '@envigate/spool';
import { canTestWith, writeSshKey } from '@envigate/test-support';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { receiver, type Receiver } from './compose.ts';
import { FakeHeardReports } from './testing/fake-heard-reports.ts';
import { FakeReceptionRecord } from './testing/fake-reception-record.ts';
import { FakeRegistry, account } from './testing/reception.ts';

jest.setTimeout(30_000);

/** The whole receiver behind real doors, with the clients that loggers and offices use. */
const run = promisify(execFile);
const withClient = (program: string): typeof test =>
  canTestWith(program) ? test : (test.skip as typeof test);

// Made once: an RSA host key takes seconds.
let hostKeyDir: string;
let dir: string;
let publicKey: string;
let eventLog: MemoryEventLog;
let health: Health;
let started: Started<Receiver>;
let ftp: string;

async function start(): Promise<void> {
  health = new Health();
  const config = validateConfiguration({
    dataDir: join(dir, 'data'),
    receiver: {
      ftp: { host: '127.0.0.1', port: 0 },
      sftp: { host: '127.0.0.1', port: 0, hostKeyDir },
    },
  });
  const component = receiver.compose({
    config,
    logger: silentLogger(),
    telemetry: new Telemetry(),
    health,
    clock: systemClock,
    eventLog,
    receptions: new FakeReceptionRecord(),
    heardReports: new FakeHeardReports(),
    registry: new FakeRegistry([account('tram01', { publicKeys: [publicKey] })]),
  });
  started = (await component.start()) as Started<Receiver>;
  ftp = `ftp://127.0.0.1:${started.value.ftpPort}`;
}

beforeAll(async () => {
  hostKeyDir = await mkdtemp(join(tmpdir(), 'envigate-host-keys-'));
});
afterAll(() => rm(hostKeyDir, { recursive: true, force: true }));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-receiver-'));
  ({ publicKey } = await writeSshKey(join(dir, 'key')));
  await writeFile(join(dir, 'a.txt'), 'pH\t7.1\r\n');
  await writeFile(join(dir, 'b.txt'), 'TSS\t20\r\n');
  eventLog = new MemoryEventLog();
  await start();
}, 60_000);
afterEach(async () => {
  await started.stop();
  await rm(dir, { recursive: true, force: true });
});

/** What arrived on the event log, as `folder name=content`, once there are so many. */
async function published(count: number): Promise<readonly string[]> {
  await eventLog.until(() => eventLog.published.length >= count);
  return eventLog.published.map(({ value }) => {
    const { reception, content } = stationFileCodec.decode(value);
    return `${reception.protocol} ${reception.folder} ${reception.name}=${Buffer.from(content).toString()}`;
  });
}

async function sftp(commands: readonly string[]): Promise<string> {
  const batch = join(dir, 'batch');
  await writeFile(batch, commands.join('\n'));
  const { stdout } = await run('sftp', [
    '-q',
    '-b',
    batch,
    ...sshOptions(),
    '-P',
    String(started.value.sftpPort),
    'tram01@127.0.0.1',
  ]);
  return stdout;
}

function sshOptions(): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${join(dir, 'known')}`,
    'IdentitiesOnly=yes',
    'LogLevel=ERROR',
  ];
  return [
    '-F',
    '/dev/null',
    '-i',
    join(dir, 'key'),
    ...options.flatMap((option) => ['-o', option]),
  ];
}

describe('FTP', () => {
  withClient('curl')(
    'curl: upload, nested folders, rename, and the listing afterwards',
    async () => {
      const curl = (...args: string[]): Promise<{ stdout: string }> =>
        run('curl', ['-sS', '-u', 'tram01:right', ...args]);
      await curl('-T', join(dir, 'a.txt'), '--ftp-create-dirs', `${ftp}/2026/11/a.txt`);
      await curl(
        '-T',
        join(dir, 'b.txt'),
        '-Q',
        '-RNFR b.tmp',
        '-Q',
        '-RNTO b.txt',
        `${ftp}/b.tmp`,
      );
      expect(await published(2)).toEqual([
        'ftp /2026/11 a.txt=pH\t7.1\r\n',
        'ftp / b.txt=TSS\t20\r\n',
      ]);
      const { stdout } = await curl('-l', `${ftp}/2026/11/`);
      expect(stdout.trim()).toBe('a.txt');
      expect((await curl('-I', `${ftp}/b.txt`)).stdout).toContain('Content-Length: 8');
    },
  );

  withClient('curl')('curl: a wrong password gets nowhere', async () => {
    await expect(
      run('curl', ['-sS', '-u', 'tram01:wrong', '-T', join(dir, 'a.txt'), `${ftp}/a.txt`]),
    ).rejects.toMatchObject({ code: 67 });
    expect((await inspectSpool(join(dir, 'data/spool')))?.head).toBe(0);
  });

  withClient('lftp')(
    'lftp: mirror sends once, and a second mirror finds everything there',
    async () => {
      await run('mkdir', ['-p', join(dir, 'out/2026')]);
      for (const name of ['x.txt', '2026/y.txt', '2026/z.txt'])
        await writeFile(join(dir, 'out', name), name);
      // lftp takes the TLS that is offered, and by default trusts no certificate made at first start.
      const mirror = `set net:max-retries 1; set ssl:verify-certificate no; mirror -R --no-perms --ignore-time ${join(dir, 'out')} /in`;
      const args = [
        '-u',
        'tram01,right',
        '-p',
        String(started.value.ftpPort),
        '-e',
        `${mirror}; ${mirror}; bye`,
        '127.0.0.1',
      ];
      await run('lftp', args);
      expect([...(await published(3))].sort()).toEqual([
        'ftps /in x.txt=x.txt',
        'ftps /in/2026 y.txt=2026/y.txt',
        'ftps /in/2026 z.txt=2026/z.txt',
      ]);
      expect((await inspectSpool(join(dir, 'data/spool')))?.head).toBe(3);
    },
  );

  withClient('ncftpput')('ncftpput: a temporary prefix is waited out', async () => {
    const args = [
      '-u',
      'tram01',
      '-p',
      'right',
      '-P',
      String(started.value.ftpPort),
      '-T',
      'tmp.',
      '-m',
      '127.0.0.1',
      '/in',
      join(dir, 'a.txt'),
    ];
    await run('ncftpput', args);
    expect(await published(1)).toEqual(['ftp /in a.txt=pH\t7.1\r\n']);
    expect((await inspectSpool(join(dir, 'data/spool')))?.head).toBe(1);
  });

  withClient('curl')(
    'a connection lost in the middle leaves no station file; a resume makes it whole',
    async () => {
      const control = connect(started.value.ftpPort ?? 0, '127.0.0.1');
      const ask = async (command: string): Promise<string> => {
        if (command !== '') control.write(`${command}\r\n`);
        return new Promise((resolve) => control.once('data', (reply) => resolve(reply.toString())));
      };
      await ask('');
      await ask('USER tram01');
      await ask('PASS right');
      const port = Number(/\(\|\|\|(\d+)\|\)/.exec(await ask('EPSV'))?.[1]);
      const data = connect(port, '127.0.0.1');
      await ask('STOR c.txt');
      await new Promise<void>((resolve) => data.write('pH\t7', () => resolve()));
      control.destroy();
      data.destroy();
      const curl = (...args: string[]): Promise<{ stdout: string }> =>
        run('curl', ['-sS', '-u', 'tram01:right', ...args]);
      for (let size = ''; !size.includes('Content-Length: 3');) {
        size = (await curl('-I', `${ftp}/c.txt`).catch(() => ({ stdout: '' }))).stdout;
      }
      expect((await inspectSpool(join(dir, 'data/spool')))?.head).toBe(0);
      await writeFile(join(dir, 'c.txt'), 'pH\t7.1\r\n');
      await curl('-C', '-', '-T', join(dir, 'c.txt'), `${ftp}/c.txt`);
      expect(await published(1)).toEqual(['ftp / c.txt=pH\t7.1\r\n']);
    },
  );
});

describe('SFTP', () => {
  withClient('sftp')('sftp: folders, put, and put under a temporary name with rename', async () => {
    await sftp([
      'mkdir in',
      `put ${join(dir, 'a.txt')} in/a.txt`,
      `put ${join(dir, 'b.txt')} in/b.txt.filepart`,
      'rename in/b.txt.filepart in/b.txt',
    ]);
    expect(await published(2)).toEqual([
      'sftp /in a.txt=pH\t7.1\r\n',
      'sftp /in b.txt=TSS\t20\r\n',
    ]);
    expect((await sftp(['ls -1 in'])).split('\n').filter((line) => line.startsWith('in/'))).toEqual(
      ['in/a.txt', 'in/b.txt'],
    );
  });

  withClient('scp')('scp: the same file twice is received twice', async () => {
    const args = [
      ...sshOptions(),
      '-q',
      '-P',
      String(started.value.sftpPort),
      join(dir, 'a.txt'),
      'tram01@127.0.0.1:a.txt',
    ];
    await run('scp', args);
    await run('scp', args);
    expect(await published(2)).toEqual(Array(2).fill('sftp / a.txt=pH\t7.1\r\n'));
    const ids = eventLog.published.map(
      ({ value }) => stationFileCodec.decode(value).reception.fileId,
    );
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('the receiver', () => {
  withClient('curl')(
    'takes files while the event log is away, over a restart, and is ready',
    async () => {
      await started.stop();
      eventLog.beforeOpen = () => Promise.reject(new Error('connection refused'));
      await start();
      await run('curl', [
        '-sS',
        '-u',
        'tram01:right',
        '-T',
        `{${join(dir, 'a.txt')},${join(dir, 'b.txt')}}`,
        `${ftp}/`,
      ]);
      expect(await health.report()).toEqual({ ready: true, checks: { spool: 'ok' } });
      await started.stop();
      eventLog.beforeOpen = () => Promise.resolve();
      await start();
      expect(await published(2)).toEqual(['ftp / a.txt=pH\t7.1\r\n', 'ftp / b.txt=TSS\t20\r\n']);
      const { stdout } = await run('curl', ['-sS', '-u', 'tram01:right', '-l', `${ftp}/`]);
      expect(stdout.trim().split(/\s+/)).toEqual(['a.txt', 'b.txt']);
    },
  );
});
