import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  checksumSeed,
  decodeRecord,
  encodeRecord,
  headerBytes,
  type SpoolRecord,
} from './format.ts';

const seed = checksumSeed('a spool');
const buffer = (max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: max }).map((bytes) => Buffer.from(bytes));
const record: fc.Arbitrary<SpoolRecord> = fc.record({
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  groupFirst: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  meta: buffer(300),
  content: buffer(2000),
});

describe('record', () => {
  test('comes back as it was, at any offset', () => {
    fc.assert(
      fc.property(record, buffer(50), buffer(50), (original, before, after) => {
        const encoded = encodeRecord(original, seed);
        const bytes = Buffer.concat([before, encoded, after]);
        expect(decodeRecord(bytes, before.length, seed)).toEqual({
          kind: 'record',
          record: original,
          end: before.length + encoded.length,
        });
      }),
    );
  });

  test('cut anywhere it is known to be short, and how much is missing', () => {
    fc.assert(
      fc.property(
        record,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (original, at) => {
          const encoded = encodeRecord(original, seed);
          const cut = Math.floor(encoded.length * at);
          expect(decodeRecord(encoded.subarray(0, cut), 0, seed)).toEqual({
            kind: 'short',
            needed: cut < headerBytes ? headerBytes : encoded.length,
          });
        },
      ),
    );
  });

  test('with any bit flipped it is no record', () => {
    fc.assert(
      fc.property(record, fc.nat(), (original, position) => {
        const encoded = encodeRecord(original, seed);
        const bit = position % (encoded.length * 8);
        encoded.writeUInt8(encoded.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(decodeRecord(encoded, 0, seed).kind).not.toBe('record');
      }),
    );
  });

  test('of another spool is damaged', () => {
    const encoded = encodeRecord(
      { sequence: 1, groupFirst: 1, meta: Buffer.from('{}'), content: Buffer.from('pH') },
      checksumSeed('another spool'),
    );
    expect(decodeRecord(encoded, 0, seed)).toEqual({ kind: 'damaged', reason: 'checksum differs' });
  });

  test('too large to be read again is not written', () => {
    const content = Buffer.alloc(64 * 1024 * 1024 + 1);
    expect(() =>
      encodeRecord({ sequence: 1, groupFirst: 1, meta: Buffer.alloc(0), content }, seed),
    ).toThrow(RangeError);
  });
});
