import type { AccountTree } from '@envigate/domain';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  Reception,
  account,
  begin,
  listing,
  upload,
  type ReceptionOptions,
} from '../testing/reception.ts';
import { SlowUploads, UploadMemory, type TimedUpload } from './upload-bounds.ts';
import { MemoryUpload } from './upload.ts';

// What one account, or one address, can make the receiver hold by uploads that do not end.

const kib = 1024;
const shares = {
  accountShare: 0.25,
  addressShare: 0.5,
  smallFileBytes: 64 * kib,
  smallFileReserve: 0.25,
};
const large = Buffer.alloc(100 * kib, '1');
const small = 'pH 7.1';

let reception: Reception;

afterEach(() => reception.remove());

async function start(options: ReceptionOptions = {}): Promise<void> {
  reception = await Reception.start({
    accounts: ['tram01', 'tram02', 'tram03'].map((code) => account(code)),
    maxFileBytes: 1024 * kib,
    // 256 KiB of each account, of which 192 for large uploads; twice that of each address.
    maxUploadMemoryBytes: 1024 * kib,
    uploadShares: shares,
    ...options,
  });
}

const refusal = { code: 'no-room', retryable: true };

describe('the memory of uploads', () => {
  test('one account cannot take it from another, nor from its own small files', async () => {
    await start();
    const greedy = await reception.login('tram01');
    const first = await begin(greedy, '/1.txt', large.toString());
    await expect(begin(greedy, '/2.txt', large.toString())).rejects.toMatchObject(refusal);
    await upload(greedy, '/small.txt', small);
    await upload(await loginFrom('tram02', '198.51.100.1'), '/large.txt', large.toString());
    await first.interrupt('gone');
    await upload(greedy, '/3.txt', large.toString());
  });

  test('one address cannot take it from another, whatever accounts it has', async () => {
    await start({ uploadShares: { ...shares, accountShare: 1, addressShare: 0.25 } });
    const [one, other] = [
      await loginFrom('tram01', '192.0.2.7'),
      await loginFrom('tram02', '192.0.2.7'),
    ];
    await begin(one, '/1.txt', large.toString());
    await expect(begin(other, '/2.txt', large.toString())).rejects.toMatchObject(refusal);
    await upload(await loginFrom('tram03', '192.0.2.8'), '/3.txt', large.toString());
    await upload(await loginFrom('tram02', '192.0.2.8'), '/2.txt', small);
  });

  test('an exempt address has the share of its accounts alone', async () => {
    const options = {
      uploadShares: { ...shares, addressShare: 0.2 },
      guard: { exempt: ['192.0.2.7'] },
    };
    await start(options);
    await begin(await loginFrom('tram01', '192.0.2.7'), '/1.txt', large.toString());
    await begin(await loginFrom('tram02', '192.0.2.7'), '/2.txt', large.toString());
  });

  test('small files have a reserve that large ones cannot take', async () => {
    await start({ uploadShares: { ...shares, accountShare: 1, addressShare: 1 } });
    const tree = await reception.login();
    for (;;) {
      const refused = await begin(tree, '/large.txt', large.toString()).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused === undefined) continue;
      expect(refused).toMatchObject(refusal);
      break;
    }
    for (let n = 0; n < 50; n += 1) await begin(tree, `/${n}.txt`, small);
  });

  test('uploads that are open without a byte are bounded too', async () => {
    await start();
    const tree = await reception.login();
    const open = async (): Promise<void> => {
      for (let n = 0; n < 10_000; n += 1) await tree.openUpload(`/${n}.txt`, { offset: 0 });
    };
    await expect(open()).rejects.toMatchObject(refusal);
    await upload(await loginFrom('tram02', '198.51.100.1'), '/a.txt', small);
  });

  test('is given back whole, whatever the upload was', async () => {
    await start();
    const memory = new UploadMemory(1024 * kib, shares);
    const budget = memory.of({ account: 'a', sender: '192.0.2.7' });
    const uploadOf = (before = ''): MemoryUpload =>
      new MemoryUpload({
        before: Buffer.from(before),
        maxBytes: 512 * kib,
        memory: budget,
        end: {
          commit: async () => ({
            notice: undefined,
            confirm: () => undefined,
            interrupt: async () => undefined,
          }),
          keepPartial: async () => undefined,
        },
      });
    const committed = uploadOf('part');
    await committed.write(large);
    await committed.commit();
    const aborted = uploadOf();
    await aborted.writeAt(80 * kib, large);
    await aborted.interrupt('gone');
    const refused = uploadOf();
    await expect(refused.write(Buffer.alloc(400 * kib))).rejects.toMatchObject(refusal);
    await refused.interrupt('refused');
    expect(() => uploadOf('x'.repeat(400 * kib))).toThrow(expect.objectContaining(refusal));
    const expired = uploadOf();
    await expired.write(large);
    expired.expire('too slow');
    await new Promise(setImmediate);
    expect(memory.used).toBe(0);
  });

  test('of a file with a hole is that of what was written', async () => {
    await start();
    const memory = new UploadMemory(1e9);
    const parts = {
      before: Buffer.alloc(0),
      maxBytes: 8 * 1024 * kib,
      memory,
      end: {
        commit: () => Promise.reject(new Error('no')),
        keepPartial: async () => undefined,
      },
    };
    await new MemoryUpload(parts).writeAt(8 * 1024 * kib - 1, Buffer.from('x'));
    expect(memory.used).toBeLessThan(100 * kib);
    const sieve = new MemoryUpload(parts);
    const pierce = async (): Promise<void> => {
      for (let at = 0; at < 100_000; at += 2) await sieve.writeAt(at, Buffer.from('x'));
    };
    await expect(pierce()).rejects.toMatchObject({ code: 'incomplete' });
  });
});

describe('an upload', () => {
  test('in blocks is the file, byte for byte', async () => {
    await start({ maxUploadMemoryBytes: 1e9 });
    const tree = await reception.login();
    const content = Array.from({ length: 40_000 }, (_, n) => `${n}\t7.1\r\n`).join('');
    const one = await tree.openUpload('/a.txt', { offset: 0 });
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; at += 7000) await one.write(bytes.subarray(at, at + 7000));
    await one.commit();
    expect(await reception.received()).toEqual([`/ a.txt=${content}`]);
    await (await begin(tree, '/b.txt', content)).interrupt('lost');
    expect(await listing(tree, '/')).toEqual([`a.txt ${bytes.length}`, `b.txt ${bytes.length}`]);
    await upload(tree, '/b.txt', 'end\r\n', bytes.length);
    expect((await reception.received()).at(-1)).toBe(`/ b.txt=${content}end\r\n`);
  });

  test('that brings next to nothing is broken off, and its part is kept', async () => {
    await start({ uploadPace: { minBytesPerSecond: 10, slowSeconds: 0.05, maxSeconds: 1e9 } });
    const tree = await reception.login();
    const slow = await begin(tree, '/a.txt', 'pH');
    while (reception.slowUploads.open > 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      reception.slowUploads.look();
    }
    await expect(slow.write(Buffer.from(' '))).rejects.toMatchObject({
      code: 'too-slow',
      retryable: true,
    });
    await expect(slow.commit()).rejects.toMatchObject({ code: 'too-slow' });
    await slow.interrupt('refused');
    expect(await listing(tree, '/')).toEqual(['a.txt 2']);
    await upload(tree, '/a.txt', ' 7.1', 2);
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1']);
    expect(reception.slowUploads.open).toBe(0);
  });
});

describe('the pace of uploads', () => {
  interface Watched extends TimedUpload {
    received: number;
    ended: string | undefined;
  }
  function watch(pace: { minBytesPerSecond: number; slowSeconds: number; maxSeconds: number }): {
    upload: Watched;
    after: (seconds: number, received: number) => string | undefined;
  } {
    let now = 0;
    const uploads = new SlowUploads(pace, () => now * 1000);
    const upload: Watched = {
      received: 0,
      ended: undefined,
      expire(reason) {
        upload.ended = reason;
        uploads.end(upload);
      },
    };
    uploads.begin(upload);
    return {
      upload,
      after(seconds, received) {
        now += seconds;
        upload.received = received;
        uploads.look();
        return upload.ended;
      },
    };
  }

  test('counts over each stretch of time, not since the beginning', async () => {
    await start();
    const { after } = watch({ minBytesPerSecond: 10, slowSeconds: 60, maxSeconds: 1e9 });
    expect(after(60, 1_000_000)).toBeUndefined();
    expect(after(59, 1_000_019)).toBeUndefined();
    expect(after(1, 1_000_020)).toBe('20 bytes came in 60 s');
  });

  test('lets a slow mobile network have its time', async () => {
    await start();
    const { after } = watch({ minBytesPerSecond: 10, slowSeconds: 60, maxSeconds: 1000 });
    for (let bytes = 700; bytes < 10_000; bytes += 700) expect(after(60, bytes)).toBeUndefined();
    expect(after(200, 20_000)).toBe('the upload took more than 1000 s');
  });
});

async function loginFrom(user: string, address: string): Promise<AccountTree> {
  const tree = await reception.hall.login({
    user,
    credential: { kind: 'password', password: 'right' },
    protocol: 'sftp',
    peer: { address, port: 1024 },
  });
  if (tree === undefined) throw new Error('refused');
  return tree;
}
