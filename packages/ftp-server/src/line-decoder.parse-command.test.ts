import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCommand } from './line-decoder.ts';

test.each([
  ['NOOP', { verb: 'NOOP', argument: '' }],
  ['stor a.txt', { verb: 'STOR', argument: 'a.txt' }],
  ['CWD Nam 2026/thang 01', { verb: 'CWD', argument: 'Nam 2026/thang 01' }],
  ['PASS  blank first', { verb: 'PASS', argument: ' blank first' }],
  ['PASS ends with a blank ', { verb: 'PASS', argument: 'ends with a blank ' }],
  ['RMD ', { verb: 'RMD', argument: '' }],
])('%j is a command', (line, command) => {
  expect(parseCommand(line)).toEqual(command);
});

test.each([
  [''],
  [' NOOP'],
  ['GO'],
  ['STORE a.txt'],
  ['12345'],
  ['STOR\ta.txt'],
  ['\u0016\u0003\u0001'],
])('%j is not a command', (line) => {
  expect(parseCommand(line)).toBeUndefined();
});

test('property: the argument is what was sent, to the last blank', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z]{3,4}$/),
      fc.string({ unit: 'binary' }),
      (verb, argument) => {
        expect(parseCommand(`${verb} ${argument}`)).toEqual({ verb: verb.toUpperCase(), argument });
      },
    ),
  );
});

test('property: any line is a command in capitals, or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (line) => {
      expect(parseCommand(line)?.verb ?? 'NONE').toMatch(/^[A-Z]{3,4}$/);
    }),
    { numRuns: 1000 },
  );
});
