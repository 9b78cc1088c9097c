import { describe, expect, test } from '@jest/globals';
import { freeChunk } from './free-chunk.ts';

const kibibyte = 1024;

describe('freeChunk', () => {
  test('gives the memory back before any garbage collection', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 250; n += 1) freeChunk(Buffer.allocUnsafeSlow(64 * kibibyte));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * kibibyte);
  });

  test('leaves a chunk without bytes', () => {
    const chunk = Buffer.alloc(64 * kibibyte, 'x');
    freeChunk(chunk);
    expect(chunk.length).toBe(0);
  });

  test('does nothing to memory that others may read', () => {
    const whole = Buffer.alloc(64 * kibibyte, 'x');
    freeChunk(whole.subarray(0, 32 * kibibyte));
    expect(whole.at(-1)).toBe(0x78);
    const shared = new Uint8Array(new SharedArrayBuffer(64 * kibibyte));
    freeChunk(shared);
    expect(shared.length).toBe(64 * kibibyte);
    const pooled = Buffer.from('x'.repeat(1000));
    freeChunk(pooled);
    expect(pooled.length).toBe(1000);
  });

  test('takes a chunk that was freed already', () => {
    const chunk = Buffer.alloc(64 * kibibyte);
    freeChunk(chunk);
    freeChunk(chunk);
    expect(chunk.length).toBe(0);
  });
});
