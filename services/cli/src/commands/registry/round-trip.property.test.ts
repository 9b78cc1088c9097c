import { describe, expect, test } from '@jest/globals';
import { validateRegistry } from '@envigate/contracts';
import { diffRegistry, itemsOf, readTables, writeTables } from '@envigate/domain';
import { parseCsvTable, parseYamlDocument, printCsvTable, printYaml } from '@envigate/runtime';
import fc from 'fast-check';
import { arbitraryRegistry } from '../../../../../packages/domain/src/testing/arbitrary-registry.ts';

describe('a registry that was exported', () => {
  test('is one that the schema allows, so that the property says something', () => {
    fc.assert(fc.property(arbitraryRegistry, (registry) => void validateRegistry(registry)));
  });

  test.each([',', ';'] as const)('as CSV with %s is read back to the same', (separator) => {
    const decimalComma = separator === ';';
    fc.assert(
      fc.property(arbitraryRegistry, arbitraryRegistry, (registry, current) => {
        const tables = writeTables(registry, decimalComma).map(({ name, rows }) => {
          const bytes = Buffer.from(printCsvTable(rows, separator));
          return { ...parseCsvTable(`${name}.csv`, bytes), name, decimalComma };
        });
        const document = validateRegistry(readTables(current, tables).document);
        expect(diffRegistry(itemsOf(registry), itemsOf(document))).toEqual({
          ...{ added: [], changed: [], removed: [] },
        });
      }),
    );
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
