import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { freeChunk } from './memory.ts';

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

/** What a service does with the readings of one large file after another; prints the largest heap in bytes. */
const work = `
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  const text = JSON.stringify(Array.from({ length: 30_000 }, (_, line) => ({
    parameter: 'COD', instant: new Date(line * 60_000).toISOString(), value: line / 7, unit: 'mg/L', line,
  })));
  let most = 0;
  for (let files = 0; files < 20; files++) {
    const rows = JSON.parse(text).map((row) => ({ ...row, at: new Date(row.instant).toISOString() }));
    await pause();
    const keys = rows.map((row) => row.parameter + '/' + row.at);
    await pause();
    most = Math.max(most, process.memoryUsage().heapTotal);
    if (keys.length !== rows.length) throw new Error('both are in use until here');
  }
  console.log(most);
`;

async function largestHeap(begin: string): Promise<number> {
  // Without most of the young generation, which is larger in Node.js 24 and grows as it did.
  const args = [
    '--no-warnings',
    '--max-semi-space-size=8',
    '--input-type=module',
    '--eval',
    begin + work,
  ];
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return Number(stdout);
}

// On Node.js 24 it was 121 MB without and 56 MB with it.
test('one large file after another needs a much smaller heap', async () => {
  const loader = new URL('../../event-log/typescript-loader/hooks.mjs', import.meta.url).href;
  const module = new URL('./memory.ts', import.meta.url).href;
  const plain = `
    const { register } = await import('node:module');
    register('${loader}');
    const { growHeapSlowly } = await import('${module}');
  `;
  const slowly = `${plain}growHeapSlowly();`;
  // V8 goes by the time that collections take, too: on a busy machine the plain heap may stay small.
  const ratios: number[] = [];
  do ratios.push((await largestHeap(slowly)) / (await largestHeap(plain)));
  while (Math.min(...ratios) >= 0.75 && ratios.length < 5);
  expect(Math.min(...ratios)).toBeLessThan(0.75);
}, 120_000);
