import { userInfo } from 'node:os';
import { inBothLanguages, type BilingualText, type Configuration } from '@envigate/contracts';
import { officersNumber } from '@envigate/domain';
import {
  archiveLock,
  archiveUnit,
  ArchiveRefusedError,
  describeArchiveFault,
  listArchivedMonths,
  listDueForArchive,
  NoArchiveError,
  parseUnit,
  restoreArchive,
  verifyArchive,
  type ArchivedMonth,
  type ArchiveStep,
  type Database,
  type RestoreStep,
  type Unit,
} from '@envigate/postgres';
import { localTime } from '../shared/lists.ts';
import { CommandError } from '../shared/options.ts';
import { untilSignal } from '../shared/signals.ts';
import { withStores } from '../shared/stores.ts';
import { version } from './services.ts';

export interface ArchiveCommandOptions {
  /** `2026-03`, or `before`. */
  readonly month?: string;
  /** All months that the retention of the configuration makes due. */
  readonly due?: true;
  readonly to?: string;
}

/** Writes months to archives and removes them from the record, the oldest first. */
export async function archiveMonths(
  config: Configuration,
  options: ArchiveCommandOptions,
): Promise<void> {
  const { to } = options;
  if (to === undefined || (options.month === undefined) === (options.due === undefined))
    throw new CommandError({
      vi: 'cần --to và một trong --month, --due',
      en: 'give --to, and one of --month and --due',
    });
  const named = options.month === undefined ? undefined : readMonth(options.month);
  await underLock(config, async (database, signal) => {
    const { keepMonths } = config.retention.record;
    const units = named === undefined ? await listDueForArchive(database, keepMonths) : [named];
    if (units.length === 0)
      console.log(
        keepMonths === undefined
          ? 'không có tháng nào đến hạn: retention.record.keepMonths chưa đặt · nothing is due: retention.record.keepMonths is not set'
          : 'không có tháng nào đến hạn lưu trữ · no month is due',
      );
    const actor = userInfo().username;
    for (const unit of units) {
      const { onStep, onProgress } = reporter<ArchiveStep>(archiveSteps);
      const result = await archiveUnit(database, unit, {
        ...{ to, actor, program: `envigate ${version}`, onStep, onProgress, signal },
      });
      const rows = result.manifest.files.reduce((sum, file) => sum + file.rows, 0);
      console.log(
        `đã lưu trữ ${unit.name}: ${officersNumber(rows)} dòng trong ${result.folder}, giữ lại ${officersNumber(result.keptFiles)} tệp · archived ${unit.name}: ${rows} rows in ${result.folder}, ${result.keptFiles} files remain here too; manifest sha256 ${result.sha256}`,
      );
    }
  });
}

function readMonth(text: string): Unit {
  const unit = parseUnit(text);
  if (unit !== undefined) return unit;
  throw new CommandError({
    vi: `--month phải có dạng 2026-03, hoặc before (trước tháng đầu tiên); giá trị đã nhập: '${text}'`,
    en: `--month must be like 2026-03, or before (all before the first month), not '${text}'`,
  });
}

/** Proves an archive from its files alone; returns the exit status. */
export async function printVerified(
  folder: string,
  { json }: { readonly json?: true },
): Promise<number> {
  const { onProgress } = reporter(archiveSteps);
  const verified = await verifyArchive(folder, { onProgress }).catch((error: unknown) => {
    throw asCommandError(error);
  });
  const { manifest, sha256, faults, faultCount, originals, receptions } = verified;
  if (json === true)
    console.log(
      JSON.stringify({ name: manifest.name, sha256, faults, faultCount, originals, receptions }),
    );
  else {
    for (const fault of faults) console.log(`lỗi · fault: ${describeArchiveFault(fault)}`);
    if (faultCount > faults.length) console.log(`… tổng số lỗi · faults in all: ${faultCount}`);
    if (faultCount === 0)
      console.log(
        `bản lưu trữ ${manifest.name} nguyên vẹn: ${officersNumber(originals)} tệp gốc, ${officersNumber(receptions)} lượt nhận · the archive of ${manifest.name} is intact: ${originals} originals, ${receptions} receptions; manifest sha256 ${sha256}`,
      );
  }
  return faultCount === 0 ? 0 : 1;
}

/** Puts a month back into the record. */
export async function restoreMonth(config: Configuration, folder: string): Promise<void> {
  await underLock(config, async (database, signal) => {
    const { onStep, onProgress } = reporter<RestoreStep>(restoreSteps);
    const { name, wasRestored } = await restoreArchive(database, folder, {
      ...{ onStep, onProgress, signal },
    });
    console.log(
      wasRestored
        ? `${name} đã được khôi phục trước đó · ${name} was restored before`
        : `đã khôi phục ${name}; tệp cách ly vì lý do archived-month có thể xử lý lại: \`envigate quarantine replay --reason archived-month\` · restored ${name}; files that waited for it can be replayed: \`envigate quarantine replay --reason archived-month\``,
    );
  });
}

const states: Readonly<Record<ArchivedMonth['state'], BilingualText>> = {
  writing: { vi: 'đang ghi', en: 'being written' },
  detached: { vi: 'đã tách, chưa xong', en: 'taken out, not finished' },
  archived: { vi: 'đã lưu trữ', en: 'archived' },
  restoring: { vi: 'đang khôi phục', en: 'being restored' },
  restored: { vi: 'đã khôi phục', en: 'restored' },
};

/** What is archived, where, when and by whom. */
export async function printArchives(
  config: Configuration,
  { json }: { readonly json?: true },
): Promise<void> {
  await withStores(config, async ({ database }) => {
    const months = await listArchivedMonths(database);
    if (json === true) for (const month of months) console.log(JSON.stringify(month));
    else if (months.length === 0) console.log('chưa lưu trữ tháng nào · no month is archived');
    else for (const month of months) for (const line of describeMonth(month)) console.log(line);
  });
}

function describeMonth(month: ArchivedMonth): readonly string[] {
  const { name, state, folder, host, actor, manifest, rows } = month;
  const at = month.restoredAt ?? month.archivedAt ?? month.begunAt;
  const counts = Object.entries(rows).map(([table, count]) => `${table} ${officersNumber(count)}`);
  return [
    `${name.padEnd(8)} ${inBothLanguages(states[state])}   ${localTime(at)}   ${actor}@${host}   ${folder}`,
    `         sha256 ${manifest ?? '-'}   ${counts.join(', ')}`,
  ];
}

/** One archive or restore of a database at a time. A signal ends it between two pages; the same command goes on. */
async function underLock(
  config: Configuration,
  work: (database: Database, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const reason = (): CommandError =>
    new CommandError({
      vi: 'đã dừng; chạy lại lệnh này để tiếp tục',
      en: 'interrupted; run the same command to go on',
    });
  try {
    await untilSignal(reason, (signal) =>
      withStores(config, async ({ database }) => {
        const lock = await database.advisoryLock(archiveLock);
        if (lock === undefined)
          throw new CommandError({
            vi: 'một lệnh `envigate archive` khác đang chạy',
            en: 'another `envigate archive` is under way',
          });
        try {
          await work(database, signal);
        } finally {
          await lock.release();
        }
      }),
    );
  } catch (error) {
    throw asCommandError(error);
  }
}

function asCommandError(error: unknown): unknown {
  if (error instanceof ArchiveRefusedError) return new CommandError(error.text, { cause: error });
  if (error instanceof NoArchiveError) {
    const text = { vi: `không phải bản lưu trữ: ${error.message}`, en: error.message };
    return new CommandError(text, { cause: error });
  }
  return error;
}

const archiveSteps: Readonly<Record<ArchiveStep, BilingualText>> = {
  write: { vi: 'ghi', en: 'writing' },
  detach: { vi: 'tách khỏi cơ sở dữ liệu', en: 'taking it out of the record' },
  compare: { vi: 'đối chiếu', en: 'comparing' },
  verify: { vi: 'kiểm tra bản lưu trữ', en: 'verifying the archive' },
  drop: { vi: 'xóa khỏi cơ sở dữ liệu', en: 'removing the rows' },
};

const restoreSteps: Readonly<Record<RestoreStep, BilingualText>> = {
  verify: { vi: 'kiểm tra bản lưu trữ', en: 'verifying the archive' },
  load: { vi: 'nạp', en: 'loading' },
  compare: { vi: 'đối chiếu', en: 'comparing' },
  attach: { vi: 'gắn vào cơ sở dữ liệu', en: 'attaching it' },
};

const everyMs = 2_000;

/** On standard error: each step, and how far a table is. */
function reporter<Step extends string>(steps: Readonly<Record<Step, BilingualText>>) {
  let lastAt = performance.now();
  return {
    onStep: (step: Step): void => console.error(inBothLanguages(steps[step])),
    onProgress: ({ name, rows }: { readonly name: string; readonly rows: number }): void => {
      const now = performance.now();
      if (now - lastAt < everyMs) return;
      lastAt = now;
      console.error(`  ${name}: ${officersNumber(rows)}`);
    },
  };
}
