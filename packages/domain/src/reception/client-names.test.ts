import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  defaultMarkerEndings,
  defaultTemporaryNames,
  endsWithoutName,
  filePrefixesOf,
  isMarkerFile,
  isTemporaryName,
  isWindowsPath,
  unixPath,
} from './client-names.ts';
import { RegistryView } from '../registry/registry-view.ts';

describe('a path of Windows', () => {
  test.each([
    ['\\data\\a.txt', '/data/a.txt'],
    ['data\\2026\\a.txt', 'data/2026/a.txt'],
    ['.\\a.txt', './a.txt'],
    ['..\\a.txt', '../a.txt'],
    ['\\data\\', '/data/'],
    ['C:\\data\\a.txt', '/data/a.txt'],
    ['c:/data/a.txt', '/data/a.txt'],
    ['D:\\a.txt', '/a.txt'],
    ['C:a.txt', 'a.txt'],
    ['C:data/c:d', 'data/c:d'],
    ['C:', ''],
    ['C:\\', '/'],
    ['/C:/data/a.txt', '//data/a.txt'],
    ['C:/data\\2026/a.txt', '/data/2026/a.txt'],
    ['/data\\2026\\a.txt', '/data/2026/a.txt'],
    ['\\\\server\\share\\a.txt', '/a.txt'],
    ['\\\\192.168.1.5\\d$\\data\\a.txt', '/data/a.txt'],
    ['\\\\server\\share', ''],
    ['\\\\server\\share\\', '/'],
    // Escaped twice on its way through a configuration file.
    ['\\\\data\\\\a.txt', '//data//a.txt'],
    ['C:\\\\data\\\\a.txt', '//data//a.txt'],
    ['\\\\?\\C:\\data\\a.txt', '/data/a.txt'],
    ['\\\\.\\C:\\data\\a.txt', '/data/a.txt'],
    ['\\\\?\\UNC\\server\\share\\data\\a.txt', '/data/a.txt'],
    ['"a.txt"', 'a.txt'],
    ["'a.txt'", 'a.txt'],
    ['"C:\\Tram do\\a.txt"', '/Tram do/a.txt'],
    [' "a b.txt" ', 'a b.txt'],
    ['""', ''],
    ['"\\"', '/'],
  ])('%j is %j', (path, unix) => {
    expect(unixPath(path)).toBe(unix);
  });
});

describe('any other path stays as it is', () => {
  test.each([
    '',
    '/',
    '/data/a.txt',
    '//data/a.txt',
    'Trạm "Đông" 1',
    '"a.txt',
    'a.txt"',
    '"',
    "'",
    '12:30.txt',
    '/data/C:a.txt',
    '//?/:',
    '~a.txt',
  ])('%j', (path) => {
    expect(unixPath(path)).toBe(path);
  });
});

test('property: an absolute path that was read is not read into another', () => {
  const part = fc.oneof(
    fc.constantFrom('\\', '/', 'C:', '"', "'", '\\\\', '?', '.', '..', 'UNC', 'a', ' '),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const path = `/${unixPath(parts.join(''))}`;
      expect(path).not.toContain('\\');
      expect(unixPath(path)).toBe(path);
    }),
    { numRuns: 2000 },
  );
});

test('a path without a name at its end is recognised', () => {
  expect(['', '/', 'data/'].map(endsWithoutName)).toEqual([true, true, true]);
  expect(['a', '/data/a.txt'].map(endsWithoutName)).toEqual([false, false]);
});

test.each([
  ['\\a', true],
  ['a\\b', true],
  ['C:/a', true],
  ['/C:/a', true],
  ['"C:a"', true],
  ['"a"', false],
  ['/a', false],
  ['12:30.txt', false],
])('%j is written as on Windows: %s', (path, isOfWindows) => {
  expect(isWindowsPath(path)).toBe(isOfWindows);
});

const isTemporary = (name: string, ...prefixes: string[]): boolean =>
  isTemporaryName(name, defaultTemporaryNames, () => prefixes);

describe('temporary is a name', () => {
  const station = 'HN_FA_T02_20261129224700';
  test.each([
    ...['.tmp', '.TMP', '.temp', '.part', '.partial', '.filepart', '~', '.~tmp', '_tmp', '.$$$'],
    ...['.writing', '.uploading', '.inprogress', '.incomplete', '.crdownload', '.camelLock'],
    ...['.lftp', '.part~', '.unfinished'],
  ])('ending in %s', (ending) => {
    expect(isTemporary(`${station}.txt${ending}`)).toBe(true);
    expect(isTemporary(`${station}${ending}`)).toBe(true);
  });

  test.each([
    ...['tmp_', 'TMP_', 'temp_', 'UPLOADING_', 'tmp.', 'temp.', 'part.', '~', '.', '.in.'],
    ...['$$$', 'tmp-', 'inprogress_', '~$', '.~'],
  ])('beginning with %s', (beginning) => {
    expect(isTemporary(`${beginning}${station}.txt`)).toBe(true);
  });

  test.each([
    `${station}.txt`,
    'tmpfile.txt',
    'template_01.csv',
    'temperature_20261129.txt',
    'parts.txt',
    'part1.txt',
    'a.tmp.txt',
    'partial.csv',
  ])('%s is not', (name) => {
    expect(isTemporary(name)).toBe(false);
  });
});

describe('a station whose file prefix begins like a temporary name', () => {
  test.each([
    ['TMP_01_20261129224700.txt', 'TMP_01', false],
    ['tmp_01_20261129224700.txt', 'TMP_01', false],
    ['Temp_20261129224700.txt', 'Temp', false],
    ['temp_20261129224700.txt', 'temp_', false],
    ['TMP_0120261129224700.txt', 'TMP_01', false],
    // Its ending still says so.
    ['TMP_01_20261129224700.tmp', 'TMP_01', true],
    ['tmp_HN_FA_T02_20261129224700.txt', 'HN_FA_T02', true],
    ['tmp_TMP_01_20261129224700.txt', 'TMP_01', true],
    // Within a longer word it is not the prefix.
    ['temp_a20261129224700.txt', 'temp_ab', true],
    ['tmp_x_20261129.txt', 't', true],
  ])('%s of %s', (name, prefix, expected) => {
    expect(isTemporary(name, prefix)).toBe(expected);
  });

  test('is one of the account that sends', () => {
    const station = {
      code: 'T1',
      facility: 'F',
      name: 'T1',
      kind: 'air',
      filePrefixes: ['TMP_01'],
    };
    const view = new RegistryView({
      ...RegistryView.empty.registry,
      stations: [station as never, { ...station, code: 'T2', filePrefixes: [] } as never],
      accounts: [
        { code: 'a', stations: ['T1', 'T2', 'none'] },
        { code: 'b', stations: [] },
      ],
    });
    expect(filePrefixesOf(view, 'a')).toEqual(['TMP_01', 'T2']);
    expect([filePrefixesOf(view, 'b'), filePrefixesOf(view, 'none')]).toEqual([[], []]);
  });
});

describe('a marker is a file', () => {
  test.each([
    ['HN_FA_T02_20261129224700.txt.done', 0, true],
    ['HN_FA_T02_20261129224700.DONE', 0, true],
    ['HN_FA_T02_20261129224700.txt.ok', 0, true],
    ['a.flag', 0, true],
    ['a.txt.lck', 0, true],
    ['a.txt.camelLock', 0, true],
    ['done', 0, true],
    ['Ready', 0, true],
    ['a.txt.done', 1, false],
    ['a.txt', 0, false],
    ['undone', 0, false],
    ['a.block', 0, false],
  ])('%s of %i bytes: %s', (name, size, expected) => {
    expect(isMarkerFile(name, size, defaultMarkerEndings)).toBe(expected);
  });
});

test('the configuration has the same defaults', async () => {
  const path = new URL(
    '../../../../schemas/configuration/configuration.v1.schema.json',
    import.meta.url,
  );
  const schema = JSON.parse(await readFile(path, 'utf8')) as {
    properties: { receiver: { properties: Record<string, unknown> } };
  };
  const { temporaryNames, markerEndings } = schema.properties.receiver.properties;
  expect(markerEndings).toMatchObject({ default: defaultMarkerEndings });
  expect(temporaryNames).toMatchObject({
    properties: {
      beginnings: { default: defaultTemporaryNames.beginnings },
      endings: { default: defaultTemporaryNames.endings },
    },
  });
});
