import { readFile, rm, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AccountTree } from '@envigate/domain';
import { Reception, account, upload } from '../testing/reception.ts';

/** Marks of loggers behind the last line, without a line end: learned, kept, and forgotten again. */
let now: Date;
let reception: Reception;
let tree: AccountTree;

beforeEach(async () => {
  now = new Date('2026-03-25T00:01:00.000Z');
  const accounts = [account('tram01'), account('tram02')];
  reception = await Reception.start({ clock: () => now, accounts });
  tree = await reception.login();
});
afterEach(() => reception.remove());

async function restart(): Promise<void> {
  await reception.restart();
  tree = await reception.login();
}

const time = (n: number) => `202603250${String(n).padStart(2, '0')}000`;
const rows = (n: number) =>
  `COD\t16.${n}\tmg/L\t${time(n)}\t00\r\npH\t7.${n}\t-\t${time(n)}\t00\r\nTSS\t9\tmg/L\t${time(n)}\t00\r\n`;
const name = (n: number, prefix = 'HN_FA_T01') => `/${prefix}_${time(n)}.txt`;

/** Sends files with these ends one after another → those that are held, by their places. */
async function sendEnds(ends: readonly string[], { from = 0, prefix = 'HN_FA_T01' } = {}) {
  for (const [i, end] of ends.entries())
    await upload(tree, name(from + i, prefix), rows(from + i) + end);
  const held = new Set((await reception.desk.list()).map(({ path }) => path));
  return ends.map((_, i) => (held.has(name(from + i, prefix)) ? 'held' : 'received'));
}

describe('a mark behind the last line', () => {
  test('is known when the second file in a row ends so, whatever its numbers are', async () => {
    expect(await sendEnds(['V=1.0 4711', 'V=1.0 4712', 'V=1.0 12'])).toEqual([
      ...['held', 'received', 'received'],
    ]);
    expect(await sendEnds(['V=1.1 4711'], { prefix: 'HN_FA_T02', from: 5 })).toEqual(['received']);
  });

  test('of base 16 is the same with other digits', async () => {
    const ends = ['x=1A2B', 'x=DEA7', 'x=0000'];
    expect(await sendEnds(ends)).toEqual(['held', 'received', 'received']);
  });

  test('that is one word, as a symbol is, is known at the third', async () => {
    expect(await sendEnds(['OK', 'OK', 'OK', 'OK'])).toEqual([
      ...['held', 'held', 'received', 'received'],
    ]);
  });

  test('is known when one name is sent again and again with more lines', async () => {
    for (const n of [1, 2, 3]) {
      const content = Array.from({ length: n }, (_, i) => rows(i)).join('');
      await upload(tree, '/day.csv', `${content}V=1.0 ${n}`);
    }
    expect(await reception.received()).toEqual([
      expect.stringContaining('V=1.0 2'),
      expect.stringContaining('V=1.0 3'),
    ]);
  });

  test('is not learned from a file that is sent again', async () => {
    for (let i = 0; i < 3; i++) await upload(tree, name(1), `${rows(1)}V=1.0`);
    expect(await reception.received()).toEqual([]);
    now = new Date(now.getTime() + 31 * 60_000);
    await reception.desk.releaseQuiet();
    await restart();
    await upload(tree, name(1), `${rows(1)}V=1.0`);
    expect(await reception.desk.list()).toHaveLength(1);
  });

  test('is that of an account and of its kind of name', async () => {
    await sendEnds(['V=1.0', 'V=1.0']);
    expect(await sendEnds(['V=1.0'], { prefix: 'event', from: 5 })).toEqual(['held']);
    tree = await reception.login('tram02');
    expect(await sendEnds(['V=1.0'], { from: 6 })).toEqual(['held']);
  });

  test('is kept over a restart, and learned anew where the file of it is damaged', async () => {
    await sendEnds(['V=1.0', 'V=1.0']);
    await restart();
    expect(await sendEnds(['V=1.0'], { from: 3 })).toEqual(['received']);
    await writeFile(join(reception.dir, 'trailers.json'), '{"version":1,"trailers":[["a"]]}');
    await restart();
    expect(await sendEnds(['V=1.0', 'V=1.0'], { from: 4 })).toEqual(['held', 'received']);
    expect(await readFile(join(reception.dir, 'trailers.json'), 'utf8')).toContain('V=1.0');
  });

  test('is learned though it cannot be written down', async () => {
    const path = join(reception.dir, 'trailers.json');
    await mkdir(path);
    expect(await sendEnds(['V=1.0', 'V=1.0', 'V=1.0'])).toEqual(['held', 'received', 'received']);
    await rm(path, { recursive: true });
  });
});

describe('a file that is cut', () => {
  test('is held though its logger writes a mark', async () => {
    await sendEnds(['V=1.0', 'V=1.0']);
    const cuts = ['Temp\t24.1', 'Temp', 'T', 'V', 'Temp\t24.1\tmg/L\t20260325'];
    expect(await sendEnds(cuts, { from: 3 })).toEqual(cuts.map(() => 'held'));
    expect(await sendEnds(['V=1.0'], { from: 9 })).toEqual(['received']);
  });

  test('at the same place twice teaches no mark', async () => {
    expect(await sendEnds(['Temp', 'Temp'])).toEqual(['held', 'held']);
    expect(await sendEnds(['C', 'C', 'C', 'C'], { from: 3 })).toEqual(Array(4).fill('held'));
    expect(await sendEnds(Array(4).fill('Temp\t2'), { from: 8 })).toEqual(Array(4).fill('held'));
  });

  test('between whole ones teaches no mark, as often as it comes', async () => {
    const ends = ['V=1.0', '', 'V=1.0', '', 'V=1.0'];
    expect(await sendEnds(ends)).toEqual(['held', 'received', 'held', 'received', 'held']);
  });

  test('is held again once a file came whole without the mark', async () => {
    await sendEnds(['V=1.0', 'V=1.0', '']);
    expect(await sendEnds(['V=1.0', 'V=1.0'], { from: 4 })).toEqual(['held', 'received']);
  });
});
