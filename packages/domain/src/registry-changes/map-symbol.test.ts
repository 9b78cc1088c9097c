import { expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { mapSymbol } from './map-symbol.ts';

const registry: Registry = {
  facilities: [{ code: 'F', name: 'Nhà máy' }],
  parameters: ['pH', 'COD', 'TSS'].map((code) => ({
    ...{ code, symbol: code, name: code, nameEn: code, unit: '' },
  })),
  targets: [],
  stations: [
    {
      ...{ code: 'S1', facility: 'F', name: 'Trạm', kind: 'waste-water' },
      parameters: [
        { parameter: 'pH', mapping: 'PH_1' },
        { parameter: 'COD', max: 500 },
      ],
    },
    { code: 'S2', facility: 'F', name: 'Trạm', kind: 'waste-water' },
  ],
  accounts: [],
};

const parametersOf = (station: string, symbol: string, parameter: string) => {
  const outcome = mapSymbol(registry, { station, symbol, parameter });
  if (outcome.kind !== 'mapped') return outcome;
  expect(outcome.registry.stations.filter(({ code }) => code !== station)).toEqual(
    registry.stations.filter(({ code }) => code !== station),
  );
  return outcome.registry.stations.find(({ code }) => code === station)?.parameters;
};

test('a parameter that the station has keeps what is known of it', () => {
  expect(parametersOf('S1', 'CODmn', 'COD')).toEqual([
    { parameter: 'pH', mapping: 'PH_1' },
    { parameter: 'COD', max: 500, mapping: 'CODmn' },
  ]);
});

test('one that it did not have is added', () => {
  expect(parametersOf('S2', 'SS', 'TSS')).toEqual([{ parameter: 'TSS', mapping: 'SS' }]);
});

test('what is mapped already is not mapped otherwise by the way', () => {
  expect(parametersOf('S1', 'PH_1', 'TSS')).toMatchObject({ kind: 'refused' });
  expect(parametersOf('S1', 'PH_2', 'pH')).toMatchObject({ kind: 'refused' });
});

test('names what is not there', () => {
  expect(parametersOf('S9', 'SS', 'TSS')).toEqual({
    kind: 'not-found',
    what: { vi: "trạm 'S9' chưa khai báo", en: "station 'S9' is not in the registry" },
  });
  expect(parametersOf('S1', 'SS', 'X')).toEqual({
    kind: 'not-found',
    what: { vi: "thông số 'X' chưa khai báo", en: "parameter 'X' is not in the registry" },
  });
});
