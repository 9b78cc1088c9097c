import { TreeError } from '@envigate/domain';
import { describe, expect, test } from '@jest/globals';
import { openFlag, status } from './protocol.ts';
import { useBench } from './testing/bench.ts';
import { call, close, create, open, write } from './testing/raw-requests.ts';

const bench = useBench();

describe('a broken upload is never a file', () => {
  test('the connection is lost before CLOSE', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    const { ssh, sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/half.txt', create | openFlag.truncate);
    await write(sftp, handle, 'half a li', 0);
    const aborted = tree.next('abort');
    ssh.destroy();
    expect(await aborted).toBe('/half.txt');
    expect(tree.commits).toEqual([]);
    expect(tree.aborts).toMatchObject([{ path: '/half.txt', bytes: Buffer.from('half a li') }]);
  });

  test('the channel is closed in good order, but not the file', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    const { sftp } = await bench.connectRaw();
    await write(sftp, await open(sftp, '/half.txt', create | openFlag.truncate), 'half', 0);
    const aborted = tree.next('abort');
    sftp.end();
    await aborted;
    expect(tree.commits).toEqual([]);
  });

  test('the connection is lost while the file is being opened', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    let release = (): void => undefined;
    const opening = new Promise<void>((resolve) => {
      tree.before = (step) => {
        if (step !== 'open') return Promise.resolve();
        resolve();
        return new Promise((go) => (release = go));
      };
    });
    const { ssh, sftp } = await bench.connectRaw();
    void open(sftp, '/late.txt', create | openFlag.truncate).catch(() => undefined);
    await opening;
    ssh.destroy();
    const aborted = tree.next('abort');
    setTimeout(release, 50);
    expect(await aborted).toBe('/late.txt');
  });

  test('a WRITE failed and the client sends CLOSE regardless', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    let writes = 0;
    tree.before = (step) => {
      writes += step === 'write' ? 1 : 0;
      return writes === 2 && step === 'write'
        ? Promise.reject(new TreeError('no-room', 'the disk is full; try again later'))
        : Promise.resolve();
    };
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.txt', create | openFlag.truncate);
    const results = await Promise.allSettled([
      write(sftp, handle, 'one', 0),
      write(sftp, handle, 'two', 3),
      write(sftp, handle, 'three', 6),
      close(sftp, handle),
    ]);
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    expect(tree.commits).toEqual([]);
    expect(tree.aborts).toMatchObject([{ path: '/a.txt' }]);
  });

  test('a hole is refused at CLOSE', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.txt', create | openFlag.truncate);
    await write(sftp, handle, 'end', 100);
    await expect(close(sftp, handle)).rejects.toThrow(/holes/);
    expect(bench.hall.tree('tram01').commits).toEqual([]);
  });

  test('the client declares another size than arrived (scp broken off)', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.txt', create);
    await write(sftp, handle, 'twelve bytes', 0);
    await call((done) => sftp.fsetstat(handle, { size: 6 }, done));
    await expect(close(sftp, handle)).rejects.toThrow(/declared 6 bytes, 12 arrived/);
    expect(bench.hall.tree('tram01').commits).toEqual([]);
  });

  test('a resumed upload is cut (reput broken off)', async () => {
    await bench.start();
    bench.hall.tree('tram01').files.set('/a.txt', Buffer.from('abc'));
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.txt', create | openFlag.append);
    await write(sftp, handle, 'def', 3);
    await call((done) => sftp.fsetstat(handle, { size: 6 }, done));
    await expect(close(sftp, handle)).rejects.toThrow(/cut the resumed upload short/);
    expect(bench.hall.tree('tram01').commits).toEqual([]);
  });

  test('CLOSE fails where the commit does, and is answered only after it', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    const { sftp } = await bench.connectRaw();
    tree.before = (step) =>
      step === 'commit'
        ? Promise.reject(new TreeError('unavailable', 'the spool is away'))
        : Promise.resolve();
    const failing = await open(sftp, '/a.txt', create | openFlag.truncate);
    await expect(close(sftp, failing)).rejects.toMatchObject({
      code: status.failure,
      message: expect.stringMatching(/spool/),
    });

    let release = (): void => undefined;
    tree.before = (step) =>
      step === 'commit' ? new Promise((resolve) => (release = resolve)) : Promise.resolve();
    const slow = await open(sftp, '/b.txt', create | openFlag.truncate);
    let answered = false;
    const closing = close(sftp, slow).then(() => (answered = true));
    // A round trip later the CLOSE has long been read.
    await call((done) => sftp.readlink('/', done)).catch(() => undefined);
    expect(answered).toBe(false);
    release();
    await closing;
    expect(tree.commits).toMatchObject([{ path: '/b.txt' }]);
  });

  test('a fault of ours is FAILURE without its details, and the session goes on', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    tree.before = (step) =>
      step === 'open' ? Promise.reject(new Error('secret detail')) : Promise.resolve();
    const { sftp } = await bench.connectRaw();
    await expect(open(sftp, '/a.txt', create | openFlag.truncate)).rejects.toMatchObject({
      code: status.failure,
      message: 'internal error; try again later',
    });
    tree.before = () => Promise.resolve();
    await close(sftp, await open(sftp, '/a.txt', create | openFlag.truncate));
    expect(tree.commits).toHaveLength(1);
    expect(await bench.metrics()).toContain(
      'envigate_sftp_requests_failed_total{operation="open"} 1',
    );
  });
});
