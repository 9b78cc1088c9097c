import { describe, expect, test } from '@jest/globals';
import type { DropFile } from '@envigate/domain';
import { WaitingFiles, type WaitingFile } from './waiting-files.ts';

const quietPeriodMs = 5000;
const all = { files: 1000, bytes: 1e9 };

function newWaiting(maxFiles = 1000): WaitingFiles {
  return new WaitingFiles({ quietPeriodMs, maxFiles });
}

function file(path: string, more: Partial<DropFile> = {}): DropFile {
  return { path, size: 10, modifiedAt: 1000, inode: 7, ...more };
}

function paths(batch: readonly WaitingFile[]): string[] {
  return batch.map(({ file: { path } }) => path);
}

describe('a file is ready', () => {
  test('when it was seen in one state for the settle time', () => {
    const waiting = newWaiting();
    waiting.see(file('/a'), 'caph', 100);
    expect(waiting.nextDue).toBe(5100);
    waiting.advance(5099);
    expect(waiting.hasReady).toBe(false);
    waiting.see(file('/a'), 'caph', 3000);
    waiting.advance(5100);
    expect(paths(waiting.take(all))).toEqual(['/a']);
    expect(waiting.size).toBe(0);
  });

  test.each([{ size: 11 }, { modifiedAt: 1000.25 }, { inode: 8 }])(
    'not before, where it changed meanwhile: %j',
    (change) => {
      const waiting = newWaiting();
      waiting.see(file('/a'), 'caph', 0);
      waiting.see(file('/a', change), 'caph', 4000);
      waiting.advance(8999);
      expect(waiting.take(all)).toEqual([]);
      waiting.advance(9000);
      expect(waiting.take(all)[0]?.file).toEqual(file('/a', change));
      expect(waiting.take(all)).toEqual([]);
    },
  );

  test('not while it changes on and on', () => {
    const waiting = newWaiting();
    for (let at = 0; at < 100_000; at += 1000) {
      waiting.see(file('/a', { size: at }), 'caph', at);
      waiting.advance(at);
      expect(waiting.take(all)).toEqual([]);
    }
    expect(waiting.size).toBe(1);
  });

  test('not once it has changed after all, although it was ready', () => {
    const waiting = newWaiting();
    waiting.see(file('/a'), 'caph', 0);
    waiting.advance(5000);
    waiting.see(file('/a', { size: 11 }), 'caph', 5500);
    expect(waiting.take(all)).toEqual([]);
    waiting.advance(10_500);
    expect(waiting.take(all)).toHaveLength(1);
  });
});

describe('the order', () => {
  test('the oldest come first, by name where the times are equal', () => {
    const waiting = newWaiting();
    for (const [path, modifiedAt] of [
      ['/c', 2],
      ['/b', 3],
      ['/d', 1],
      ['/a', 3],
    ] as const)
      waiting.see(file(path, { modifiedAt }), 'caph', 0);
    waiting.advance(5000);
    expect(paths(waiting.take({ ...all, files: 3 }))).toEqual(['/d', '/c', '/a']);
    expect(paths(waiting.take(all))).toEqual(['/b']);
  });

  test('holds for many', () => {
    const waiting = newWaiting(100_000);
    const times = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_011);
    for (const [i, modifiedAt] of times.entries())
      waiting.see(file(`/${i}`, { modifiedAt }), 'a', i);
    waiting.advance(1e9);
    const taken: number[] = [];
    for (let batch = waiting.take({ files: 256, bytes: 1e9 }); batch.length > 0;) {
      taken.push(...batch.map((one) => one.file.modifiedAt));
      batch = waiting.take({ files: 256, bytes: 1e9 });
    }
    expect(taken).toEqual([...times].sort((a, b) => a - b));
  });

  test('accounts take turns, so that the backlog of one holds up nobody', () => {
    const waiting = newWaiting();
    for (let i = 0; i < 100; i++) waiting.see(file(`/old/${i}`, { modifiedAt: i }), 'old', 0);
    waiting.see(file('/new/1', { modifiedAt: 9001 }), 'new', 0);
    waiting.see(file('/new/2', { modifiedAt: 9002 }), 'new', 0);
    waiting.advance(5000);
    expect(paths(waiting.take({ ...all, files: 4 }))).toEqual([
      '/old/0',
      '/new/1',
      '/old/1',
      '/new/2',
    ]);
  });
});

describe('what is taken', () => {
  test('is bounded by number and bytes, and one file always goes', () => {
    const waiting = newWaiting();
    for (const [i, size] of [50, 60, 1000, 5].entries())
      waiting.see(file(`/${i}`, { size, modifiedAt: i }), 'caph', 0);
    waiting.advance(5000);
    const limits = { files: 10, bytes: 110 };
    expect(paths(waiting.take(limits))).toEqual(['/0', '/1']);
    expect(paths(waiting.take(limits))).toEqual(['/2']);
    expect(paths(waiting.take(limits))).toEqual(['/3']);
  });

  test('put back, is ready at its place', () => {
    const waiting = newWaiting();
    waiting.see(file('/a', { modifiedAt: 1 }), 'caph', 0);
    waiting.see(file('/b', { modifiedAt: 2 }), 'caph', 0);
    waiting.advance(5000);
    for (const one of waiting.take(all)) waiting.putBack(one);
    expect(paths(waiting.take(all))).toEqual(['/a', '/b']);
  });

  test('held, is ready again later, unless it changes', () => {
    const waiting = newWaiting();
    waiting.see(file('/a'), 'caph', 0);
    waiting.see(file('/b'), 'caph', 0);
    waiting.advance(5000);
    for (const one of waiting.take(all)) waiting.postponeUntil(one, 60_000);
    waiting.see(file('/b', { size: 20 }), 'caph', 10_000);
    waiting.advance(15_000);
    expect(paths(waiting.take(all))).toEqual(['/b']);
    waiting.advance(60_000);
    expect(paths(waiting.take(all))).toEqual(['/a']);
  });

  test('no more files are remembered than agreed', () => {
    const waiting = newWaiting(2);
    expect(['/a', '/b', '/c', '/a'].map((path) => waiting.see(file(path), 'caph', 0))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(waiting.size).toBe(2);
  });
});
