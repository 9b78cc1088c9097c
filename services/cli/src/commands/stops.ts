import { userInfo } from 'node:os';
import { inBothLanguages, type Configuration } from '@envigate/contracts';
import {
  stopOfGiven,
  stopReasonCodes,
  stopReasons,
  type RecordedStop,
  type StopChange,
  type StopOutcome,
  type StopScope,
} from '@envigate/domain';
import { plannedStopDesk } from '@envigate/postgres';
import { systemClock } from '@envigate/runtime';
import { firstRows, localTime } from '../shared/lists.ts';
import {
  CommandError,
  readChoice,
  readId,
  readLimit,
  readTime,
  readTimeRange,
  type TimeRangeOptions,
} from '../shared/options.ts';
import { requireStation, withStores } from '../shared/stores.ts';

export interface ListStopsOptions extends TimeRangeOptions {
  readonly station?: string;
  readonly cancelled?: true;
  readonly limit?: string;
  readonly json?: true;
}

/** What a stop is said to be; all of it may be left out where one is corrected. */
export interface StopOptions extends TimeRangeOptions {
  readonly hours?: string;
  readonly restart?: string;
  readonly parameters?: string;
  readonly reason?: string;
  readonly words?: string;
  readonly json?: true;
}

export interface AddStopOptions extends StopOptions {
  readonly station?: string;
  readonly facility?: string;
  readonly province?: string;
}

export interface ChangeStopOptions extends StopOptions {
  readonly note: string;
  readonly at?: string;
}

const limits = { unlessGiven: 100, most: 10_000 };

/** Prints planned stops, the last entered first, or that there is none. */
export async function printStops(config: Configuration, options: ListStopsOptions): Promise<void> {
  const { station, cancelled, json } = options;
  const limit = readLimit(options.limit, limits);
  const filter = { ...readTimeRange(options), station, withCancelled: cancelled === true };
  await withStores(config, async ({ database }) => {
    if (station !== undefined) await requireStation(database, station);
    const desk = plannedStopDesk(database, systemClock);
    const { rows, hasMore } = await firstRows<RecordedStop, number>(limit, (page) =>
      desk.list({ ...filter, ...page }),
    );
    for (const stop of rows) console.log(json === true ? JSON.stringify(stop) : describe(stop));
    if (json === true) return;
    if (rows.length === 0) console.log('không có lần dừng có kế hoạch nào · no planned stops');
    if (hasMore)
      console.log(
        `còn nữa: tăng --limit hoặc thu hẹp điều kiện · there are more: raise --limit, or ask for less`,
      );
  });
}

/** Prints every version of a stop, the newest first. */
export async function showStop(
  id: string,
  config: Configuration,
  { json }: { readonly json?: true },
): Promise<void> {
  const stopId = readId(id, 'stop', 'stops list');
  await withStores(config, async ({ database }) => {
    const versions = await plannedStopDesk(database, systemClock).versions(stopId);
    if (versions.length === 0) throw notThere(stopId);
    for (const stop of versions)
      console.log(
        json === true ? JSON.stringify(stop) : `${describe(stop)}\n  ${describeEntry(stop)}`,
      );
  });
}

export async function addStop(config: Configuration, options: AddStopOptions): Promise<void> {
  const { station, facility, province } = options;
  const reason = readChoice('--reason', options.reason, stopReasonCodes) ?? 'other';
  const { from, to } = readTimeRange(options);
  const given = { ...readWritten(options), from, to, hours: readHours(options.hours), reason };
  const entry = stopOfGiven({ station, facility, province, ...given }, systemClock());
  if ('vi' in entry) throw new CommandError(entry);
  await withStores(config, async ({ database }) => {
    const desk = plannedStopDesk(database, systemClock);
    report(await desk.enter(entry, userInfo().username), options);
  });
}

/** Corrects, ends or cancels a stop: a new version of it. */
export async function changeStop(
  id: string,
  kind: StopChange['kind'],
  config: Configuration,
  options: ChangeStopOptions,
): Promise<void> {
  const stopId = readId(id, 'stop', 'stops list');
  const change = readChange(kind, options);
  await withStores(config, async ({ database }) => {
    const desk = plannedStopDesk(database, systemClock);
    const outcome = await desk.change(stopId, change, userInfo().username, options.note);
    if (outcome.kind === 'not-found') throw notThere(stopId);
    report(outcome, options);
  });
}

function readChange(kind: StopChange['kind'], options: ChangeStopOptions): StopChange {
  switch (kind) {
    case 'cancel':
      return { kind };
    case 'end':
      return { kind, at: options.at === undefined ? systemClock() : readTime('at', options.at) };
    case 'correct': {
      const reason = readChoice('--reason', options.reason, stopReasonCodes);
      return { kind, ...readTimeRange(options), ...readWritten(options), reason };
    }
  }
}

function readWritten({ restart, parameters, words }: StopOptions) {
  return {
    expectedRestart: restart === undefined ? undefined : readTime('restart', restart),
    parameters: parameters?.split(',').map((code) => code.trim()),
    words,
  };
}

function readHours(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const hours = Number(text.replace(',', '.'));
  if (Number.isFinite(hours) && hours > 0) return hours;
  throw new CommandError({
    vi: `--hours phải là số giờ lớn hơn 0; giá trị đã nhập: '${text}'`,
    en: `--hours must be a number of hours above 0, not '${text}'`,
  });
}

function report(
  outcome: Exclude<StopOutcome, { readonly kind: 'not-found' }>,
  { json }: { readonly json?: true },
): void {
  if (outcome.kind === 'refused') throw new CommandError(outcome.reason);
  const { stop, overlaps } = outcome;
  if (json === true) {
    console.log(JSON.stringify({ stop, overlaps: overlaps.map(({ stopId }) => stopId) }));
    return;
  }
  console.log(describe(stop));
  if (overlaps.length === 0) return;
  const others = overlaps.map(({ stopId }) => stopId).join(', ');
  console.log(
    `trùng với lần dừng ${others}; thời gian trùng chỉ tính một lần · ` +
      `overlaps with ${others}; the time counts once`,
  );
}

const scopeWords: Readonly<Record<StopScope['kind'], string>> = {
  station: 'trạm',
  facility: 'cơ sở',
  province: 'tỉnh',
};

function describe(stop: RecordedStop): string {
  const { stopId, scope, parameters, from, to, expectedRestart, reason, words } = stop;
  return [
    `${stopId}  ${scopeWords[scope.kind]} ${scope.code}`,
    ...(parameters === undefined ? [] : [`(${parameters.join(', ')})`]),
    `${localTime(from)} – ${localTime(to)}`,
    ...(expectedRestart === undefined
      ? []
      : [`dự kiến hoạt động lại · restart ${localTime(expectedRestart)}`]),
    inBothLanguages(stopReasons[reason]),
    ...(words === '' ? [] : [`– ${words}`]),
    ...(stop.isCancelled ? ['[đã hủy · cancelled]'] : []),
  ].join('  ');
}

function describeEntry({ version, actor, recordedAt, note }: RecordedStop): string {
  const why = note === '' ? '' : `: ${note}`;
  return `lần ghi ${version} · version ${version}, ${actor}, ${localTime(recordedAt)}${why}`;
}

function notThere(stopId: number): CommandError {
  return new CommandError({
    vi: `không có lần dừng ${stopId} (xem \`stops list\`)`,
    en: `no planned stop ${stopId}; \`stops list\` shows them`,
  });
}
