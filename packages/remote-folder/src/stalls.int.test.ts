import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { RemoteSite } from '@envigate/contracts';
import { eventually, remoteSiteKinds, startStallingProxy } from '@envigate/test-support';
import { plainAnswers, startScriptedFtp } from './testing/scripted-ftp.ts';
import { open } from './testing/sites.ts';

// A server that falls silent in the middle of anything: the step ends, and its sockets are freed.

const timeoutSeconds = 0.4;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function running<T extends { stop: () => Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  stops.push(started.stop);
  return started;
}

/** What a task does; gives the error that ended it. */
async function pull(site: RemoteSite, file: string): Promise<unknown> {
  try {
    const session = await open(site);
    try {
      await session.list(file.slice(0, file.lastIndexOf('/')) || '/');
      await session.stat(file);
      await session.read(file, 1_000_000);
    } finally {
      session.close();
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(remoteSiteKinds)('behind $name', ({ isThere, start }) => {
  const run = isThere() ? test : test.skip;

  run('every point of the conversation', async () => {
    const { server, site } = await start();
    stops.push(server.stop);
    await writeFile(join(server.dir, 'a.txt'), 'pH 7.1\n');
    const file = `${server.root === '/' ? '' : server.root}/a.txt`;
    const whole = await running(startStallingProxy({ to: server.port }));
    expect(await pull({ ...site, port: whole.port }, file)).toBeUndefined();
    const points = Array.from({ length: 14 }, (_, n) => Math.floor((whole.passed * n) / 14));
    await Promise.all(
      points.map(async (bytes) => {
        const proxy = await running(startStallingProxy({ to: server.port, bytes }));
        const error = await pull({ ...site, port: proxy.port, timeoutSeconds }, file);
        expect({ bytes, error }).toMatchObject({
          bytes,
          // Cut in the middle of a line, an FTP reply cannot be read.
          error: { code: expect.stringMatching(/^(timeout|connection-lost)$/) },
        });
        await eventually(() => expect(proxy.open).toBe(0), { timeoutMs: 10_000 });
      }),
    );
  });
});

test.each(['sftp', 'ftp'] as const)('a port that accepts %s and says nothing', async (kind) => {
  const proxy = await running(startStallingProxy());
  const hostKeys: RemoteSite['hostKeys'] = [`SHA256:${'A'.repeat(43)}`];
  const folders: RemoteSite['folders'] = ['/'];
  const site = { code: 's', account: 'a', host: '127.0.0.1', user: 'u', folders, hostKeys };
  const error = await pull({ ...site, kind, port: proxy.port, timeoutSeconds }, '/a.txt');
  expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('log in') });
  await eventually(() => expect(proxy.open).toBe(0), { timeoutMs: 10_000 });
});

describe('FTP data connections', () => {
  const site = { code: 's', account: 'a', kind: 'ftp' as const, host: '127.0.0.1', user: 'u' };

  test.each([
    ['without a byte of the listing', 'list', ''],
    ['in the middle of the listing', 'list', '-rw-r--r-- 1 u g 7 Jan  1 00:00 a.t'],
    ['without a byte of the file', 'read', ''],
    ['in the middle of the file', 'read', 'pH 7'],
  ] as const)('%s', async (_name, step, data) => {
    const server = await running(startScriptedFtp(plainAnswers(), data));
    const session = await open({ ...site, port: server.port, timeoutSeconds, folders: ['/'] });
    const work = step === 'list' ? session.list('/') : session.read('/a.txt', 1000);
    await expect(work).rejects.toMatchObject({ code: 'timeout' });
    await eventually(() => expect(server.open).toBe(0), { timeoutMs: 10_000 });
  });

  test('that lead to another host are not opened', async () => {
    const elsewhere = plainAnswers((line) => {
      if (line === 'EPSV') return '500 unknown';
      return line === 'PASV' ? '227 ok (192,0,2,1,10,10)' : undefined;
    });
    const server = await running(startScriptedFtp(elsewhere));
    const session = await open({ ...site, port: server.port, timeoutSeconds: 20, folders: ['/'] });
    await expect(session.list('/')).rejects.toThrow('another host');
    session.close();
  });
});

test('giving up ends a login at once', async () => {
  const proxy = await running(startStallingProxy());
  const giveUp = new AbortController();
  const site = { code: 's', account: 'a', kind: 'ftp' as const, host: '127.0.0.1', user: 'u' };
  const login = open({ ...site, port: proxy.port, folders: ['/'] }, giveUp.signal);
  const refused = expect(login).rejects.toMatchObject({ code: 'connection-lost' });
  await eventually(() => expect(proxy.open).toBe(1));
  giveUp.abort();
  await refused;
  await eventually(() => expect(proxy.open).toBe(0), { timeoutMs: 10_000 });
});
