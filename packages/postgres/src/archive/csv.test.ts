import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CsvFault, encodeRow, readRows, RowDigest, type Field } from './csv.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-csv-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(content: string | Buffer): Promise<string> {
  const path = join(folder, `${createHash('sha256').update(content).digest('hex')}.csv`);
  await writeFile(path, content);
  return path;
}

async function read(path: string) {
  const rows: { line: number; fields: readonly Field[]; bytes: Buffer }[] = [];
  for await (const row of readRows(path)) rows.push(row);
  return rows;
}

/** What PostgreSQL's text has, with what is special to CSV more often than chance would have it. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((some) => some.replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '\\', '.', ' ', 'é', '度', '😀') }),
  fc.constantFrom('', '""', 'NULL', 'null', '\\N', '\\.', '-0', '1e308', '\u{feff}', '\r\n'),
);
const field = fc.option(text, { nil: null });

describe('rows', () => {
  test('come back as they were, whatever is in them, with the line at which each begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(field, { minLength: 1 })), async (rows) => {
        const encoded = rows.map(encodeRow);
        const found = await read(await write(encoded.join('')));
        expect(found.map(({ fields }) => fields)).toEqual(rows);
        expect(found.map(({ bytes }) => bytes.toString())).toEqual(encoded);
        let line = 1;
        for (const [i, row] of encoded.entries()) {
          expect(found[i]?.line).toBe(line);
          line += row.split('\n').length - 1;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('may be longer than a piece that is read at once', async () => {
    const long = 'a"\n'.repeat(1_500_000);
    const found = await read(await write(encodeRow(['x', long]) + encodeRow([null, ''])));
    expect(found.map(({ fields }) => fields)).toEqual([
      ['x', long],
      [null, ''],
    ]);
    expect(found[1]?.line).toBe(1_500_002);
  });

  test.each([
    ['a quote that is not closed', 'a\n"b\nc\n', 2],
    ['a quote within a field', 'a\nb"c"\n', 2],
    ['text behind a closing quote', 'a\n"b"c\n', 2],
    ['a carriage return', 'a\nb\r\n', 2],
    ['no end of line', 'a\nb', 2],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x0a]), 2],
  ])('are refused at their line: %s', async (_what, content, line) => {
    const reading = read(await write(content));
    await expect(reading).rejects.toThrow(CsvFault);
    await expect(reading).rejects.toMatchObject({ line });
  });
});

test('a digest has the checksum of the file, and of each 10,000 rows with the line at which they begin', async () => {
  const digest = new RowDigest();
  const hash = createHash('sha256');
  for (let i = 0; i < 20_001; i++) {
    const row = Buffer.from(encodeRow([`${i}`, i % 2 === 0 ? 'two\nlines' : null]));
    hash.update(row);
    digest.add(row);
  }
  digest.end();
  expect(digest.rows).toBe(20_001);
  expect(digest.sha256()).toBe(hash.digest('hex'));
  expect(digest.blocks.map(({ fromLine, rows }) => [fromLine, rows])).toEqual([
    [1, 10_000],
    [15_001, 10_000],
    [30_001, 1],
  ]);
  expect(new Set(digest.blocks.map(({ sha256 }) => sha256)).size).toBe(3);
});
