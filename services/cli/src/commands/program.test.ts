import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from './program.ts';

function commandsOf(command: Command, path: string): readonly (readonly [string, Command])[] {
  return [
    [path, command],
    ...command.commands.flatMap((one) => commandsOf(one, `${path} ${one.name()}`)),
  ];
}

const commands = commandsOf(createProgram(), 'envigate');

test('the program has its commands', () => {
  const names = commands.map(([path]) => path);
  expect(names).toEqual(expect.arrayContaining(['envigate run', 'envigate quarantine replay']));
});

describe.each(commands)('the help of %s', (_, command) => {
  test('is Vietnamese, with the English after it', () => {
    expect(command.description()).toMatch(
      /^[^·]*[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ][^·]* · [\w`]/i,
    );
  });
});
