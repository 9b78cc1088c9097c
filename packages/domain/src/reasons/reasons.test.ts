import { describe, expect, test } from '@jest/globals';
import { reasonOf, reasons, ruleOf, withVersion, type Reason } from './reasons.ts';

const catalogue = Object.entries<Reason>(reasons);

describe('the catalogue of reasons', () => {
  test.each(catalogue)('%s is reported in English and Vietnamese', (code, { en, vi }) => {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(en).toMatch(/^[A-Z].*\.$/);
    expect(vi).toMatch(/^\p{Lu}.*\.$/u);
    expect(vi).not.toBe(en);
  });

  test('only rules of readings carry a version', () => {
    for (const [, { scope, version }] of catalogue) {
      expect(version !== undefined).toBe(scope === 'reading');
    }
  });

  test('a stored reason leads back to its entry', () => {
    expect(withVersion('out-of-range')).toBe('out-of-range@1');
    expect(reasonOf('out-of-range@7')).toMatchObject({ code: 'out-of-range', scope: 'reading' });
    expect(reasonOf('empty-file')).toMatchObject({ code: 'empty-file', scope: 'file' });
    expect(reasonOf('toString')).toBeUndefined();
  });

  test.each([
    ['out-of-range@1[0..14]', 'out-of-range', 'out-of-range@1'],
    ['unit-conditions@1[µg/Nm3]', 'unit-conditions', 'unit-conditions@1'],
    ['sentinel@12[-9999]', 'sentinel', 'sentinel@12'],
    ['censored@1', 'censored', 'censored@1'],
    ['missing', 'missing', 'missing'],
  ])('%s is of %s', (stored, code, rule) => {
    expect(reasonOf(stored)?.code).toBe(code);
    expect(ruleOf(stored)).toBe(rule);
  });

  test('what decided is in brackets', () => {
    expect(withVersion('out-of-range', '0..14')).toBe('out-of-range@1[0..14]');
  });
});
