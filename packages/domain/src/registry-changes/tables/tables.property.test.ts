import { describe, expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import fc from 'fast-check';
import { arbitraryRegistry } from '../../testing/arbitrary-registry.ts';
import { diffRegistry } from '../registry-diff.ts';
import { itemsOf } from '../registry-schema.ts';
import { readTables, type TableInput } from './read-tables.ts';
import { writeTables } from './write-tables.ts';

const nothing: Registry = {
  facilities: [],
  parameters: [],
  targets: [],
  stations: [],
  accounts: [],
};

function written(registry: Registry, decimalComma: boolean): readonly TableInput[] {
  return writeTables(registry, decimalComma).map(({ name, rows }) => ({
    ...{ file: `${name}.csv`, name, decimalComma },
    rows: rows.map((row) => row.map((text) => ({ text, line: 1, column: 1 }))),
  }));
}

describe('a registry written as tables and read back', () => {
  test.each([
    ['over an empty registry', fc.constant(nothing)],
    ['over whatever registry', arbitraryRegistry],
  ])('%s is the same', (_what, base) => {
    fc.assert(
      fc.property(arbitraryRegistry, base, fc.boolean(), (registry, current, decimalComma) => {
        const { document, faults } = readTables(current, written(registry, decimalComma));
        expect(faults).toEqual([]);
        const diff = diffRegistry(itemsOf(registry), itemsOf(document as Registry));
        expect(diff).toEqual({ added: [], changed: [], removed: [] });
      }),
      { numRuns: 300 },
    );
  });

  test('never has a cell that a spreadsheet would take for a formula', () => {
    fc.assert(
      fc.property(arbitraryRegistry, (registry) => {
        const cells = writeTables(registry).flatMap(({ rows }) => rows.flat());
        // A number may be below zero.
        expect(
          cells.filter((cell) => /^[=+@\t\r-]/.test(cell) && Number.isNaN(Number(cell))),
        ).toEqual([]);
      }),
    );
  });
});
