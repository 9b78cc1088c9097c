import { describe, expect, test } from '@jest/globals';
import {
  foldersToLook,
  isMoveTarget,
  isSafeName,
  judgeRemoteFile,
  receivedFolder,
  remotePath,
  sureListedTime,
  trimSlash,
  type RemoteEntry,
  type RemoteFileFacts,
  type TakenFile,
} from './remote-sites.ts';

describe('foldersToLook', () => {
  const paths = (templates: string[], at: string): string[] =>
    foldersToLook(templates, Date.parse(at)).map(({ path }) => path);

  test('names today and yesterday by the clock at +07:00', () => {
    // 00:10 on 1 January at +07:00.
    expect(paths(['/data/{yyyy}/Thang{MM}/{dd}{MM}{yyyy}/'], '2025-12-31T17:10:00Z')).toEqual([
      '/data/2026/Thang01/01012026',
      '/data/2025/Thang12/31122025',
    ]);
    expect(paths(['/d/{dd}'], '2025-12-31T16:50:00Z')).toEqual(['/d/31', '/d/30']);
  });

  test('names each folder once', () => {
    expect(paths(['/upload', 'upload/', '/', '/m/{yyyy}{MM}', '/upload/'], '2026-01-20')).toEqual([
      '/upload',
      'upload',
      '/',
      '/m/202601',
    ]);
    expect(foldersToLook(['/a', '/{dd}'], 0).map(({ isDated }) => isDated)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('paths', () => {
  test('are put together, and reported in receipts as absolute ones', () => {
    expect(remotePath('/', 'a.txt')).toBe('/a.txt');
    expect(remotePath('/x y', 'a.txt')).toBe('/x y/a.txt');
    expect(trimSlash('//')).toBe('/');
    expect(receivedFolder('.')).toBe('/');
    expect(receivedFolder('/')).toBe('/');
    expect(receivedFolder('./upload//2026/')).toBe('/upload/2026');
  });
});

test.each([
  ['/in/done', '/in/done/', true],
  ['/in/done', '/done', false],
  ['in/done', '/home/u/in/done', true],
  ['/home/u/in/done', 'in/done', true],
  ['/home/u/in', 'in/done', false],
  ['/in', undefined, false],
])('isMoveTarget %s, %s: %j', (path, moveTo, expected) =>
  expect(isMoveTarget(path, moveTo)).toBe(expected),
);

describe('isSafeName', () => {
  test.each(['', '.', '..', '../a', 'a/b', 'a\r\nDELE b', 'a\u0000', 'ế'.repeat(67)])(
    '%j cannot be asked for',
    (name) => expect(isSafeName('/in', name)).toBe(false),
  );

  test.each(['HNa_NM01_20260101.txt', 'BÐ_Nhà máy 1.txt', '..a', '-rf', '*'])('%s can', (name) =>
    expect(isSafeName('/in', name)).toBe(true),
  );

  test('nor can what lies endlessly deep', () => {
    expect(isSafeName('/a'.repeat(512), 'b')).toBe(false);
  });
});

const entry: RemoteEntry = {
  name: 'a.txt',
  kind: 'file',
  size: 320,
  listed: '2026-01-01T00:00:00Z',
  isCoarse: false,
};
const taken: TakenFile = {
  folder: '/in',
  name: 'a.txt',
  size: 320,
  modified: '2026-01-01T00:00:00Z',
  takenAtMs: 0,
  listed: '2026-01-01T00:00:00Z',
};
const facts: RemoteFileFacts = {
  taken: undefined,
  sighting: undefined,
  nowMs: 0,
  stableMs: 10_000,
};
const sighting = { size: 320, listed: entry.listed, sinceMs: 0 };

describe('judgeRemoteFile', () => {
  test('what is safe here and unchanged is left alone, however old', () => {
    expect(judgeRemoteFile(entry, { ...facts, taken })).toBe('taken');
  });

  test('what is new must be seen twice, far enough apart, the same', () => {
    expect(judgeRemoteFile(entry, facts)).toBe('settling');
    expect(judgeRemoteFile(entry, { ...facts, sighting, nowMs: 9_999 })).toBe('settling');
    expect(judgeRemoteFile(entry, { ...facts, sighting, nowMs: 10_000 })).toBe('settled');
    for (const other of [
      { ...sighting, size: 319 },
      { ...sighting, listed: '' },
    ]) {
      expect(judgeRemoteFile(entry, { ...facts, sighting: other, nowMs: 99_999 })).toBe('settling');
    }
  });

  test('one look is not enough, even without a quiet time', () => {
    expect(judgeRemoteFile(entry, { ...facts, stableMs: 0 })).toBe('settling');
    expect(judgeRemoteFile(entry, { ...facts, stableMs: 0, sighting })).toBe('settled');
  });

  test('what changed is taken again when it has settled', () => {
    const changed = { ...entry, size: 640 };
    expect(judgeRemoteFile(changed, { ...facts, taken })).toBe('settling');
    const seen = { ...sighting, size: 640 };
    expect(judgeRemoteFile(changed, { ...facts, taken, sighting: seen, nowMs: 10_000 })).toBe(
      'settled',
    );
  });

  test('another time at the same size is a question for stat', () => {
    expect(judgeRemoteFile({ ...entry, listed: 'later' }, { ...facts, taken })).toBe('ask');
    expect(judgeRemoteFile(entry, { ...facts, taken: { ...taken, listed: undefined } })).toBe(
      'ask',
    );
  });
});

describe('sureListedTime', () => {
  test('a listing in whole minutes stands for the file only when the minute is over', () => {
    const coarse = { ...entry, isCoarse: true };
    expect(sureListedTime(entry, taken, 0)).toBe(entry.listed);
    expect(sureListedTime(coarse, taken, 60_000)).toBeUndefined();
    expect(sureListedTime(coarse, taken, 120_000)).toBe(entry.listed);
  });
});
