import { expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { checkRegistryChange } from './check-registry.ts';
import { itemSchema, registrySections } from './registry-schema.ts';

const empty: Registry = { facilities: [], parameters: [], targets: [], stations: [], accounts: [] };

test('an item without a version may change as it likes', () => {
  const named = (name: string): Registry => ({ ...empty, facilities: [{ code: 'F', name }] });
  expect(checkRegistryChange(named('a'), named('b'))).toEqual([]);
});

const versioned = registrySections.filter(
  ({ kind }) => itemSchema(kind).properties?.['version'] !== undefined,
);
// Sections whose items have a version, as rules do; each is held to it.
for (const { kind, section } of versioned) {
  const withRule = (body: object): Registry => ({ ...empty, [section]: [{ code: 'R', ...body }] });
  test(`a ${kind} that changes must raise its version`, () => {
    const before = withRule({ version: 2, threshold: 1 });
    const path = `/${section}/0/version`;
    const expected = expect.stringContaining('must be above 2');
    const expectedVi = expect.stringContaining('phải lớn hơn 2, là phiên bản hiện tại của quy tắc');
    expect(checkRegistryChange(before, withRule({ version: 2, threshold: 2 }))).toEqual([
      { path, expected, expectedVi },
    ]);
    expect(checkRegistryChange(before, withRule({ version: 1, threshold: 1 }))).toEqual([
      { path, expected, expectedVi },
    ]);
    expect(checkRegistryChange(before, withRule({ version: 3, threshold: 2 }))).toEqual([]);
    expect(checkRegistryChange(before, before)).toEqual([]);
    expect(checkRegistryChange(empty, before)).toEqual([]);
  });
}
