import {
  inBothLanguages,
  type Configuration,
  maxCounted,
  type QuarantinedItem,
} from '@envigate/contracts';
import { labelOf, officersNumber, quarantineEndLabels, reasonOf } from '@envigate/domain';
import { consoleQueries, replayDesk, type Database } from '@envigate/postgres';
import { followPages } from '../../follow-pages.ts';
import { requireStation } from '../../require-station.ts';
import { withStores } from '../../with-stores.ts';
import { localTime } from '../registry/local-time.ts';
import { readSelection, type SelectionOptions } from './selection.ts';

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
      if (!isComplete && options.json !== true)
        console.log(
          `còn nữa: chỉ đếm ${officersNumber(maxCounted)} mục mới nhất · there are more: only the newest ${maxCounted} rows are counted`,
        );
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
