import type { FileWarning } from '@envigate/contracts';
import { warn } from '../reasons/warn.ts';

/** The mark of a file that repeats corrected values in the bytes that brought them at first. */
export function supersededWarnings(readings: number): readonly FileWarning[] {
  if (readings === 0) return [];
  const detail = `${readings} readings, as the same bytes under another name brought them before`;
  return [warn('values-superseded', detail)];
}
