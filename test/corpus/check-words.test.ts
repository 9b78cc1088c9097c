import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkWords, forbiddenWords } from '../../scripts/check-words.mjs';

// The words are planted here, so that the check of the project passes over this file.
describe('forbidden words', () => {
  const wordsOf = (text: string) => forbiddenWords(text).map(({ word }) => word);

  test.each([
    ['The sender is told of it.', 'told'],
    ['readonly tellsSizes: boolean;', 'tells'],
    ["a code of stations, 'X' is none", 'is none'],
    ['// The code is\n// none of ours.', 'is // none'],
    ['The file is taken for whole.', 'is taken for'],
    ['5 columns, parted by TABs', 'parted by'],
    ['The spool lets go of it.', 'lets go'],
    ['The value stands in the ledger.', 'stands'],
    ['readonly oddities: readonly string[];', 'oddities'],
    ['Danh sách trong sổ đăng\nký.', 'sổ đăng ký'],
    ['Nơi nhận', 'Nơi nhận'],
    ['Tệp bị giữ lại.'.normalize('NFD'), 'bị giữ'],
  ])('%j', (text, word) => {
    expect(wordsOf(text)).toContain(word);
  });

  test.each([
    'A ministry stand-in answers.',
    'undefined where there is none',
    'The letter stands for a number.',
    'Nobody can tell which.',
    'He taught until toll and stellar.',
    'It is taken forward.',
  ])('allows %j', (text) => {
    expect(wordsOf(text)).toEqual([]);
  });
});

describe('the check of a project', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'envigate-words-'));
    execFileSync('git', ['init', '-q'], { cwd: root });
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('names file, line, column, the word and what to write', () => {
    writeFileSync(join(root, 'a.md'), 'Good.\nIt is told.\nXem sổ đăng ký.\n');
    expect(checkWords(root)).toEqual([
      expect.stringMatching(/^a\.md:2:7: 'told' is not used here; write: report/),
      "a.md:3:5: 'sổ đăng ký' is not used here; write: danh mục",
    ]);
  });

  test('finds nothing in plain words', () => {
    writeFileSync(join(root, 'a.md'), 'Reported.\n');
    expect(checkWords(root)).toEqual([]);
  });
});
