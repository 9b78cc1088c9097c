import { expect, test } from '@jest/globals';
import { registrySchema } from '@envigate/contracts';
import fc from 'fast-check';
import { arbitraryRegistry } from '../testing/arbitrary-registry.ts';
import { diffRegistry, isEmptyDiff } from './registry-diff.ts';
import { itemsOf, registryOf, registrySections } from './registry-schema.ts';

test('every section of the schema has a name for its items', () => {
  const sections = registrySections.map(({ section }) => section);
  expect([...sections].sort()).toEqual(Object.keys(registrySchema.properties).sort());
});

test('a registry taken apart and put together again is the same', () => {
  fc.assert(
    fc.property(arbitraryRegistry, (registry) => {
      const again = registryOf(itemsOf(registry));
      expect(isEmptyDiff(diffRegistry(itemsOf(registry), itemsOf(again)))).toBe(true);
    }),
  );
});
