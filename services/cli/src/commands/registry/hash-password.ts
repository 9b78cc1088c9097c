import { createInterface } from 'node:readline';
import { hashPassword } from '@envigate/runtime';
import { CommandError } from '../../options.ts';

/** Reads one line from standard input and prints its hash. */
export async function printPasswordHash(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for await (const password of lines) {
    if (password === '')
      throw new CommandError({ vi: 'mật khẩu để trống', en: 'an empty password is refused' });
    console.log(await hashPassword(password));
    return;
  }
  throw new CommandError({
    vi: 'không có mật khẩu ở đầu vào chuẩn',
    en: 'no password on standard input',
  });
}
