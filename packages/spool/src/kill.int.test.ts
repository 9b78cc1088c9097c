import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { entry, openTestSpool, readAll } from './testing/open-test-spool.ts';
import { temporaryFolder, type TemporaryFolder } from './testing/temporary-folder.ts';

const kills = 25;
const program = new URL('./testing/append-for-ever.ts', import.meta.url).pathname;
const loader = new URL('../../event-log/typescript-loader/register.mjs', import.meta.url).href;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** Lets a process append and kills it after so many acknowledgements; gives name → sequence. */
async function appendAndKill(run: number, acknowledgements: number): Promise<Map<string, number>> {
  const args = [
    '--import',
    loader,
    '--conditions',
    '@envigate/source',
    program,
    folder.path,
    String(run),
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const acknowledged = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, sequence] = line.split(' ');
    if (name === undefined || sequence === undefined) continue;
    acknowledged.set(name, Number(sequence));
    if (acknowledged.size === acknowledgements) child.kill('SIGKILL');
  }
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  return acknowledged;
}

test(`${kills} kills: what was acknowledged is there, once, where it was said to be`, async () => {
  const acknowledged = new Map<string, number>();
  for (let run = 0; run < kills; run++) {
    const count = 1 + Math.floor(Math.random() * 300);
    for (const [name, sequence] of await appendAndKill(run, count))
      acknowledged.set(name, sequence);
  }
  const { value: spool, stop } = await openTestSpool(folder.path);
  const files = await readAll(spool);
  expect(files.map(({ reception }) => reception.spoolSequence)).toEqual(
    files.map((_, index) => index + 1),
  );
  const found = new Map(
    files.map(({ reception, content }) => [reception.name, { reception, content }]),
  );
  expect(found.size).toBe(files.length);
  for (const [name, sequence] of acknowledged) {
    const number = Number(/-(\d+)\.txt$/.exec(name)?.[1]);
    expect(found.get(name)?.reception.spoolSequence).toBe(sequence);
    expect(found.get(name)?.content.toString()).toBe(name.repeat(1 + (number % 50)));
  }
  expect(acknowledged.size).toBeGreaterThan(kills);
  expect((await spool.append(entry('next'))).spoolSequence).toBe(files.length + 1);
  await stop();
}, 180_000);
