import { describe, expect, test } from '@jest/globals';
import { lastWords } from './last-words.ts';

const logLine = (fields: object): string =>
  `${JSON.stringify({ level: 30, time: '2026-11-29T19:01:09.007Z', ...fields })}\n`;

describe('the last words of a process', () => {
  test.each([
    [
      'the error it reported, whatever it logged before and after',
      `${logLine({ msg: 'starting' })}envigate: port 5439 is in use\n${logLine({ msg: 'stopped' })}`,
      'port 5439 is in use',
    ],
    [
      'all lines of that error',
      'envigate: the database server did not start: it ended with 1\nFATAL:  no space\nHINT:  free some\n\n',
      'the database server did not start: it ended with 1\nFATAL:  no space\nHINT:  free some',
    ],
    ['the last of two', 'envigate: first\nenvigate: second\n', 'second'],
    [
      'an exception that nobody caught, not the version that node prints last',
      "file:///x/y.js:3\nimport { crc32 } from 'node:zlib';\n         ^^^^^\nSyntaxError: The requested module 'node:zlib' does not provide an export named 'crc32'\n    at ModuleJob._instantiate (node:internal/modules/esm/module_job:123:21)\n\nNode.js v18.20.4\n",
      "SyntaxError: The requested module 'node:zlib' does not provide an export named 'crc32'",
    ],
    [
      'the same with a code',
      "node:internal/modules\nError [ERR_MODULE_NOT_FOUND]: Cannot find module 'ajv'\n    at x\n\nNode.js v20.20.2\n",
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'ajv'",
    ],
    ['the message of a log line', logLine({ msg: 'session ended', user: 'caph' }), 'session ended'],
    [
      'and its error',
      logLine({ msg: 'the recorder failed', err: { message: 'disk full' } }),
      'the recorder failed: disk full',
    ],
    ['any other last line', 'one\ntwo\n\n', 'two'],
    ['a line that only looks like JSON', 'one\n{"msg": "cut of', '{"msg": "cut of'],
    ['nothing', '', ''],
  ])('are %s', (_, output, words) => {
    expect(lastWords(output)).toBe(words);
  });

  test('are at most 8 lines', () => {
    expect(lastWords(`envigate: ${'line\n'.repeat(100)}`).split('\n')).toHaveLength(8);
  });
});
