import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { NoPortFreeError, PassiveListeners, type PassiveLease } from './passive-listeners.ts';
import type { FtpServerOptions } from './server.ts';
import { tlsWithCertificate } from './testing/certificate.ts';
import { RawClient, gate, openSocket, refusalOf } from './testing/raw-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

let running: RunningServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-ftp-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const logIn = async (options: Partial<FtpServerOptions> = {}): Promise<RawClient> => {
  running = await startServer({ drainSeconds: 0.2, ...options });
  return RawClient.loggedIn(running.server.port);
};
afterEach(() => running.stop());

describe('two connections to one port', () => {
  const expectNothingStored = async (): Promise<void> => {
    const ended = await running.hall.tree.endedAs('aborted');
    expect(ended).toMatchObject({ reason: 'data-contested', interruptedBytes: 'discard' });
    expect(running.hall.tree.files.size).toBe(0);
    expect(await running.telemetry.metrics()).toContain(
      'envigate_ftp_data_connections_contested_total 1',
    );
  };

  test.each(['EPSV', 'PASV'])('are 425, whoever was first, after %s', async (command) => {
    const client = await logIn();
    const port = portIn((await client.command(command)).text);
    const stranger = await openSocket(port);
    stranger.end('not this');
    const data = await openSocket(port);
    data.end('this');
    await once(data.resume(), 'close');
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    expect((await client.reply()).code).toBe(425);
    await expectNothingStored();
    expect((await client.upload('STOR a.txt', 'this')).code).toBe(226);
  });

  test('are 425 where the second comes while the first sends', async () => {
    const client = await logIn();
    const port = await client.passivePort();
    const stranger = await openSocket(port);
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    const writing = gate();
    running.hall.before = (step) => (step === 'write' ? writing.open() : undefined);
    stranger.write('not this');
    await writing.opened;
    const data = await openSocket(port);
    data.end('this');
    expect((await client.reply()).code).toBe(425);
    await expectNothingStored();
  });

  test('are 425 where the second comes while the file of the first is made safe', async () => {
    const client = await logIn();
    const port = await client.passivePort();
    const stranger = await openSocket(port);
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    const [committing, contested] = [gate(), gate()];
    running.hall.before = (step) => {
      if (step !== 'commit') return undefined;
      committing.open();
      return contested.opened;
    };
    stranger.end('not this');
    await committing.opened;
    const data = await openSocket(port);
    await once(data.resume(), 'close');
    contested.open();
    expect((await client.reply()).code).toBe(425);
    await expectNothingStored();
  });

  test('are 425 over TLS too', async () => {
    running = await startServer({ drainSeconds: 0.2, tls: await tlsWithCertificate(folder) });
    const client = await RawClient.loggedInOverTls(running.server.port);
    const port = await client.passivePort();
    const stranger = await openSocket(port);
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    const secured = await client.protect(stranger);
    const writing = gate();
    running.hall.before = (step) => (step === 'write' ? writing.open() : undefined);
    secured.write('not this');
    await writing.opened;
    await openSocket(port);
    expect((await client.reply()).code).toBe(425);
    await expectNothingStored();
  });

  test('are 425 for a listing', async () => {
    const client = await logIn();
    const port = await client.passivePort();
    await openSocket(port);
    const data = await openSocket(port);
    await once(data.resume(), 'close');
    expect(await client.codes('NLST')).toEqual([150]);
    expect((await client.reply()).code).toBe(425);
  });

  test('are 425 where the server listens on both IPv4 and IPv6', async () => {
    running = await startServer({ host: '::', drainSeconds: 0.2 });
    const client = await RawClient.loggedIn(running.server.port);
    const port = await client.passivePort();
    const stranger = await openSocket(port, { localAddress: '127.0.0.2' });
    await once(stranger.resume(), 'close');
    await openSocket(port);
    const data = await openSocket(port);
    await once(data.resume(), 'close');
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    expect((await client.reply()).code).toBe(425);
    await expectNothingStored();
  });
});

describe('listening sockets', () => {
  test('are kept for the next transfer once their connection has come', async () => {
    const client = await logIn();
    const ports = new Set<number>();
    for (let round = 0; round < 10; round += 1) {
      const port = await client.passivePort();
      ports.add(port);
      const data = await openSocket(port);
      await client.command('STOR a.txt');
      data.end('x');
      await client.reply();
    }
    expect(ports.size).toBe(1);
  });

  test('are kept for so long from the end of their transfer, however long that took', async () => {
    running = await startServer();
    const listeners = new PassiveListeners({
      host: '127.0.0.1',
      connectSeconds: 30,
      idleSeconds: 0.2,
      onStranger: () => undefined,
    });
    const lease = (): Promise<PassiveLease> =>
      listeners.lease({
        account: 'tram01',
        peerAddress: '127.0.0.1',
        onConnected: () => undefined,
        onContested: () => undefined,
      });
    const transfer = async (milliseconds: number): Promise<number> => {
      const leased = await lease();
      const data = await openSocket(leased.port);
      const socket = await leased.connection();
      if (typeof socket === 'string') throw new Error(`not connected: ${socket}`);
      await delay(milliseconds);
      socket.destroy();
      leased.cancel();
      await once(data.resume(), 'close');
      return leased.port;
    };
    const port = await transfer(1);
    // The time of the first is up while the second runs, and the second's while the third does.
    expect([await transfer(300), await transfer(300)]).toEqual([port, port]);
    await delay(100);
    expect(listeners.open).toBe(1);
    await delay(300);
    expect(listeners.open).toBe(0);
  });

  test('whose connection never came are not kept: it could come to the next transfer', async () => {
    const client = await logIn();
    const first = await client.passivePort();
    const second = await client.passivePort();
    expect(await refusalOf(first)).toBe('ECONNREFUSED');
    expect(second).not.toBe(first);
    expect(running.server.dataListeners()).toBe(1);
    await client.quit();
    expect(await refusalOf(second)).toBe('ECONNREFUSED');
  });

  test('that are kept take no connection', async () => {
    const client = await logIn();
    const port = await client.passivePort();
    const data = await openSocket(port);
    await client.command('STOR a.txt');
    data.end('x');
    await client.reply();
    const uninvited = await openSocket(port);
    await once(uninvited, 'close');
  });

  test('stay in the range, are shared between sessions, and are 425 when all are in use', async () => {
    const from = await freeRange(2);
    const client = await logIn({ passivePorts: { from, to: from + 1 } });
    const others = [
      await RawClient.loggedIn(running.server.port),
      await RawClient.loggedIn(running.server.port),
    ];
    const ports = [await client.passivePort(), await others[0]!.passivePort()];
    expect(new Set(ports)).toEqual(new Set([from, from + 1]));
    expect((await others[1]!.command('PASV')).code).toBe(425);
    await client.quit();
    expect((await others[1]!.upload('STOR a.txt', 'x')).code).toBe(226);
  });

  test('are given up by a transfer that runs, where the range has no other', async () => {
    const from = await freeRange(1);
    const client = await logIn({ passivePorts: { from, to: from } });
    const data = await client.openData();
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    const other = await RawClient.loggedIn(running.server.port);
    expect((await other.upload('STOR b.txt', 'b')).code).toBe(226);
    data.end('a');
    expect((await client.reply()).code).toBe(226);
    expect(running.hall.tree.files.get('/a.txt')?.toString()).toBe('a');
  });

  test('are given up by the account that has most of them, where the range has no other', async () => {
    running = await startServer();
    const from = await freeRange(3);
    const listeners = new PassiveListeners({
      host: '127.0.0.1',
      ports: { from, to: from + 2 },
      connectSeconds: 30,
      onStranger: () => undefined,
    });
    const lease = (account: string): Promise<PassiveLease> =>
      listeners.lease({
        account,
        peerAddress: '127.0.0.1',
        onConnected: () => undefined,
        onContested: () => undefined,
      });
    const greedy = [await lease('greedy'), await lease('greedy'), await lease('greedy')];
    await expect(lease('greedy')).rejects.toThrow(NoPortFreeError);
    const modest = await lease('modest');
    expect(modest.port).toBe(greedy[0]!.port);
    expect(await greedy[0]!.connection()).toBe('no-data-connection');
    await expect(lease('modest')).rejects.toThrow(NoPortFreeError);
    const data = await openSocket(modest.port);
    const taken = await modest.connection();
    if (typeof taken === 'string') throw new Error(`not connected: ${taken}`);
    taken.destroy();
    await once(data.resume(), 'close');
    listeners.close();
  });

  test('step over a port of the range that another program has', async () => {
    const from = await freeRange(2);
    const foreign = createServer().listen(from, '127.0.0.1');
    await once(foreign, 'listening');
    const client = await logIn({ passivePorts: { from, to: from + 1 } });
    expect(await client.passivePort()).toBe(from + 1);
    foreign.close();
  });
});

function portIn(reply: string): number {
  const [, extended] = /\|\|\|(\d+)\|/.exec(reply) ?? [];
  const [, high, low] = /,(\d+),(\d+)\)/.exec(reply) ?? [];
  return extended === undefined ? Number(high) * 256 + Number(low) : Number(extended);
}

/** The first of so many ports in a row, below those that the system gives out. */
async function freeRange(size: number): Promise<number> {
  for (let from = 21_000 + (process.pid % 5000); from < 32_000; from += size) {
    const servers = Array.from({ length: size }, (_, n) =>
      createServer().listen(from + n, '127.0.0.1'),
    );
    const opened = await Promise.allSettled(servers.map((server) => once(server, 'listening')));
    for (const server of servers) server.close();
    if (opened.every(({ status }) => status === 'fulfilled')) return from;
  }
  throw new Error('no free ports');
}
