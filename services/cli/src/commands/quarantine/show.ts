import { writeFile } from 'node:fs/promises';
import type { Configuration, QuarantinedItem } from '@envigate/contracts';
import {
  expectedInVietnamese,
  explainQuarantine,
  labelOf,
  quarantineEndLabels,
} from '@envigate/domain';
import { consoleQueries, replayDesk, type Database } from '@envigate/postgres';
import { CommandError } from '../../options.ts';
import { withStores } from '../../with-stores.ts';
import { localTime } from '../registry/local-time.ts';
import { readRowId } from './selection.ts';

/** Prints why a file or line is in quarantine and what can be done about it, in both languages. */
export async function showQuarantine(
  id: string,
  config: Configuration,
  options: { readonly json?: true },
): Promise<void> {
  await withStores(config, async ({ database }) => {
    const row = await findRow(database, id);
    const explained = explainQuarantine(row);
    if (options.json === true) console.log(JSON.stringify({ ...row, ...explained }));
    else for (const line of describe(row, explained)) console.log(line);
  });
}

/** Writes the original of a row, byte for byte. */
export async function downloadOriginal(
  id: string,
  config: Configuration,
  { out }: { readonly out?: string },
): Promise<void> {
  await withStores(config, async ({ database }) => {
    const { fileId } = await findRow(database, id);
    const original = await consoleQueries(database).original(fileId);
    if (original === undefined)
      throw new CommandError({ vi: `không có tệp ${fileId}`, en: `no file ${fileId}` });
    if (out !== undefined) await writeFile(out, original.content, { flag: 'wx' });
    else await new Promise((resolve) => process.stdout.write(original.content, resolve));
  });
}

async function findRow(database: Database, id: string): Promise<QuarantinedItem> {
  const row = await replayDesk(database).quarantined(readRowId(id));
  if (row === undefined)
    throw new CommandError({
      vi: `khu cách ly không có mục số ${id}`,
      en: `no quarantine entry with the number ${id}`,
    });
  return row;
}

function describe(
  row: QuarantinedItem,
  { reason, pointer, cure }: ReturnType<typeof explainQuarantine>,
): readonly string[] {
  const { line, resolvedAt, resolution } = row;
  return [
    field('Tệp · File', `${row.fileName} (${row.fileId})`),
    field('Tài khoản · Account', row.account),
    field('Trạm · Station', row.station ?? '-'),
    field('Từ lúc · Since', localTime(row.quarantinedAt)),
    ...(resolvedAt === null || resolution === null
      ? []
      : [
          field(
            'Đã xử lý · Resolved',
            `${localTime(resolvedAt)}: ${labelOf(quarantineEndLabels, resolution)}`,
          ),
        ]),
    field('Lý do · Reason', row.reason),
    ...(reason === null ? [] : [field('', reason.vi), field('', reason.en)]),
    ...describeExpected(row.expected),
    ...(pointer === null
      ? []
      : [`Dòng · Line ${String(line)}:`, `  ${pointer.line}`, `  ${pointer.caret}`]),
    field('Cách khắc phục · What to do', cure.vi),
    field('', cure.en),
  ];
}

function describeExpected(expected: string): readonly string[] {
  const [first, ...more] = [expectedInVietnamese(expected), expected].filter(
    (text) => text !== undefined,
  );
  return [field('Yêu cầu · Expected', first ?? ''), ...more.map((text) => field('', text))];
}

function field(label: string, text: string): string {
  return `${label.padEnd(28)}${text}`;
}
