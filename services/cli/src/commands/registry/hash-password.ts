import { createInterface } from 'node:readline';
import { hashPassword } from '@envigate/runtime';

/** Reads one line from standard input and prints its hash. */
export async function printPasswordHash(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for await (const password of lines) {
    if (password === '') throw new Error('an empty password is refused');
    console.log(await hashPassword(password));
    return;
  }
  throw new Error('no password on standard input');
}
