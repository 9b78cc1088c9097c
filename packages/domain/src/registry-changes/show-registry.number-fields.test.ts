import { expect, test } from '@jest/globals';
import type { Rule, Station } from '@envigate/contracts';
import { numberFields } from './show-registry.ts';

test('every number of an item is there, by the path that people read', () => {
  const station: Station = {
    ...{ code: 'S', facility: 'F', name: '7', kind: 'stack-gas', intervalMinutes: 7.5 },
    parameters: [
      { parameter: 'CO', max: 1.145, sentinels: [-9999, 999] },
      { parameter: 'PH', conversions: [{ from: 'x', to: 'y', factor: 0 }] },
    ],
  };
  expect(numberFields('station', station).map(({ path, value }) => `${path} ${value}`)).toEqual([
    'intervalMinutes 7.5',
    'parameters[CO].max 1.145',
    'parameters[CO].sentinels[] -9999',
    'parameters[CO].sentinels[] 999',
    'parameters[PH].conversions[x].factor 0',
  ]);
});

test('of an item without numbers there is none', () => {
  expect(numberFields('facility', { code: 'F', name: 'F' })).toEqual([]);
});

test('of a section with variants the numbers of the variant are there', () => {
  const rule = { code: 'r', version: 2, kind: 'flat-line', minutes: 60 } as Rule;
  expect(numberFields('rule', rule).map(({ path }) => path)).toEqual(['version', 'minutes']);
});
