import { expect, test } from '@jest/globals';
import { shellQuoted } from './shell-quoted.ts';

test.each([
  ['/home/lan/envigate/a_1-2.txt', '/home/lan/envigate/a_1-2.txt'],
  ['/home/lan/my code/x', "'/home/lan/my code/x'"],
  ["/home/o'neil/x", "'/home/o'\\''neil/x'"],
  ['/home/$USER/`x`', "'/home/$USER/`x`'"],
  ['/home/Trạm', "'/home/Trạm'"],
  ['', "''"],
])('%s is pasted into a shell as %s', (word, quoted) => {
  expect(shellQuoted(word)).toBe(quoted);
});
