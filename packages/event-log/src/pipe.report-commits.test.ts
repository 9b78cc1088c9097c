import { describe, expect, test } from '@jest/globals';
import { streams, type OutgoingRecord, type StoredRecord } from './port.ts';
import { reportsByPartition } from './pipe.ts';

const record = (offset: number): StoredRecord => ({
  ...{ stream: streams.files, partition: 0, offset, key: 'k', id: `r${offset}` },
  value: new Uint8Array(),
});
const output = (id: string): OutgoingRecord => ({
  ...{ stream: streams.readings, key: 'k', id, value: new Uint8Array() },
});

function reports() {
  const reported: [string[], string[]][] = [];
  const of = reportsByPartition({
    onCommitted: (records, outputs) =>
      reported.push([records.map(({ id }) => id), outputs.map(({ id }) => id)]),
  });
  return { reported, of };
}

describe('reports of commits', () => {
  test('each batch is reported once, with its own outputs', () => {
    const { reported, of } = reports();
    of(0).begin(2, [record(0), record(1)], [output('a')]);
    of(0).reportUpTo(2);
    of(0).reportUpTo(2);
    expect(reported).toEqual([[['r0', 'r1'], ['a']]]);
  });

  test('a batch whose outcome was unknown is reported where the position shows that it happened', () => {
    const { reported, of } = reports();
    of(0).begin(5, [record(4)], [output('a')]);
    of(0).reportUpTo(5); // the partition taken over anew
    of(0).begin(9, [record(5)], [output('b')]);
    of(0).reportUpTo(5); // it had not happened
    of(0).begin(9, [record(5)], [output('c')]);
    of(0).reportUpTo(9);
    expect(reported.map(([, outputs]) => outputs)).toEqual([['a'], ['c']]);
  });

  test('partitions are known apart', () => {
    const { reported, of } = reports();
    of(0).begin(5, [record(4)], [output('a')]);
    of(1).reportUpTo(5);
    expect(reported).toEqual([]);
    of(0).reportUpTo(5);
    expect(reported).toHaveLength(1);
  });
});
