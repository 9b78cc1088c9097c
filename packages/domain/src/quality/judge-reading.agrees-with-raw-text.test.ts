import { describe, expect, test } from '@jest/globals';
import { agreesWithRawText, type StoredNumber } from './judge-reading.ts';

const stored: StoredNumber = { value: 7.1, rawValue: '7.1', flag: 1, limit: null, factor: null };

describe('a stored number agrees with its raw text', () => {
  test.each<[string, Partial<StoredNumber>]>([
    ['as it is written', {}],
    ['with a decimal comma', { rawValue: '7,1' }],
    ['with a comma that only a profile says', { value: 1.234, rawValue: '1,234' }],
    ['with a factor', { value: 0.0071, factor: 0.001 }],
    ['with a factor that has no exact double', { value: 2.1, rawValue: '0.7', factor: 3 }],
    ['as a bound', { value: null, rawValue: '<0.01', limit: 10, factor: 1000, flag: 2 }],
    ['as a word for no value', { value: null, rawValue: 'N/A', flag: 9 }],
    ['as what nobody can read', { value: null, rawValue: '7.1.2', flag: 4 }],
    ['as a number that means no value', { value: null, rawValue: '-9999', flag: 9 }],
    ['as zero', { value: 0, rawValue: '0.00' }],
  ])('%s', (_how, change) => {
    expect(agreesWithRawText({ ...stored, ...change })).toBe(true);
  });
});

describe('a stored number that was changed does not agree:', () => {
  test.each<[string, Partial<StoredNumber>]>([
    ['another value', { value: 7.2 }],
    ['another value by little', { value: 7.1000001 }],
    ['a value taken out', { value: null }],
    ['a value where nobody can read one', { rawValue: 'N/A', flag: 9 }],
    ['another factor', { factor: 10 }],
    ['another bound', { value: null, rawValue: '<0.01', limit: 0.02, flag: 2 }],
    ['a value in place of a bound', { value: 0.01, rawValue: '<0.01', limit: null }],
    ['a sign', { value: -7.1 }],
  ])('%s', (_what, change) => {
    expect(agreesWithRawText({ ...stored, ...change })).toBe(false);
  });
});
