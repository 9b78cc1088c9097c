import { describe, expect, test } from '@jest/globals';
import type { Parameter, Station } from '@envigate/contracts';
import { parseFileName } from '../file-names/file-name.ts';
import { registryOf } from '../testing/station-file.ts';
import { findParameter, indexOf } from './registry-view.ts';
import { findStation } from './find-station.ts';
import { inEnglish } from '../testing/in-english.ts';

const station = (code: string, more: Partial<Station> = {}): Station => ({
  code,
  facility: 'F',
  name: code,
  kind: 'waste-water',
  ...more,
});
const parameter = (code: string, symbol: string, more: Partial<Parameter> = {}): Parameter => ({
  code,
  symbol,
  name: symbol,
  nameEn: symbol,
  unit: 'mg/l',
  ...more,
});

describe('findStation', () => {
  const registry = registryOf({
    stations: [
      station('NUO1', { filePrefixes: ['HN_ABCD_NUO1', 'ÐB_OLD'] }),
      station('NUO10', { filePrefixes: ['HN_ABCD_NUO10'] }),
      station('ALONE'),
      station('UP', { filePrefixes: ['X_Y'] }),
      station('LOW', { filePrefixes: ['x_y'] }),
    ],
    accounts: [
      { code: 'two', stations: ['NUO1', 'NUO10'] },
      { code: 'one', stations: ['ALONE'] },
      { code: 'cased', stations: ['UP', 'LOW'] },
      { code: 'none', stations: [] },
      { code: 'dangling', stations: ['GONE'] },
    ],
  });

  test.each([
    ['two', 'HN_ABCD_NUO1', 'NUO1', 'prefix'],
    ['two', 'HN_ABCD_NUO10', 'NUO10', 'prefix'],
    ['two', 'hn_abcd_nuo10', 'NUO10', 'prefix'],
    ['two', 'ĐB_OLD', 'NUO1', 'prefix'],
    ['one', 'ALONE', 'ALONE', 'prefix'],
    ['one', 'typed freely', 'ALONE', 'account'],
    ['one', '', 'ALONE', 'account'],
    ['cased', 'X_Y', 'UP', 'prefix'],
    ['cased', 'x_y', 'LOW', 'prefix'],
  ])('%s sends %p: %s by %s', (account, prefix, code, by) => {
    expect(findStation(registry, { account, prefix, folder: '/' })).toMatchObject({
      kind: 'found',
      station: { code },
      by,
    });
  });

  test.each([
    ['nobody', 'HN_ABCD_NUO1', 'unknown-account'],
    ['two', 'HN_ABCD_NUO', 'unknown-station'],
    ['two', 'HN_ABCD_NUO100', 'unknown-station'],
    ['two', 'ABCD_NUO1', 'unknown-station'],
    ['cased', 'X_y', 'unknown-station'],
    ['none', 'x', 'unknown-station'],
    ['dangling', 'x', 'unknown-station'],
    ['one', 'HN_ABCD_NUO1', 'other-accounts-station'],
  ])('%s sends %p: %s', (account, prefix, reason) => {
    expect(findStation(registry, { account, prefix, folder: '/' })).toMatchObject({
      ...{ kind: 'unknown', reason },
    });
  });
});

describe('findStation by folder', () => {
  const registry = registryOf({
    stations: [
      station('S1', { folders: ['/S1/*'] }),
      station('S2', { folders: ['/s2'], filePrefixes: ['DATA'] }),
      station('S3', { folders: ['/NuocThai/*/S3', '/old?'], filePrefixes: ['DATA'] }),
      station('SUB', { folders: ['/S1/sub/'] }),
      station('ANY', { folders: ['/Khu*'] }),
      station('FREE', { filePrefixes: ['HN_FREE'] }),
      station('LONE', { folders: ['/lone'] }),
      station('TWIN1', { folders: ['/both'] }),
      station('TWIN2', { folders: ['/both'] }),
      station('FOREIGN'),
    ],
    accounts: [
      { code: 'a', stations: ['S1', 'S2', 'S3', 'SUB', 'ANY', 'FREE', 'TWIN1', 'TWIN2'] },
      { code: 'lone', stations: ['LONE'] },
      { code: 'b', stations: ['FOREIGN'] },
    ],
  });
  const find = (folder: string, prefix: string, account = 'a') =>
    findStation(registry, { account, prefix, folder });

  test.each([
    ['/S1', '', 'S1', 'folder'],
    ['/S1/', 'anything', 'S1', 'folder'],
    ['/S1/2026/11/29', '', 'S1', 'folder'],
    ['/2026/11/29/S1', '', 'S1', 'folder'],
    ['/S1/raw', '', 'S1', 'folder'],
    ['/S1/sub', '', 'SUB', 'folder'],
    ['/S1/sub/below', '', 'SUB', 'folder'],
    ['/S2', 'DATA', 'S2', 'prefix'],
    ['/S2', 'data', 'S2', 'prefix'],
    ['/NuocThai/khu 2/S3/20261129', 'DATA', 'S3', 'prefix'],
    ['/old7', 'DATA', 'S3', 'prefix'],
    ['/khu công nghiệp', '', 'ANY', 'folder'],
    ['/elsewhere', 'HN_FREE', 'FREE', 'prefix'],
    ['/S1', 'HN_FREE', 'FREE', 'prefix'],
    ['/both', 'TWIN2', 'TWIN2', 'prefix'],
    ['/S2', '042_DATA_7', 'S2', 'prefix'], // the prefix is within
    ['/S1', '042', 'S1', 'folder'],
  ])('%s with %p: %s by %s', (folder, prefix, code, by) => {
    expect(find(folder, prefix)).toMatchObject({ kind: 'found', station: { code }, by });
  });

  test.each([
    ['/', '', "'' does not match a file prefix of account 'a'"],
    ['/S4', '', "nor does folder '/S4' match"],
    ['/S10', '', "nor does folder '/S10' match"],
    ['/S1', 'DATA', "'DATA' is a file prefix of station 'S2' in /s2 and 'S3' in /NuocThai/*/S3"],
    ['/S1', '042_DATA_7', "'DATA' is a file prefix of station 'S2' in /s2 and"],
    ['/S2', 'S1', "'S1' is a file prefix of station 'S1' in /S1/*; the file lies in '/S2'"],
    ['/NuocThai/S3', '', "nor does folder '/NuocThai/S3' match"],
    ['/both', '', "folder '/both' fits several stations: TWIN1, TWIN2"],
  ])('%s with %p is unknown: %s', (folder, prefix, detail) => {
    const found = find(folder, prefix);
    expect(found).toMatchObject({ kind: 'unknown', reason: 'unknown-station' });
    expect(found.kind === 'unknown' && inEnglish(found.detail)).toContain(detail);
  });

  test("a name that is somebody else's station is refused in whatever folder", () => {
    expect(find('/S1', 'FOREIGN')).toMatchObject({ reason: 'other-accounts-station' });
  });

  test('the only station of an account owns what lies elsewhere only where it has no folders', () => {
    expect(find('/lone', '', 'lone')).toMatchObject({ station: { code: 'LONE' }, by: 'folder' });
    expect(find('/', '', 'lone')).toMatchObject({ reason: 'unknown-station' });
    expect(find('/any', '', 'b')).toMatchObject({ station: { code: 'FOREIGN' }, by: 'account' });
  });

  test('is remembered, and folders without number are not kept', () => {
    for (let i = 0; i < 5000; i++) expect(find(`/x${i}`, '')).toMatchObject({ kind: 'unknown' });
    expect(find('/S1', '')).toMatchObject({ station: { code: 'S1' } });
  });
});

describe('findStation by a prefix anywhere in the name', () => {
  const registry = registryOf({
    stations: [
      station('T05', { filePrefixes: ['HN_FA_T05'] }),
      station('T06', { filePrefixes: ['HN_FA_T06', 'T06'] }),
      station('T06B', { filePrefixes: ['HN_FA_T06_B'] }),
      station('DT', { filePrefixes: ['ÐT 1'] }),
      station('7'),
      station('B1', { filePrefixes: ['HN_FB_T06'] }),
      station('B2'),
      station('ALONE', { filePrefixes: ['HN_FC_ALONE'] }),
    ],
    accounts: [
      { code: 'fa', stations: ['T05', 'T06', 'T06B', 'DT', '7'] },
      { code: 'fb', stations: ['B1', 'B2'] },
      { code: 'fc', stations: ['ALONE'] },
    ],
  });
  const found = (account: string, name: string) => {
    const { prefix, stem } = parseFileName(name);
    const result = findStation(registry, { account, prefix, stem, folder: '/' });
    if (result.kind === 'unknown') return result.reason;
    const { from, to } = result.at ?? {};
    return [result.station.code, result.by, stem.slice(from, to)];
  };

  test.each([
    ['fa', 'HN_FA_T05_2026-11-29_22-29_042B_File0.csv', 'T05'],
    ['fa', 'HN_FA_T05_042B_2026-11-29_22-29.csv', 'T05'],
    ['fa', 'HN_FA_T05-042B.csv', 'T05'],
    ['fa', 'HN_FA_T05.042B.csv', 'T05'],
    ['fa', 'HN_FA_T05 (2).csv', 'T05'],
    ['fa', '042_HN_FA_T05_20261129222300.txt', 'T05'],
    ['fa', '20261129222300_042_HN_FA_T05.txt', 'T05'],
    ['fa', '20261129222300HN_FA_T05_1.txt', 'T05'],
    ['fa', 'hn_fa_t05_042B_261129_2224.txt', 'T05'],
    ['fa', 'HN_FA_T06_B_1.txt', 'T06B'], // the longest
    ['fa', 'HN_FA_T06_BX_1.txt', 'T06'],
    ['fa', 'x_T06_HN_FA_T05_1.txt', 'T05'], // the longest, wherever it is
    ['fa', 'x_HN_FA_T05_HN_FA_T06.txt', 'T05'], // of one length the first
    ['fa', 'x_đt 1_1.txt', 'DT'],
    ['fc', 'backup_HN_FC_ALONE_1.txt', 'ALONE'],
  ])('%s sends %s: %s', (account, name, code) => {
    expect(found(account, name)).toEqual([code, 'prefix', expect.stringMatching(/\w/)]);
  });

  test.each([
    ['fa', 'HN_FA_T050_042B.csv', 'unknown-station'], // not in a longer word
    ['fa', 'XHN_FA_T05_042B.csv', 'unknown-station'],
    ['fa', 'LOG_7_1.csv', 'unknown-station'], // a prefix of digits alone is any number
    ['fa', 'HN_FB_T06_20261129222300.txt', 'other-accounts-station'],
    ['fa', 'x_HN_FB_T06_1.txt', 'other-accounts-station'], // though T06 is in it
    ['fb', 'x_HN_FA_T05_1.txt', 'unknown-station'],
    ['fb', 'B2_HN_FA_T05_1.txt', 'other-accounts-station'],
  ])('%s sends %s: %s', (account, name, reason) => {
    expect(found(account, name)).toBe(reason);
  });

  test('is left where an account has one station and a name of no station', () => {
    expect(found('fc', 'B2_1.txt')).toEqual(['ALONE', 'account', 'B2_1']);
  });

  test('in a name of any length takes no time to speak of', () => {
    const stem = 'a-'.repeat(120);
    const began = performance.now();
    expect(findStation(registry, { account: 'fa', prefix: stem, stem, folder: '/' })).toMatchObject(
      { reason: 'unknown-station' },
    );
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('findParameter', () => {
  const here = station('S', {
    parameters: [
      { parameter: 'NH4_N', mapping: 'Amoni', min: 0, max: 5 },
      { parameter: 'COND', unit: 'uS/cm' },
    ],
  });
  const elsewhere = station('T');
  const registry = registryOf({
    stations: [here, elsewhere],
    parameters: [
      parameter('NH4', 'NH4', { aliases: ['Amoni', 'NH4+'] }),
      parameter('NH4_N', 'NH4-N'),
      parameter('PM2_5', 'PM2,5'),
      parameter('CO', 'CO'),
      parameter('COBALT', 'Co'),
      parameter('COND', 'COND', { unit: 'mS/cm', negative: true }),
    ],
  });

  test.each([
    [elsewhere, 'Amoni', 'NH4'],
    [here, 'Amoni', 'NH4_N'],
    [here, 'AMONI ', 'NH4_N'],
    [here, 'nh4+', 'NH4'],
    [here, 'NH4-N', 'NH4_N'],
    [here, 'PM-2-5', 'PM2_5'],
    [here, 'PM2_5', 'PM2_5'],
    [here, 'CO', 'CO'],
    [here, 'Co', 'COBALT'],
  ])('%#: %p means %s', (at, symbol, code) => {
    expect(findParameter(registry, at, symbol)?.parameter.code).toBe(code);
  });

  test.each(['co', 'cO', 'N-NH4', 'NH', 'constructor', ''])('%p is unknown', (symbol) => {
    expect(findParameter(registry, here, symbol)).toBeUndefined();
  });

  test('gives unit and rules of the station, else of the catalogue', () => {
    const find = (at: Station, symbol: string) => findParameter(registry, at, symbol)?.parameter;
    expect(find(here, 'COND')).toMatchObject({ mayBeNegative: true, unit: 'µS/cm' });
    expect(find(elsewhere, 'COND')).toMatchObject({ unit: 'mS/cm' });
    expect(find(here, 'Amoni')).toMatchObject({ unit: 'mg/L', min: 0, max: 5 });
    expect(find(here, 'NH4')).toMatchObject({ min: -Infinity, max: Infinity });
  });

  test.each([
    ['COND(mS/cm)', 'COND', 'mS/cm'],
    ['PM2.5 (µg/m3)', 'PM2_5', 'µg/m3'],
    ['CO(%)', 'CO', '%'],
  ])('%p is a name with its unit', (symbol, code, unitInSymbol) => {
    const found = findParameter(registry, here, symbol);
    expect({ ...found, parameter: found?.parameter.code }).toEqual({
      parameter: code,
      unitInSymbol,
    });
  });

  test.each(['COND(x)', 'COND()', '(mg/L)', 'COND(mS/cm', 'COND(mS/cm) 2'])(
    '%p is unknown: no name with a unit',
    (symbol) => {
      expect(findParameter(registry, here, symbol)).toBeUndefined();
    },
  );

  test('what the station says goes before the catalogue, by key too', () => {
    const own = station('O', { parameters: [{ parameter: 'NH4_N', mapping: 'nh4' }] });
    expect(findParameter(registry, own, 'NH4')?.parameter.code).toBe('NH4_N');
  });

  test('is remembered, and unknown symbols without number are not kept', () => {
    expect(findParameter(registry, here, 'CO')).toBe(findParameter(registry, here, 'CO'));
    for (let i = 0; i < 5000; i++) expect(findParameter(registry, here, `x${i}`)).toBeUndefined();
    expect(indexOf(registry).station(here).found.size).toBeLessThanOrEqual(1000);
    expect(findParameter(registry, here, 'NH4-N')?.parameter.code).toBe('NH4_N');
  });

  test('is unknown where a mapping names a parameter that is not there', () => {
    const broken = station('B', { parameters: [{ parameter: 'GONE', mapping: 'x' }] });
    expect(findParameter(registryOf({ stations: [broken] }), broken, 'x')).toBeUndefined();
  });
});
