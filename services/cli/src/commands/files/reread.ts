import { userInfo } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import {
  rereadTimes,
  type ForeseenChange,
  type ForeseenReread,
  type ReplayBatch,
  type RereadSelection,
} from '@envigate/domain';
import { migrate, replayDesk } from '@envigate/postgres';
import { CommandError, readChoice, readTimeRange, type TimeRangeOptions } from '../../options.ts';
import { awaitBatch, describeRest } from '../../replay-batch.ts';
import { requireStation } from '../../require-station.ts';
import { withStores } from '../../with-stores.ts';
import { localTime } from '../registry/local-time.ts';

export interface RereadOptions extends TimeRangeOptions {
  readonly station?: string;
  readonly by: string;
  readonly note?: string;
  readonly dryRun?: true;
  /** False: --no-wait. */
  readonly wait: boolean;
  readonly json?: true;
}

/** What a dry run reads, and how many changes it shows. */
const limits = { files: 20_000, examples: 20 };

/** Has stored files read again by the registry as it is now, or reports what that would change. */
export async function rereadFiles(config: Configuration, options: RereadOptions): Promise<void> {
  const selection = readRereadSelection(options);
  const { note, json } = options;
  await withStores(config, async ({ database }) => {
    await migrate(database);
    await requireStation(database, selection.station);
    const desk = replayDesk(database);
    if (options.dryRun === true) {
      const foreseen = await desk.foreseeReread(selection, limits);
      for (const line of json === true ? [JSON.stringify(foreseen)] : describeForeseen(foreseen))
        console.log(line);
      return;
    }
    const actor = userInfo().username;
    const batchId = await desk.requestReread({ actor, selection, ...(note && { note }) });
    const batch = options.wait ? await awaitBatch(desk, batchId) : await desk.batch(batchId);
    if (batch !== undefined) console.log(json === true ? JSON.stringify(batch) : describe(batch));
  });
}

/** Throws where an option has no sense; the text says what would have. */
function readRereadSelection({ station, ...options }: RereadOptions): RereadSelection {
  if (station === undefined)
    throw new CommandError({
      vi: 'cần --station: trạm có tệp cần đọc lại',
      en: 'give --station: the station whose files are to be read again',
    });
  const { from, to } = readTimeRange(options);
  if (from === undefined && to === undefined)
    throw new CommandError({
      vi: 'cần --from, --to hoặc cả hai: khoảng thời gian của các tệp cần đọc lại',
      en: 'give --from, --to or both: the range of the files to read again',
    });
  const by = readChoice('by', options.by, rereadTimes) ?? 'any';
  return { kind: 'reread', station, by, from, to };
}

function describeForeseen(foreseen: ForeseenReread): readonly string[] {
  const { files, looked, changedFiles, quarantinedFiles, examples } = foreseen;
  const { newReadings, corrections, withdrawn, deliveries, withdrawnDeliveries } = foreseen;
  const rest = newReadings + corrections + withdrawn - examples.length;
  return [
    ...examples.map(describeChange),
    ...(rest > 0 ? [`và ${rest} thay đổi khác · and ${rest} more`] : []),
    `${files} tệp, đã xem ${looked} (chạy thử): ${changedFiles} tệp sẽ thay đổi, ${quarantinedFiles} tệp không đọc được · ${files} files, of which ${looked} were looked at (dry run): ${changedFiles} would change, ${quarantinedFiles} cannot be read`,
    `${newReadings} giá trị mới, ${corrections} giá trị thay thế, ${withdrawn} giá trị rút; ${deliveries} lượt chờ truyền, ${withdrawnDeliveries} lượt đã truyền nay không còn đúng · ${newReadings} new readings, ${corrections} corrections, ${withdrawn} withdrawn; ${deliveries} deliveries due, ${withdrawnDeliveries} deliveries made that are wrong now`,
  ];
}

const changeKinds = {
  new: 'giá trị mới · new',
  correction: 'giá trị thay thế · corrected',
  withdrawn: 'rút · withdrawn',
} as const satisfies Readonly<Record<ForeseenChange['kind'], string>>;

function describeChange({ kind, parameter, instant, before, after, fileName }: ForeseenChange) {
  const values = [before, after].map(describeValue).join(' → ');
  return `${changeKinds[kind].padEnd(24)} ${localTime(instant)} ${parameter}   ${values}   ${fileName}`;
}

function describeValue(value: ForeseenChange['before']): string {
  if (value === null) return '-';
  return value.value === null ? 'null' : `${value.value} ${value.unit}`.trimEnd();
}

function describe(batch: ReplayBatch): string {
  const { batchId, files, stored, quarantined, newReadings, corrections, withdrawn } = batch;
  const rest = describeRest(batch, files ?? 0);
  const vi = [
    `lần đọc lại ${batchId}: ${stored} tệp đã đọc (${newReadings} giá trị mới, ${corrections} giá trị thay thế, ${withdrawn} giá trị rút)`,
    `${quarantined} tệp trong khu cách ly`,
    ...rest.map((part) => part.vi),
  ];
  const en = [
    `batch ${batchId}: ${stored} files read (${newReadings} new readings, ${corrections} corrections, ${withdrawn} withdrawn)`,
    `${quarantined} in quarantine`,
    ...rest.map((part) => part.en),
  ];
  return `${vi.join(', ')} · ${en.join(', ')}`;
}
