import { expect, test } from '@jest/globals';
import { TreeError, type TreeErrorCode } from '@envigate/domain';
import { formatReply, reply, replyToRefusal } from './reply.ts';

const expected: Record<TreeErrorCode, number> = {
  'not-found': 550,
  exists: 550,
  'not-a-folder': 550,
  'not-a-file': 550,
  'not-empty': 550,
  'not-permitted': 550,
  'bad-name': 553,
  'too-large': 552,
  incomplete: 451,
  'no-room': 452,
  'quota-used-up': 552,
  'too-slow': 426,
  unavailable: 451,
};

test.each(Object.entries(expected))('%s is answered by %i', (code, number) => {
  const error = new TreeError(code as TreeErrorCode, 'why');
  expect(replyToRefusal(error)).toEqual(reply(number, 'why'));
  if (error.retryable) expect(number).toBeLessThan(500);
});

test('a fault of ours is temporary and keeps its inside to itself', () => {
  const answer = replyToRefusal(new Error('connect ECONNREFUSED 10.0.0.5:5432'));
  expect(answer.code).toBe(451);
  expect(formatReply(answer)).not.toContain('10.0.0.5');
});

test('no message can forge a reply', () => {
  const answer = replyToRefusal(new TreeError('bad-name', 'bad name "a\r\n226 stored"'));
  expect(formatReply(answer)).toBe('553 bad name "a 226 stored"\r\n');
});

test('inner lines of a long reply are indented, so that none looks like the last', () => {
  expect(formatReply(reply(211, ['First:', '211 inner', 'End.']))).toBe(
    '211-First:\r\n 211 inner\r\n211 End.\r\n',
  );
});
