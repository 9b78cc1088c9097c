import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checksumSeed, encodeRecord } from './format.ts';
import { scanSegment } from './segment.ts';

const seed = checksumSeed('a spool');

/** Groups of so many records each, numbered from `first`, and where each record begins. */
function segmentOf(groups: readonly number[], first = 1): { bytes: Buffer; starts: number[] } {
  const parts: Buffer[] = [];
  const starts: number[] = [];
  let sequence = first;
  let length = 0;
  for (const size of groups) {
    const groupFirst = sequence;
    for (let index = 0; index < size; index++) {
      const content = Buffer.from(`pH\t7.${sequence}\n`.repeat(1 + (sequence % 5)));
      const part = encodeRecord({ sequence, groupFirst, meta: Buffer.from('{}'), content }, seed);
      starts.push(length);
      parts.push(part);
      length += part.length;
      sequence += 1;
    }
  }
  return { bytes: Buffer.concat(parts), starts };
}

describe('scanSegment', () => {
  test('finds every record of a whole segment', () => {
    const { bytes } = segmentOf([1, 3, 2], 10);
    const scan = scanSegment(bytes, 10, seed);
    expect(scan).toMatchObject({ last: 15, end: bytes.length });
    expect(scan.fault).toBeUndefined();
  });

  test('an empty segment holds the sequence before it', () => {
    expect(scanSegment(Buffer.alloc(0), 7, seed)).toEqual({ last: 6, end: 0, marks: [] });
  });

  test('cut anywhere, it ends behind the last whole record and calls nothing durable', () => {
    const { bytes, starts } = segmentOf([2, 4, 1, 3]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (cut) => {
        const scan = scanSegment(bytes.subarray(0, cut), 1, seed);
        const whole = [...starts.slice(1), bytes.length].filter((end) => end <= cut).length;
        expect(scan.last).toBe(whole);
        expect(scan.fault?.wasDurable ?? false).toBe(false);
      }),
    );
  });

  test('a damaged record before the last group was durable, one within it is not proven', () => {
    const groups = [2, 4, 1, 3];
    const { bytes, starts } = segmentOf(groups);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const index = starts.filter((start) => start <= bit >> 3).length - 1;
        const scan = scanSegment(damaged, 1, seed);
        expect(scan.last).toBe(index);
        expect(scan.fault?.wasDurable).toBe(index < 7);
      }),
    );
  });

  test('stops where the next segment begins', () => {
    const { bytes, starts } = segmentOf([2, 2]);
    const scan = scanSegment(bytes, 1, seed, 2);
    expect(scan).toMatchObject({ last: 2, end: starts[2] });
    expect(scan.fault).toBeUndefined();
  });

  test('a missing record is a fault', () => {
    const { bytes, starts } = segmentOf([1, 1, 1]);
    const hole = Buffer.concat([bytes.subarray(0, starts[1]), bytes.subarray(starts[2])]);
    expect(scanSegment(hole, 1, seed)).toMatchObject({
      last: 1,
      fault: { reason: 'record 2 is missing, record 3 is in its place' },
    });
  });

  test('file content that imitates a record proves nothing', () => {
    const imitation = encodeRecord(
      { sequence: 900, groupFirst: 900, meta: Buffer.from('{}'), content: Buffer.from('x') },
      checksumSeed('guessed'),
    );
    const part = encodeRecord(
      {
        sequence: 1,
        groupFirst: 1,
        meta: Buffer.from('{}'),
        content: Buffer.concat([imitation, Buffer.alloc(9)]),
      },
      seed,
    );
    expect(scanSegment(part.subarray(0, part.length - 1), 1, seed).fault?.wasDurable).toBe(false);
  });
});
