import { describe, expect, test } from '@jest/globals';
import type { MeasuredParameter } from '../registry/registry-index.ts';
import { judgeReading, type Evidence } from './judge-reading.ts';

const ph: MeasuredParameter = { code: 'PH', unit: '', min: 0, max: 14, mayBeNegative: false };
const flow: MeasuredParameter = {
  code: 'FLOW',
  unit: 'm3/h',
  min: -Infinity,
  max: Infinity,
  mayBeNegative: false,
};
const radiation: MeasuredParameter = { ...flow, code: 'RADIATION', mayBeNegative: true };

const good: Evidence = { value: 7, status: '00', unitReason: undefined, parameter: ph };

describe('judgeReading', () => {
  const cases: readonly [
    what: string,
    evidence: Partial<Evidence>,
    flag: number,
    reasons: string,
  ][] = [
    ['a value of the range', {}, 1, ''],
    ['the lowest value', { value: 0 }, 1, ''],
    ['the highest value', { value: 14 }, 1, ''],
    ['above the range', { value: 14.01 }, 4, 'out-of-range@1'],
    ['below the range', { value: -0.01 }, 4, 'out-of-range@1'],
    ['negative without a range', { value: -0.01, parameter: flow }, 3, 'negative@1'],
    ['negative where it may be', { value: -1.6, parameter: radiation }, 1, ''],
    ['zero', { value: 0, parameter: flow }, 1, ''],
    ['a sentinel', { value: 99_999, parameter: flow }, 4, 'sentinel@1'],
    ['a sentinel of two decimals', { value: 9999.99, parameter: flow }, 4, 'sentinel@1'],
    [
      'a sentinel of an unknown',
      { value: -9999, parameter: undefined },
      4,
      'unknown-symbol@1 sentinel@1',
    ],
    ['calibrating', { status: '01' }, 2, 'status-calibrating@1'],
    ['a fault', { status: '02' }, 2, 'status-fault@1'],
    ['maintenance', { status: '03' }, 2, 'status-maintenance@1'],
    ['a short status', { status: '0' }, 2, 'status-unknown@1'],
    ['no status', { status: '' }, 2, 'status-unknown@1'],
    ['absurd while calibrating', { value: 99, status: '01' }, 2, 'status-calibrating@1'],
    ['missing', { value: 'missing' }, 9, 'missing@1'],
    ['missing with a fault', { value: 'missing', status: '02' }, 9, 'missing@1 status-fault@1'],
    ['unparsable', { value: 'unparsable' }, 4, 'unparsable@1'],
    ['an unknown symbol', { parameter: undefined }, 2, 'unknown-symbol@1'],
    ['no unit', { unitReason: 'unit-missing' }, 1, 'unit-missing@1'],
    [
      'no unit, out of range',
      { value: 15, unitReason: 'unit-missing' },
      4,
      'unit-missing@1 out-of-range@1',
    ],
    ['another unit', { value: 15, unitReason: 'unit-unexpected' }, 2, 'unit-unexpected@1'],
  ];
  test.each(cases)('%s', (_what, evidence, flag, reasons) => {
    expect(judgeReading({ ...good, ...evidence })).toEqual({
      flag,
      reasons: reasons === '' ? [] : reasons.split(' '),
    });
  });
});
