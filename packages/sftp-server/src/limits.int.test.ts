import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { TreeError } from '@envigate/domain';
import ssh2, { type Client as SshClient, type SFTPWrapper } from 'ssh2';
import { openFlag } from './protocol.ts';
import type { FakeTree } from './testing/fake-hall.ts';
import { startServer } from './testing/start-server.ts';
import { useBench } from './testing/bench.ts';
import { close, create, open, openChannel, openFolder, write } from './testing/raw-requests.ts';

const bench = useBench();

describe('limits and ends', () => {
  test('connections above maxSessions are refused, and let in when one has gone', async () => {
    const { value } = await bench.start({ maxSessions: 2 });
    const [first] = [await bench.connectSftp(), await bench.connectSftp()];
    await expect(bench.connectSftp()).rejects.toThrow();
    await first.end();
    while (value.sessions() > 1) await new Promise(setImmediate);
    await bench.connectSftp();
  });

  test('where all places are taken, the oldest connection without a login goes', async () => {
    const { value } = await bench.start({ maxSessions: 3 });
    const station = await bench.connectSftp();
    const [first, second] = [connectSilently(value.port), connectSilently(value.port)];
    const [firstGone, secondGone] = [once(first, 'close'), once(second, 'close')];
    while (value.sessions() < 3) await new Promise(setImmediate);
    const another = await bench.connectSftp();
    await firstGone;
    await bench.connectSftp();
    await secondGone;
    await expect(bench.connectSftp()).rejects.toThrow();
    await station.put(Buffer.from('a'), '/a.txt');
    await another.put(Buffer.from('b'), '/b.txt');
    expect(bench.hall.tree('tram01').commits).toHaveLength(2);
    expect(await bench.metrics()).toContain(
      'envigate_sftp_connections_ended_total{reason="crowded-out"} 2',
    );
  });

  test('a login that takes its time keeps no place from others', async () => {
    const { value } = await bench.start({ maxSessions: 1 });
    let decide = (): void => undefined;
    bench.hall.beforeLogin = () => new Promise((resolve) => (decide = resolve));
    const slow = new ssh2.Client().on('error', () => undefined);
    slow.connect({ ...bench.address(), password: 'p@ss' });
    while (bench.hall.logins.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    bench.hall.beforeLogin = () => Promise.resolve();
    await bench.connectSftp();
    decide();
    while (value.sessions() > 1) await new Promise(setImmediate);
    expect(bench.hall.admitted).toBe(1);
    expect(bench.hall.tree('tram01').sessions).toBe(1);
  });

  test('who is not admitted takes no place', async () => {
    const { value } = await bench.start({ maxSessions: 1 });
    const silent = connectSilently(value.port);
    while (value.sessions() < 1) await new Promise(setImmediate);
    bench.hall.admits = false;
    await expect(bench.connectSftp()).rejects.toThrow();
    expect(silent.destroyed).toBe(false);
    expect(value.sessions()).toBe(1);
    silent.destroy();
  });

  test('a session without requests is closed', async () => {
    await bench.start({ idleSeconds: 0.2 });
    const { ssh } = await bench.connectRaw();
    await once(ssh, 'close');
    expect(await bench.metrics()).toContain(
      'envigate_sftp_connections_ended_total{reason="idle"} 1',
    );
  });

  test('a session that waits for a slow commit is not idle', async () => {
    await bench.start({ idleSeconds: 0.1 });
    const tree = bench.hall.tree('tram01');
    tree.before = async (step) => {
      if (step === 'commit') await new Promise((resolve) => setTimeout(resolve, 350));
    };
    const { sftp } = await bench.connectRaw();
    await close(sftp, await open(sftp, '/slow.txt', create | openFlag.truncate));
    expect(tree.commits).toHaveLength(1);
  });

  test('a client that never greets is cut off', async () => {
    const { value } = await bench.start({ loginSeconds: 0.2 });
    const socket = connect(value.port, '127.0.0.1').resume();
    socket.on('error', () => undefined);
    await once(socket, 'close');
    while (value.sessions() > 0) await new Promise(setImmediate);
  });

  test('noise instead of SSH harms nobody else', async () => {
    const { value } = await bench.start();
    const client = await bench.connectSftp();
    for (const noise of [
      'GET / HTTP/1.1\r\n\r\n',
      'SSH-2.0-x\r\n' + '\xff'.repeat(5000),
      '\0'.repeat(70_000),
    ]) {
      const socket = connect(value.port, '127.0.0.1').resume();
      socket.on('error', () => undefined);
      socket.end(noise, 'latin1');
      await once(socket, 'close');
    }
    await client.put(Buffer.from('still here'), '/ok.txt');
    expect(bench.hall.tree('tram01').commits).toHaveLength(1);
  });

  test('a malformed SFTP packet ends that channel and aborts its upload', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    const { sftp } = await bench.connectRaw();
    await write(sftp, await open(sftp, '/half.txt', create | openFlag.truncate), 'half', 0);
    const aborted = tree.next('abort');
    // A WRITE that is shorter than its own fields.
    const internals = sftp as unknown as {
      _protocol: { channelData(id: number, data: Buffer): void };
      outgoing: { id: number };
    };
    internals._protocol.channelData(internals.outgoing.id, Buffer.from([0, 0, 0, 2, 6, 0]));
    await aborted;
    expect(tree.commits).toEqual([]);
    const other = await bench.connectSftp();
    await other.put(Buffer.from('x'), '/x.txt');
  });

  test('a client that sends faster than the hall takes is slowed down, not buffered', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let inHall = 0;
    tree.before = async (step) => {
      if (step !== 'write') return;
      inHall += 1;
      await gate;
    };
    const { ssh, sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/big.bin', create | openFlag.truncate);
    const chunk = 'x'.repeat(30_000);
    const writes = Array.from({ length: 600 }, (_, index) =>
      write(sftp, handle, chunk, index * chunk.length),
    );
    const socket = (ssh as unknown as { _sock: { bytesWritten: number } })._sock;
    let before = -1;
    while (before !== socket.bytesWritten) {
      before = socket.bytesWritten;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // Of 18 MB the server took about one, and the channel's window is two.
    expect(before).toBeGreaterThan(1_000_000);
    expect(before).toBeLessThan(5_000_000);
    expect(inHall).toBe(1);
    release();
    await Promise.all(writes);
    await close(sftp, handle);
    expect(tree.files.get('/big.bin')?.length).toBe(18_000_000);
  });

  test.each([
    ['the channel: it grants no window', stopGranting],
    ['its socket: it grants all and reads nothing', stopReading],
  ])('a client that asks and does not read is cut off, %s', async (_what, stop) => {
    const { value, telemetry } = await bench.start();
    const tree = bench.hall.tree('tram01');
    // Of the 20 MB that it asks for, its socket takes some, and we keep one.
    fill(tree, 60_000);
    const { ssh, sftp } = await bench.connectRaw();
    const handle = await openFolder(sftp, '/');
    stop(ssh, sftp);
    for (let reply = 0; reply < 601; reply += 1) sftp.readdir(handle, () => undefined);
    while (value.sessions() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await telemetry.metrics()).toContain(
      'envigate_sftp_connections_ended_total{reason="not-reading"} 1',
    );
  });

  test('a connection has a number of open handles, over all its channels', async () => {
    await bench.start();
    const { ssh, sftp } = await bench.connectRaw();
    const other = await openChannel(ssh);
    const handles = await Promise.all(
      Array.from({ length: 256 }, (_, i) =>
        i % 2 === 0
          ? open(sftp, `/${String(i)}.txt`, create | openFlag.truncate)
          : openFolder(other, '/'),
      ),
    );
    const refused = /too many open handles/;
    await expect(openFolder(sftp, '/')).rejects.toThrow(refused);
    await expect(open(other, '/a.txt', create | openFlag.truncate)).rejects.toThrow(refused);
    await close(other, handles[1]!);
    await open(sftp, '/a.txt', create | openFlag.truncate);
    // Another connection is not concerned.
    await (await bench.connectSftp()).put(Buffer.from('x'), '/x.txt');
  });

  test('listings that are not read are bounded for an account, and give their room back', async () => {
    await bench.start();
    fill(bench.hall.tree('tram01'), 30_000);
    const { ssh, sftp } = await bench.connectRaw();
    const handle = await openFolder(sftp, '/');
    const tooMany = /too many listings at once/;
    await expect(openFolder(sftp, '/')).rejects.toThrow(tooMany);
    const other = await bench.connectSftp();
    await expect(other.list('/')).rejects.toThrow(tooMany);
    await close(sftp, handle);
    expect(await other.list('/')).toHaveLength(30_000);
    await openFolder(sftp, '/');
    ssh.end();
    await once(ssh, 'close');
    await until(async () => (await other.list('/').catch(() => [])).length === 30_000);
  }, 120_000);

  test('a login at the session limit gets this reason, and not that its password is wrong', async () => {
    await bench.start();
    bench.hall.outage = new TreeError('no-room', 'the account has 100 sessions already');
    await expect(bench.connectSftp()).rejects.toThrow(
      'The account has as many sessions as it may have: end one, or try again later.',
    );
    expect(await bench.metrics()).toContain('envigate_sftp_logins_put_off_total');
  });

  test('a client that asks what ssh2 answers by itself, and does not read, is cut off too', async () => {
    const { value } = await bench.start();
    const { ssh } = await bench.connectRaw();
    const { _protocol, _sock } = ssh as unknown as ClientInternals;
    _sock.pause();
    const ask = setInterval(() => {
      for (let n = 0; n < 5_000; n += 1) _protocol.ping();
    }, 5);
    while (value.sessions() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    clearInterval(ask);
    expect(await bench.metrics()).toContain(
      'envigate_sftp_connections_ended_total{reason="not-reading"} 1',
    );
  });

  test('stop lets an upload under way finish, refuses new ones, and ends idle sessions', async () => {
    const { value } = await bench.start({ drainSeconds: 10 });
    const tree = bench.hall.tree('tram01');
    const { ssh: idle } = await bench.connectRaw();
    const idleClosed = once(idle, 'close');
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.txt', create | openFlag.truncate);
    await write(sftp, handle, 'abc', 0);
    const stopped = bench.stop();
    await idleClosed;
    await expect(open(sftp, '/new.txt', create | openFlag.truncate)).rejects.toThrow(/stopping/);
    await write(sftp, handle, 'def', 3);
    await close(sftp, handle);
    await stopped;
    expect(tree.files.get('/a.txt')?.toString()).toBe('abcdef');
    expect(value.sessions()).toBe(0);
  });

  test('stop aborts what is not finished at the deadline', async () => {
    await bench.start({ drainSeconds: 0.2 });
    const tree = bench.hall.tree('tram01');
    const { sftp } = await bench.connectRaw();
    await write(sftp, await open(sftp, '/half.txt', create | openFlag.truncate), 'half', 0);
    await bench.stop();
    expect(tree.aborts).toMatchObject([{ path: '/half.txt' }]);
    expect(tree.commits).toEqual([]);
  });

  test('stop ends in time, with an error, where the hall never answers', async () => {
    await bench.start({ drainSeconds: 0.1 });
    const tree = bench.hall.tree('tram01');
    tree.before = (step) => (step === 'commit' ? new Promise(() => undefined) : Promise.resolve());
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.txt', create | openFlag.truncate);
    close(sftp, handle).catch(() => undefined);
    await expect(bench.stop()).rejects.toThrow('1 SFTP sessions still wait');
  });

  test('a port that is taken is named in the error', async () => {
    const { value } = await bench.start();
    await expect(startServer(bench.hall, bench.hostKeyDir, { port: value.port })).rejects.toThrow(
      `SFTP cannot listen on 127.0.0.1 port ${String(value.port)}: another program has this port in use`,
    );
  });
});

interface ClientInternals {
  readonly _sock: { pause(): void };
  readonly _protocol: {
    channelWindowAdjust(channel: number, bytes: number): void;
    ping(): void;
  };
}

/** Like a client that reads the replies and never grants more window. */
function stopGranting(_ssh: SshClient, sftp: SFTPWrapper): void {
  Object.assign(sftp, { push: () => true, incoming: { window: 1e9 } });
}

function stopReading(ssh: SshClient, sftp: SFTPWrapper): void {
  const { _protocol, _sock } = ssh as unknown as ClientInternals;
  const { outgoing } = sftp as unknown as { outgoing: { id: number } };
  _protocol.channelWindowAdjust(outgoing.id, 1e9);
  _sock.pause();
}

/** A listing of some 350 bytes a file. */
function fill(tree: FakeTree, files: number): void {
  for (let number = 0; number < files; number += 1)
    tree.files.set(`/${String(number)}-${'x'.repeat(100)}`, Buffer.alloc(0));
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}

function connectSilently(port: number): Socket {
  return connect(port, '127.0.0.1')
    .resume()
    .on('error', () => undefined);
}
