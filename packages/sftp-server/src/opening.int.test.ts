import { describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { openFlag, status } from './protocol.ts';
import { useBench } from './testing/bench.ts';
import { call, close, create, open, write } from './testing/raw-requests.ts';

const bench = useBench();

describe('what is open when', () => {
  test('WRITE|CREAT, as scp opens, has no string form in ssh2 and is taken all the same', async () => {
    expect(ssh2.utils.sftp.flagsToString(create)).toBeNull();
    await bench.start();
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/scp.txt', create);
    await write(sftp, handle, 'hello', 0);
    await close(sftp, handle);
    expect(bench.hall.tree('tram01').files.get('/scp.txt')?.toString()).toBe('hello');
  });

  test('WRITE|CREAT on a file that is there replaces or resumes it by the first offset', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    const { sftp } = await bench.connectRaw();
    tree.files.set('/replaced.txt', Buffer.from('0123456789'));
    const replaced = await open(sftp, '/replaced.txt', create);
    await write(sftp, replaced, 'abc', 0);
    await close(sftp, replaced);
    expect(tree.files.get('/replaced.txt')?.toString()).toBe('abc');

    tree.files.set('/resumed.txt', Buffer.from('01234'));
    const resumed = await open(sftp, '/resumed.txt', create);
    await write(sftp, resumed, '56789', 5);
    await close(sftp, resumed);
    expect(tree.files.get('/resumed.txt')?.toString()).toBe('0123456789');

    tree.commits.length = 0;
    const untouched = await open(sftp, '/resumed.txt', create);
    await close(sftp, untouched);
    expect(tree.commits).toEqual([]);
  });

  test('pipelined writes of an append are not scrambled, whatever the hall takes for each', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    tree.files.set('/log.txt', Buffer.from('start:'));
    // The first writes take longest: handled at the same time, they would land last.
    let remaining = 20;
    tree.before = async (step) => {
      if (step === 'write') await new Promise((resolve) => setTimeout(resolve, (remaining -= 1)));
    };
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/log.txt', create | openFlag.append);
    const lines = Array.from(
      { length: 20 },
      (_, index) => `line-${String(index).padStart(2, '0')};`,
    );
    await Promise.all(lines.map((line, index) => write(sftp, handle, line, 6 + index * 8)));
    await close(sftp, handle);
    expect(tree.files.get('/log.txt')?.toString()).toBe(`start:${lines.join('')}`);
  });

  test('an append that counts its offsets from 0 is put at the end too', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    tree.files.set('/log.txt', Buffer.from('start:'));
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/log.txt', create | openFlag.append);
    await Promise.all([write(sftp, handle, 'ab', 0), write(sftp, handle, 'cd', 2)]);
    await close(sftp, handle);
    expect(tree.files.get('/log.txt')?.toString()).toBe('start:abcd');
  });

  test('EXCL refuses a file that is there; without CREAT a missing one is an error', async () => {
    await bench.start();
    bench.hall.tree('tram01').files.set('/a.txt', Buffer.from('a'));
    const { sftp } = await bench.connectRaw();
    await expect(open(sftp, '/a.txt', create | openFlag.exclusive)).rejects.toThrow(
      /exists already/,
    );
    await expect(open(sftp, '/b.txt', openFlag.write)).rejects.toMatchObject({
      code: status.noSuchFile,
    });
    await expect(open(sftp, '/', create)).rejects.toThrow(/is a folder/);
  });

  test('requests on one file that are sent in one go take effect in that order', async () => {
    await bench.start();
    const tree = bench.hall.tree('tram01');
    tree.before = async (step) => {
      if (step === 'commit') await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/a.tmp', create | openFlag.truncate);
    await Promise.all([
      write(sftp, handle, 'abc', 0),
      close(sftp, handle),
      call((done) => sftp.rename('/a.tmp', '/a.txt', done)),
      call((done) => sftp.stat('/a.txt', done)),
    ]);
    expect([...tree.files]).toEqual([['/a.txt', Buffer.from('abc')]]);
  });

  test('two uploads at once, on one session and on two, keep apart', async () => {
    await bench.start();
    const [first, second] = [await bench.connectSftp(), await bench.connectSftp()];
    const bytes = (fill: number): Buffer => Buffer.alloc(200_000, fill);
    await Promise.all([
      first.put(bytes(1), '/1.bin'),
      first.put(bytes(2), '/2.bin'),
      second.put(bytes(3), '/3.bin'),
      second.put(bytes(4), '/4.bin'),
    ]);
    for (const fill of [1, 2, 3, 4]) {
      expect(
        bench.hall
          .tree('tram01')
          .files.get(`/${String(fill)}.bin`)
          ?.equals(bytes(fill)),
      ).toBe(true);
    }
  });
});
