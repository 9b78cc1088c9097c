import { describe, expect, test } from '@jest/globals';
import type { FetchedMessage } from 'kafkajs/src/broker/index.js';
import { hideAborted } from './repair-kafkajs.ts';

const data = (offset: number, producerId: string): FetchedMessage => ({
  offset: String(offset),
  key: Buffer.from('station'),
  value: Buffer.from('x'),
  isControlRecord: false,
  batchContext: { producerId, inTransaction: true },
});
const marker = (offset: number, producerId: string, type: 'abort' | 'commit'): FetchedMessage => ({
  ...data(offset, producerId),
  key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  isControlRecord: true,
});
const aborted = (producerId: string, firstOffset: number) => ({
  producerId,
  firstOffset: String(firstOffset),
});
const visible = (messages: readonly FetchedMessage[]): number[] =>
  messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => Number(offset));

describe('hideAborted', () => {
  test('hides the records of an aborted transaction, no others', () => {
    const messages = [
      data(1, 'a'),
      data(2, 'b'),
      marker(3, 'a', 'abort'),
      marker(4, 'b', 'commit'),
    ];
    hideAborted(messages, [aborted('a', 1)]);
    expect(visible(messages)).toEqual([2]);
  });

  test('knows transactions of one producer apart', () => {
    const messages = [
      data(1, 'a'),
      marker(2, 'a', 'commit'),
      data(3, 'a'),
      marker(4, 'a', 'abort'),
      data(5, 'a'),
      marker(6, 'a', 'commit'),
    ];
    hideAborted(messages, [aborted('a', 3)]);
    expect(visible(messages)).toEqual([1, 5]);
  });

  test('hides overlapping transactions that the broker lists by their end', () => {
    const messages = [
      data(10, 'a'),
      data(11, 'b'),
      data(12, 'a'),
      data(13, 'b'),
      marker(14, 'b', 'abort'),
      data(15, 'a'),
      marker(16, 'a', 'abort'),
      data(17, 'b'),
    ];
    hideAborted(messages, [aborted('b', 11), aborted('a', 10)]);
    expect(visible(messages)).toEqual([17]);
  });

  test('hides all that began before the fetch did', () => {
    const messages = [data(21, 'b'), data(22, 'a'), data(23, 'c'), data(24, 'd')];
    hideAborted(messages, [aborted('a', 10), aborted('b', 11), aborted('c', 12)]);
    expect(visible(messages)).toEqual([24]);
  });

  test('leaves records outside transactions, and a key that looks like a marker', () => {
    const plain = { ...data(1, 'a'), batchContext: { producerId: 'a', inTransaction: false } };
    const lookalike = { ...data(2, 'a'), key: Buffer.from([0, 0, 0, 0]) };
    const messages = [plain, lookalike, data(3, 'a'), marker(4, 'a', 'abort')];
    hideAborted(messages, [aborted('a', 2)]);
    expect(visible(messages)).toEqual([1]);
  });
});
