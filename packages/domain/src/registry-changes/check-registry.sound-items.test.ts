import { describe, expect, test } from '@jest/globals';
import { type ContractError, validateRegistry } from '@envigate/contracts';
import fc from 'fast-check';
import { arbitraryRegistry } from '../testing/arbitrary-registry.ts';
import { checkRegistry, checkSoundItems } from './check-registry.ts';

const station = { code: 'S', facility: 'F', name: 'S', kind: 'waste-water' };
const document = (sections: object) => ({
  ...{
    facilities: [{ code: 'F', name: 'F' }],
    parameters: [],
    targets: [],
    stations: [],
    accounts: [],
  },
  ...sections,
});

function schemaFaults(value: unknown) {
  try {
    validateRegistry(value);
    return [];
  } catch (error) {
    return (error as ContractError).faults;
  }
}
const faultsOf = (value: unknown) =>
  checkSoundItems(value, schemaFaults(value)).map(({ path }) => path);

describe('checkSoundItems', () => {
  test('reports faults of sound items at their own places', () => {
    const stations = [
      { ...station, kind: 'water' },
      { ...station, code: 'T', facility: 'X' },
    ];
    expect(faultsOf(document({ stations }))).toEqual(['/stations/1/facility']);
  });

  test('says nothing of references to an item that is left out', () => {
    const stations = [{ ...station, kind: 'water' }];
    const accounts = [{ code: 'a', stations: ['S', 'NONE'] }];
    expect(faultsOf(document({ stations, accounts }))).toEqual(['/accounts/0/stations/1']);
  });

  test.each([
    ['no object', null],
    ['a section missing', { facilities: [] }],
    ['a section that is no list', document({ stations: { S: station } })],
    ['items that are not items', document({ stations: [null, 7, 'S', []] })],
  ])('says nothing with %s', (_what, value) => {
    expect(faultsOf(value)).toEqual([]);
  });

  test('of a document without a fault of form says what checkRegistry says', () => {
    fc.assert(
      fc.property(arbitraryRegistry, (registry) => {
        expect(checkSoundItems(registry, [])).toEqual(checkRegistry(registry));
      }),
    );
  });
});
