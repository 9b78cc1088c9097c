import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@envigate/test-support';

/**
 * Words that mean something else to an officer, or are a second name of a thing; docs/glossary.md has the
 * right ones. The glossary itself and this test name them.
 */
const wrongWords = [
  ...['sổ đăng ký', 'kiểm toán', 'người vận hành', 'bản tin', 'văn bản gốc', 'dải đo', 'nơi nhận'],
  ...[
    'chuyển tiếp',
    'vùng cách ly',
    'trọn vẹn',
    'kiểm chứng',
    'biên nhận',
    'giá trị giả',
    'số giả',
  ],
  ...['hiệu chỉnh', 'nước ngầm', 'bị giữ', 'bị cách ly', 'bị đánh dấu', 'bộ đánh giá', 'chứng thư'],
  ...[
    'cơ quan quản lý',
    'khoảng mất dữ liệu',
    'đứng yên',
    'ký hiệu lạ',
    'hết cờ',
    'không hiểu được',
  ],
];
const mayNameThem = new Set(['docs/glossary.md', 'test/corpus/vietnamese-words.test.ts']);
const withTexts = /\.(ts|mjs|md|yaml|json)$/;
const areas = ['packages', 'services', 'schemas', 'deploy', 'docs', 'scripts', 'README.md'];

const files = execFileSync('git', ['ls-files', '-z', ...areas], { cwd: repositoryRoot })
  .toString()
  .split('\0')
  .filter((path) => withTexts.test(path) && !mayNameThem.has(path));

/** Folded over line breaks, as prose is wrapped. */
function textOf(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8').normalize('NFC').replace(/\s+/gu, ' ');
}

describe('the Vietnamese texts of the project', () => {
  const texts = files.map((path) => ({ path, text: textOf(path).toLowerCase() }));

  test('are looked for in every area', () => {
    expect(texts.filter(({ text }) => text.includes('trạm')).length).toBeGreaterThan(20);
  });

  test.each(wrongWords)('never say "%s"', (word) => {
    expect(texts.filter(({ text }) => text.includes(word)).map(({ path }) => path)).toEqual([]);
  });
});
