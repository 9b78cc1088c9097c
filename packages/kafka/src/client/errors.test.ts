import { describe, expect, test } from '@jest/globals';
import { FencedError } from '@envigate/event-log';
import kafkajs from 'kafkajs';
import { KafkaRefusedError, KafkaUnavailableError, faultOf, translated } from './errors.ts';

/** As kafkajs hands the broker's answer up: wrapped by its retrier, perhaps twice. */
function answer(type: string, retriable = false): Error {
  const protocol = new kafkajs.KafkaJSProtocolError({
    type,
    code: 1,
    retriable,
    message: type,
  } as never);
  return Object.assign(new kafkajs.KafkaJSNonRetriableError(protocol), { cause: protocol });
}

describe('faultOf', () => {
  test.each([
    ['INVALID_PRODUCER_EPOCH', 'fenced'],
    ['UNKNOWN_PRODUCER_ID', 'fenced'],
    ['TOPIC_AUTHORIZATION_FAILED', 'lasting'],
    ['MESSAGE_TOO_LARGE', 'lasting'],
    ['NOT_LEADER_FOR_PARTITION', 'passing'],
    ['CONCURRENT_TRANSACTIONS', 'passing'],
  ])('%s is %s', (type, fault) => {
    expect(faultOf(answer(type))).toBe(fault);
    expect(faultOf(new Error('outer', { cause: answer(type) }))).toBe(fault);
    expect(faultOf({ errors: [answer(type)] })).toBe(fault);
  });

  test('what is not known is passing: outcome unknown, to be settled and tried again', () => {
    expect(faultOf(new Error('ECONNRESET'))).toBe('passing');
    expect(faultOf(undefined)).toBe('passing');
  });

  test('ends with an error that is its own cause', () => {
    const error = new Error('circle');
    error.cause = error;
    expect(faultOf(error)).toBe('passing');
  });
});

test('translated says what was being done, and whether to try again', () => {
  const away = translated('making topics', new Error('connect ECONNREFUSED'));
  expect(away).toBeInstanceOf(KafkaUnavailableError);
  expect(away).toMatchObject({ retryable: true, code: 'event-log-unavailable' });
  expect(away.message).toBe('Kafka did not answer while making topics: connect ECONNREFUSED');

  const refused = translated('making topics', answer('CLUSTER_AUTHORIZATION_FAILED'));
  expect(refused).toBeInstanceOf(KafkaRefusedError);
  expect(refused).toMatchObject({ retryable: false });

  const fenced = new FencedError('it');
  expect(translated('x', fenced)).toBe(fenced);
});
