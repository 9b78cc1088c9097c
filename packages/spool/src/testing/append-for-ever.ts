// Run as a process of its own, to be killed: appends files from several senders and prints the
// name of each once it was acknowledged.
import { writeSync } from 'node:fs';
import { entry, openTestSpool } from './open-test-spool.ts';

const [dir, run] = process.argv.slice(2);
if (dir === undefined || run === undefined) throw new Error('usage: append-for-ever <dir> <run>');

const { value: spool } = await openTestSpool(dir, { segmentBytes: 64 * 1024 });
writeSync(1, 'open\n');

async function send(sender: number): Promise<never> {
  for (let number = 0; ; number++) {
    const name = `${String(run)}-${sender}-${number}.txt`;
    const { spoolSequence } = await spool.append(entry(name, name.repeat(1 + (number % 50))));
    // Synchronous: a line is in the pipe before the next append, also when the kill comes then.
    writeSync(1, `${name} ${spoolSequence}\n`);
  }
}
await Promise.all([0, 1, 2, 3].map(send));
