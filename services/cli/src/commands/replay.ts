import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Configuration, maxCounted, type BilingualText } from '@envigate/contracts';
import {
  officersNumber,
  RegistryView,
  summariseReplay,
  unknownInDecision,
  type ForeseenFile,
  type ReplayBatch,
  type ReplayDecision,
  type ReplaySelection,
  rereadTimes,
  type ForeseenChange,
  type ForeseenReread,
  type RereadSelection,
  type ReplayDesk,
} from '@envigate/domain';
import { exportRegistry, migrate, replayDesk } from '@envigate/postgres';
import {
  CommandError,
  readChoice,
  readTimeRange,
  type TimeRangeOptions,
} from '../shared/options.ts';
import { withStores, requireStation } from '../shared/stores.ts';
import { readRowId, readSelection, type SelectionOptions } from './quarantine.ts';
import { localTime } from '../shared/lists.ts';

export interface ReplayOptions extends SelectionOptions {
  readonly all?: true;
  readonly assignStation?: string;
  readonly profile?: string;
  readonly asWhole?: true;
  readonly note?: string;
  readonly dryRun?: true;
  /** False: --no-wait. */
  readonly wait: boolean;
  readonly json?: true;
}

/** Files that a dry run reads. */
const mostForeseen = 1_000;

/** Asks for the replay of what is selected, or shows what it would bring; waits for the outcome. */
export async function replayFiles(
  ids: readonly string[],
  config: Configuration,
  options: ReplayOptions,
): Promise<void> {
  const selection = readReplaySelection(ids, options);
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const registry = new RegistryView(await exportRegistry(database));
    const { note, json } = options;
    const decision = readDecision(options);
    const unknown = unknownInDecision(decision, registry);
    if (unknown !== undefined) throw new CommandError(unknown);
    const desk = replayDesk(database);
    const files = await desk.count(selection);
    if (options.dryRun === true) {
      const preview = await desk.preview(selection, decision, mostForeseen);
      for (const file of preview.map((one) => summariseReplay(one, registry)))
        console.log(json === true ? JSON.stringify(file) : describeForeseen(file));
      if (json !== true)
        console.log(
          `${officersNumber(files)} tệp, đã xem ${officersNumber(preview.length)} (chạy thử) · ${files} files, of which ${preview.length} were looked at (dry run)`,
        );
      return;
    }
    if (files === 0) {
      console.log('không có tệp nào được chọn · nothing is selected');
      return;
    }
    const batchId = await desk.request({ ...decision, selection, ...(note && { note }) });
    const batch = options.wait ? await awaitBatch(desk, batchId) : await desk.batch(batchId);
    if (batch !== undefined)
      console.log(json === true ? JSON.stringify(batch) : describeBatch(batch, files));
  });
}

function readReplaySelection(ids: readonly string[], options: ReplayOptions): ReplaySelection {
  const rows = readSelection(options);
  const isBounded = ids.length > 0 || Object.values(rows).some((value) => value !== undefined);
  if (isBounded === (options.all === true))
    throw new CommandError({
      vi: 'chọn tệp: số thứ tự dòng, điều kiện lọc (ví dụ --reason) hoặc --all',
      en: 'choose files: row numbers, a filter such as --reason, or --all',
    });
  return { kind: 'quarantine', ...rows, ...(ids.length > 0 && { ids: ids.map(readRowId) }) };
}

function readDecision({ assignStation: station, profile, asWhole }: ReplayOptions): ReplayDecision {
  return {
    actor: userInfo().username,
    ...(station !== undefined && { station }),
    ...(profile !== undefined && { profile }),
    ...(asWhole === true && { asWhole }),
  };
}

function describeForeseen(file: ForeseenFile): string {
  const { name, outcome, cured, station, readings, rejectedLines, unknownSymbols } = file;
  if (outcome === 'quarantined')
    return `${'vẫn cách ly · stays'.padEnd(22)}${name}   ${file.reason ?? ''}: ${[file.detailVi, file.detail].filter((text) => text !== null).join(' · ')}`;
  const rejected =
    rejectedLines === 0 ? '' : `, ${officersNumber(rejectedLines)} dòng vẫn lỗi · lines refused`;
  const symbols =
    unknownSymbols.length === 0
      ? ''
      : `, ký hiệu chưa khai báo · unknown symbols: ${unknownSymbols.join(' ')}`;
  const end = cured ? 'đọc được · readable' : 'không đổi · unchanged';
  return `${end.padEnd(22)}${name}   ${station ?? ''}, ${officersNumber(readings)} giá trị · readings${rejected}${symbols}`;
}

function describeBatch(batch: ReplayBatch, files: number): string {
  const { batchId, stored, quarantined, newReadings, corrections } = batch;
  const rest = describeRest(batch, files);
  const vi = [
    `lần xử lý lại ${batchId}: ${officersNumber(stored)} tệp đọc được (${officersNumber(newReadings)} giá trị mới, ${officersNumber(corrections)} giá trị thay thế)`,
    `${officersNumber(quarantined)} tệp còn trong khu cách ly`,
    ...rest.map((part) => part.vi),
  ];
  const en = [
    `batch ${batchId}: ${stored} readable (${newReadings} new readings, ${corrections} corrections)`,
    `${quarantined} still in quarantine`,
    ...rest.map((part) => part.en),
  ];
  return `${vi.join(', ')} · ${en.join(', ')}`;
}

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
const rereadLimits = { files: 20_000, examples: 20 };

/** Has stored files read again by the registry as it is now, or reports what that would change. */
export async function rereadFiles(config: Configuration, options: RereadOptions): Promise<void> {
  const selection = readRereadSelection(options);
  const { note, json } = options;
  await withStores(config, async ({ database }) => {
    await migrate(database);
    await requireStation(database, selection.station);
    const desk = replayDesk(database);
    if (options.dryRun === true) {
      const foreseen = await desk.foreseeReread(selection, rereadLimits);
      for (const line of json === true
        ? [JSON.stringify(foreseen)]
        : describeForeseenReread(foreseen))
        console.log(line);
      return;
    }
    const actor = userInfo().username;
    const batchId = await desk.requestReread({ actor, selection, ...(note && { note }) });
    const batch = options.wait ? await awaitBatch(desk, batchId) : await desk.batch(batchId);
    if (batch !== undefined)
      console.log(json === true ? JSON.stringify(batch) : describeReread(batch));
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
  const by = readChoice('--by', options.by, rereadTimes) ?? 'any';
  return { kind: 'reread', station, by, from, to };
}

function describeForeseenReread(foreseen: ForeseenReread): readonly string[] {
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

function describeReread(batch: ReplayBatch): string {
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

const quietSeconds = 30;

/** Until all files of a request are recorded. If no recorder does the work, the request stays queued and this reports it. */
async function awaitBatch(
  desk: Pick<ReplayDesk, 'batch'>,
  batchId: string,
): Promise<ReplayBatch | undefined> {
  let last = '';
  for (let quiet = 0; quiet < quietSeconds; quiet++) {
    const batch = await desk.batch(batchId);
    if (batch === undefined || (batch.isExpanded && batch.underWay === 0)) return batch;
    const now = `${batch.requested}/${batch.underWay}`;
    if (now !== last) quiet = 0;
    last = now;
    await sleep(1_000);
  }
  console.error(
    `không có tiến triển trong ${quietSeconds} giây: kiểm tra dịch vụ recorder; yêu cầu vẫn được lưu · ` +
      `no progress for ${quietSeconds} s: check that the recorder is running; the request stays queued`,
  );
  return desk.batch(batchId);
}

/** What a report of a batch ends with: what is left of its `files`, what failed, and what was not counted. */
function describeRest(batch: ReplayBatch, files: number): readonly BilingualText[] {
  const { underWay, isExpanded, isComplete, stored, quarantined, undecodable } = batch;
  const left = files - stored - quarantined - undecodable;
  return [
    ...(underWay > 0 || !isExpanded ? [same(Math.max(left, 0), 'đang xử lý', 'under way')] : []),
    ...(undecodable > 0 ? [same(undecodable, 'không giải mã được', 'undecodable')] : []),
    ...(isComplete
      ? []
      : [
          {
            vi: `tính trên ${officersNumber(maxCounted)} tệp đầu`,
            en: `of its first ${maxCounted} files`,
          },
        ]),
  ];
}

function same(number: number, vi: string, en: string): BilingualText {
  return { vi: `${officersNumber(number)} ${vi}`, en: `${number} ${en}` };
}
