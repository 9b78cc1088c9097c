import { describe, expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { acceptStation, type Acceptance } from './accept-station.ts';
import { findStation } from '../registry/find-station.ts';
import type { UnknownStation } from './propose-station.ts';
import { RegistryView } from '../registry/registry-view.ts';

const registry: Registry = {
  facilities: [{ code: 'F', name: 'F' }],
  parameters: [{ code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' }],
  targets: [],
  stations: [
    { code: 'S0', facility: 'F', name: 'S0', kind: 'waste-water', folders: ['/S0'] },
    { code: 'D', facility: 'F', name: 'D', kind: 'waste-water', filePrefixes: ['DATA'] },
    { code: 'S9', facility: 'F', name: 'S9', kind: 'waste-water', folders: ['/S9'] },
  ].map((station) =>
    station.code === 'S9' ? { ...station, filePrefixes: ['SHARED'] } : station,
  ) as Registry['stations'],
  accounts: [{ code: 'a', stations: ['S0', 'D', 'S9'] }],
};

function accept(
  unknown: Partial<UnknownStation> & {
    readonly prefix: string | undefined;
    readonly folder: string;
  },
  said: Acceptance = {},
) {
  const { prefix = '042' } = unknown;
  const exampleName = `${prefix === '' ? '' : `${prefix}_`}20260325000000.txt`;
  const known = { account: 'a', symbols: ['pH'], isInSeveralFolders: false, exampleName };
  return acceptStation(registry, { ...known, ...unknown }, said);
}

describe('a pending station becomes the one that was described', () => {
  test.each([
    ['by its name alone', { prefix: 'NUO7', folder: '/x' }, { filePrefixes: ['NUO7'] }],
    [
      'by its folder, where the name says nothing',
      { prefix: '', folder: '/NUO7' },
      { folders: ['/NUO7'] },
    ],
    [
      'by both, where files of that name wait in another folder too',
      { prefix: 'NUO7', folder: '/x', isInSeveralFolders: true },
      { filePrefixes: ['NUO7'], folders: ['/x'] },
    ],
    [
      'by both, where a station of another folder has that name',
      { prefix: 'SHARED', folder: '/x' },
      { filePrefixes: ['SHARED'], folders: ['/x'] },
    ],
  ])('%s', (_, unknown, described) => {
    const outcome = accept(unknown, { code: 'NUO7' });
    if (outcome.kind !== 'accepted') throw new Error(outcome.reason.en);
    const { filePrefixes, folders } = outcome.station;
    expect({ filePrefixes, folders }).toEqual({
      filePrefixes: undefined,
      folders: undefined,
      ...described,
    });
    const found = findStation(new RegistryView(outcome.registry), { account: 'a', ...unknown });
    expect(found).toMatchObject({ kind: 'found', station: { code: 'NUO7' } });
  });

  test('in whatever folder, where a person says so', () => {
    const several = { prefix: 'NUO7', folder: '/', isInSeveralFolders: true };
    expect(accept(several, { anyFolder: true })).toMatchObject({
      station: { filePrefixes: ['NUO7'] },
    });
    expect(accept({ ...several, prefix: '' }, { code: 'N', anyFolder: true })).toMatchObject({
      station: { folders: ['/'] },
    });
  });

  test('by its folder, where the names are running numbers', () => {
    const numbered = { prefix: undefined, folder: '/NUO7', exampleName: '042_20260325000000.txt' };
    expect(accept(numbered)).toMatchObject({ station: { code: 'NUO7', folders: ['/NUO7'] } });
    expect(accept({ ...numbered, folder: '/' })).toMatchObject({
      ...{
        kind: 'refused',
        reason: {
          vi: expect.stringContaining('cần nhập tiền tố tên tệp'),
          en: expect.stringContaining('give a file prefix'),
        },
      },
    });
    expect(accept({ ...numbered, inCommon: 'LOG' })).toMatchObject({
      ...{
        kind: 'refused',
        reason: {
          vi: expect.stringContaining("cần nhập tiền tố tên tệp, 'LOG' nếu"),
          en: expect.stringContaining("give a file prefix, 'LOG' if"),
        },
      },
    });
  });

  test('and the root would swallow the folders below it: those first', () => {
    expect(accept({ prefix: 'NUO7', folder: '/', isInSeveralFolders: true })).toEqual({
      kind: 'refused',
      reason: {
        vi: expect.stringContaining("còn chờ khai báo trong các thư mục bên dưới '/'"),
        en: expect.stringContaining("pending in folders below '/' too: accept those first"),
      },
    });
  });
});

test('a station that is found by its folder is pending no more', () => {
  expect(accept({ prefix: '', folder: '/S0' })).toEqual({
    kind: 'refused',
    reason: {
      vi: "tệp '20260325000000.txt' đã thuộc trạm 'S0'",
      en: "'20260325000000.txt' is of station 'S0' already",
    },
  });
});
