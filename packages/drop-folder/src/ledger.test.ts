import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DropFile } from '@envigate/domain';
import { Ledger } from './ledger.ts';

let dir: string;
let path: string;
let ledger: Ledger;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-ledger-'));
  path = join(dir, 'drop/office.taken');
  ledger = await Ledger.open(path);
});
afterEach(async () => {
  await ledger.close();
  await rm(dir, { recursive: true, force: true });
});

/** What the next process knows, had this one been killed now. */
async function known(...files: readonly DropFile[]): Promise<readonly boolean[]> {
  const next = await Ledger.open(path);
  const has = files.map((file) => next.has(next.keyOf(file)));
  await next.close();
  return has;
}

function file(name: string, more: Partial<DropFile> = {}): DropFile {
  return { path: `/caph/${name}`, size: 10, modifiedAt: 1000.25, inode: 7, ...more };
}

function keys(...files: readonly DropFile[]): readonly string[] {
  return files.map((one) => ledger.keyOf(one));
}

test('what was added is known to the next process', async () => {
  await ledger.add(keys(file('a')));
  await ledger.add(keys(file('b'), file('a')));
  expect(ledger.size).toBe(2);
  expect(await known(file('a'), file('b'), file('c'))).toEqual([true, true, false]);
  expect(await readFile(path, 'latin1')).toMatch(/^([0-9a-f]{32}\n){2}$/);
});

test.each([{ size: 11 }, { modifiedAt: 1000.5 }, { inode: 8 }, { path: '/caph/b' }])(
  'another state is another file: %j',
  async (change) => {
    await ledger.add(keys(file('a')));
    expect(await known(file('a', change))).toEqual([false]);
  },
);

test('a torn or spoilt line is no line, and the next ones are found', async () => {
  await ledger.add(keys(file('a'), file('b')));
  await appendFile(path, '0123abc');
  expect(await known(file('a'), file('b'))).toEqual([true, true]);
  await ledger.close();
  ledger = await Ledger.open(path);
  await ledger.add(keys(file('c')));
  expect(await known(file('a'), file('b'), file('c'))).toEqual([true, true, true]);
  const text = await readFile(path, 'latin1');
  await writeFile(path, `${'\0'.repeat(33)}${text.slice(33)}`);
  expect(await known(file('a'), file('b'), file('c'))).toEqual([false, true, true]);
  await truncate(path, 50);
  expect(await known(file('b'))).toEqual([false]);
});

test('keeps only what it is given, and what was added meanwhile', async () => {
  await ledger.add(keys(file('a'), file('b')));
  const kept = ledger.keepOnly(new Set(keys(file('b'))));
  await Promise.all([kept, ledger.add(keys(file('c')))]);
  expect(await known(file('a'), file('b'), file('c'))).toEqual([false, true, true]);
  await ledger.add(keys(file('d')));
  expect(await known(file('a'), file('b'), file('c'), file('d'))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(ledger.size).toBe(3);
});
