import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canTestWith } from '@envigate/test-support';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tlsWithCertificate } from './testing/certificate.ts';
import { runClient, type ClientRun } from './testing/run-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';
import type { FtpTlsOptions } from './tls-contexts.ts';

// Whole files of clients that close in order, without having read what the server sent them, must be taken,
// every time. Real client programs: test/interoperability/whole-uploads.int.test.ts.

const patienceMs = 120_000;
const times = 20;
const sizes = [60, 300_000, 900_000];
const versions = ['1.2', '1.3'] as const;
const bareClient = '../../../test/support/clients/bare_tls_client.py';

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

const describeBare = (canTestWith('python3') ? describe : describe.skip) as typeof describe;

describeBare('whole uploads of a bare TLS client', () => {
  test.each(versions)(
    'are all taken over TLS %s',
    async (version) => {
      const port = await start();
      const files = sizes.map((size) => join(folder, `${size}.txt`));
      for (const [index, size] of sizes.entries())
        await writeFile(files[index] ?? '', content(size));
      const path = fileURLToPath(new URL(bareClient, import.meta.url));
      const to = ['127.0.0.1', String(port), 'station', 'secret'];
      const args = [path, ...to, files.join(','), String(times), version];
      expect(await runClient('python3', args)).toMatchObject({ status: 0 });
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
