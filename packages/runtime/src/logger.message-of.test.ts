import { expect, test } from '@jest/globals';
import { messageOf } from './logger.ts';

test.each([
  ['an error', new Error('no answer'), 'no answer'],
  [
    'failures of several addresses, joined',
    Object.assign(new AggregateError([new Error('::1'), new Error('127.0.0.1')]), {
      code: 'ECONNREFUSED',
    }),
    'ECONNREFUSED',
  ],
  ['an error without message and code', new Error(), ''],
  ['an error of another realm', { message: 'no answer', code: 'X' }, 'no answer'],
  ['a text', 'no answer', 'no answer'],
  ['nothing', undefined, 'undefined'],
])('messageOf %s', (_, error, message) => {
  expect(messageOf(error)).toBe(message);
});
