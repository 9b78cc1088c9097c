import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountTree } from '@envigate/domain';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Reception, account, begin, listing, upload } from '../testing/reception.ts';
import { countHeld } from './open-hold.ts';

/** Files that do not look whole, from the upload to whatever ends the hold. */
const cod = 'COD\t16.2\tmg/l\t20260325000000\t00\r\n';
const ph = 'pH\t7.8\t\t20260325000000\t00\r\n';
const whole = cod + ph;
const cut = whole.slice(0, -9);

let now: Date;
let reception: Reception;
let tree: AccountTree;

async function start(options: Parameters<typeof Reception.start>[0] = {}): Promise<void> {
  reception = await Reception.start({ clock: () => now, ...options });
  tree = await reception.login();
}

beforeEach(async () => {
  now = new Date('2026-03-25T00:01:00.000Z');
  await start();
});
afterEach(() => reception.remove());

async function startAnew(options: Parameters<typeof Reception.start>[0]): Promise<void> {
  await reception.remove();
  await start(options);
}

async function restart(): Promise<void> {
  await reception.restart();
  tree = await reception.login();
}

/** The clock goes on, and the desk looks at it. */
async function afterMinutes(minutes: number): Promise<void> {
  now = new Date(now.getTime() + minutes * 60_000);
  await reception.desk.releaseQuiet();
}

async function held(): Promise<readonly string[]> {
  const items = await reception.desk.list();
  return items.map(({ account, path, size, reason }) => `${account} ${path} ${size} ${reason}`);
}

async function onlyId(): Promise<string> {
  const items = await reception.desk.list();
  expect(items).toHaveLength(1);
  return items[0]!.id;
}

/** What the spool knows of the releases, in order. */
async function releases(): Promise<readonly unknown[]> {
  const files = await reception.spool.read(0, { maxRecords: 100, maxBytes: 1e6 });
  return files.map((file) => file.reception.released?.by);
}

function metric(name: string): Promise<string | undefined> {
  return reception.telemetry
    .metrics()
    .then((text) => text.split('\n').find((line) => line.startsWith(name)));
}

async function breakOff(path: string, content: string): Promise<void> {
  await (await begin(tree, path, content)).interrupt('data-lost');
}

describe('a file whose last line is cut', () => {
  test('is acknowledged, said to be held, and not received', async () => {
    const begun = await begin(tree, '/a.txt', cut);
    await begun.commit();
    expect(begun.notice).toMatch(/held/);
    expect(await reception.received()).toEqual([]);
    expect(await held()).toEqual([`tram01 /a.txt ${cut.length} cut-last-line`]);
    expect(await metric('envigate_held_files{')).toBe(
      'envigate_held_files{reason="cut-last-line"} 1',
    );
  });

  test('is seen by who looks for it, over a restart too, with reason and since', async () => {
    await tree.makeFolder('/2026');
    await upload(tree, '/2026/a.txt', cut);
    const since = now;
    now = new Date(now.getTime() + 60_000);
    await restart();
    expect(await listing(tree, '/2026')).toEqual([`a.txt ${cut.length}`]);
    expect(await tree.stat('/2026/a.txt')).toMatchObject({ size: cut.length, modifiedAt: since });
    expect(await reception.desk.list()).toMatchObject([
      {
        reason: 'cut-last-line',
        detail: 'columns-missing',
        since,
        releasedAt: new Date(since.getTime() + 30 * 60_000),
        sender: { protocol: 'ftp', peer: '192.0.2.7' },
      },
    ]);
    expect(await metric('envigate_held_oldest_seconds{')).toMatch(/ 60$/);
  });

  test('is dropped and counted when the whole one comes', async () => {
    await upload(tree, '/a.txt', cut);
    await upload(tree, '/a.txt', whole);
    expect(await reception.received()).toEqual([`/ a.txt=${whole}`]);
    expect(await held()).toEqual([]);
    expect(await metric('envigate_doubtful_files_completed_total{')).toMatch(/ 1$/);
    await afterMinutes(60);
    expect(await releases()).toEqual([undefined]);
  });

  test('is completed by a resend with other line ends, by a resume and by an append', async () => {
    await upload(tree, '/a.txt', cut);
    await upload(tree, '/a.txt', whole.replaceAll('\r\n', '\n'));
    await upload(tree, '/b.txt', cut);
    await upload(tree, '/b.txt', whole.slice(cut.length), cut.length);
    expect(await reception.received()).toEqual([
      `/ a.txt=${whole.replaceAll('\r\n', '\n')}`,
      `/ b.txt=${whole}`,
    ]);
    expect(await held()).toEqual([]);
  });

  test('stays beside another whole file of its name, which completes nothing', async () => {
    await upload(tree, '/data.txt', cut);
    const next = whole.replaceAll('20260325000000', '20260325000500');
    await upload(tree, '/data.txt', next);
    expect(await reception.received()).toEqual([`/ data.txt=${next}`]);
    await afterMinutes(30);
    expect(await reception.received()).toEqual([`/ data.txt=${next}`, `/ data.txt=${cut}`]);
    expect(await releases()).toEqual([undefined, 'quiet']);
  });

  test('sent again as short is held once, from its first arrival; a longer part takes its place', async () => {
    await upload(tree, '/a.txt', cut);
    now = new Date(now.getTime() + 20 * 60_000);
    await upload(tree, '/a.txt', cut);
    await upload(tree, '/a.txt', cut.slice(0, -3));
    expect(await held()).toEqual([`tram01 /a.txt ${cut.length} cut-last-line`]);
    await upload(tree, '/a.txt', whole.slice(0, -4));
    expect(await held()).toEqual([`tram01 /a.txt ${whole.length - 4} cut-last-line`]);
    await afterMinutes(10);
    expect(await reception.received()).toEqual([]);
    await afterMinutes(20);
    expect(await reception.received()).toEqual([`/ a.txt=${whole.slice(0, -4)}`]);
  });

  test('is received after the quiet time, marked, once, over a restart too', async () => {
    await upload(tree, '/a.txt', cut);
    const since = now.toISOString();
    await afterMinutes(29);
    expect(await reception.received()).toEqual([]);
    await restart();
    await afterMinutes(1);
    await afterMinutes(60);
    await restart();
    await afterMinutes(60);
    const files = await reception.spool.read(0, { maxRecords: 9, maxBytes: 1e6 });
    expect(files.map((file) => file.reception)).toMatchObject([
      {
        account: 'tram01',
        folder: '/',
        name: 'a.txt',
        protocol: 'ftp',
        peer: '192.0.2.7',
        released: { by: 'quiet', heldFor: 'cut-last-line', since },
      },
    ]);
    expect(await held()).toEqual([]);
    expect(await readdir(join(reception.dir, 'homes/.held'))).toEqual([]);
  });

  test('sent once more as it was received is what its sender has, and received', async () => {
    await upload(tree, '/a.txt', cut);
    await afterMinutes(30);
    await upload(tree, '/a.txt', cut);
    expect(await reception.received()).toHaveLength(2);
  });

  test('is held when it is renamed from a temporary name, and under the name it gets', async () => {
    await upload(tree, '/a.tmp', cut);
    await tree.rename('/a.tmp', '/a.txt');
    expect(await held()).toEqual([`tram01 /a.txt ${cut.length} cut-last-line`]);
    await tree.rename('/a.txt', '/b.txt');
    await expect(tree.rename('/b.txt', '/b.tmp')).rejects.toMatchObject({ code: 'not-permitted' });
    await tree.makeFolder('/in');
    await tree.makeFolder('/in/2026');
    await tree.rename('/b.txt', '/in/2026/b.txt');
    await tree.rename('/in', '/out');
    await restart();
    expect(await listing(tree, '/out/2026')).toEqual([`b.txt ${cut.length}`]);
    await upload(tree, '/out/2026/b.txt', whole);
    expect(await reception.received()).toEqual([`/out/2026 b.txt=${whole}`]);
    expect(await held()).toEqual([]);
  });

  test('deleted by its sender leaves the view, not the gateway', async () => {
    await upload(tree, '/a.txt', cut);
    await tree.removeFile('/a.txt');
    expect(await listing(tree, '/')).toEqual([]);
    await expect(tree.removeFile('/a.txt')).rejects.toMatchObject({ code: 'not-found' });
    await afterMinutes(30);
    expect(await reception.received()).toEqual([`/ a.txt=${cut}`]);
  });

  test("of another account's name completes nothing", async () => {
    await upload(tree, '/a.txt', cut);
    await upload(await reception.login('tram02'), '/a.txt', whole);
    expect(await held()).toEqual([`tram01 /a.txt ${cut.length} cut-last-line`]);
  });

  test('is received at once where the setting is off', async () => {
    await startAnew({ hold: { cutLastLine: false } });
    await upload(tree, '/a.txt', cut);
    expect(await reception.received()).toEqual([`/ a.txt=${cut}`]);
  });
});

describe('a file that shrank', () => {
  test('is held; what was received before stays', async () => {
    await upload(tree, '/a.txt', whole);
    const begun = await begin(tree, '/a.txt', cod);
    await begun.commit();
    expect(begun.notice).toMatch(/shorter/);
    expect(await reception.received()).toEqual([`/ a.txt=${whole}`]);
    expect(await held()).toEqual([`tram01 /a.txt ${cod.length} shrunk`]);
    await upload(tree, '/a.txt', whole);
    expect(await held()).toEqual([]);
    expect(await releases()).toEqual([undefined, undefined]);
  });

  test('is known after a restart, as far as the spool remembers', async () => {
    await startAnew({ remembersReceived: true });
    await upload(tree, '/a.txt', whole);
    await restart();
    await upload(tree, '/a.txt', cod);
    await afterMinutes(30);
    expect(await releases()).toEqual([undefined, 'quiet']);
  });

  test('is held against a part that broke off, which stays to be resumed', async () => {
    await breakOff('/a.txt', whole.slice(0, -2));
    await afterMinutes(1);
    await upload(tree, '/a.txt', cod);
    expect(await held()).toEqual([
      `tram01 /a.txt ${whole.length - 2} broken-transfer`,
      `tram01 /a.txt ${cod.length} shrunk`,
    ]);
    await upload(tree, '/a.txt', '\r\n', whole.length - 2);
    expect(await reception.received()).toEqual([`/ a.txt=${whole}`]);
    expect(await held()).toEqual([]);
  });

  test('is not one that says something else, or the same, or more', async () => {
    await upload(tree, '/a.txt', whole);
    await upload(tree, '/a.txt', ph);
    await upload(tree, '/a.txt', whole);
    await upload(tree, '/a.txt', whole + cod.replace('COD', 'TSS'));
    await upload(tree, '/b.txt', cod);
    expect(await held()).toEqual([]);
    expect(await reception.received()).toHaveLength(5);
  });

  test('is received where the setting is off', async () => {
    await startAnew({ hold: { shrunk: false } });
    await upload(tree, '/a.txt', whole);
    await upload(tree, '/a.txt', cod);
    expect(await reception.received()).toHaveLength(2);
  });
});

describe('an upload that broke off', () => {
  test('is never released by time', async () => {
    await breakOff('/a.txt', cod);
    await restart();
    await afterMinutes(60 * 24 * 30);
    expect(await reception.received()).toEqual([]);
    expect(await reception.desk.list()).toMatchObject([
      { reason: 'broken-transfer', detail: 'data-lost', releasedAt: undefined },
    ]);
  });

  test('is counted although its account did not log in since the start', async () => {
    await breakOff('/a.txt', cod);
    await reception.restart();
    expect(await metric('envigate_held_files{')).toBe(
      'envigate_held_files{reason="broken-transfer"} 1',
    );
  });
});

describe('an operator', () => {
  const officer = { actor: 'nguyenvana' };

  test('releases a file: it is received as it is, and says by whom', async () => {
    await upload(tree, '/a.txt', cut);
    const id = await onlyId();
    expect((await reception.desk.show(id)).content.toString()).toBe(cut);
    const note = 'the logger was taken down';
    const received = await reception.desk.decide(id, { by: 'operator', ...officer, note });
    expect(received.released).toMatchObject({ by: 'operator', actor: 'nguyenvana', note });
    expect(await reception.received()).toEqual([`/ a.txt=${cut}`]);
    await expect(reception.desk.decide(id, { by: 'operator', ...officer })).rejects.toMatchObject({
      kind: 'not-found',
    });
    expect(await metric('envigate_held_files_released_total{')).toMatch(/by="operator".* 1$/);
  });

  test('releases what broke off, with its sender, over a restart', async () => {
    await breakOff('/a.txt', cod);
    await restart();
    await reception.desk.decide(await onlyId(), { by: 'operator', ...officer });
    const [file] = await reception.spool.read(0, { maxRecords: 1, maxBytes: 1e6 });
    expect(file?.reception).toMatchObject({
      protocol: 'ftp',
      peer: '192.0.2.7',
      released: { heldFor: 'broken-transfer' },
    });
    expect(await held()).toEqual([]);
  });

  test('says what a file under a temporary name is called', async () => {
    await upload(tree, '/a.txt.tmp', whole);
    const id = await onlyId();
    const release = { by: 'operator', ...officer } as const;
    await expect(reception.desk.decide(id, release)).rejects.toMatchObject({
      kind: 'not-possible',
    });
    for (const as of ['b.tmp', '../b.txt', 'x/b.txt'])
      await expect(reception.desk.decide(id, { ...release, as })).rejects.toThrow();
    await reception.desk.decide(id, { ...release, as: 'a.txt' });
    expect(await reception.received()).toEqual([`/ a.txt=${whole}`]);
    expect(await listing(tree, '/')).toEqual([`a.txt ${whole.length}`]);
  });

  test('discards a file: its bytes go on, as what must not be read', async () => {
    await upload(tree, '/a.txt', cut);
    const discard = { by: 'discard', ...officer, note: 'a test of the installer' } as const;
    await reception.desk.decide(await onlyId(), discard);
    expect(await reception.received()).toEqual([`/ a.txt=${cut}`]);
    expect(await releases()).toEqual(['discard']);
    expect(await held()).toEqual([]);
  });

  test('is refused when the spool has no room, and the file stays', async () => {
    await startAnew({ spool: { maxBytes: 4000 } });
    await upload(tree, '/a.txt', cut);
    await upload(tree, '/b.txt', 'y'.repeat(3400));
    const id = await onlyId();
    await expect(reception.desk.decide(id, { by: 'operator', ...officer })).rejects.toMatchObject({
      code: 'no-room',
    });
    await afterMinutes(30);
    expect(await held()).toHaveLength(1);
    await reception.spool.release(1);
    await afterMinutes(1);
    expect(await releases()).toContain('quiet');
  });
});

describe('on disk', () => {
  test('every file that is held is counted, whoever looks', async () => {
    const homes = join(reception.dir, 'homes');
    expect(await countHeld(join(reception.dir, 'nowhere'))).toBe(0);
    await tree.makeFolder('/in');
    await upload(tree, '/in/a.txt', cut);
    await upload(tree, '/in/b.tmp', whole);
    await breakOff('/in/c.txt', cod);
    await writeFile(join(homes, 'tram01/in/d.txt.envigate-unfinished'), 'half');
    expect(await countHeld(homes)).toBe(3);
    expect(await held()).toHaveLength(3);
  });

  test('a held file is whole or not there; one that cannot be read stops nothing', async () => {
    await upload(tree, '/a.txt', cut);
    const dir = join(reception.dir, 'homes/.held');
    await writeFile(join(dir, 'x.envigate-unfinished'), 'half');
    await writeFile(join(dir, 'foreign'), 'no header');
    await restart();
    expect(await held()).toHaveLength(1);
    expect((await readdir(dir)).sort()).toEqual([await onlyId(), 'foreign'].sort());
    expect(await readFile(join(dir, 'foreign'), 'utf8')).toBe('no header');
  });

  test('a part of an older version, without its sender, is resumed but not released', async () => {
    await tree.makeFolder('/in');
    const part = join(reception.dir, 'homes/tram01/in/a.txt.envigate-partial');
    await writeFile(part, cod);
    await restart();
    await expect(
      reception.desk.decide(await onlyId(), { by: 'operator', actor: 'x' }),
    ).rejects.toMatchObject({ kind: 'not-possible' });
    await upload(tree, '/in/a.txt', ph, cod.length);
    expect(await reception.received()).toEqual([`/in a.txt=${whole}`]);
  });

  test('what one account holds is bounded', async () => {
    await startAnew({ accounts: [account('tram01')], heldLimits: { files: 2, bytes: 1e6 } });
    await upload(tree, '/a.txt', cut);
    await upload(tree, '/b.txt', cut);
    const begun = await begin(tree, '/c.txt', cut);
    await expect(begun.commit()).rejects.toMatchObject({ code: 'no-room' });
    await upload(tree, '/c.txt', whole);
    expect(await reception.received()).toEqual([`/ c.txt=${whole}`]);
  });
});

test.each([
  ['since the clock was put right', 400],
  ['and stays so over a restart', 400],
])(
  'a file held while the clock was ahead is released after the quiet time %s',
  async (when, days) => {
    now = new Date(now.getTime() + days * 24 * 3_600_000);
    await (await begin(tree, '/a.txt', cut)).commit();
    now = new Date(now.getTime() - days * 24 * 3_600_000);
    await afterMinutes(0);
    if (when.includes('restart')) await restart();
    await afterMinutes(29);
    expect(await held()).toHaveLength(1);
    await afterMinutes(2);
    expect(await held()).toEqual([]);
    expect(await releases()).toEqual(['quiet']);
  },
);
