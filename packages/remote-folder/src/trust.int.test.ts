import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { RemoteSite } from '@envigate/contracts';
import {
  hasPyftpdlib,
  hasSshd,
  hasVsftpd,
  startFtps,
  startMlsd,
  startOpenssh,
  startSshd,
  startStallingProxy,
  type SiteUnderTest,
} from '@envigate/test-support';
import { connectToSite } from './connect-to-site.ts';
import { plainAnswers, startScriptedFtp } from './testing/scripted-ftp.ts';
import { open } from './testing/sites.ts';

// Who is not who the registry says gets nothing from us: neither a password nor a question.

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function running(start: () => Promise<SiteUnderTest>): Promise<SiteUnderTest> {
  const started = await start();
  stops.push(started.server.stop);
  return started;
}

(hasSshd() ? describe : describe.skip)('host keys', () => {
  const stranger = `SHA256:${'A'.repeat(43)}`;

  test('that are not pinned end the connection before the login', async () => {
    const { site } = await running(startOpenssh);
    // The server would refuse this user, were it asked.
    const refused = open({ ...site, user: 'nobody-here', hostKeys: [stranger] });
    await expect(refused).rejects.toMatchObject({
      code: 'site-not-trusted',
      message: expect.stringContaining(site.hostKeys?.[0] ?? '-'),
    });
    const session = await open({ ...site, hostKeys: [stranger, ...(site.hostKeys ?? [])] });
    session.close();
  });

  test('must be pinned', async () => {
    const proxy = await startStallingProxy();
    stops.push(proxy.stop);
    const site: RemoteSite = {
      ...{ code: 's', account: 'a', kind: 'sftp', host: '127.0.0.1', user: 'u', folders: ['/'] },
      port: proxy.port,
    };
    await expect(open(site)).rejects.toMatchObject({ code: 'site-unusable' });
    expect(proxy.connections).toBe(0);
  });

  test('a key that the server does not know is a refused login', async () => {
    const { site } = await running(startOpenssh);
    const other = await startSshd();
    stops.push(other.stop);
    const refused = open({ ...site, privateKeyFile: other.privateKeyFile });
    await expect(refused).rejects.toMatchObject({ code: 'login-refused' });
    await expect(open({ ...site, privateKeyFile: '/none' })).rejects.toMatchObject({
      code: 'site-unusable',
    });
  });
});

(hasVsftpd() ? describe : describe.skip)('certificates', () => {
  test('that no trusted authority signed are refused', async () => {
    const { site, server } = await running(() => startFtps());
    const { caFile: _, ...withoutCa } = site;
    await expect(open(withoutCa)).rejects.toMatchObject({ code: 'site-not-trusted' });
    const { site: other } = await running(() => startFtps());
    await expect(open({ ...site, caFile: other.caFile ?? '' })).rejects.toMatchObject({
      code: 'site-not-trusted',
    });
    const caFile = join(server.dir, 'none.pem');
    await expect(open({ ...site, caFile })).rejects.toMatchObject({ code: 'site-unusable' });
    await writeFile(caFile, 'no certificate');
    await expect(open({ ...site, caFile })).rejects.toMatchObject({ isOfOneFile: false });
  });

  test('for another name are refused', async () => {
    const { site } = await running(() => startFtps(['ftp.example.org']));
    await expect(open(site)).rejects.toMatchObject({ code: 'site-not-trusted' });
  });
});

describe('ftps', () => {
  test('never sends the password to a server without TLS', async () => {
    const server = await startScriptedFtp(plainAnswers());
    stops.push(server.stop);
    const site: RemoteSite = {
      ...{ code: 's', account: 'a', kind: 'ftps', host: '127.0.0.1', user: 'u', folders: ['/'] },
      ...{ port: server.port, secret: 'p@ss' },
    };
    await expect(open(site)).rejects.toMatchObject({ isOfOneFile: true, code: 'refused' });
    expect(server.lines).toEqual(['AUTH TLS']);
  });
});

(hasPyftpdlib() ? describe : describe.skip)('secrets', () => {
  test('come from the environment, and stay out of every message', async () => {
    const { site } = await running(startMlsd);
    const signal = new AbortController().signal;
    const wrong = connectToSite({ env: { SITE_SECRET: 'wr0ng-secret' } })(site, signal);
    const error: unknown = await wrong.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'login-refused' });
    const all = [error, (error as Error).cause].map(
      (one) => `${String(one)} ${(one as Error).stack ?? ''} ${JSON.stringify(one)}`,
    );
    expect(all.join()).not.toContain('wr0ng-secret');
    await expect(connectToSite({ env: {} })(site, signal)).rejects.toMatchObject({
      code: 'site-unusable',
      message: expect.stringContaining('SITE_SECRET'),
    });
  });
});
