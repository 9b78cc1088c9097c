import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TreeError } from '@envigate/domain';
import { canTestWith } from '@envigate/test-support';
import { runClient, type ClientRun } from './testing/run-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

// The clients that loggers are built from, as real programs.

const BYTES = 'pH\t7.2\t-\t20260131120000\t00\r\nTSS\t31\tmg/L\t20260131120000\t00\n';
const onlyWith = (program: string): typeof describe =>
  (canTestWith(program) ? describe : describe.skip) as typeof describe;

let running: RunningServer;
let folder: string;
let file: string;

beforeEach(async () => {
  running = await startServer({ drainSeconds: 0.2 });
  folder = await mkdtemp(join(tmpdir(), 'envigate-ftp-'));
  file = join(folder, 'HCM_NM01_20260131120000.txt');
  await writeFile(file, BYTES);
});
afterEach(async () => {
  await running?.stop();
  await rm(folder, { recursive: true });
  expect(running?.hall.tree.uploadsOpen).toBe(0);
});

const stored = (path: string): string | undefined => running.hall.tree.files.get(path)?.toString();
const succeeded = (run: ClientRun): ClientRun => {
  if (run.status !== 0)
    throw new Error(`the client failed (${String(run.status ?? run.signal)}): ${run.output}`);
  return run;
};

onlyWith('curl')('curl', () => {
  const curl = (path: string, ...args: string[]): Promise<ClientRun> =>
    runClient('curl', [
      '-sS',
      '--max-time',
      '15',
      '-u',
      'station:secret',
      ...args,
      `ftp://127.0.0.1:${running.server.port}${path}`,
    ]);

  test.each([
    ['EPSV', []],
    ['PASV', ['--disable-epsv']],
    ['TYPE A', ['--use-ascii']],
  ] as [string, string[]][])('uploads with %s into folders that it makes', async (_name, more) => {
    succeeded(await curl('/2026/Thang01/a.txt', '-T', file, '--ftp-create-dirs', ...more));
    // --use-ascii makes curl itself put a CR before each LF; the server changes nothing.
    const expected = more.includes('--use-ascii') ? BYTES.replace(/\n/g, '\r\n') : BYTES;
    expect(stored('/2026/Thang01/a.txt')).toBe(expected);
  });

  test('appends, resumes and renames', async () => {
    succeeded(await curl('/a.txt', '-T', file));
    succeeded(await curl('/a.txt', '-T', file, '-a'));
    expect(stored('/a.txt')).toBe(BYTES + BYTES);
    running.hall.tree.files.set('/b.txt', Buffer.from(BYTES.slice(0, 10)));
    succeeded(await curl('/b.txt', '-T', file, '-C', '-'));
    expect(stored('/b.txt')).toBe(BYTES);
    succeeded(await curl('/c.tmp', '-T', file, '-Q', '-RNFR c.tmp', '-Q', '-RNTO c.txt'));
    expect(stored('/c.txt')).toBe(BYTES);
  });

  test('lists, and gets a reply that names a wrong password and a full disk', async () => {
    expect(succeeded(await curl('/')).stdout).toBe('');
    succeeded(await curl('/a.txt', '-T', file));
    expect(succeeded(await curl('/', '--list-only')).stdout).toBe('a.txt\n');
    const wrong = await curl('/', '-u', 'station:wrong');
    expect(wrong.output).toContain('530');
    running.hall.before = (step) => {
      if (step === 'open') throw new TreeError('no-room', 'the spool is full');
    };
    expect((await curl('/b.txt', '-T', file, '-v')).output).toContain('452 the spool is full');
  });
});

onlyWith('lftp')('lftp', () => {
  const lftp = (...commands: string[]): Promise<ClientRun> =>
    runClient('lftp', [
      '-c',
      [
        'set net:max-retries 1; set net:timeout 10; set cmd:fail-exit yes; set xfer:clobber yes',
        `open -u station,secret ftp://127.0.0.1:${running.server.port}`,
        ...commands,
      ].join('; '),
    ]);

  test('makes folders, puts, lists, renames and removes', async () => {
    const run = succeeded(
      await lftp(
        'mkdir -p "Nam 2026/thang 01"',
        'cd "Nam 2026/thang 01"',
        'ls',
        `put ${file} -o a.txt`,
        'cls -1',
        'mv a.txt b.txt',
        'cd ..',
        `put ${file}`,
        'rm HCM_NM01_20260131120000.txt',
        'cls -1',
      ),
    );
    expect(run.stdout).toBe('a.txt\nthang 01/\n');
    expect([...running.hall.tree.files.keys()]).toEqual(['/Nam 2026/thang 01/b.txt']);
  });

  test('mputs and mirrors many files', async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => writeFile(join(folder, `m${n}.txt`), `${n}\n`)),
    );
    succeeded(await lftp(`lcd ${folder}`, 'mkdir in', 'cd in', 'mput m*.txt'));
    succeeded(await lftp(`mirror -R -P 4 ${folder} /mirror`));
    for (let n = 0; n < 60; n += 1) {
      expect(stored(`/in/m${n}.txt`)).toBe(`${n}\n`);
      expect(stored(`/mirror/m${n}.txt`)).toBe(`${n}\n`);
    }
  });

  test('resumes with REST', async () => {
    running.hall.tree.files.set('/a.txt', Buffer.from(BYTES.slice(0, 20)));
    succeeded(await lftp(`put -c ${file} -o a.txt`));
    expect(stored('/a.txt')).toBe(BYTES);
  });
});

onlyWith('python3')('Python ftplib', () => {
  const python = (body: string): Promise<ClientRun> =>
    runClient(
      'python3',
      ['-'],
      [
        'import ftplib, io, os, signal, sys',
        'ftp = ftplib.FTP()',
        `ftp.connect('127.0.0.1', ${running.server.port}, timeout=10)`,
        `ftp.login('station', 'secret')`,
        body,
      ].join('\n'),
    );

  test('does what the loggers of the field do', async () => {
    const run = succeeded(
      await python(`
assert ftp.nlst() == []
for name in ('2026', '01', '31'):
    if name not in ftp.nlst(): ftp.mkd(name)
    ftp.cwd(name)
print(ftp.pwd())
data = open('${file}', 'rb').read()
print(ftp.storbinary('STOR a.txt', io.BytesIO(data)))
print(ftp.storlines('STOR lines.txt', io.BytesIO(b'a\\nb\\n')))
print(ftp.nlst(), ftp.size('a.txt'))
for _ in range(4): ftp.sendcmd('CDUP')
print(ftp.pwd())
ftp.rename('/2026/01/31/a.txt', '/2026/01/31/b.txt')
ftp.delete('/2026/01/31/lines.txt')
print([name for name, facts in ftp.mlsd('/2026/01/31')])
print(ftp.storbinary('STOR 2026/01/31/b.txt', io.BytesIO(data[10:]), rest=10))
print(ftp.abort())
data = ftp.transfercmd('STOR aborted.txt')
data.sendall(b'half')
print(ftp.abort())
print(ftp.voidresp())
ftp.quit()
`),
    );
    expect(run.stdout.split('\n')).toEqual([
      '/2026/01/31',
      '226 The file is stored.',
      '226 The file is stored.',
      `['a.txt', 'lines.txt'] ${BYTES.length}`,
      '/',
      "['b.txt']",
      '226 The file is stored.',
      '226 No transfer is under way now.',
      '426 Transfer aborted.',
      '226 No transfer is under way now.',
      '',
    ]);
    expect(stored('/2026/01/31/b.txt')).toBe(BYTES);
    expect(running.hall.tree.ended[1]?.bytes.toString()).toBe('a\r\nb\r\n');
  });

  test('gets a reply that a file is too large', async () => {
    const run = await python(`
try:
    ftp.storbinary('STOR big.txt', io.BytesIO(bytes(3_000_000)))
except ftplib.error_perm as error:
    print(error)
`);
    expect(run.stdout).toContain('552');
  });

  test('killed in the middle of a file leaves no whole one', async () => {
    for (let round = 0; round < 15; round += 1) {
      const run = await python(`
data = ftp.transfercmd('STOR killed.txt')
data.sendall(b'half a line')
os.kill(os.getpid(), signal.SIGKILL)
`);
      expect(run.signal).toBe('SIGKILL');
      const { tree } = running.hall;
      const upload = await Promise.race([tree.endedAs('aborted'), tree.endedAs('committed')]);
      expect(upload).toMatchObject({ end: 'aborted' });
      tree.ended.length = 0;
    }
  }, 180_000);
});

onlyWith('ncftpput')('ncftpput', () => {
  test('puts, also by a temporary name', async () => {
    const to = [
      '-u',
      'station',
      '-p',
      'secret',
      '-P',
      String(running.server.port),
      '-r',
      '1',
      '-t',
      '10',
    ];
    succeeded(await runClient('ncftpput', [...to, '-m', '127.0.0.1', '/2026/01', file]));
    expect(stored('/2026/01/HCM_NM01_20260131120000.txt')).toBe(BYTES);
    succeeded(await runClient('ncftpput', [...to, '-T', 'tmp-', '127.0.0.1', '/', file]));
    expect([...running.hall.tree.files.keys()]).toContain('/HCM_NM01_20260131120000.txt');
  });
});
