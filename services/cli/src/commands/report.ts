import { writeFile } from 'node:fs/promises';
import { inBothLanguages, type Configuration } from '@envigate/contracts';
import {
  disconnectedDocument,
  interruptionDocument,
  isDisconnected,
  isRefused,
  stationStateLabels,
  transmissionDocument,
  gapLevels,
  type ReportDesk,
  type ReportDocument,
  type ReportQuestion,
  type ReportRefusal,
  type StationCondition,
} from '@envigate/domain';
import { reportDesk } from '@envigate/postgres';
import {
  renderCsv,
  renderHtml,
  renderXlsx,
  reportFormats,
  type ReportFormat,
} from '@envigate/reports';
import { systemClock } from '@envigate/runtime';
import { localTime } from '../shared/lists.ts';
import {
  CommandError,
  readChoice,
  readScope,
  readTimeRange,
  type ScopeOptions,
  type TimeRangeOptions,
} from '../shared/options.ts';
import { withStores } from '../shared/stores.ts';

interface FormOptions {
  readonly format?: string;
  readonly toFile?: string;
  readonly table?: string;
  readonly separator?: string;
}

export type TransmissionOptions = FormOptions & ScopeOptions & TimeRangeOptions;

export interface InterruptionOptions extends TransmissionOptions {
  readonly level?: string;
  readonly parameters?: true;
}

export interface DisconnectedOptions extends FormOptions, ScopeOptions {
  readonly json?: true;
}

/** Writes the interruptions of a period. */
export async function writeInterruptions(
  config: Configuration,
  options: InterruptionOptions,
): Promise<void> {
  const question = {
    ...readQuestion(options),
    level: readChoice('--level', options.level, gapLevels) ?? '15min',
    withParameters: options.parameters === true,
  };
  await withReports(config, options, async (desk) =>
    interruptionDocument(accepted(await desk.interruptions(question))),
  );
}

/** Writes the transmission of stations in a period. */
export async function writeTransmission(
  config: Configuration,
  options: TransmissionOptions,
): Promise<void> {
  const question = readQuestion(options);
  await withReports(config, options, async (desk) =>
    transmissionDocument(accepted(await desk.transmission(question))),
  );
}

/** Prints or writes stations that are not connected, lost or stopped. */
export async function writeDisconnected(
  config: Configuration,
  options: DisconnectedOptions,
): Promise<void> {
  const scope = readScope(options);
  if (options.format === undefined) {
    if (options.toFile !== undefined)
      throw new CommandError({ vi: '--to-file cần --format', en: '--to-file needs --format' });
    await withStores(config, async ({ database }) => {
      const conditions = accepted(await deskOf(config, database).stationConditions(scope));
      printDisconnected(conditions.filter(isDisconnected), options.json === true);
    });
    return;
  }
  const { lostAfterHours } = config.reports;
  await withReports(config, options, async (desk) =>
    disconnectedDocument(accepted(await desk.stationConditions(scope)), scope, {
      ...{ madeAt: systemClock(), lostAfterHours },
    }),
  );
}

type DatabaseOf = Parameters<typeof reportDesk>[0];

function deskOf(config: Configuration, database: DatabaseOf): ReportDesk {
  return reportDesk(database, {
    clock: systemClock,
    graceMinutes: config.gapDetector.graceMinutes,
    policy: {
      leastShare: config.notifier.daily.leastShare,
      lostAfterHours: config.reports.lostAfterHours,
    },
  });
}

async function withReports(
  config: Configuration,
  options: FormOptions,
  make: (desk: ReportDesk) => Promise<ReportDocument>,
): Promise<void> {
  const write = writerOf(options);
  await withStores(config, async ({ database }) => {
    const document = await make(deskOf(config, database));
    const content = await write(document);
    if (options.toFile === undefined) process.stdout.write(content);
    else await writeFile(options.toFile, content);
  });
}

/** Reads how a report is to be written, before it is made. */
function writerOf(
  options: FormOptions,
): (document: ReportDocument) => Promise<string | Uint8Array> {
  const format: ReportFormat = readChoice('--format', options.format, reportFormats) ?? 'csv';
  switch (format) {
    case 'html':
      return async (document) => renderHtml(document).html;
    case 'xlsx':
      if (options.toFile === undefined)
        throw new CommandError({
          vi: '--format xlsx cần một tệp: --to-file <file>',
          en: '--format xlsx needs a file: --to-file <file>',
        });
      return renderXlsx;
    case 'csv': {
      const separator = readChoice('--separator', options.separator, [',', ';'] as const) ?? ',';
      return async ({ tables }) => {
        const keys = tables.map(({ key }) => key);
        const key = readChoice('--table', options.table, keys) ?? keys[0];
        const table = tables.find((one) => one.key === key);
        if (table === undefined) throw new Error('the report has no table');
        return renderCsv(table, { separator });
      };
    }
  }
}

function readQuestion(options: ScopeOptions & TimeRangeOptions): ReportQuestion {
  const { from, to } = readTimeRange(options);
  if (from === undefined || to === undefined)
    throw new CommandError({ vi: 'cần --from và --to', en: 'give --from and --to' });
  return { from, to, scope: readScope(options) };
}

function accepted<T extends object>(outcome: T | ReportRefusal): T {
  if (isRefused(outcome)) throw new CommandError(outcome.text);
  return outcome;
}

function printDisconnected(conditions: readonly StationCondition[], asJson: boolean): void {
  for (const condition of conditions)
    console.log(asJson ? JSON.stringify(condition) : describe(condition));
  if (conditions.length === 0 && !asJson)
    console.log(
      'không có trạm chưa kết nối, mất kết nối hoặc dừng truyền · every station is connected and sends',
    );
}

function describe({ station, state, since, expectedRestart, stop }: StationCondition): string {
  return [
    station.code.padEnd(16),
    inBothLanguages(stationStateLabels[state]),
    ...(since === undefined ? [] : [`từ · since ${localTime(since)}`]),
    ...(expectedRestart === undefined
      ? []
      : [`dự kiến hoạt động lại · restart ${localTime(expectedRestart)}`]),
    ...(stop === undefined || stop.words === '' ? [] : [`– ${stop.words}`]),
    station.facility.name.vi,
  ].join('  ');
}
