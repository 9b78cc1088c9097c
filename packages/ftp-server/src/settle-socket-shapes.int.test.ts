import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const program = new URL('./testing/make-sockets.ts', import.meta.url).pathname;
const loader = new URL('../../event-log/typescript-loader/register.mjs', import.meta.url).href;
const sockets = 500;
/** Of V8's log of inline caches: the state before and after is that of too many shapes. */
const miss = /^[A-Za-z]*IC,(?:[^,]*,){4}N,N,/;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-shapes-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function missesPerSocket(...more: readonly string[]): Promise<number> {
  const log = join(dir, `ic-${more.join('-')}.log`);
  const tracing = ['--log-ic', `--logfile=${log}`, '--no-logfile-per-isolate'];
  const running = ['--import', loader, '--conditions', '@envigate/source', program];
  await promisify(execFile)(process.execPath, [...tracing, ...running, String(sockets), ...more], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const lines = (await readFile(log, 'utf8')).split('\n');
  return lines.filter((line) => miss.test(line)).length / sockets;
}

test('sockets are made without a look-up that V8 cannot remember', async () => {
  const before = await missesPerSocket();
  const settled = await missesPerSocket('settled');
  // What loading the program itself costs is in both.
  expect(settled).toBeLessThan(4);
  // Later versions of V8 need no such doing.
  const isNeeded = process.version.startsWith('v20.');
  expect(before - settled > 20).toBe(isNeeded);
});
