import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { nodeDisk } from './disk.ts';
import { HandOverNote, type HandOver } from './hand-over.ts';
import type { SpoolEmit } from './telemetry.ts';
import { FaultyDisk } from './testing/faulty-disk.ts';
import { openTestSpool } from './testing/open-test-spool.ts';
import { temporaryFolder, type TemporaryFolder } from './testing/temporary-folder.ts';

let folder: TemporaryFolder;
const happened: string[] = [];
const emit: SpoolEmit = (name) => void happened.push(name);
const at = (position: number, log = 'log'): HandOver => ({
  ...{ log, position, furthest: position, at: '2026-11-29T00:00:00.000Z' },
});
const path = (): string => join(folder.path, 'handed-over.json');
const written = async (): Promise<unknown> =>
  JSON.parse(await readFile(path(), 'utf8').catch(() => 'null'));
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function writtenIs(expected: HandOver): Promise<void> {
  for (let look = 0; look < 2_000; look++) {
    if (((await written()) as HandOver | null)?.position === expected.position) break;
    await soon();
  }
  expect(await written()).toEqual(expected);
}

beforeEach(async () => {
  folder = await temporaryFolder();
  happened.splice(0);
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
});
afterEach(async () => {
  jest.useRealTimers();
  await folder.remove();
});

describe('the note of what was handed over', () => {
  test('is there in the next life of the spool', async () => {
    const first = await openTestSpool(folder.path);
    expect(first.value.handedOver).toBeUndefined();
    first.value.noteHandOver(at(5));
    first.value.noteHandOver(at(9));
    await first.stop();
    const second = await openTestSpool(folder.path);
    expect(second.value.handedOver).toEqual(at(9));
    await second.stop();
  });

  test('is written down at once for another log, and else within seconds', async () => {
    const note = await HandOverNote.open(nodeDisk, folder.path, emit);
    note.note(at(1));
    await writtenIs(at(1));
    note.note(at(2));
    note.note(at(3));
    await soon();
    expect(await written()).toEqual(at(1));
    jest.advanceTimersByTime(5_000);
    await writtenIs(at(3));
    note.note(at(2, 'another'));
    await writtenIs(at(2, 'another'));
    await note.close();
    expect(happened).toEqual([]);
  });

  test('that cannot be read is ignored, and that is logged', async () => {
    for (const text of [
      '',
      'garbage',
      '{"log":"log"}',
      '{"log":1,"position":2,"furthest":3,"at":""}',
    ]) {
      await writeFile(path(), text);
      const note = await HandOverNote.open(nodeDisk, folder.path, emit);
      expect(note.current).toBeUndefined();
    }
    expect(happened).toEqual(Array.from({ length: 4 }, () => 'hand-over-unreadable'));
  });

  test('that cannot be written is tried again, and said once', async () => {
    const disk = new FaultyDisk();
    disk.fail(['create'], 'ENOSPC');
    const note = await HandOverNote.open(disk, folder.path, emit);
    for (const position of [1, 2]) {
      note.note(at(position));
      await soon();
    }
    expect(note.current).toEqual(at(2));
    expect(await written()).toBeNull();
    disk.heal();
    await note.close();
    expect(await written()).toEqual(at(2));
    expect(happened).toEqual(['hand-over-not-noted']);
  });
});
