import { describe, expect, test } from '@jest/globals';
import type { Parameter, Registry, StationParameter } from '@envigate/contracts';
import { checkRegistry } from './check-registry.ts';

function registryWith(
  parameter: Partial<Parameter>,
  own: Partial<StationParameter> = {},
): Registry {
  return {
    facilities: [{ code: 'F', name: 'F' }],
    parameters: [
      { code: 'NO2', symbol: 'NO2', name: 'NO2', nameEn: 'NO2', unit: 'µg/m3', ...parameter },
    ],
    targets: [],
    stations: [
      { code: 'A', facility: 'F', name: 'A', kind: 'ambient-air' },
      {
        ...{ code: 'B', facility: 'F', name: 'B', kind: 'ambient-air' },
        parameters: [{ parameter: 'NO2', ...own }],
      },
    ],
    accounts: [],
  };
}

describe('rules of values in a registry', () => {
  test.each<[what: string, parameter: Partial<Parameter>, own: Partial<StationParameter>]>([
    ['ranges, one of a single value', { ranges: { 'ambient-air': { min: 1, max: 1 } } }, {}],
    ['a range with one end', { ranges: { 'ambient-air': { min: 1 } } }, {}],
    ['a factor that no definition gives', { conversions: [{ from: 'ppb', factor: 1.88 }] }, {}],
    ['a factor from µg/Nm3', { conversions: [{ from: 'µg/Nm3', factor: 0.92 }] }, {}],
    ['a unit of the vendor', {}, { conversions: [{ from: 'counts', factor: 0.01 }] }],
  ])('may be %s', (_what, parameter, own) => {
    expect(checkRegistry(registryWith(parameter, own))).toEqual([]);
  });

  test('a range is not upside down', () => {
    const ranges = { 'ambient-air': { min: 500, max: 0 }, 'stack-gas': { min: 0, max: 1 } };
    expect(checkRegistry(registryWith({ ranges }))).toEqual([
      {
        path: '/parameters/0/ranges/ambient-air/min',
        expected: 'must not be above max (0)',
        expectedVi: 'không được lớn hơn max (0)',
      },
    ]);
  });

  test('an exact factor is not given once more, in whatever spelling', () => {
    const conversions = [
      { from: 'ppb', factor: 1.88 },
      { from: 'mg/m3', to: 'ug/m3', factor: 1001 },
    ];
    expect(checkRegistry(registryWith({ conversions }))).toEqual([
      {
        path: '/parameters/0/conversions/1/factor',
        expected: 'must not be given: mg/m3 to ug/m3 is exactly 1000',
        expectedVi: 'không được khai báo: hệ số quy đổi từ mg/m3 sang ug/m3 luôn là 1000',
      },
    ]);
  });

  test.each<[Partial<StationParameter>]>([
    [{ conversions: [{ from: 'mg/m3', factor: 1000 }] }],
    [{ unit: 'ppm', conversions: [{ from: 'ppb', factor: 0.001 }] }],
    [{ conversions: [{ from: 'ug/m3', factor: 2 }] }],
  ])('nor at a station, whose unit goes before: %j', (own) => {
    expect(checkRegistry(registryWith({}, own)).map(({ path }) => path)).toEqual([
      '/stations/1/parameters/0/conversions/0/factor',
    ]);
  });
});
