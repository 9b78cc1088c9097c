import { canonicalUnit } from './canonical-unit.ts';

export interface ResolvedUnit {
  readonly unit: string;
  readonly reason?: 'unit-missing' | 'unit-unexpected';
}

/**
 * The unit of a value: what the logger wrote against what the registry expects (canonical, ''
 * for a parameter without unit). A unit that differs is kept as sent: its values are not those of
 * the registry's unit, and no rule may take them for it.
 */
export function resolveUnit(rawUnit: string, expected: string): ResolvedUnit {
  if (rawUnit === expected) return { unit: expected };
  const sent = canonicalUnit(rawUnit) ?? rawUnit;
  if (sent === expected) return { unit: expected };
  if (sent === '') return { unit: expected, reason: 'unit-missing' };
  return { unit: sent, reason: 'unit-unexpected' };
}
