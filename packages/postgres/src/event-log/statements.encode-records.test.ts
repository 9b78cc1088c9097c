import { describe, expect, test } from '@jest/globals';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import { encodeRecords, refuseImpossible, RecordRefusedError } from './statements.ts';

const record = (key: string, id: string, value: string): OutgoingRecord => ({
  stream: streams.files,
  key,
  id,
  value: Buffer.from(value),
});

describe('encodeRecords', () => {
  test('numbers the records of each partition in their order and joins the values', () => {
    const records = [
      record('a', '1', 'one'),
      { ...record('a', '2', 'zwei'), stream: streams.gaps },
      record('a', '3', ''),
      record('a', '4', 'vier'),
    ];
    const { parameters, slots } = encodeRecords(records, () => 1);
    expect(slots.map((slot) => slot.records.map(({ id }) => id))).toEqual([['1', '3', '4'], ['2']]);
    expect(parameters).toEqual([
      `{"${streams.files}","${streams.gaps}"}`,
      '{0,0}',
      '{3,1}',
      '{1,2,1,1}',
      '{0,0,1,2}',
      '{"a","a","a","a"}',
      '{"1","2","3","4"}',
      '{1,4,8,8}',
      '{3,4,0,4}',
      Buffer.from('onezweivier'),
    ]);
  });
});

describe('refuseImpossible', () => {
  test('names the record that PostgreSQL could not store', () => {
    const good = record('k', 'good', 'x');
    expect(() => refuseImpossible([good])).not.toThrow();
    for (const bad of [record('k\0', 'a', ''), record('k', 'a\0', '')]) {
      expect(() => refuseImpossible([good, bad])).toThrow(RecordRefusedError);
    }
    const large = { ...good, id: 'large', value: Buffer.alloc((16 << 20) + 1) };
    expect(() => refuseImpossible([large])).toThrow(
      'record "large" cannot be appended: 16777217 bytes',
    );
  });
});
