import { spawn } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { endSignal } from './end-signal.ts';
import { eventually } from './eventually.ts';

const never = (): Promise<never> => Promise.reject(new Error('no answer'));

test('a wait for a program that has ended is over at once, with what it printed', async () => {
  let output = '';
  const child = spawn(process.execPath, ['-e', 'console.error("no such file"); process.exit(3)']);
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const signal = endSignal(child, 'server', () => output);
  await expect(eventually(never, { signal })).rejects.toThrow('server ended with 3: no such file');
});

test('so is a wait for one that cannot be started', async () => {
  const signal = endSignal(spawn('/no/such/program'), 'server');
  await expect(eventually(never, { signal })).rejects.toThrow('spawn /no/such/program ENOENT');
});
