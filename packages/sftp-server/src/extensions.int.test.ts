import { describe, expect, test } from '@jest/globals';
import type { SFTPWrapper, Stats } from 'ssh2';
import { openFlag } from './protocol.ts';
import { useBench } from './testing/bench.ts';
import { call, close, create, open, openChannel, write } from './testing/raw-requests.ts';

const bench = useBench();
const gone = Buffer.from([9, 9, 9, 9]);

interface WithExtensions {
  readonly _extensions: Readonly<Record<string, string>>;
  readonly _requests: Record<number, unknown>;
  readonly _protocol: { channelData(channel: number, data: Buffer): void };
  readonly outgoing: { readonly id: number };
}

function statvfs(sftp: SFTPWrapper, path: string): Promise<Record<string, number>> {
  return new Promise((resolve, reject) =>
    sftp.ext_openssh_statvfs(path, (error: Error | undefined, stats: unknown) =>
      error === undefined ? resolve(stats as Record<string, number>) : reject(error),
    ),
  );
}

/** An EXTENDED request as no library sends it; rejects with the status where it is not ok. */
function extended(sftp: SFTPWrapper, name: string, data: Buffer): Promise<void> {
  const { _protocol, _requests, outgoing } = sftp as unknown as WithExtensions;
  const id = 0x7fff_0000;
  const [text, head] = [Buffer.from(name), Buffer.alloc(13)];
  head.writeUInt32BE(9 + text.length + data.length);
  head.writeUInt8(200, 4);
  head.writeUInt32BE(id, 5);
  head.writeUInt32BE(text.length, 9);
  return call((done) => {
    _requests[id] = { cb: done };
    _protocol.channelData(outgoing.id, Buffer.concat([head, text, data]));
  });
}

describe('extensions', () => {
  test('are announced with their versions', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    expect((sftp as unknown as WithExtensions)._extensions).toEqual({
      'posix-rename@openssh.com': '1',
      'fsync@openssh.com': '1',
      'statvfs@openssh.com': '2',
      'fstatvfs@openssh.com': '2',
    });
    // On each channel, not only on the first of the connection.
    const { ssh } = await bench.connectRaw();
    const second = await openChannel(ssh);
    expect(Object.keys((second as unknown as WithExtensions)._extensions)).toHaveLength(4);
    await call((done) => second.mkdir('/still-works', done));
  });

  test('posix-rename replaces the target, which the plain rename refuses', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    tree.files.set('/a.tmp', Buffer.from('new'));
    tree.files.set('/a.txt', Buffer.from('old'));
    const { sftp } = await bench.connectRaw();
    await expect(call((done) => sftp.rename('/a.tmp', '/a.txt', done))).rejects.toThrow(/exists/);
    await call((done) => sftp.ext_openssh_rename('/a.tmp', '/a.txt', done));
    expect([...tree.files]).toEqual([['/a.txt', Buffer.from('new')]]);
    await expect(
      call((done) => sftp.ext_openssh_rename('/none', '/b.txt', done)),
    ).rejects.toMatchObject({ code: 2 });
    await expect(
      call((done) => sftp.ext_openssh_rename('/a.txt', '/b\0.txt', done)),
    ).rejects.toMatchObject({ code: 4 });
  });

  test('fsync is ok where all writes were taken, and only then', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.txt', create | openFlag.truncate);
    let taken = 0;
    tree.before = async (step) => {
      if (step !== 'write') return;
      await new Promise((resolve) => setTimeout(resolve, 20));
      taken += 1;
    };
    const writes = [write(sftp, handle, 'abc', 0), write(sftp, handle, 'def', 3)];
    await call((done) => sftp.ext_openssh_fsync(handle, done));
    expect(taken).toBe(2);
    await Promise.all(writes);
    await close(sftp, handle);
    expect(tree.commits).toHaveLength(1);

    const broken = await open(sftp, '/b.txt', create | openFlag.truncate);
    tree.before = (step) =>
      step === 'write' ? Promise.reject(new Error('full')) : Promise.resolve();
    await expect(write(sftp, broken, 'abc', 0)).rejects.toThrow();
    await expect(call((done) => sftp.ext_openssh_fsync(broken, done))).rejects.toThrow();
    await expect(call((done) => sftp.ext_openssh_fsync(gone, done))).rejects.toThrow(
      /invalid handle/,
    );
  });

  test('statvfs answers for what is there, with room for every sender', async () => {
    await bench.start();
    bench.hall.tree('tram01').files.set('/a.txt', Buffer.from('abc'));
    const { sftp } = await bench.connectRaw();
    const stats = await statvfs(sftp, '/');
    expect(stats).toEqual(await statvfs(sftp, '/a.txt'));
    expect(stats).toMatchObject({ f_bsize: 4096, f_frsize: 4096, f_flag: 2, f_namemax: 235 });
    expect(Number(stats['f_bavail']) * 4096).toBe(2 ** 39);
    await expect(statvfs(sftp, '/none')).rejects.toMatchObject({ code: 2 });
    await expect(statvfs(sftp, '/\0')).rejects.toMatchObject({ code: 4 });
  });

  test('others are unsupported, malformed ones are said to be, and the session goes on', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    const none = Buffer.alloc(0);
    for (const name of ['hardlink@openssh.com', 'copy-data', 'constructor', '__proto__', '']) {
      await expect(extended(sftp, name, none)).rejects.toMatchObject({ code: 8 });
    }
    const cut = Buffer.from([0, 0, 0, 5, 1, 2]);
    const huge = Buffer.from([255, 255, 255, 255, 1]);
    for (const name of ['posix-rename@openssh.com', 'fsync@openssh.com', 'statvfs@openssh.com']) {
      for (const data of [none, cut, huge])
        await expect(extended(sftp, name, data)).rejects.toMatchObject({ code: 5 });
    }
    const one = Buffer.from([0, 0, 0, 1, 0x61]);
    await expect(extended(sftp, 'posix-rename@openssh.com', one)).rejects.toMatchObject({
      code: 5,
    });
    const stats = await new Promise<Stats>((resolve, reject) =>
      sftp.stat('/', (error, found) => (error === undefined ? resolve(found) : reject(error))),
    );
    expect(stats.isDirectory()).toBe(true);
  });
});
