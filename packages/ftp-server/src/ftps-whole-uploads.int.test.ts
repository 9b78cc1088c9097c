import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { canTestWith, isReadable, reportSkipped } from '@envigate/test-support';
import { tlsWithCertificate } from './testing/certificate.ts';
import { runClient, type ClientRun } from './testing/run-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';
import type { FtpTlsOptions } from './tls/tls-options.ts';

// Whole files of programs that close in order must be taken, every time. Most of them close without
// having read what the server sent them.

const patienceMs = 120_000;
const times = 20;
const sizes = [60, 300_000, 900_000];
const versions = ['1.2', '1.3'] as const;

interface Job {
  readonly port: number;
  readonly version: string;
  /** Each is sent so many times as `<number>-<size>.txt`. */
  readonly files: readonly string[];
}
type Send = (job: Job) => Promise<ClientRun>;

const sendWithCurl: Send = ({ port, version, files }) => {
  const each = Array.from({ length: times }, (_, index) =>
    files.flatMap((file) => [
      '-T',
      file,
      `ftp://127.0.0.1:${port}/${index + 1}-${file.slice(file.lastIndexOf('/') + 1)}`,
    ]),
  );
  const tls = ['--insecure', '--ssl-reqd', `--tlsv${version}`, '--tls-max', version];
  return runClient('curl', ['-sS', '--fail-early', '-u', 'station:secret', ...tls, ...each.flat()]);
};

const sendWithLftp: Send = ({ port, version, files }) => {
  const settings = [
    'set cmd:fail-exit yes; set net:max-retries 1; set net:timeout 30',
    'set ssl:verify-certificate no; set ftp:ssl-force yes; set ftp:ssl-protect-data yes',
    `set ssl:priority NORMAL:-VERS-ALL:+VERS-TLS${version}`,
    `open -u station,secret -p ${port} 127.0.0.1`,
  ];
  const puts = Array.from({ length: times }, (_, index) =>
    files.map((file) => `put ${file} -o ${index + 1}-${file.slice(file.lastIndexOf('/') + 1)}`),
  );
  return runClient('lftp', ['-c', [...settings, ...puts.flat()].join('; ')]);
};

const sendWithFtplib: Send = ({ port, version, files }) =>
  runClient(
    'python3',
    ['-'],
    `
import ftplib, os, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv${version.replace('.', '_')}
ftp = ftplib.FTP_TLS(context=context)
ftp.connect('127.0.0.1', ${port}, timeout=30)
ftp.login('station', 'secret')
ftp.prot_p()
for number in range(1, ${times} + 1):
    for path in ${JSON.stringify(files)}:
        with open(path, 'rb') as file:
            ftp.storbinary('STOR %d-%s' % (number, os.path.basename(path)), file)
`,
  );

/** Programs of `test/support/clients`, called alike. */
const sendWithScript =
  (interpreter: string, name: string): Send =>
  ({ port, version, files }) => {
    const path = fileURLToPath(new URL(`../../../test/support/clients/${name}`, import.meta.url));
    const to = ['127.0.0.1', String(port), 'station', 'secret'];
    return runClient(interpreter, [path, ...to, files.join(','), String(times), version]);
  };

let running: RunningServer;
let folder: string;
const start = async (options: Partial<FtpTlsOptions> = {}): Promise<number> => {
  const tls = await tlsWithCertificate(folder, options);
  running = await startServer({ tls, drainSeconds: 0.2 });
  return running.server.port;
};
const content = (size: number): string => 'pH 7.2\n'.repeat(Math.ceil(size / 7)).slice(0, size);
const stored = (path: string): string | undefined => running.hall.tree.files.get(path)?.toString();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-ftps-'));
});
afterEach(async () => {
  await running?.stop();
  await rm(folder, { recursive: true });
});

/** Without this module Net::FTP speaks no TLS. */
function canTestWithNetFtp(): boolean {
  if (canTestWith('perl') && isReadable('/usr/share/perl5/IO/Socket/SSL.pm')) return true;
  reportSkipped("tests with Perl's Net::FTP: libio-socket-ssl-perl not installed");
  return false;
}

describe.each<[string, () => boolean, Send]>([
  [
    'a bare TLS client',
    () => canTestWith('python3'),
    sendWithScript('python3', 'bare_tls_client.py'),
  ],
  ['Python ftplib', () => canTestWith('python3'), sendWithFtplib],
  ["Perl's Net::FTP", canTestWithNetFtp, sendWithScript('perl', 'net_ftp_uploads.pl')],
  ['curl', () => canTestWith('curl'), sendWithCurl],
  ['lftp', () => canTestWith('lftp'), sendWithLftp],
])('whole uploads of %s', (_name, canTest, send) => {
  (canTest() ? test.each(versions) : test.skip.each(versions))(
    'are all taken over TLS %s',
    async (version) => {
      const port = await start();
      const files = sizes.map((size) => join(folder, `${size}.txt`));
      for (const [index, size] of sizes.entries())
        await writeFile(files[index] ?? '', content(size));
      expect(await send({ port, version, files })).toMatchObject({ status: 0 });
      for (let number = 1; number <= times; number += 1)
        for (const size of sizes)
          expect(stored(`/${number}-${size}.txt`) === content(size)).toBe(true);
      expect(running.hall.tree.ended.every(({ end }) => end === 'committed')).toBe(true);
    },
    patienceMs,
  );
});

const describeWput = (canTestWith('wput') ? describe : describe.skip) as typeof describe;

// wput 0.6.2 cannot cope with TLS 1.3 and never sends close_notify.
describeWput('wput', () => {
  const wput = async (...more: string[]): Promise<ClientRun> => {
    const file = join(folder, 'reading.txt');
    await writeFile(file, content(sizes[1] ?? 0));
    const url = `ftp://station:secret@127.0.0.1:${running.server.port}/reading.txt`;
    return runClient('wput', ['-B', '-nc', '-t', '2', '--waitretry=1', ...more, file, url]);
  };
  const metric = async (line: string): Promise<void> =>
    expect(await running.telemetry.metrics()).toContain(line);

  test(
    'logs in over TLS at its second try, and its reply says why the file is not taken',
    async () => {
      await start();
      const { status, output } = await wput();
      expect([status, output]).toEqual([2, expect.stringContaining('close_notify')]);
      await metric('envigate_ftp_tls_sessions_abandoned_total{tls="TLSv1.3"} 1');
      expect(running.hall.logins).toMatchObject([{ protocol: 'ftps' }]);
      expect(running.hall.tree.ended.map(({ end }) => end)).not.toContain('committed');
    },
    patienceMs,
  );

  test(
    'uploads over TLS where close_notify is not required, and in the clear',
    async () => {
      await start({ requireCloseNotify: false });
      expect(await wput()).toMatchObject({ status: 0 });
      expect(stored('/reading.txt')).toBe(content(sizes[1] ?? 0));
      expect(await running.hall.tree.endedAs('committed')).toMatchObject({ path: '/reading.txt' });
      running.hall.tree.ended.length = 0;
      expect(await wput('--disable-tls', '-u')).toMatchObject({ status: 0 });
      expect(await running.hall.tree.endedAs('committed')).toMatchObject({ path: '/reading.txt' });
      expect(running.hall.logins.map(({ protocol }) => protocol)).toEqual(['ftps', 'ftp']);
    },
    patienceMs,
  );
});
