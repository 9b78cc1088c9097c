import { describe, expect, test } from '@jest/globals';
import { partitionOf } from './statements.ts';

describe('partitionOf', () => {
  // Published vectors of FNV-1a, 32 bit. A change here would tear the order of every key.
  test.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('hashes %j for ever alike', (key, hash) => {
    expect(partitionOf(key, 2 ** 32)).toBe(hash);
  });

  test('spreads station codes evenly', () => {
    const counts = [0, 0, 0, 0];
    for (let station = 0; station < 1000; station++) counts[partitionOf(`HN-${station}`, 4)]! += 1;
    for (const count of counts) expect(count).toBeGreaterThan(200);
  });

  test('stays within the partitions', () => {
    for (const key of ['Đồng Nai', 'HN-01', '🌧']) expect(partitionOf(key, 1)).toBe(0);
  });
});
