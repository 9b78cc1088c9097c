import { describe, expect, test } from '@jest/globals';
import { openFlag, status } from './protocol.ts';
import { useBench } from './testing/bench.ts';
import { call, close, create, open, write } from './testing/raw-requests.ts';

const bench = useBench();

describe('files', () => {
  test('put stores the bytes under the resolved path', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    await client.put(Buffer.from('PM10 12.5'), '/a/../station.txt');
    expect(bench.hall.tree('tram01').commits).toEqual([
      { path: '/station.txt', bytes: Buffer.from('PM10 12.5') },
    ]);
    const metrics = await bench.metrics();
    expect(metrics).toContain('envigate_sftp_uploaded_bytes_total{account="tram01"} 9');
    expect(metrics).not.toContain('station.txt');
  });

  test('a file of many packets arrives byte for byte', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    const bytes = Buffer.alloc(700_001).map((_, index) => index % 251);
    await client.put(Buffer.from(bytes), '/big.bin');
    expect(bench.hall.tree('tram01').files.get('/big.bin')?.equals(bytes)).toBe(true);
  });

  test('an empty file is a file', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    await client.put(Buffer.alloc(0), '/empty.txt');
    expect(bench.hall.tree('tram01').files.get('/empty.txt')).toEqual(Buffer.alloc(0));
  });

  test('get is refused: this door only takes', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    await client.put(Buffer.from('x'), '/x.txt');
    await expect(client.get('/x.txt')).rejects.toThrow(/only takes uploads|Permission denied/);
  });

  test('READ is refused on a handle that is open for both', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    const handle = await open(sftp, '/x.txt', create | openFlag.truncate | openFlag.read);
    await expect(
      call((done) => sftp.read(handle, Buffer.alloc(4), 0, 4, 0, done)),
    ).rejects.toMatchObject({
      code: status.permissionDenied,
    });
  });

  test('mkdir recursive, list, rename, delete, rmdir', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    await client.mkdir('/2026/01/05', true);
    await client.put(Buffer.from('abc'), '/2026/01/05/a.txt');
    await client.rename('/2026/01/05/a.txt', '/2026/01/05/b.txt');
    const listed = await client.list('/2026/01/05');
    expect(listed.map(({ name, type, size }) => ({ name, type, size }))).toEqual([
      { name: 'b.txt', type: '-', size: 3 },
    ]);
    await expect(client.rmdir('/2026/01/05')).rejects.toThrow(/not empty/);
    await client.delete('/2026/01/05/b.txt');
    await client.rmdir('/2026/01/05');
    expect(await client.exists('/2026/01/05')).toBe(false);
    expect(await client.exists('/2026/01')).toBe('d');
  });

  test('a folder of more entries than one reply holds is listed whole', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    for (let number = 0; number < 250; number += 1)
      bench.hall.tree('tram01').files.set(`/f${String(number)}.txt`, Buffer.alloc(1));
    expect((await client.list('/')).map((entry) => entry.name).sort()).toEqual(
      [...bench.hall.tree('tram01').files.keys()].map((path) => path.slice(1)).sort(),
    );
  });

  test('append goes to the end', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    await client.put(Buffer.from('one\n'), '/log.txt');
    await client.append(Buffer.from('two\n'), '/log.txt');
    expect(bench.hall.tree('tram01').files.get('/log.txt')?.toString()).toBe('one\ntwo\n');
  });

  test('a plain rename does not replace a file', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    await client.put(Buffer.from('old'), '/a.txt');
    await client.put(Buffer.from('new'), '/b.tmp');
    await expect(client.rename('/b.tmp', '/a.txt')).rejects.toThrow(/exists already/);
    expect(bench.hall.tree('tram01').files.get('/a.txt')?.toString()).toBe('old');
  });

  test('a plain rename onto a file of the same content does, as its sender sends again', async () => {
    await bench.start();
    const client = await bench.connectSftp();
    await client.put(Buffer.from('same'), '/a.txt');
    await client.put(Buffer.from('same'), '/b.tmp');
    await client.rename('/b.tmp', '/a.txt');
    expect([...bench.hall.tree('tram01').files]).toEqual([['/a.txt', Buffer.from('same')]]);
  });

  test('the size that a file has may be set, on its path and on its handle', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    bench.hall.tree('tram01').files.set('/a.txt', Buffer.from('abc'));
    await call((done) => sftp.setstat('/a.txt', { size: 3, mtime: 1, atime: 1 }, done));
    await expect(call((done) => sftp.setstat('/a.txt', { size: 2 }, done))).rejects.toMatchObject({
      code: status.permissionDenied,
    });
    const handle = await open(sftp, '/b.txt', openFlag.write | openFlag.create | openFlag.truncate);
    await write(sftp, handle, 'abcd', 0);
    await call((done) => sftp.fsetstat(handle, { size: 4 }, done));
    await close(sftp, handle);
    expect(bench.hall.tree('tram01').files.get('/b.txt')?.toString()).toBe('abcd');
  });

  test('times and modes are accepted, a change of size is not', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    await call((done) => sftp.utimes('/gone.txt', 1, 2, done));
    await call((done) => sftp.chmod('/gone.txt', 0o600, done));
    await expect(
      call((done) => sftp.setstat('/gone.txt', { size: 3 }, done)),
    ).rejects.toMatchObject({
      code: status.permissionDenied,
    });
  });

  test('links and extensions are unsupported, and answered', async () => {
    await bench.start();
    const { sftp } = await bench.connectRaw();
    await expect(call((done) => sftp.readlink('/x', done))).rejects.toMatchObject({
      code: status.unsupported,
    });
    await expect(call((done) => sftp.symlink('/x', '/y', done))).rejects.toMatchObject({
      code: status.unsupported,
    });
  });
});
