import { describe, expect, test } from '@jest/globals';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import { RecordTooLargeError } from './client/errors.ts';
import {
  inSends,
  maxRecordBytes,
  refuseTooLarge,
  toStoredRecord,
  toTopicMessages,
} from './records.ts';

const record = (id: string, bytes = 10): OutgoingRecord => ({
  stream: streams.files,
  key: 'station',
  id,
  value: new Uint8Array(bytes),
});

describe('inSends', () => {
  test('keeps the order and cuts before a send grows too large for a default topic', () => {
    const records = Array.from({ length: 1000 }, (_, index) => record(String(index), 4_000));
    const sends = inSends(records);
    expect(sends.flat()).toEqual(records);
    for (const send of sends) {
      const bytes = send.reduce((sum, { value }) => sum + value.byteLength, 0);
      expect(bytes).toBeLessThan(1_000_000);
    }
    expect(sends.length).toBeLessThan(6);
  });

  test('sends a record alone that is larger than a send', () => {
    const sends = inSends([record('a'), record('large', 5_000_000), record('b')]);
    expect(sends.map((send) => send.map(({ id }) => id))).toEqual([['a'], ['large'], ['b']]);
  });

  test('sends nothing for no records', () => {
    expect(inSends([])).toEqual([]);
  });
});

test('refuseTooLarge names the record', () => {
  expect(() => refuseTooLarge([record('fits', maxRecordBytes - 1_000)])).not.toThrow();
  const tooLarge = (): void => refuseTooLarge([record('a'), record('huge', maxRecordBytes)]);
  expect(tooLarge).toThrow(RecordTooLargeError);
  expect(tooLarge).toThrow(/huge/);
});

test('a record survives the way through a message, bytes and all', () => {
  const value = new Uint8Array([9, 0, 255, 10, 9]).subarray(1, 4); // a view into a larger buffer
  const sent = { stream: streams.gaps, key: 'Trạm 1', id: 'id-1', value } as const;
  const [topicMessages] = toTopicMessages([sent], (stream) => `p.${stream}`);
  const message = topicMessages?.messages[0];
  expect(topicMessages?.topic).toBe('p.station.gaps');
  const received = toStoredRecord(streams.gaps, 3, {
    offset: '42',
    key: Buffer.from(String(message?.key)),
    value: message?.value as Buffer,
    headers: { id: Buffer.from(String(message?.headers?.['id'])) },
  });
  expect(received).toEqual({ ...sent, partition: 3, offset: 42, value: Buffer.from([0, 255, 10]) });
});
