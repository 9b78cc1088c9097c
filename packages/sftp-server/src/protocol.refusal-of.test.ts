import { TreeError, type TreeErrorCode } from '@envigate/domain';
import { expect, test } from '@jest/globals';
import { refusalOf, status } from './protocol.ts';

const codes: [TreeErrorCode, number][] = [
  ['not-found', status.noSuchFile],
  ['not-permitted', status.permissionDenied],
  ['exists', status.failure],
  ['not-a-folder', status.failure],
  ['not-a-file', status.failure],
  ['not-empty', status.failure],
  ['bad-name', status.failure],
  ['too-large', status.failure],
  ['incomplete', status.failure],
  ['no-room', status.failure],
  ['unavailable', status.failure],
];

test.each(codes)('%s is answered with %i and its words', (code, answer) => {
  expect(refusalOf(new TreeError(code, 'why'))).toEqual({
    kind: 'status',
    code: answer,
    message: 'why',
  });
});

test('an error that is no refusal has no answer of its own', () => {
  expect(refusalOf(new Error('surprise'))).toBeUndefined();
});
