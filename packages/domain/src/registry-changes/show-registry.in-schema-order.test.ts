import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryRegistry } from '../testing/arbitrary-registry.ts';
import { inSchemaOrder } from './show-registry.ts';

test('fields come in the order of the schema, also within lists', () => {
  const registry = inSchemaOrder({
    accounts: [],
    stations: [
      {
        parameters: [{ max: 14, parameter: 'PH', min: 0 }],
        kind: 'waste-water',
        name: 'S',
        facility: 'F',
        code: 'S',
      },
    ],
    targets: [],
    parameters: [],
    facilities: [{ name: 'F', code: 'F' }],
  });
  expect(Object.keys(registry)).toEqual([
    'facilities',
    'parameters',
    'targets',
    'stations',
    'accounts',
  ]);
  expect(JSON.stringify(registry.stations)).toBe(
    '[{"code":"S","facility":"F","name":"S","kind":"waste-water","parameters":[{"parameter":"PH","min":0,"max":14}]}]',
  );
});

test('nothing else changes', () => {
  fc.assert(
    fc.property(arbitraryRegistry, (registry) => {
      expect(inSchemaOrder(registry)).toEqual(registry);
    }),
  );
});
