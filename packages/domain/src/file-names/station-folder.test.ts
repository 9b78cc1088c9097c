import { describe, expect, test } from '@jest/globals';
import { normaliseFolder, stationFolder } from './station-folder.ts';

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
