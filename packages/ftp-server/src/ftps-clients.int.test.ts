import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canTestWith } from '@envigate/test-support';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tlsWithCertificate } from './testing/certificate.ts';
import { runClient, type ClientRun } from './testing/run-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';
import type { FtpTlsOptions } from './tls-contexts.ts';

// Real programs over TLS. They trust the server's own certificate, and check it where they can.

const BYTES = 'pH\t7.2\t-\t20260131120000\t00\r\nTSS\t31\tmg/L\t20260131120000\t00\n';
const onlyWith = (program: string): typeof describe =>
  (canTestWith(program) ? describe : describe.skip) as typeof describe;

let running: RunningServer;
let folder: string;
let file: string;
let tls: FtpTlsOptions;

const start = async (options: Partial<FtpTlsOptions> = {}): Promise<void> => {
  tls = await tlsWithCertificate(folder, { mode: 'required', protectData: true, ...options });
  running = await startServer({ tls, implicitTlsPort: 0, drainSeconds: 0.2 });
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-ftps-'));
  file = join(folder, 'HCM_NM01_20260131120000.txt');
  await writeFile(file, BYTES);
});
afterEach(async () => {
  await running?.stop();
  await rm(folder, { recursive: true });
  expect(running?.hall.tree.uploadsOpen).toBe(0);
  expect(running?.hall.logins.every(({ protocol }) => protocol === 'ftps')).toBe(true);
});

const stored = (path: string): string | undefined => running.hall.tree.files.get(path)?.toString();
const succeeded = (run: ClientRun): ClientRun => {
  if (run.status !== 0)
    throw new Error(`the client failed (${String(run.status ?? run.signal)}): ${run.output}`);
  return run;
};
const kinds = ['explicit', 'implicit'] as const;
type Kind = (typeof kinds)[number];
const portOf = (kind: Kind): number =>
  kind === 'explicit' ? running.server.port : running.server.implicitTlsPort!;

onlyWith('curl')('curl', () => {
  const curl = (kind: Kind, path: string, ...args: string[]): Promise<ClientRun> =>
    runClient('curl', [
      ...['-sS', '--max-time', '15', '-u', 'station:secret', '--cacert', tls.certFile],
      ...(kind === 'explicit' ? ['--ssl-reqd'] : []),
      ...args,
      `${kind === 'explicit' ? 'ftp' : 'ftps'}://127.0.0.1:${portOf(kind)}${path}`,
    ]);

  describe.each(kinds)('over %s TLS', (kind) => {
    test.each(['1.2', '1.3'])('%s uploads, appends, renames and lists', async (version) => {
      await start();
      const only = [`--tlsv${version}`, '--tls-max', version];
      succeeded(await curl(kind, '/2026/01/a.txt', '-T', file, '--ftp-create-dirs', ...only));
      succeeded(await curl(kind, '/2026/01/a.txt', '-T', file, '-a', ...only));
      expect(stored('/2026/01/a.txt')).toBe(BYTES + BYTES);
      succeeded(await curl(kind, '/b.tmp', '-T', file, '-Q', '-RNFR b.tmp', '-Q', '-RNTO b.txt'));
      expect(stored('/b.txt')).toBe(BYTES);
      expect(succeeded(await curl(kind, '/', '--list-only', ...only)).stdout).toContain('b.txt');
    });

    test('uploads many files by one session that is resumed for each', async () => {
      await start({ requireSessionReuse: true });
      const names = Array.from({ length: 12 }, (_, n) => `m${n}.txt`);
      await Promise.all(names.map((name) => writeFile(join(folder, name), name)));
      const sources = `{${names.map((name) => join(folder, name)).join(',')}}`;
      succeeded(await curl(kind, '/', '-T', sources));
      for (const name of names) expect(stored(`/${name}`)).toBe(name);
      expect(running.hall.logins).toHaveLength(1);
    });
  });

  test('without TLS is refused before it sends its password', async () => {
    await start();
    const url = `ftp://127.0.0.1:${running.server.port}/a.txt`;
    const run = await runClient('curl', ['-sSv', '-u', 'station:secret', '-T', file, url]);
    expect(run.status).not.toBe(0);
    expect(run.output).toContain('530 Send AUTH TLS first.');
    expect(run.output).not.toContain('PASS');
  });
});

onlyWith('lftp')('lftp', () => {
  const lftp = (kind: Kind, ...commands: string[]): Promise<ClientRun> =>
    runClient('lftp', [
      '-c',
      [
        'set net:max-retries 1; set net:timeout 10; set cmd:fail-exit yes; set xfer:clobber yes',
        `set ssl:ca-file ${tls.certFile}; set ftp:ssl-force yes; set ftp:ssl-protect-data yes`,
        `open -u station,secret ${kind === 'explicit' ? 'ftp' : 'ftps'}://localhost:${portOf(kind)}`,
        ...commands,
      ].join('; '),
    ]);

  describe.each(kinds)('over %s TLS', (kind) => {
    test.each([false, true])(
      'makes folders, puts, lists, resumes and mirrors; resumption required: %p',
      async (requireSessionReuse) => {
        await start({ requireSessionReuse });
        const run = succeeded(
          await lftp(
            kind,
            'mkdir -p 2026/01',
            'cd 2026/01',
            'ls',
            `put ${file} -o a.txt`,
            'cls -1',
            'mv a.txt b.txt',
          ),
        );
        expect(run.stdout).toBe('a.txt\n');
        expect(stored('/2026/01/b.txt')).toBe(BYTES);
        running.hall.tree.files.set('/c.txt', Buffer.from(BYTES.slice(0, 20)));
        succeeded(await lftp(kind, `put -c ${file} -o c.txt`));
        expect(stored('/c.txt')).toBe(BYTES);
        for (let n = 0; n < 20; n += 1) await writeFile(join(folder, `m${n}.txt`), `${n}\n`);
        succeeded(await lftp(kind, `mirror -R -P 3 -I m*.txt ${folder} /mirror`));
        for (let n = 0; n < 20; n += 1) expect(stored(`/mirror/m${n}.txt`)).toBe(`${n}\n`);
      },
    );
  });
});

onlyWith('python3')('Python ftplib', () => {
  const python = (body: string): Promise<ClientRun> =>
    runClient(
      'python3',
      ['-'],
      `
import ftplib, io, os, signal, socket, ssl, sys
context = ssl.create_default_context(cafile='${tls.certFile}')
ftp = ftplib.FTP_TLS(context=context)
ftp.connect('localhost', ${running.server.port}, timeout=10)
ftp.login('station', 'secret')
ftp.prot_p()
${body}`,
    );

  test('does over TLS what the loggers of the field do', async () => {
    await start();
    const run = succeeded(
      await python(`
assert ftp.nlst() == []
for name in ('2026', '01', '31'):
    ftp.mkd(name)
    ftp.cwd(name)
data = open('${file}', 'rb').read()
print(ftp.storbinary('STOR a.txt', io.BytesIO(data)))
print(ftp.storlines('STOR lines.txt', io.BytesIO(b'a\\nb\\n')))
print(ftp.nlst(), ftp.size('a.txt'))
print(ftp.storbinary('STOR a.txt', io.BytesIO(data[10:]), rest=10))
data = ftp.transfercmd('STOR aborted.txt')
data.sendall(b'half')
print(ftp.abort())
print(ftp.voidresp())
ftp.quit()
`),
    );
    expect(run.stdout.split('\n')).toEqual([
      '226 The file is stored.',
      '226 The file is stored.',
      `['a.txt', 'lines.txt'] ${BYTES.length}`,
      '226 The file is stored.',
      '426 Transfer aborted.',
      '226 No transfer is under way now.',
      '',
    ]);
    expect(stored('/2026/01/31/a.txt')).toBe(BYTES);
    expect(stored('/2026/01/31/lines.txt')).toBe('a\r\nb\r\n');
  });

  test('that closes without unwrap, or is killed, leaves no whole file', async () => {
    await start();
    const run = await python(`
for how in ('close', 'shutdown', 'kill'):
    data = ftp.transfercmd('STOR %s.txt' % how)
    data.sendall(b'half a line')
    if how == 'close': data.close()
    if how == 'shutdown': socket.socket.shutdown(data, socket.SHUT_WR)
    if how == 'kill': os.kill(os.getpid(), signal.SIGKILL)
    try: print(ftp.voidresp())
    except ftplib.error_temp as error: print(error)
    sys.stdout.flush()
`);
    expect(run.signal).toBe('SIGKILL');
    const refusal = '426 The data ended without a TLS close_notify; the file is not taken.';
    expect(run.stdout).toBe(`${refusal}\n${refusal}\n`);
    while (running.hall.tree.ended.length < 3) await new Promise((r) => setTimeout(r, 10));
    expect(running.hall.tree.ended.map(({ end }) => end)).toEqual([
      'aborted',
      'aborted',
      'aborted',
    ]);
  });

  test('without session resumption is refused with a reason where it is required', async () => {
    await start({ requireSessionReuse: true });
    const run = await python(`
try: ftp.storbinary('STOR a.txt', io.BytesIO(b'x'))
except (ftplib.error_perm, ssl.SSLError, OSError) as error:
    print(error if isinstance(error, ftplib.error_perm) else ftp.getresp())
`);
    expect(run.output).toContain('522 The data connection must resume');
    expect(running.hall.tree.ended.map(({ end }) => end)).toEqual(['aborted']);
  });

  test('sends Telnet signals and ABOR as urgent data, in the clear', async () => {
    await start({ mode: 'off' });
    const script = `
import ftplib, socket
ftp = ftplib.FTP()
ftp.connect('127.0.0.1', ${running.server.port}, timeout=10)
ftp.login('station', 'secret')
for urgent in (b'\\xff\\xf4\\xff', b'\\xff\\xf4\\xff\\xf2'):
    data = ftp.transfercmd('STOR a.txt')
    data.sendall(b'half')
    ftp.sock.send(urgent, socket.MSG_OOB)
    ftp.sock.sendall(b'ABOR\\r\\n')
    print(ftp.getmultiline()[:3], ftp.getmultiline()[:3])
    data.close()
`;
    const run = succeeded(await runClient('python3', ['-'], script));
    expect(run.stdout).toBe('426 226\n426 226\n');
    running.hall.logins.length = 0;
  });
});

onlyWith('openssl')('openssl s_client', () => {
  const talk = (args: string[], input: string): Promise<ClientRun> =>
    runClient('openssl', ['s_client', '-CAfile', tls.certFile, '-crlf', '-quiet', ...args], input);

  test.each(kinds)('logs in over %s TLS with a certificate that it can check', async (kind) => {
    await start();
    const to = ['-connect', `127.0.0.1:${portOf(kind)}`, '-verify_return_error'];
    const run = succeeded(
      await talk(
        [...to, '-ign_eof', ...(kind === 'explicit' ? ['-starttls', 'ftp'] : [])],
        'USER station\nPASS secret\nPBSZ 0\nPROT P\nSTAT\nQUIT\n',
      ),
    );
    for (const line of ['331 ', '230 Logged in', '200 PBSZ=0', 'by ftps', '221 Goodbye']) {
      expect(run.stdout).toContain(line);
    }
  });

  test('of TLS 1.1 is refused', async () => {
    await start();
    const to = ['-connect', `127.0.0.1:${portOf('implicit')}`];
    const run = await talk([...to, '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'], '');
    expect(run.status).not.toBe(0);
    expect(await running.telemetry.metrics()).toContain(
      'envigate_ftp_tls_failed_total{connection="control"} 1',
    );
  });
});
