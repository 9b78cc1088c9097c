// Run as a process of its own, to be killed: appends files from several senders and prints the
// name of each once it was acknowledged.
import { writeSync } from 'node:fs';
import { errorCode } from '../disk.ts';
import { entry, openTestSpool } from './open-test-spool.ts';

const [dir, run] = process.argv.slice(2);
if (dir === undefined || run === undefined) throw new Error('usage: append-for-ever <dir> <run>');

const { value: spool } = await openTestSpool(dir, { segmentBytes: 64 * 1024 });
say('open\n');

/** Synchronous: a line is in the pipe before the next append, also when the kill comes then. */
function say(line: string): void {
  let left = Buffer.from(line);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      // The pipe is full: whoever reads it is behind.
      if (errorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

async function send(sender: number): Promise<never> {
  for (let number = 0; ; number++) {
    const name = `${String(run)}-${sender}-${number}.txt`;
    const { spoolSequence } = await spool.append(entry(name, name.repeat(1 + (number % 50))));
    say(`${name} ${spoolSequence}\n`);
  }
}
await Promise.all([0, 1, 2, 3].map(send));
