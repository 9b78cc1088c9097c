import { describe, expect, test } from '@jest/globals';
import { Option, type Command } from 'commander';
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

const explained = commands.flatMap(([path, { options, registeredArguments }]) =>
  [...options, ...registeredArguments].map(
    (one) => [path, one instanceof Option ? one.flags : one.name(), one.description] as const,
  ),
);

test.each(explained)('%s %s is explained in Vietnamese, then in English', (_p, _n, description) => {
  expect(description).toMatch(/^[^·]*[à-ỹăđơư][^·]* · [^·]*[a-z][^·]*$/i);
});
