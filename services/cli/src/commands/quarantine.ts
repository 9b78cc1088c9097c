import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import {
  inBothLanguages,
  type Configuration,
  maxReasonsCounted,
  maxTextsLookedAt,
  type QuarantinedItem,
} from '@envigate/contracts';
import {
  labelOf,
  officersNumber,
  quarantineEndLabels,
  reasonOf,
  explainQuarantine,
  type QuarantineRows,
} from '@envigate/domain';
import { consoleQueries, replayDesk, type Database, migrate } from '@envigate/postgres';
import { followPages, localTime } from '../shared/lists.ts';
import { requireStation, withStores } from '../shared/stores.ts';
import {
  CommandError,
  readChoice,
  readId,
  readTimeRange,
  type TimeRangeOptions,
} from '../shared/options.ts';

export interface ListOptions extends SelectionOptions {
  readonly resolved?: true;
  readonly counts?: true;
  readonly json?: true;
}

const pageSize = 1_000;

/**
 * Prints files and lines in quarantine, newest first, or how many there are by reason; or that there
 * is nothing.
 */
export async function printQuarantine(config: Configuration, options: ListOptions): Promise<void> {
  const state = options.resolved === true ? 'resolved' : 'open';
  const selection = readSelection(options);
  const filter = { ...selection, state } as const;
  const reportNone = async (database: Database): Promise<void> => {
    if (selection.station !== undefined) await requireStation(database, selection.station);
    if (options.json === true) return;
    const isSelected = Object.values(selection).some((value) => value !== undefined);
    const [vi, en] =
      state === 'open'
        ? ['khu cách ly không có mục chờ xử lý', 'nothing is open in quarantine']
        : ['khu cách ly không có mục đã xử lý', 'nothing in quarantine is resolved'];
    console.log(
      isSelected ? `${vi} theo điều kiện lọc · ${en} that fits the selection` : `${vi} · ${en}`,
    );
  };
  await withStores(config, async ({ database }) => {
    if (options.counts === true) {
      const { isComplete, items } = await replayDesk(database).reasonCounts(filter);
      if (items.length === 0 && isComplete) await reportNone(database);
      for (const count of items) {
        const { reason, files, rows } = count;
        console.log(
          options.json === true
            ? JSON.stringify(count)
            : `${reason.padEnd(24)} ${officersNumber(files).padStart(8)} tệp · files ${officersNumber(rows).padStart(8)} mục · rows   ${describeReason(reason)}`,
        );
      }
      if (!isComplete && options.json !== true) {
        const counted = filter.text === undefined ? maxReasonsCounted : maxTextsLookedAt;
        console.log(
          `còn nữa: chỉ đếm ${officersNumber(counted)} mục mới nhất · there are more: only the newest ${counted} rows are counted`,
        );
      }
      return;
    }
    const queries = consoleQueries(database);
    let isEmpty = true;
    const rows = followPages<QuarantinedItem, number>((after) =>
      queries.quarantine({ ...filter, after, limit: pageSize }),
    );
    for await (const row of rows) {
      isEmpty = false;
      console.log(options.json === true ? JSON.stringify(row) : describeRow(row));
    }
    if (isEmpty) await reportNone(database);
  });
}

/** Of another version of the program there may be reasons that this one does not know. */
function describeReason(code: string): string {
  const reason = reasonOf(code);
  return reason === undefined ? '' : inBothLanguages(reason);
}

function describeEnd({ resolution }: QuarantinedItem): string {
  return resolution === null ? '' : labelOf(quarantineEndLabels, resolution);
}

function describeRow(row: QuarantinedItem): string {
  const { quarantineId, account, station, reason, line, fileName, quarantinedAt } = row;
  const place = line === null ? '' : `, dòng · line ${line}`;
  const resolved =
    row.resolvedAt === null ? '' : `   ${describeEnd(row)} ${localTime(row.resolvedAt)}`;
  return `${String(quarantineId).padStart(8)} ${localTime(quarantinedAt)} ${reason.padEnd(22)} ${station ?? account}   ${fileName}${place}${resolved}`;
}

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
    ...describeExpected(row),
    ...(pointer === null
      ? []
      : [`Dòng · Line ${String(line)}:`, `  ${pointer.line}`, `  ${pointer.caret}`]),
    field('Cách khắc phục · What to do', cure.vi),
    field('', cure.en),
  ];
}

function describeExpected({ expected, expectedVi }: QuarantinedItem): readonly string[] {
  const [first, ...more] = [expectedVi, expected].filter((text) => text !== null);
  return [field('Yêu cầu · Expected', first ?? ''), ...more.map((text) => field('', text))];
}

function field(label: string, text: string): string {
  return `${label.padEnd(28)}${text}`;
}

export interface DiscardOptions {
  readonly note?: string;
}

/** Discards files of a reset clock by the numbers of their rows. Throws where a row cannot be: the others are discarded. */
export async function discardRows(
  ids: readonly string[],
  config: Configuration,
  { note }: DiscardOptions,
): Promise<void> {
  const wanted = ids.map(readRowId);
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const decision = { actor: userInfo().username, ...(note && { note }) };
    const discarded = new Set(await replayDesk(database).discard(wanted, decision));
    for (const id of discarded) console.log(`mục ${id}: không tiếp nhận · row ${id} is discarded`);
    const others = wanted.filter((id) => !discarded.has(id));
    if (others.length > 0)
      throw new CommandError({
        vi: `chưa áp dụng cho mục ${others.join(', ')}: chỉ mục chờ xử lý có lý do clock-reset`,
        en: `not discarded: ${others.join(', ')}; only open rows of reason clock-reset can be: envigate quarantine list --reason clock-reset`,
      });
  });
}

export interface SelectionOptions extends TimeRangeOptions {
  readonly account?: string;
  readonly station?: string;
  readonly scope?: string;
  readonly reason?: string;
  readonly text?: string;
}

/** Throws where an option has no sense; the text says what would have. */
export function readSelection(options: SelectionOptions): Omit<QuarantineRows, 'state' | 'fileId'> {
  const { account, station, reason, text } = options;
  const scope = readChoice('--scope', options.scope, ['file', 'line']);
  return { account, station, scope, reason, text, ...readTimeRange(options) };
}

export function readRowId(text: string): number {
  return readId(text, 'row', 'envigate quarantine list');
}
