import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

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
  const module = new URL('./grow-heap-slowly.ts', import.meta.url).href;
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
