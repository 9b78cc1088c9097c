import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { ReportDocument } from '@envigate/domain';
import { renderCsv, renderHtml, renderXlsx } from './index.ts';
import {
  interruptionExample,
  interruptions,
  transmission,
  transmissionExample,
} from './testing/example-reports.ts';
import { readEntries, readSheet, type ReadCell } from './testing/read-workbook.ts';

const folder = new URL('../../../test/fixtures/reports/', import.meta.url);

/** UPDATE_GOLDEN=1 writes what is made, to be looked at in the difference. */
async function expectAsStored(name: string, made: string): Promise<void> {
  const file = new URL(name, folder);
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, made);
  expect(made).toBe(await readFile(file, 'utf8'));
}

const examples: readonly (readonly [string, ReportDocument])[] = [
  ['interruptions', interruptionExample],
  ['transmission', transmissionExample],
];

describe('as stored in test/fixtures/reports', () => {
  test.each(examples)('%s: every table as CSV, both ways', async (name, { tables }) => {
    for (const table of tables)
      for (const [sign, separator] of [
        ['comma', ','],
        ['semicolon', ';'],
      ] as const)
        await expectAsStored(`${name}.${table.key}.${sign}.csv`, renderCsv(table, { separator }));
  });

  test.each(examples)('%s: the page', async (name, example) => {
    const { html, style } = renderHtml(example);
    expect(html).toContain(`<style>${style}</style>`);
    expect(html).not.toMatch(/<script|<link|<img|href=/);
    await expectAsStored(`${name}.html`, html);
  });
});

test('what persons entered is no formula in a table, and no markup in a page', () => {
  const [gaps] = interruptionExample.tables;
  const csv = renderCsv(gaps!, { separator: ',' });
  expect(csv).toMatch(/^\uFEFF/);
  // As the registry's tables write it: JSON's quotes inside of those of CSV.
  expect(csv).toContain(String.raw`"""=HYPERLINK(\""http://x\"",`);
  expect(csv).not.toMatch(/(^|[,;\n])"?[=+@-][^,;\n]*[A-Za-z(]/m);
  expect(renderHtml(interruptionExample).html).toContain('Xi măng &#60;Thanh&#62; &#38; Lâm');
});

const isHeading = (cell: ReadCell, title: string): boolean =>
  typeof cell === 'string' && cell.startsWith(title);

describe('the workbook', () => {
  test('has dates and numbers of the report, a heading that stays, and is set up for A4', async () => {
    const entries = readEntries(await renderXlsx(interruptionExample));
    const sheet = readSheet(entries, 2);
    const [head, first, second] = sheet.rows;
    expect(head?.slice(0, 3)).toEqual(['TT\nNo.', 'Cơ sở\nFacility', 'Mã trạm\nStation']);
    const column = (title: string): number => head!.findIndex((cell) => isHeading(cell, title));
    expect(first?.[column('Từ')]).toEqual({ date: '2026-12-31 18:00' });
    expect(first?.[column('Đến')]).toEqual({ date: '2027-01-01 09:00' });
    expect(second?.[column('Đến')]).toBeUndefined();
    expect(first?.[column('Tổng thời gian')]).toBe(15);
    expect(first?.[column('Thời gian tính')]).toBe(13.5);
    expect(first?.[column('Tính trong kỳ')]).toBe(8.5);
    expect(first?.[column('Số tệp phải nhận')]).toBe(108);
    // A text, whatever it begins with: no formula.
    expect(second?.[1]).toBe('=HYPERLINK("http://x","Xi măng <Thanh> & Lâm")');
    expect(sheet.xml).not.toContain('<f>');
    expect(sheet.xml).toMatch(/<pane[^>]*ySplit="1"[^>]*state="frozen"/);
    expect(sheet.xml).toMatch(/<pageSetup[^>]*orientation="landscape"/);
    expect(sheet.xml).toMatch(/<pageSetup[^>]*paperSize="9"/);
    expect(sheet.xml).toContain('fitToPage="1"');
    expect(sheet.xml).toMatch(/<col [^>]*width="18/);
    expect(sheet.xml).toContain('<autoFilter');
    expect(entries.get('xl/workbook.xml')).toMatch(
      /_xlnm\.Print_Titles" localSheetId="1">'Các khoảng gián đoạn'!\$A:\$C,'Các khoảng gián đoạn'!\$1:\$1</,
    );
  });

  test('shows shares in percent, and every table on a sheet of its own', async () => {
    const entries = readEntries(await renderXlsx(transmissionExample));
    expect(
      [...entries.keys()].filter((name) => name.startsWith('xl/worksheets/sheet')),
    ).toHaveLength(5);
    const { rows } = readSheet(entries, 2);
    const share = rows[0]!.findIndex((cell) => isHeading(cell, 'Tỷ lệ nhận được'));
    expect(rows[1]?.[share]).toEqual({ percent: 0.9126 });
    // Nothing was received: there is no share of valid data.
    expect(rows[3]?.[share + 1]).toBeUndefined();
  });

  test('holds whatever text there is', async () => {
    const wild = `a\u0000b\u0007\uD800 ${'x'.repeat(40_000)}`;
    const [table] = interruptionExample.tables;
    const row = table!.rows[0]!.map((cell, i) => (i === 2 ? wild : cell));
    const entries = readEntries(
      await renderXlsx({ ...interruptionExample, tables: [{ ...table!, rows: [row] }] }),
    );
    const text = readSheet(entries, 2).rows[1]?.[2];
    expect(text).toMatch(/^a b \uFFFD x+…$/);
    expect(text).toHaveLength(32_767);
  });
});

describe('the figures of the example', () => {
  test('of a gap over the turn of the year only the part in the period counts', () => {
    // 18:00 to 09:00; a stop of an hour before midnight, half an hour that nobody could hear after it.
    expect(interruptions.rows[0]).toMatchObject({
      ...{ grossHours: 15, netHours: 13.5, periodGrossHours: 9, periodNetHours: 8.5 },
      // 00:00 to 08:55, also while nobody could hear: the logger sends it again.
      ...{ expected: 108, missing: 108, isProbablyOurs: false },
    });
    expect(interruptions.rows[1]).toMatchObject({
      ...{ grossHours: 125 / 60, netHours: 125 / 60, expected: 24, isProbablyOurs: true },
    });
    expect(interruptions.totals).toEqual([
      {
        ...{ kind: 'transmission', isOfParameters: false, stations: 2, gaps: 2, open: 1 },
        ...{ over1h: 2, over12h: 1, grossHours: 9 + 125 / 60, netHours: 8.5 + 125 / 60 },
        ...{ expected: 132, missing: 132 },
      },
    ]);
  });

  test('a station is running, stopped with an expected restart, or never sent', () => {
    expect(
      transmission.stations.map(({ condition, toExamine }) => [
        condition.state,
        condition.expectedRestart?.toISOString(),
        toExamine.map(({ code }) => code),
      ]),
    ).toEqual([
      ['running', undefined, ['over-12h']],
      ['stopped', '2027-01-08T00:00:00.000Z', []],
      ['never-sent', undefined, ['never-sent', 'low-share']],
    ]);
    expect(transmission.disconnected.map(({ station }) => station.code)).toEqual([
      'KHIXM1',
      'KHIXM2',
    ]);
    expect(transmission.total).toMatchObject({ stations: 3, expected: 3_345, received: 1_967 });
  });
});
