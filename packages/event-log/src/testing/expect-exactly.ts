// Apart from records.ts, which child processes load too: there is no jest in them.
import { expect } from '@jest/globals';

interface Identified {
  readonly key: string;
  readonly id: string;
}

/** Exactly these records, none twice, those of each key in the order in which they were sent. */
export function expectExactly(actual: readonly Identified[], sent: readonly Identified[]): void {
  expect(idsByKey(actual)).toEqual(idsByKey(sent));
}

function idsByKey(records: readonly Identified[]): Record<string, string[]> {
  const byKey: Record<string, string[]> = {};
  for (const { key, id } of records) (byKey[key] ??= []).push(id);
  return byKey;
}
