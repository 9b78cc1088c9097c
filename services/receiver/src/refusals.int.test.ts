import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { canTestWith } from '@envigate/test-support';
import { startBreakingProxy, type BreakingProxy } from './testing/breaking-proxy.ts';
import { Doors, FtpTalk, sftpOf } from './testing/doors.ts';
import { Reception, account, type ReceptionOptions } from './testing/reception.ts';

// How each refusal reaches a sender: the answers of FTP and SFTP, as in the operators' guide, and what the real
// lftp and curl do then. They must not report success of a file that was not received, nor retry without end.
jest.setTimeout(180_000);

const line = 'pH\t7.25\t-\t20260131120000\t00\r\n';
const whole = line.repeat(200);

interface Situation {
  /** The row of the guide. */
  readonly name: string;
  readonly options?: ReceptionOptions;
  readonly content?: string;
  /** Before a client comes. */
  readonly arrange?: () => Promise<unknown>;
  /** As soon as a client has logged in. */
  readonly onLogin?: () => void;
  /** Bytes a second that the clients send. */
  readonly pace?: number;
  readonly isThroughProxy?: true;
  readonly ftp: number;
  /** Status of SFTP; 'closed': the connection. Undefined where no client is left to answer. */
  readonly sftp?: number | 'closed';
  /** Neither it nor curl is tried where absent. */
  readonly lftp?: {
    readonly status: number;
    readonly tries: readonly [least: number, most: number];
  };
  readonly curl?: number;
  /** What SIZE says afterwards, where an older file of that name and size was there; its beginning. */
  readonly size?: string;
}

/** lftp's own number is 1,000, with longer pauses. */
const maxRetries = 2;
const temporary = { status: 1, tries: [2, 6] } as const;
const final = { status: 1, tries: [1, 1] } as const;

const limitedBytes = { bytesPerDay: 100 };
const situations: readonly Situation[] = [
  {
    name: 'the disk or the spool is full',
    options: { spool: { minFreeBytes: 2 ** 52 } },
    ...{ ftp: 452, sftp: 4, lftp: temporary, curl: 25 },
  },
  {
    name: 'the spool fills up while the file comes',
    options: { spool: { maxBytes: 4000 } },
    ...{ ftp: 452, sftp: 4, lftp: temporary, curl: 18, size: '550' },
  },
  {
    name: 'the memory for uploads is in use',
    options: { maxUploadMemoryBytes: 1000 },
    ...{ ftp: 452, sftp: 4, lftp: temporary, curl: 25 },
  },
  {
    name: 'the quota of the day is used up',
    options: { accounts: [account('tram01', { quotas: { filesPerDay: 1 } })] },
    arrange: () => send('first.txt', line),
    ...{ ftp: 552, sftp: 4, lftp: final, curl: 25 },
  },
  {
    name: 'the file is more than the quota leaves',
    options: { accounts: [account('tram01', { quotas: limitedBytes })] },
    ...{ ftp: 552, sftp: 4, lftp: final, curl: 70, size: '550' },
  },
  {
    name: 'the file is too large',
    options: { accounts: [account('tram01', { quotas: { fileBytes: 100 } })] },
    ...{ ftp: 552, sftp: 4, lftp: final, curl: 70, size: '550' },
  },
  {
    name: 'the account is closed while it is logged in',
    onLogin: () => reception.registry.set([account('tram01', { disabled: true })]),
    ...{ ftp: 550, sftp: 3, lftp: final, curl: 25 },
  },
  {
    name: 'the account has no session left',
    options: { accounts: [account('tram01', { quotas: { sessions: 1 } })] },
    arrange: async () => {
      others.push(await FtpTalk.loggedIn(doors.ftpPort, 'tram01', 'right'));
    },
    ...{ ftp: 421, sftp: 'closed', lftp: { status: 1, tries: [0, 0] }, curl: 28 },
  },
  {
    name: 'the upload is too slow',
    options: { uploadPace: { minBytesPerSecond: 1e6, slowSeconds: 0.3, maxSeconds: 1e9 } },
    // curl sends 64 KiB before it goes slowly.
    content: line.repeat(3000),
    pace: 20_000,
    // Each try of lftp resumes the one before: the last one brings the end of the file.
    ...{ ftp: 426, sftp: 4, lftp: { status: 0, tries: [2, 20] }, curl: 18 },
  },
  {
    name: 'the data connection breaks',
    isThroughProxy: true,
    ...{ ftp: 426, lftp: temporary, curl: 18, size: `213 ${Buffer.byteLength(whole) - 1}` },
  },
  {
    name: 'the last line looks cut: the file is held',
    content: `${line}${line}pH\t7.25\t-\t2026`,
    ...{ ftp: 226, sftp: 0, lftp: { status: 0, tries: [1, 1] }, curl: 0, size: '213' },
  },
];

let reception: Reception;
let doors: Doors;
let proxy: BreakingProxy | undefined;
let folder: string;
const others: FtpTalk[] = [];
const timers: NodeJS.Timeout[] = [];
let isOver: boolean;

beforeEach(async () => {
  isOver = false;
  folder = await mkdtemp(join(tmpdir(), 'envigate-refusals-'));
});
afterEach(async () => {
  isOver = true;
  for (const timer of timers.splice(0)) clearInterval(timer);
  for (const other of others.splice(0)) other.close();
  proxy?.close();
  proxy = undefined;
  await doors.close();
  await reception.remove();
  await rm(folder, { recursive: true, force: true });
});

async function start(situation: Situation): Promise<number> {
  reception = await Reception.start(situation.options);
  doors = await Doors.open(reception);
  timers.push(setInterval(() => reception.slowUploads.look(), 50));
  await situation.arrange?.();
  const { onLogin } = situation;
  const before = reception.happened('login-accepted').length;
  const watch = (): void => {
    if (isOver) return;
    if (reception.happened('login-accepted').length > before) onLogin?.();
    else setImmediate(watch);
  };
  if (onLogin !== undefined) watch();
  await writeFile(join(folder, 'a.txt'), contentOf(situation));
  if (situation.isThroughProxy !== true) return doors.ftpPort;
  proxy = await startBreakingProxy(doors.ftpPort);
  return proxy.port;
}

function contentOf({ content }: Situation): string {
  return content ?? whole;
}

async function send(name: string, content: string): Promise<number> {
  const ftp = await FtpTalk.loggedIn(doors.ftpPort, 'tram01', 'right');
  const { code } = await ftp.transfer(`STOR ${name}`, Buffer.from(content));
  ftp.close();
  return code;
}

interface Ran {
  /** Undefined where it had to be ended. */
  readonly status: number | undefined;
  readonly output: string;
}

function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: 60_000 });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (output += text.toString()));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? undefined, output }));
  });
}

function lftp(port: number, { pace }: Situation): Promise<Ran> {
  const settings = [
    ...[`net:max-retries ${maxRetries}`, 'net:reconnect-interval-base 1', 'net:timeout 10'],
    ...['net:reconnect-interval-multiplier 1', 'cmd:fail-exit yes', 'xfer:clobber yes'],
    ...(pace === undefined ? [] : [`net:limit-rate ${pace}`]),
  ];
  const commands = [
    ...settings.map((setting) => `set ${setting}`),
    ...['debug 5', `open -u tram01,right ftp://127.0.0.1:${port}`, `put ${join(folder, 'a.txt')}`],
  ];
  return run('lftp', ['-c', commands.join('; ')]);
}

function curl(port: number, { pace }: Situation): Promise<Ran> {
  const limit = pace === undefined ? [] : ['--limit-rate', String(pace)];
  const url = `ftp://127.0.0.1:${port}/a.txt`;
  return run('curl', [
    '-sS',
    '-m',
    '50',
    ...limit,
    '-u',
    'tram01:right',
    '-T',
    join(folder, 'a.txt'),
    url,
  ]);
}

/** Of an upload by hand. */
async function ftpCode(port: number, situation: Situation): Promise<number> {
  const talk = await FtpTalk.connect(port);
  others.push(talk);
  await talk.command('USER tram01');
  const { code } = await talk.command('PASS right');
  if (code !== 230) return code;
  const content = Buffer.from(contentOf(situation));
  const bytes = situation.pace === undefined ? content : undefined;
  return (await talk.transfer('STOR a.txt', bytes)).code;
}

async function sftpStatus(situation: Situation): Promise<number | 'closed'> {
  const login = { username: 'tram01', password: 'right' };
  const client = await doors.ssh(login).catch(() => undefined);
  if (client === undefined) return 'closed';
  const sftp = await sftpOf(client);
  const statusOf = (error: unknown): number =>
    error == null ? 0 : ((error as { code?: number }).code ?? -1);
  try {
    if (situation.pace === undefined)
      return await new Promise((resolve) =>
        sftp.writeFile('/a.txt', contentOf(situation), (error) => resolve(statusOf(error))),
      );
    const handle = await new Promise<Buffer>((resolve, reject) =>
      sftp.open('/a.txt', 'w', (error, opened) => (error ? reject(error) : resolve(opened))),
    );
    while (reception.slowUploads.open > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return await new Promise((resolve) => sftp.close(handle, (error) => resolve(statusOf(error))));
  } finally {
    client.end();
  }
}

/** A client that reports success of what was refused at first has brought it all in the end. */
async function expectTaken(situation: Situation): Promise<void> {
  expect(await reception.received()).toEqual([`/ a.txt=${contentOf(situation)}`]);
}

/** Rows of the guide's table, by situation. */
function guide(): ReadonlyMap<string, readonly string[]> {
  const path = new URL('../../../docs/operators/reference.md', import.meta.url);
  const text = readFileSync(path, 'utf8');
  const table = /\| Situation .*\n\|[-| ]+\n((?:\|.*\n)+)/.exec(text)?.[1] ?? '';
  const rows = table.trim().split('\n');
  const cellsOf = (row: string): string[] =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  return new Map(rows.map((row) => cellsOf(row)).map(([name = '', ...cells]) => [name, cells]));
}

const sftpWords: Readonly<Record<number | 'closed' | 'none', string>> = {
  ...{ 0: 'OK', 3: 'PERMISSION_DENIED (3)', 4: 'FAILURE (4)' },
  ...{ closed: 'disconnect 12', none: '–' },
};

test('the guide has every situation, and no other', async () => {
  // So that there is something to put away.
  await start({ name: '', ftp: 226, lftp: final, curl: 0 });
  expect([...guide().keys()]).toEqual(situations.map(({ name }) => name));
});

describe.each(situations)('$name', (situation) => {
  test('is answered by FTP as the guide says', async () => {
    const port = await start(situation);
    expect(await ftpCode(port, situation)).toBe(situation.ftp);
    expect(guide().get(situation.name)?.[0]).toBe(String(situation.ftp));
  });

  test('is answered by SFTP as the guide says', async () => {
    await start(situation);
    if (situation.sftp !== undefined) expect(await sftpStatus(situation)).toBe(situation.sftp);
    expect(guide().get(situation.name)?.[1]).toBe(sftpWords[situation.sftp ?? 'none']);
  });

  (canTestWith('lftp') ? test : test.skip)('lftp ends as the guide says', async () => {
    const port = await start(situation);
    if (situation.lftp === undefined) {
      expect(guide().get(situation.name)?.[2]).toBe('not tried');
      return;
    }
    const { status, output } = await lftp(port, situation);
    expect([status, output]).toEqual([situation.lftp.status, output]);
    const tries = output.match(/---> STOR/g)?.length ?? 0;
    const [least, most] = situation.lftp.tries;
    expect([tries >= least && tries <= most, tries, output]).toEqual([true, tries, output]);
    if (status === 0 && situation.ftp !== 226) await expectTaken(situation);
    expect(guide().get(situation.name)?.[2]).toMatch(
      most !== 1 ? /^tries again/ : status === 0 ? /^done/ : /^gives up/,
    );
  });

  (canTestWith('curl') ? test : test.skip)('curl ends as the guide says', async () => {
    const port = await start(situation);
    if (situation.curl === undefined) {
      expect(guide().get(situation.name)?.[3]).toBe('not tried');
      return;
    }
    const { status, output } = await curl(port, situation);
    expect([status, output]).toEqual([situation.curl, output]);
    expect(guide().get(situation.name)?.[3]).toBe(String(situation.curl));
  });
});

describe.each(situations.filter(({ size }) => size !== undefined))('$name: SIZE', (situation) => {
  test('does not say that the file arrived', async () => {
    const port = await start(situation);
    expect(await ftpCode(port, situation)).toBe(situation.ftp);
    const talk = await FtpTalk.loggedIn(doors.ftpPort, 'tram01', 'right');
    others.push(talk);
    expect((await talk.command('SIZE a.txt')).text).toMatch(new RegExp(`^${situation.size}\\b`));
    const isTaken = (await reception.received()).some((file) => file.startsWith('/ a.txt='));
    expect(isTaken).toBe(false);
  });
});
