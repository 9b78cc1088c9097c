import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { confirm } from './import-registry.ts';

async function ask(typed: string): Promise<{ answer: boolean; shown: string }> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answer = confirm('1 thêm. Áp dụng các thay đổi này? · Apply these changes?', {
    input,
    output,
  });
  input.end(typed);
  return { answer: await answer, shown: String(output.read()) };
}

describe('a question at the terminal', () => {
  test('is shown with the answer that counts where there is none', async () => {
    expect((await ask('\n')).shown).toBe(
      '1 thêm. Áp dụng các thay đổi này? · Apply these changes? [c/K] (y/N) ',
    );
  });

  test.each([
    ['y', 'y\n', true],
    ['Y', 'Y\n', true],
    ['yes with blanks around', '  yes \r\n', true],
    ['có', 'có\n', true],
    ['có with its tone apart', 'co\u0301\n', true],
    ['C', 'C\n', true],
    ['có without marks', 'co\n', true],
    ['CÓ', 'CÓ\n', true],
    ['a word that begins with co', 'con\n', false],
    ['y on a line that does not end', 'y', false],
    ['n', 'n\n', false],
    ['no', 'no\n', false],
    ['không', 'không\n', false],
    ['a word that begins with y', 'yesterday\n', false],
    ['nothing', '\n', false],
    ['blanks', '   \n', false],
    ['n, and y on a later line', 'n\ny\n', false],
    ['the end of the input', '', false],
  ])('%s', async (_, typed, expected) => {
    expect((await ask(typed)).answer).toBe(expected);
  });
});
