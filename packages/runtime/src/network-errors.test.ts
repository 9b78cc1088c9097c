import { expect, test } from '@jest/globals';
import { codeOf, isUnreachable } from './network-errors.ts';

test.each(['ECONNREFUSED', 'EHOSTDOWN', 'ENETDOWN', 'EAI_AGAIN'])('%s is unreachable', (code) => {
  expect(isUnreachable(Object.assign(new Error('x'), { code }))).toBe(true);
});

test.each([Object.assign(new Error('x'), { code: 'ECONNRESET' }), new Error('x'), 'x', null])(
  '%s is not: the other side was reached, or nothing is known',
  (error) => {
    expect(isUnreachable(error)).toBe(false);
  },
);

test('a code is one of a number too', () => {
  expect(codeOf({ code: 421 })).toBe('421');
  expect(codeOf(undefined)).toBe('');
});
