import { describe, expect, test } from '@jest/globals';
import { validateRegistry } from '@envigate/contracts';
import { parseYamlDocument, printYaml } from '@envigate/runtime';
import fc from 'fast-check';
import { arbitraryRegistry } from '../../../../../packages/domain/src/testing/arbitrary-registry.ts';

describe('a registry that was exported', () => {
  test('is one that the schema allows, so that the property says something', () => {
    fc.assert(fc.property(arbitraryRegistry, (registry) => void validateRegistry(registry)));
  });

  test.each([
    ['YAML', printYaml],
    ['JSON', (registry: unknown) => JSON.stringify(registry, undefined, 2)],
  ])('as %s is read back to the same', (_format, print) => {
    fc.assert(
      fc.property(arbitraryRegistry, (registry) => {
        expect(parseYamlDocument('registry.yaml', print(registry)).value).toEqual(registry);
      }),
    );
  });
});
