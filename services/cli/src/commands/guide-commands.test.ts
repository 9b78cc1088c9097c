import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { CommanderError, type Command } from 'commander';
import { createProgram } from './program.ts';

// The commands that the guides print are understood by the program as they are printed: names, options, number and
// values of arguments. Nothing is run; what a command does is shown by its own tests.

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const guides = [
  ...['README.md', 'docs/archive.md', 'docs/clocks.md'],
  ...readdirSync(join(root, 'docs/operators')).map((name) => `docs/operators/${name}`),
];

interface Printed {
  readonly guide: string;
  readonly words: readonly string[];
}

/** Words of a shell line, without quotes, up to a pipe or a comment. */
function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const [, single, double, bare] of line.matchAll(
    /'([^']*)'|"([^"]*)"|((?:[^\s'"\\]|\\.)+)/g,
  )) {
    if (bare !== undefined && /^([|#;]|&&|>+$)/.test(bare)) break;
    words.push(single ?? double ?? bare ?? '');
  }
  return words;
}

/** What follows `envigate`, where that is what the line runs. */
function argumentsOf(line: string): readonly string[] | undefined {
  const words = wordsOf(line.replace(/^(npx|runuser -u envigate --) /, ''));
  return words[0] === 'envigate' ? words.slice(1) : undefined;
}

const texts = guides.map((guide) => ({ guide, text: readFileSync(join(root, guide), 'utf8') }));

/** Of shell blocks: to be typed as they are. */
const typed: readonly Printed[] = texts.flatMap(({ guide, text }) =>
  [...text.matchAll(/^```sh\n([^]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .flatMap((line) => {
      const words = argumentsOf(line.trim());
      return words === undefined ? [] : [{ guide, words }];
    }),
);

/** In running text: often without the arguments that are meant. */
const mentioned: readonly Printed[] = texts.flatMap(({ guide, text }) =>
  [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => {
    const words = argumentsOf(code.replaceAll(/\s+/g, ' '));
    return words === undefined ? [] : [{ guide, words }];
  }),
);

class Understood extends Error {}

/** Parses as the program does, up to what it would run; the message of what it objects to. */
async function objectionTo(words: readonly string[]): Promise<string | undefined> {
  const program = createProgram().hook('preAction', () => {
    throw new Understood();
  });
  const silence = (command: Command): void => {
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    for (const one of command.commands) silence(one);
  };
  silence(program);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return 'nothing would be run';
  } catch (error) {
    if (error instanceof Understood) return undefined;
    if (!(error instanceof CommanderError)) throw error;
    const isAnswer = ['commander.helpDisplayed', 'commander.version'].includes(error.code);
    return isAnswer ? undefined : error.message;
  }
}

/** What of a mentioned command the program does not have. */
function unknownIn(words: readonly string[]): string | undefined {
  let command: Command = createProgram();
  let rest = words;
  while (rest.length > 0) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (next === undefined) break;
    command = next;
    rest = rest.slice(1);
  }
  const [first] = rest;
  const isArgument = first === undefined || /^([-<[(…]|\.\.\.)/.test(first);
  if (command.commands.length > 0 && !isArgument && !first.includes('|')) return first;
  const flags = new Set<string>();
  for (let one: Command | null = command; one !== null; one = one.parent)
    for (const { long, short } of one.options)
      for (const flag of [long, short]) if (flag) flags.add(flag);
  flags.add('--help').add('-h');
  return rest.find((word) => /^--?[a-z]/.test(word) && !flags.has(word.replace(/=.*$/, '')));
}

test('are found', () => {
  expect(typed.length).toBeGreaterThan(50);
  expect(mentioned.length).toBeGreaterThan(50);
});

describe('in shell blocks are understood', () => {
  test.each(typed.map(({ guide, words }) => [guide, words.join(' '), words] as const))(
    '%s: envigate %s',
    async (_, __, words) => {
      expect(await objectionTo(words)).toBeUndefined();
    },
  );
});

test('in running text are commands and options of the program', () => {
  const faults = mentioned.flatMap(({ guide, words }) => {
    const unknown = unknownIn(words);
    return unknown === undefined ? [] : [`${guide}: envigate ${words.join(' ')}: ${unknown}`];
  });
  expect(faults).toEqual([]);
});

test('one that the program does not have is found', async () => {
  expect(await objectionTo(['held', 'relase', '1'])).toMatch('relase');
  expect(await objectionTo(['held', 'release'])).toMatch('argument');
  expect(unknownIn(['quarantine', 'lisst'])).toBe('lisst');
  expect(unknownIn(['audit', '--fulll'])).toBe('--fulll');
});
