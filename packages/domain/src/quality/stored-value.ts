import type { Reading } from '@envigate/contracts';
import { qualityFlags } from './judge-reading.ts';
import { parseValue, type DecimalSign } from '../values/parse-value.ts';

/** A stored reading, as far as its number goes. */
export type StoredNumber = Pick<Reading, 'value' | 'rawValue' | 'flag'> & {
  /** Of a censored value, in the unit of the reading. */
  readonly limit: number | null;
  /** Of the raw number to the stored one; null: 1. */
  readonly factor: number | null;
};

const signs: readonly DecimalSign[] = ['auto', 'point', 'comma'];
/** A factor is stored with 15 digits. */
const relativeTolerance = 1e-9;

/**
 * Whether a stored number is one that its raw text says, by whichever decimal sign the file was read with. A
 * number that was declared to be no value is stored as missing.
 */
export function agreesWithRawText({ value, rawValue, flag, limit, factor }: StoredNumber): boolean {
  const said = signs.map((sign) => parseValue(rawValue, sign));
  const isSame = (stored: number, raw: number): boolean => {
    const expected = raw * (factor ?? 1);
    const larger = Math.max(Math.abs(stored), Math.abs(expected));
    return Math.abs(stored - expected) <= larger * relativeTolerance;
  };
  if (value !== null) return said.some((raw) => typeof raw === 'number' && isSame(value, raw));
  if (limit !== null)
    return said.some((raw) => typeof raw === 'object' && isSame(limit, raw.limit));
  return flag === qualityFlags.missing || said.some((raw) => typeof raw === 'string');
}
