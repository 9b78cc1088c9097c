import type { BilingualText, Page, Station } from '@envigate/contracts';
import {
  intersect,
  isStopOf,
  subtract,
  union,
  type PlannedStop,
  type Stretch,
} from '../gaps/stretches.ts';
import type { RegistryView } from '../registry/registry-view.ts';

/**
 * Time in which a station, the stations of a facility or those of a province are meant not to send: entered by
 * a person before or after it, corrected, ended early or cancelled by versions. None is ever deleted.
 */

/** Why, by the list that facilities choose from. */
export const stopReasons = {
  'inspection-calibration': { vi: 'kiểm định, hiệu chuẩn', en: 'inspection, calibration' },
  maintenance: { vi: 'bảo trì, bảo dưỡng', en: 'maintenance' },
  repair: { vi: 'sửa chữa, thay thế thiết bị', en: 'repair, replacement of devices' },
  reconfiguration: {
    vi: 'thay đổi cấu hình truyền (địa chỉ IP, tài khoản, tên tệp)',
    en: 'change of the transmission settings (IP address, account, file name)',
  },
  'power-cut': { vi: 'mất điện', en: 'power cut' },
  'facility-stopped': {
    vi: 'cơ sở dừng hoạt động, không xả thải',
    en: 'the facility does not operate, no discharge',
  },
  'natural-disaster': { vi: 'thiên tai', en: 'natural disaster' },
  other: { vi: 'nguyên nhân khác', en: 'other cause' },
} as const satisfies Readonly<Record<string, BilingualText>>;
export type StopReason = keyof typeof stopReasons;
export const stopReasonCodes = Object.keys(stopReasons) as readonly StopReason[];

/** Whose stations; `province` is the code in file names that a facility has in the registry. */
export interface StopScope {
  readonly kind: 'station' | 'facility' | 'province';
  readonly code: string;
}

/** What a person says of a stop. */
export interface StopEntry {
  readonly scope: StopScope;
  /** Codes of the parameters that stop; undefined: nothing is sent at all. */
  readonly parameters: readonly string[] | undefined;
  readonly from: Date;
  readonly to: Date;
  /** When it should send again, where somebody said so. */
  readonly expectedRestart: Date | undefined;
  readonly reason: StopReason;
  /** In words, '' where the reason says it all. */
  readonly words: string;
}

/** A stop as it is given, from `now` on and for some hours where nothing else is said. */
export interface GivenStop {
  readonly station?: string | undefined;
  readonly facility?: string | undefined;
  readonly province?: string | undefined;
  readonly parameters?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly hours?: number | undefined;
  readonly expectedRestart?: Date | undefined;
  readonly reason: StopReason;
  readonly words?: string | undefined;
}

/** A text where it does not say whose stop it is, or when it ends. */
export function stopOfGiven(given: GivenStop, now: Date): StopEntry | BilingualText {
  const { station, facility, province, from = now, to, hours } = given;
  const scopes: StopScope[] = [];
  if (station !== undefined) scopes.push({ kind: 'station', code: station });
  if (facility !== undefined) scopes.push({ kind: 'facility', code: facility });
  if (province !== undefined) scopes.push({ kind: 'province', code: province });
  const [scope, ...others] = scopes;
  if (scope === undefined || others.length > 0) {
    return {
      vi: 'phải ghi đúng một trong ba mục: trạm (station), cơ sở (facility), tỉnh (province)',
      en: 'give exactly one of station, facility and province',
    };
  }
  if ((to === undefined) === (hours === undefined)) {
    return {
      vi: 'phải ghi thời điểm kết thúc (to) hoặc số giờ (hours), chỉ một trong hai',
      en: 'give either the end (to) or the number of hours, and not both',
    };
  }
  return {
    ...{ scope, parameters: given.parameters, from },
    to: to ?? new Date(from.getTime() + (hours ?? 0) * 3_600_000),
    ...{ expectedRestart: given.expectedRestart, reason: given.reason, words: given.words ?? '' },
  };
}

/** A stop as it is since its newest version. */
export interface RecordedStop extends StopEntry {
  readonly stopId: number;
  /** 1, 2, 3 … */
  readonly version: number;
  readonly isCancelled: boolean;
  readonly actor: string;
  /** Why it was changed; '' of the first version. */
  readonly note: string;
  readonly recordedAt: Date;
}

export type StopChange =
  | ({ readonly kind: 'correct' } & {
      readonly [K in keyof Omit<StopEntry, 'scope'>]?: StopEntry[K] | undefined;
    })
  | { readonly kind: 'end'; readonly at: Date }
  | { readonly kind: 'cancel' };

export interface StopFilter {
  /** Those that concern the station: its own, its facility's, its province's. */
  readonly station?: string | undefined;
  /** Those that reach into the time. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Cancelled ones too. */
  readonly withCancelled: boolean;
  readonly after?: number | undefined;
  readonly limit: number;
}

export type EnteredStop =
  /** `overlaps`: others that have time and stations in common with it. */
  | {
      readonly kind: 'recorded';
      readonly stop: RecordedStop;
      readonly overlaps: readonly RecordedStop[];
    }
  | { readonly kind: 'refused'; readonly reason: BilingualText };

export type StopOutcome = EnteredStop | { readonly kind: 'not-found' };

export interface PlannedStopDesk {
  enter(entry: StopEntry, actor: string): Promise<EnteredStop>;
  change(stopId: number, change: StopChange, actor: string, note: string): Promise<StopOutcome>;
  /** Newest first. */
  list(filter: StopFilter): Promise<Page<RecordedStop, number>>;
  /** Every version, the newest first; empty where there is no such stop. */
  versions(stopId: number): Promise<readonly RecordedStop[]>;
  /** Those that are not cancelled and reach into the time. */
  during(within: Stretch): Promise<readonly RecordedStop[]>;
}

/** A stop that goes on for longer is entered again: one without an end would hide a station for ever. */
export const maxStopDays = 366;
const maxAheadDays = 366;
const dayMs = 86_400_000;

/** Why this cannot be a stop; undefined where it can. */
export function objectionToStop(
  entry: StopEntry,
  view: RegistryView,
  now: Date,
): BilingualText | undefined {
  const { scope, parameters, from, to, expectedRestart } = entry;
  const unknown = unknownScope(scope, view) ?? unknownParameter(parameters, view);
  if (unknown !== undefined) return unknown;
  if (from >= to) {
    return {
      vi: 'thời điểm bắt đầu phải trước thời điểm kết thúc',
      en: 'the stop must begin before it ends',
    };
  }
  if (to.getTime() - from.getTime() > maxStopDays * dayMs) {
    return {
      vi: `thời gian dừng tối đa ${maxStopDays} ngày; nếu dừng lâu hơn, nhập tiếp khi gần hết hạn`,
      en: `a stop may last ${maxStopDays} days at most; enter another one when it nears its end`,
    };
  }
  if (from.getTime() - now.getTime() > maxAheadDays * dayMs) {
    return {
      vi: `thời điểm bắt đầu không được quá ${maxAheadDays} ngày kể từ hôm nay`,
      en: `the stop may begin ${maxAheadDays} days from now at most`,
    };
  }
  if (expectedRestart !== undefined && expectedRestart <= from) {
    return {
      vi: 'thời gian dự kiến hoạt động trở lại phải sau thời điểm bắt đầu dừng',
      en: 'the expected restart must be after the beginning of the stop',
    };
  }
  if (entry.reason === 'other' && entry.words.trim() === '') {
    return {
      vi: 'nguyên nhân khác: phải ghi rõ nguyên nhân',
      en: 'other cause: say in words which',
    };
  }
  return undefined;
}

/** Why the registry has no such station, facility or province; undefined where it has. */
export function unknownScope(
  { kind, code }: StopScope,
  view: RegistryView,
): BilingualText | undefined {
  const shown = JSON.stringify(code);
  switch (kind) {
    case 'station':
      if (view.stations.has(code)) return undefined;
      return { vi: `không có trạm ${shown} trong danh mục`, en: `no station ${shown}` };
    case 'facility':
      if (view.facilities.has(code)) return undefined;
      return { vi: `không có cơ sở ${shown} trong danh mục`, en: `no facility ${shown}` };
    case 'province': {
      const known = new Set([...view.facilities.values()].map((one) => one.provinceCode));
      if (known.has(code)) return undefined;
      return {
        vi: `không có cơ sở nào thuộc tỉnh ${shown} trong danh mục`,
        en: `no facility of the registry is in province ${shown}`,
      };
    }
  }
}

function unknownParameter(
  parameters: readonly string[] | undefined,
  view: RegistryView,
): BilingualText | undefined {
  if (parameters?.length === 0) {
    return {
      vi: 'danh sách thông số trống; bỏ trống cả mục nếu dừng toàn bộ trạm',
      en: 'the list of parameters is empty; leave it out where everything stops',
    };
  }
  const unknown = parameters?.find((code) => !view.parameters.has(code));
  if (unknown === undefined) return undefined;
  const shown = JSON.stringify(unknown);
  return { vi: `không có thông số ${shown} trong danh mục`, en: `no parameter ${shown}` };
}

/** What a change makes of a stop; a text where the change cannot be. */
export function applyStopChange(
  stop: RecordedStop,
  change: StopChange,
): (StopEntry & { readonly isCancelled: boolean }) | BilingualText {
  const { scope, parameters, from, to, expectedRestart, reason, words, isCancelled } = stop;
  const entry = { scope, parameters, from, to, expectedRestart, reason, words, isCancelled };
  if (isCancelled && change.kind !== 'correct') {
    return { vi: 'lần dừng này đã bị hủy', en: 'the stop is cancelled already' };
  }
  switch (change.kind) {
    case 'cancel':
      return { ...entry, isCancelled: true };
    case 'end':
      if (change.at > to) {
        return {
          vi: 'lần dừng đã kết thúc trước thời điểm này; để kéo dài, dùng chức năng sửa',
          en: 'the stop ends before this time already; to prolong it, correct it',
        };
      }
      // One that never began has nothing to end.
      if (change.at <= from) {
        return {
          vi: 'lần dừng chưa bắt đầu vào thời điểm này; để bỏ, dùng chức năng hủy',
          en: 'the stop has not begun by this time; to give it up, cancel it',
        };
      }
      return { ...entry, to: change.at };
    case 'correct': {
      const { kind: _, ...corrected } = change;
      const given = Object.entries(corrected).filter(([, value]) => value !== undefined);
      return { ...entry, ...Object.fromEntries(given), isCancelled: false };
    }
  }
}

/** Stretches that are planned after a change and were not before, or the other way round. */
export function changedStretches(
  before: (StopEntry & { readonly isCancelled: boolean }) | undefined,
  after: StopEntry & { readonly isCancelled: boolean },
): readonly Stretch[] {
  const [old, now] = [before === undefined ? [] : stretchesOf(before), stretchesOf(after)];
  const isSame =
    before !== undefined &&
    JSON.stringify([before.scope, before.parameters]) ===
      JSON.stringify([after.scope, after.parameters]);
  if (!isSame) return union([...old, ...now]);
  return union([...subtract(old, now), ...subtract(now, old)]);
}

function stretchesOf(stop: StopEntry & { readonly isCancelled: boolean }): readonly Stretch[] {
  return stop.isCancelled ? [] : [{ from: stop.from.getTime(), to: stop.to.getTime() }];
}

/** Codes of the stations that a stop is about, as the registry has them now. */
export function stationsOfScope({ kind, code }: StopScope, view: RegistryView): readonly string[] {
  return view.registry.stations
    .filter((station) => isInScope(station, { kind, code }, view))
    .map((station) => station.code);
}

function isInScope(station: Station, { kind, code }: StopScope, view: RegistryView): boolean {
  switch (kind) {
    case 'station':
      return station.code === code;
    case 'facility':
      return station.facility === code;
    case 'province':
      return view.facilities.get(station.facility)?.provinceCode === code;
  }
}

/** Every scope that a station is in. */
export function scopesOfStation(code: string, view: RegistryView): readonly StopScope[] {
  const station = view.stations.get(code);
  const facility = station && view.facilities.get(station.facility);
  return [
    { kind: 'station', code },
    ...(station === undefined ? [] : [{ kind: 'facility', code: station.facility } as const]),
    ...(facility?.provinceCode === undefined
      ? []
      : [{ kind: 'province', code: facility.provinceCode } as const]),
  ];
}

/**
 * When a station, or a parameter of it, is meant not to send; in order, without overlaps. Without a parameter
 * only stops of everything count.
 */
export function stretchesOfStops(
  stops: readonly RecordedStop[],
  view: RegistryView,
  station: string,
  parameter?: string,
): readonly Stretch[] {
  const scopes = new Set(scopesOfStation(station, view).map(keyOf));
  return union(
    stops
      .filter(({ scope }) => scopes.has(keyOf(scope)))
      .filter((stop) => isStopOf(stop, parameter))
      .flatMap(stretchesOf),
  );
}

/** The stops of stations as the gap engine takes them. */
export function plannedStopsOf(
  stops: readonly RecordedStop[],
  view: RegistryView,
  stations: readonly string[],
): readonly PlannedStop[] {
  return stations.flatMap((station) => {
    const scopes = new Set(scopesOfStation(station, view).map(keyOf));
    return stops
      .filter(({ scope }) => scopes.has(keyOf(scope)))
      .flatMap((stop) =>
        stretchesOf(stop).map((stretch) => ({
          ...{ ...stretch, id: String(stop.stopId), station, parameters: stop.parameters },
        })),
      );
  });
}

/** Those of `others` that have time, stations and parameters in common with a stop. */
export function overlapping(
  stop: RecordedStop,
  others: readonly RecordedStop[],
  view: RegistryView,
): readonly RecordedStop[] {
  const stations = new Set(stationsOfScope(stop.scope, view));
  return others.filter(
    (other) =>
      other.stopId !== stop.stopId &&
      intersect(stretchesOf(stop), stretchesOf(other)).length > 0 &&
      stationsOfScope(other.scope, view).some((station) => stations.has(station)) &&
      (stop.parameters === undefined ||
        other.parameters === undefined ||
        other.parameters.some((code) => stop.parameters?.includes(code))),
  );
}

const keyOf = ({ kind, code }: StopScope): string => `${kind} ${code}`;
