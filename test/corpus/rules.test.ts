import { expect, test } from '@jest/globals';
import { validateRegistry } from '@envigate/contracts';
import { assessReadings, checkRegistry, RegistryView } from '@envigate/domain';
import { readExampleRegistry, readRules } from '../support/src/example-registry.ts';

const registry = validateRegistry({ ...readExampleRegistry(), rules: readRules() });

test('the rules to begin with fit the catalogue, and none claims to be verified', () => {
  expect(checkRegistry(registry)).toEqual([]);
  for (const { source, verified } of readRules()) {
    expect(source).toMatch(/./);
    expect(verified).toBe(false);
  }
});

test('a slow analyser may repeat its results for longer than a fast one', () => {
  const view = new RegistryView(registry);
  const station = registry.stations.find(({ kind }) => kind === 'waste-water')?.code ?? '';
  const markedAfter = (parameter: string, minutes: number): boolean =>
    assessReadings(
      view,
      station,
      Array.from({ length: minutes / 5 + 1 }, (_, i) => ({
        ...{ parameter, instant: i * 300_000, revision: 1, value: 7 },
        ...{ unit: 'mg/L', flag: 1, reasons: [] },
      })),
    ).length > 0;
  expect([markedAfter('COD', 115), markedAfter('COD', 120)]).toEqual([false, true]);
  expect([markedAfter('TN', 145), markedAfter('TN', 150)]).toEqual([false, true]);
});
