import type { Station } from '@envigate/contracts';
import { scopesOfStation, type RecordedStop, type StopReason } from '../stops/planned-stops.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { reportStationOf, type ReportStation } from './report-question.ts';

/**
 * How a station is doing, in the words of the letter of 2022 to the departments ("chưa kết nối, mất kết nối hoặc dừng
 * truyền"):
 * - `not-started`: it begins later, by the registry.
 * - `stopped`: it is in a planned stop of everything, whatever it sends.
 * - `never-sent`: registered, and nothing of it was ever recorded.
 * - `lost`: nothing for longer than the setting `reports.lostAfterHours`.
 * - `running`: all others.
 */
export type ConnectionState = 'running' | 'lost' | 'stopped' | 'never-sent' | 'not-started';

/** Those of the list of unconnected, lost and stopped stations. */
export const disconnectedStates = ['never-sent', 'lost', 'stopped'] as const;
export type DisconnectedState = (typeof disconnectedStates)[number];

export interface StationCondition {
  readonly station: ReportStation;
  readonly state: ConnectionState;
  /** The newest data, or the begin of the stop; of a station that begins later, when; undefined where nothing says it. */
  readonly since: Date | undefined;
  /** Of a stop: as entered, or else its end. */
  readonly expectedRestart: Date | undefined;
  /** Of a stop. */
  readonly stop:
    { readonly stopId: number; readonly reason: StopReason; readonly words: string } | undefined;
  readonly lastInstant: Date | undefined;
  /** Reception of the newest file, understood or not: a station that never sent may have files in quarantine. */
  readonly lastReceivedAt: Date | undefined;
}

/** What the record has heard of a station. */
export interface HeardOfStation {
  readonly lastInstant: Date | undefined;
  readonly lastReceivedAt: Date | undefined;
}

export interface StationStateParts {
  readonly view: RegistryView;
  /** Stops that are not cancelled and reach to `now`. */
  readonly stops: readonly RecordedStop[];
  readonly heard: ReadonlyMap<string, HeardOfStation>;
  readonly lostAfterHours: number;
  readonly now: Date;
}

const hourMs = 3_600_000;

export function judgeStation(station: Station, parts: StationStateParts): StationCondition {
  const { view, now, lostAfterHours } = parts;
  const heard = parts.heard.get(station.code);
  const known = {
    station: reportStationOf(station, view),
    ...{ lastInstant: heard?.lastInstant, lastReceivedAt: heard?.lastReceivedAt },
    ...{ expectedRestart: undefined, stop: undefined },
  };
  const startsAt = station.startsAt === undefined ? undefined : new Date(station.startsAt);
  if (startsAt !== undefined && startsAt > now)
    return { ...known, state: 'not-started', since: startsAt };
  const stop = stopNow(station, parts);
  if (stop !== undefined) {
    const { stopId, reason, words, from, to, expectedRestart = to } = stop;
    return {
      ...known,
      state: 'stopped',
      since: from,
      expectedRestart,
      stop: { stopId, reason, words },
    };
  }
  if (heard?.lastInstant === undefined) return { ...known, state: 'never-sent', since: startsAt };
  const isLost = now.getTime() - heard.lastInstant.getTime() > lostAfterHours * hourMs;
  return { ...known, state: isLost ? 'lost' : 'running', since: heard.lastInstant };
}

/** Of those that meet now, the one that ends last: the station is stopped until then. */
function stopNow(
  station: Station,
  { view, stops, now }: StationStateParts,
): RecordedStop | undefined {
  const scopes = scopesOfStation(station.code, view);
  return stops
    .filter(({ from, to, parameters }) => parameters === undefined && from <= now && now < to)
    .filter(({ scope }) =>
      scopes.some(({ kind, code }) => kind === scope.kind && code === scope.code),
    )
    .reduce<RecordedStop | undefined>(
      (latest, stop) => (latest === undefined || stop.to > latest.to ? stop : latest),
      undefined,
    );
}

export function isDisconnected(
  condition: StationCondition,
): condition is StationCondition & { readonly state: DisconnectedState } {
  return disconnectedStates.some((state) => state === condition.state);
}
