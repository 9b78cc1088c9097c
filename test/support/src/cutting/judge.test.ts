import { expect, test } from '@jest/globals';
import { faultsOfReception } from './judge.ts';
import { cutFile } from './station-file.ts';
import { seededRandom } from '../processes/killer.ts';

const random = seededRandom(7);
const file = cutFile(1, 'anywhere', random);
const cut = { transfers: [{ way: 'reset', file }], acknowledged: [file] };

test('a cut file that was received whole, once or twice, is right', () => {
  expect(faultsOfReception(cut, [file])).toEqual([]);
  expect(faultsOfReception(cut, [file, file])).toEqual([]);
});

test.each([
  ['a beginning', file.content.subarray(0, 40), '40 of'],
  ['nothing of it', Buffer.alloc(0), '0 of'],
  ['other bytes', Buffer.from(file.content).fill(0, 0, 1), 'other bytes'],
  ['more than was sent', Buffer.concat([file.content, Buffer.from('x')]), 'other bytes'],
])('%s beside the whole file is reported', (_what, content, reported) => {
  const faults = faultsOfReception(cut, [{ name: file.name, content }, file]);
  expect(faults).toEqual([expect.stringContaining(reported)]);
});

test('an acknowledged file that is not there is reported', () => {
  expect(faultsOfReception({ ...cut, transfers: [] }, [])).toHaveLength(1);
  expect(faultsOfReception(cut, [])).toHaveLength(2);
});

test('a file of nobody is reported', () => {
  expect(faultsOfReception({ transfers: [], acknowledged: [] }, [file])).toHaveLength(1);
});

test('cuts in a line fall behind a whole line and before the status', () => {
  for (let number = 0; number < 500; number += 1) {
    const { content, cutAt } = cutFile(number, 'in-line', random);
    const sent = content.toString('utf8', 0, cutAt);
    expect(sent).toMatch(/\r\n[^\r\n]+$/);
    expect(content.toString('utf8', cutAt)).toMatch(/^[^\r\n]*\d\d\r\n/);
  }
});
