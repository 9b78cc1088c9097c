import { describe, expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { readingMark, readingMarksOf } from './reading-mark.ts';
import { RegistryView } from './registry-view.ts';

const registry = (): Registry => ({
  facilities: [{ code: 'F', name: 'F' }],
  parameters: [
    { code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' },
    { code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L' },
  ],
  targets: [{ code: 'T', kind: 'ftp', url: 'ftp://127.0.0.1/' }],
  stations: ['S', 'R'].map((code) => ({
    ...{ code, facility: 'F', name: code, kind: 'waste-water', profiles: ['P'] },
    parameters: [{ parameter: 'PH' }],
  })),
  accounts: [{ code: 'a', stations: ['S'], profiles: ['Q'] }],
  profiles: ['P', 'Q'].map((code) => ({ code, name: code })),
});

function markOf(change: (document: Registry) => void = () => undefined): string {
  const document = registry();
  change(document);
  const view = new RegistryView(document);
  return readingMark(view, view.stations.get('S')!, view.profiles.get('P'));
}

describe('the mark of a reading', () => {
  test('is 16 hexadecimal digits, the same for an equal registry', () => {
    expect(markOf()).toMatch(/^[0-9a-f]{16}$/);
    expect(markOf()).toBe(markOf());
  });

  test.each<[string, (document: Registry) => void]>([
    ['the offset', (r) => (r.stations[0]!.utcOffsetMinutes = 0)],
    ['a factor', (r) => (r.stations[0]!.parameters![0]!.factor = 2)],
    ['a unit', (r) => (r.stations[0]!.parameters![0]!.unit = 'x')],
    ['a mapping', (r) => (r.stations[0]!.parameters![0]!.mapping = 'Amoni')],
    ['a range', (r) => (r.stations[0]!.parameters![0]!.max = 14)],
    ['the kind', (r) => (r.stations[0]!.kind = 'surface-water')],
    ['an alias of the catalogue', (r) => (r.parameters[1]!.aliases = ['Cod'])],
    ['the profile', (r) => (r.profiles![0]!.decimalSign = ',')],
  ])('changes with %s', (_, change) => {
    expect(markOf(change)).not.toBe(markOf());
  });

  test.each<[string, (document: Registry) => void]>([
    ['names', (r) => Object.assign(r.stations[0]!, { name: 'x', nameEn: 'x' })],
    ['targets', (r) => (r.stations[0]!.targets = ['T'])],
    ['the interval', (r) => (r.stations[0]!.intervalMinutes = 60)],
    [
      'prefixes and folders',
      (r) => Object.assign(r.stations[0]!, { filePrefixes: ['x'], folders: ['/x'] }),
    ],
    ['the cycle of an analyser', (r) => (r.stations[0]!.parameters![0]!.cycleMinutes = 30)],
    ['the order of the catalogue', (r) => r.parameters.reverse()],
    ['another station', (r) => (r.stations[1]!.utcOffsetMinutes = 0)],
    ['another profile', (r) => (r.profiles![1]!.decimalSign = ',')],
    ['the catalogue\u2019s names', (r) => (r.parameters[1]!.name = 'x')],
  ])('does not change with %s', (_, change) => {
    expect(markOf(change)).toBe(markOf());
  });

  test('differs between stations and between profiles; all of a station are known', () => {
    const view = new RegistryView(registry());
    const [s, r] = [view.stations.get('S')!, view.stations.get('R')!];
    const marks = [undefined, view.profiles.get('P'), view.profiles.get('Q')].map((profile) =>
      readingMark(view, s, profile),
    );
    expect(new Set([...marks, readingMark(view, r, undefined)]).size).toBe(4);
    expect([...readingMarksOf(view, s)].sort()).toEqual([...marks].sort());
    expect(readingMarksOf(view, r)).toHaveLength(2);
  });
});
