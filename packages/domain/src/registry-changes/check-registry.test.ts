import { describe, expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { checkRegistry } from './check-registry.ts';

function whole(): Registry {
  return {
    facilities: [{ code: 'F', name: 'F' }],
    parameters: [
      { code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L', aliases: ['Cod'] },
      { code: 'CO', symbol: 'CO', name: 'CO', nameEn: 'CO', unit: 'mg/m3' },
      { code: 'COBALT', symbol: 'Co', name: 'Co', nameEn: 'Co', unit: 'mg/L' },
    ],
    targets: [{ code: 'T', kind: 'ftp', url: 'ftp://127.0.0.1/' }],
    stations: [
      {
        code: 'A',
        facility: 'F',
        name: 'A',
        kind: 'waste-water',
        targets: ['T'],
        parameters: [{ parameter: 'COD', mapping: 'cod', min: 0, max: 1 }, { parameter: 'CO' }],
      },
      { code: 'B', facility: 'F', name: 'B', kind: 'waste-water', filePrefixes: ['X_B'] },
    ],
    accounts: [{ code: 'a', stations: ['A', 'B'] }],
  };
}

describe('checkRegistry', () => {
  test('finds no fault in a whole registry', () => {
    expect(checkRegistry(whole())).toEqual([]);
  });

  test('lets two stations of an account share a prefix where folders distinguish them', () => {
    const registry = whole();
    Object.assign(registry.stations[0]!, { folders: ['/A'] });
    Object.assign(registry.stations[1]!, { filePrefixes: ['A'], folders: ['/B', '/old'] });
    expect(checkRegistry(registry)).toEqual([]);
  });

  const faulty: readonly [what: string, path: string, spoil: (registry: Registry) => void][] = [
    ['a code used twice', '/facilities/1/code', (r) => r.facilities.push({ code: 'F', name: 'G' })],
    ['a station of no facility', '/stations/1/facility', (r) => (r.stations[1]!.facility = 'X')],
    ['an unknown target', '/stations/0/targets/0', (r) => r.targets.pop()],
    [
      'a target whose url is of another kind',
      '/targets/0/url',
      (r) => Object.assign(r.targets[0]!, { kind: 'ftps' }),
    ],
    [
      'an sftp target without a host key',
      '/targets/0',
      (r) => Object.assign(r.targets[0]!, { kind: 'sftp', url: 'sftp://h/' }),
    ],
    [
      'a way of uploading over https',
      '/targets/0',
      (r) => Object.assign(r.targets[0]!, { kind: 'https', url: 'https://h/', upload: 'direct' }),
    ],
    [
      'an unknown parameter',
      '/stations/0/parameters/1/parameter',
      (r) => r.parameters.splice(1, 1),
    ],
    [
      'an account of no station',
      '/accounts/0/stations/2',
      (r) => r.accounts[0]!.stations.push('C'),
    ],
    [
      'an allowed address that is not an address',
      '/accounts/0/allowedAddresses/1',
      (r) => (r.accounts[0]!.allowedAddresses = ['10.0.0.0/8', '10.0.0.0/33']),
    ],
    [
      'an alias of two parameters',
      '/parameters/1',
      (r) => (r.parameters[1]!.aliases = ['x', 'Cod']),
    ],
    [
      'a prefix of two stations of an account',
      '/accounts/0/stations',
      (r) => (r.stations[1]!.filePrefixes = ['a']),
    ],
    [
      'a prefix of two stations of which one has folders',
      '/accounts/0/stations',
      (r) => Object.assign(r.stations[1]!, { filePrefixes: ['a'], folders: ['/B'] }),
    ],
    [
      'a prefix of two stations with a folder in common',
      '/accounts/0/stations',
      (r) => {
        Object.assign(r.stations[0]!, { folders: ['/A', '/old/*'] });
        Object.assign(r.stations[1]!, { filePrefixes: ['a'], folders: ['/B', '/OLD/'] });
      },
    ],
    [
      'a parameter twice at a station',
      '/stations/0/parameters/1/parameter',
      (r) => (r.stations[0]!.parameters![1]!.parameter = 'COD'),
    ],
    [
      'a mapping twice at a station',
      '/stations/0/parameters/1/mapping',
      (r) => (r.stations[0]!.parameters![1]!.mapping = 'cod'),
    ],
    [
      'a range upside down',
      '/stations/0/parameters/0/min',
      (r) => (r.stations[0]!.parameters![0]!.min = 2),
    ],
  ];
  test.each(faulty)('finds %s', (_what, path, spoil) => {
    const registry = whole();
    spoil(registry);
    expect(checkRegistry(registry).map((fault) => fault.path)).toEqual([path]);
  });
});
