import { describe, expect, test } from '@jest/globals';
import { datedFolder, normaliseFolder, placeInDropFolder, stationFolder } from './folders.ts';

describe('the folder of a station', () => {
  test.each([
    '/2026/01/31',
    '/20260131',
    '/2026/Thang01/20260131',
    '/2026/THANG01/Ngay31',
    '/2026-01-31',
    '/2026/Thang01/31012026',
    '/2026_01_31',
    '/2026/01/31012026',
    '/Nam 2026/thang 01/ngay 31',
    '/2026/01',
    '/2026/Thang01',
    '/Nam 2026/thang 01',
  ])('has no %s, at its end, before it or between', (date) => {
    expect(stationFolder(date)).toBe('/');
    expect(stationFolder(`/NuocThai/S1${date}`)).toBe('/NuocThai/S1');
    expect(stationFolder(`${date}/S1`)).toBe('/S1');
    expect(stationFolder(`/S1${date}/raw`)).toBe('/S1/raw');
  });

  test.each([
    '/',
    '/S1',
    '/2026',
    '/S1/2026',
    '/11/29',
    '/2026/13',
    '/20260231',
    '/12345678',
    '/x20260131',
  ])('is all of %s', (folder) => {
    expect(stationFolder(folder)).toBe(folder);
  });

  test('loses the day below a month that contradicts it too', () => {
    expect(stationFolder('/2026/Thang01/20260215')).toBe('/');
  });
});

test.each([
  ['', '/'],
  ['/', '/'],
  ['S1', '/S1'],
  ['//S1///a/', '/S1/a'],
  ['/./S1/.', '/S1'],
  ['/Tra\u0323m', '/Trạm'],
  ['/..', '/..'],
])('%j is written %s', (folder, normalised) => {
  expect(normaliseFolder(folder)).toBe(normalised);
});

describe('the ten layouts', () => {
  test.each([
    [0, '/2026/01/31'],
    [2, '/20260131'],
    [3, '/2026/Thang01/20260131'],
    [4, '/2026/Thang01/Ngay31'],
    [5, '/2026-01-31'],
    [6, '/2026/Thang01/31012026'],
    [7, '/2026_01_31'],
    [8, '/2026/01/31012026'],
    [9, '/Nam 2026/thang 01/ngay 31'],
  ])('layout %i: %s', (layout, date) => {
    expect(datedFolder(date)).toEqual({ layout, station: '/', lastDay: '20260131' });
    const station = '/NuocThai/NUO001';
    expect(datedFolder(station + date)).toEqual({ layout, station, lastDay: '20260131' });
    expect(placeInDropFolder(`/caph${station}${date}/a.txt`)).toEqual({
      account: 'caph',
      folder: station + date,
      name: 'a.txt',
    });
    expect(datedFolder(date.toUpperCase())?.layout).toBe(layout);
  });

  test('layout 1: no folder at all', () => {
    expect(datedFolder('/NUO001')).toBeUndefined();
    expect(placeInDropFolder('/caph/NUO001/a.txt')).toEqual({
      account: 'caph',
      folder: '/NUO001',
      name: 'a.txt',
    });
  });

  test('a year and a month are upper parts of a layout', () => {
    expect(datedFolder('/NUO001/2024')).toMatchObject({ station: '/NUO001', lastDay: '20241231' });
    expect(datedFolder('/NUO001/2024/02')).toMatchObject({ layout: 0, lastDay: '20240229' });
    expect(datedFolder('/NUO001/2023/Thang02')).toMatchObject({ layout: 3, lastDay: '20230228' });
    expect(datedFolder('/Nam 2023/thang 11')).toMatchObject({ layout: 9, lastDay: '20231130' });
  });

  test.each([
    '/',
    '/01',
    '/NUO001/01/02',
    '/20260231',
    '/2026-00-10',
    '/2026_13_01',
    '/2026/Thang01/20260231',
    '/12345678',
    '/NUO2026',
    '/x20260131',
  ])('%s is of no date', (folder) => {
    expect(datedFolder(folder)).toBeUndefined();
  });

  test('parts that contradict each other are of no date', () => {
    // What is above is read as far as it is consistent: the day folder by itself is layout 2.
    expect(datedFolder('/2026/Thang01/20260231')).toBeUndefined();
    expect(datedFolder('/2026/Thang01/20260215')).toEqual({
      layout: 2,
      station: '/2026/Thang01',
      lastDay: '20260215',
    });
  });
});

describe('the account', () => {
  test('is the first folder below the drop folder', () => {
    expect(placeInDropFolder('/caph/a.txt')).toEqual({
      account: 'caph',
      folder: '/',
      name: 'a.txt',
    });
  });

  test('given, it leaves the path as it is', () => {
    expect(placeInDropFolder('/a.txt', 'caph')).toMatchObject({ account: 'caph', folder: '/' });
    expect(placeInDropFolder('/NUO1/2026/01/02/a.txt', 'caph')).toEqual({
      account: 'caph',
      folder: '/NUO1/2026/01/02',
      name: 'a.txt',
    });
  });

  test('a file beside the folders of the accounts has none', () => {
    expect(placeInDropFolder('/a.txt')).toBeUndefined();
    expect(placeInDropFolder('/')).toBeUndefined();
    expect(placeInDropFolder('/', 'caph')).toBeUndefined();
  });
});
