import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TakenFile } from '@envigate/domain';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TakenLedger } from './site-memory.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-ledger-'));
  path = join(dir, 'site.ledger');
});
afterEach(() => rm(dir, { recursive: true }));

const file = (number: number, more: Partial<TakenFile> = {}): TakenFile => ({
  folder: '/Nam 2026/thang 01',
  name: `BÐ_${number}\n.txt`,
  size: number,
  modified: '2026-01-01T00:00:00.000Z',
  takenAtMs: 1_700_000_000_000,
  listed: 'Jan 01 00:00',
  ...more,
});
const pathOf = (number: number): string => `${file(number).folder}/${file(number).name}`;

async function add(...files: TakenFile[]): Promise<void> {
  const ledger = await TakenLedger.open(dir, 'site');
  for (const one of files) await ledger.add(one);
  await ledger.close();
}

async function found(...numbers: number[]): Promise<readonly (TakenFile | undefined)[]> {
  const ledger = await TakenLedger.open(dir, 'site');
  await ledger.close();
  return numbers.map((number) => ledger.find(pathOf(number)));
}

test('remembers what was taken, the last state of each path', async () => {
  await add(file(1), file(2, { listed: undefined }));
  await add(file(1, { modified: 'later' }));
  expect(await found(1, 2, 3)).toEqual([
    file(1, { modified: 'later' }),
    file(2, { listed: undefined }),
    undefined,
  ]);
});

test('cut at any byte, it knows what was whole before, and goes on', async () => {
  await add(file(1), file(2));
  const whole = await readFile(path);
  const first = whole.indexOf('\n') + 1;
  const steps = Array.from({ length: whole.length / 9 }, (_, step) => 9 * step);
  for (const bytes of [...steps, first - 1, first, whole.length - 1, whole.length]) {
    await writeFile(path, whole);
    await truncate(path, bytes);
    const isKnown = [bytes >= first, bytes >= whole.length];
    expect((await found(1, 2)).map((one) => one !== undefined)).toEqual(isKnown);
    await add(file(3));
    expect(await found(3)).toEqual([file(3)]);
  }
});

test('a spoilt line is forgotten, the others are not', async () => {
  await add(file(1), file(2), file(3));
  const whole = await readFile(path, 'utf8');
  await writeFile(path, whole.replace('_2', '_9'));
  expect(await found(1, 2, 3, 9)).toEqual([file(1), undefined, file(3), undefined]);
  await appendFile(path, 'nonsense\n\n\u0000');
  expect(await found(1, 3)).toEqual([file(1), file(3)]);
  expect(await readFile(path, 'utf8')).not.toContain('nonsense');
});

test('forgets what is gone, and does not grow without end', async () => {
  const ledger = await TakenLedger.open(dir, 'site');
  await ledger.add(file(1));
  for (let round = 0; round < 1200; round++) await ledger.add(file(2, { size: round }));
  const before = (await readFile(path)).length;
  await ledger.forget([]);
  await ledger.add(file(3));
  expect((await readFile(path)).length).toBeLessThan(before / 100);
  await ledger.forget([pathOf(1)]);
  expect(ledger.find(pathOf(1))).toBeUndefined();
  expect(ledger.size).toBe(2);
  await ledger.close();
  expect(await found(2, 3)).toEqual([file(2, { size: 1199 }), file(3)]);
});
