import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '@envigate/contracts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Reception, account, begin, upload } from '../testing/reception.ts';
import { Quotas, readUsage, writeUsage } from './quotas.ts';

const noon = new Date('2026-11-24T05:00:00Z');
const row = 'pH\t7.10\t\t20261124120000\t00\r\n';

let now: Date;
let reception: Reception;

async function start(quotas: NonNullable<Account['quotas']>): Promise<void> {
  now = noon;
  reception = await Reception.start({
    accounts: [account('tram01', { quotas }), account('tram02')],
    clock: () => now,
    hold: { cutLastLine: false, shrunk: false },
  });
}
afterEach(() => reception.remove());

describe('files a day', () => {
  beforeEach(() => start({ filesPerDay: 2 }));

  test('above the quota are refused before a byte is taken, to be sent later', async () => {
    const tree = await reception.login();
    await upload(tree, '/a.txt', row);
    await upload(tree, '/b.txt', row);
    await expect(tree.openUpload('/c.txt', { offset: 0 })).rejects.toMatchObject({
      code: 'quota-used-up',
      // Trying again soon would not help; the logger sends it the next day.
      retryable: false,
    });
    // What is there already stays as it is, and nobody else is touched.
    await tree.makeFolder('/day');
    expect(await tree.list('/')).toHaveLength(3);
    await upload(await reception.login('tram02'), '/c.txt', row);
    expect(reception.spool.head).toBe(3);
    expect(await reception.telemetry.metrics()).toContain(
      'envigate_quotas_reached_total{quota="filesPerDay"} 1',
    );
  });

  test('begin anew at midnight of Vietnam', async () => {
    const tree = await reception.login();
    for (const name of ['a', 'b']) await upload(tree, `/${name}.txt`, row);
    now = new Date('2026-11-24T16:59:59Z');
    await expect(upload(tree, '/c.txt', row)).rejects.toMatchObject({ code: 'quota-used-up' });
    now = new Date('2026-11-24T17:00:00Z');
    await upload(tree, '/c.txt', row);
    await upload(tree, '/d.txt', row);
    await expect(upload(tree, '/e.txt', row)).rejects.toMatchObject({ code: 'quota-used-up' });
  });

  test('count once, however many are under way: the rest is refused at its end, undamaged', async () => {
    const tree = await reception.login();
    const names = Array.from({ length: 20 }, (_, n) => `/${n}.txt`);
    const uploads = await Promise.all(names.map((name) => begin(tree, name, row)));
    const ends = await Promise.allSettled(uploads.map((one) => one.commit()));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'quota-used-up' });
    expect(reception.spool.head).toBe(2);
  });

  test('a file under a temporary name counts when it is taken, and not again when it gets its name', async () => {
    const tree = await reception.login();
    for (const name of ['a', 'b']) await upload(tree, `/${name}.tmp`, row);
    await expect(upload(tree, '/c.tmp', row)).rejects.toMatchObject({ code: 'quota-used-up' });
    await tree.rename('/a.tmp', '/a.txt');
    await tree.rename('/b.tmp', '/b.txt');
    expect(reception.spool.head).toBe(2);
    await expect(upload(tree, '/c.txt', row)).rejects.toMatchObject({ code: 'quota-used-up' });
    now = new Date('2026-11-25T05:00:00Z');
    await upload(tree, '/c.txt', row);
    expect(reception.spool.head).toBe(3);
  });

  test('a change of the registry counts within the session', async () => {
    const tree = await reception.login();
    for (const name of ['a', 'b']) await upload(tree, `/${name}.txt`, row);
    reception.registry.set([account('tram01', { quotas: { filesPerDay: 3 } })]);
    await upload(tree, '/c.txt', row);
    reception.registry.set([account('tram01')]);
    await upload(tree, '/d.txt', row);
  });

  test('are known after a restart, with and without what was written down', async () => {
    const tree = await reception.login();
    await upload(tree, '/a.txt', row);
    await reception.restart();
    await upload(await reception.login(), '/b.txt', row);
    await rm(join(reception.dir, 'quota-usage.json'));
    await reception.restart();
    await rm(join(reception.dir, 'quota-usage.json'), { force: true });
    const after = await reception.login();
    await expect(upload(after, '/c.txt', row)).rejects.toMatchObject({ code: 'quota-used-up' });
    now = new Date('2026-11-25T05:00:00Z');
    await reception.restart();
    await upload(await reception.login(), '/c.txt', row);
  });
});

describe('bytes a day', () => {
  beforeEach(() => start({ bytesPerDay: 100 }));

  test('are used up to the last one', async () => {
    const tree = await reception.login();
    await upload(tree, '/a.txt', 'x'.repeat(60));
    await expect(upload(tree, '/b.txt', 'x'.repeat(41))).rejects.toMatchObject({
      code: 'quota-used-up',
    });
    await upload(tree, '/b.txt', 'x'.repeat(40));
    // An empty file costs none.
    await upload(tree, '/empty.txt', '');
    await expect(upload(tree, '/c.txt', 'x')).rejects.toMatchObject({ code: 'quota-used-up' });
    expect(reception.spool.head).toBe(3);
  });

  test('a file that the spool refused gives its room back', async () => {
    const tree = await reception.login();
    const begun = await begin(tree, '/a.txt', 'x'.repeat(100));
    const { spool } = reception;
    const append = spool.append.bind(spool);
    spool.append = () => Promise.reject(new Error('the disk is gone'));
    await expect(begun.commit()).rejects.toThrow('the disk is gone');
    spool.append = append;
    await upload(tree, '/a.txt', 'x'.repeat(100));
  });
});

test('the size of one file is refused for good, whatever the gateway would take', async () => {
  await start({ fileBytes: 10 });
  const tree = await reception.login();
  await upload(tree, '/a.txt', 'x'.repeat(10));
  await expect(upload(tree, '/b.txt', 'x'.repeat(11))).rejects.toMatchObject({
    code: 'too-large',
    retryable: false,
  });
  await upload(await reception.login('tram02'), '/b.txt', 'x'.repeat(11));
  expect(reception.spool.head).toBe(2);
});

describe('the count on disk', () => {
  beforeEach(() => start({ filesPerDay: 2 }));

  const open = (path: string): Promise<Quotas> =>
    Quotas.open({ spool: reception.spool, clock: () => now, emit: reception.emit, path });

  test('says how far it got; the spool has the rest', async () => {
    const tree = await reception.login();
    for (const name of ['a', 'b']) await upload(tree, `/${name}.txt`, row);
    const path = join(reception.dir, 'spool', 'usage.json');
    const accounts = [['tram01', { files: 100, bytes: 1 }]] as const;
    const kept = { spoolId: reception.spool.id, upTo: 1, day: '20261124', accounts };
    await writeUsage(path, kept);
    expect(await readUsage(path)).toMatchObject(kept);
    expect((await open(path)).usage('tram01')).toEqual({ files: 101, bytes: 1 + row.length });
    // Of another spool, or of one that is ahead of ours: not ours.
    for (const strange of [{ spoolId: 'other' }, { upTo: 99 }, { day: '20261123' }]) {
      await writeUsage(path, { ...kept, ...strange });
      expect((await open(path)).usage('tram01').files).toBe(2);
    }
  });

  test.each(['', '{', 'null', '[]', '{"version":2}', '{"version":1,"accounts":[["a",null]]}'])(
    'is counted again where it is damaged: %p',
    async (content) => {
      const tree = await reception.login();
      await upload(tree, '/a.txt', row);
      const path = join(reception.dir, 'spool', 'usage.json');
      await writeFile(path, content);
      const quotas = await open(path);
      expect(quotas.usage('tram01').files).toBe(1);
      await quotas.close();
      expect((await readUsage(path))?.upTo).toBe(1);
    },
  );

  test('that cannot be written stops nothing', async () => {
    const path = join(reception.dir, 'a-folder');
    await mkdir(path);
    const quotas = await open(path);
    await quotas.close();
    expect(quotas.usage('tram01').files).toBe(0);
  });
});
