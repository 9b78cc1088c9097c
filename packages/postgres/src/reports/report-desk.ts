import type { Station } from '@envigate/contracts';
import {
  buildInterruptionReport,
  buildTransmissionReport,
  countMissing,
  isRefused,
  judgeStation,
  objectionToSize,
  RegistryView,
  stationsOfReport,
  type InterruptionQuestion,
  type InterruptionReport,
  type MissingOfSeries,
  type ReportDesk,
  type ReportQuestion,
  type ReportRefusal,
  type StationCondition,
  type TransmissionFacts,
  type TransmissionPolicy,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { readCompleteness, type CompletenessParts } from '../gaps/read-completeness.ts';
import { exportRegistry } from '../registry/registry-store.ts';
import { stopsDuring } from '../stops/planned-stops.ts';
import { readHeardOf } from './heard-of-stations.ts';
import { readInterruptionFacts } from './interruption-facts.ts';

export interface ReportDeskOptions {
  readonly clock: () => Date;
  /** Minutes beyond a station's interval before a silence is a gap. */
  readonly graceMinutes: number;
  readonly policy: TransmissionPolicy;
}

/** Reports from the record, by the registry as it is in the database. */
export function reportDesk(database: Database, options: ReportDeskOptions): ReportDesk {
  const { clock, graceMinutes, policy } = options;
  const readView = async () => new RegistryView(await exportRegistry(database));

  const interruptionsOf = async (
    question: InterruptionQuestion,
    stations: readonly Station[],
    { view, now }: CompletenessParts,
  ): Promise<InterruptionReport | ReportRefusal> => {
    const facts = await readInterruptionFacts(database, stations, question, { view, now });
    return isRefused(facts) ? facts : buildInterruptionReport(question, facts, view, now);
  };

  const conditionsOf = async (
    stations: readonly Station[],
    { view, now }: CompletenessParts,
  ): Promise<readonly StationCondition[]> => {
    const at = now.getTime();
    const stops = await stopsDuring(database, { from: at, to: at + 1 });
    const heard = await readHeardOf(
      database,
      stations.map(({ code }) => code),
    );
    const { lostAfterHours } = policy;
    return stations.map((station) =>
      judgeStation(station, { view, stops, heard, lostAfterHours, now }),
    );
  };

  return {
    async interruptions(question) {
      const parts = { view: await readView(), graceMinutes, now: clock() };
      const stations = stationsOfReport(question, parts.view);
      return isRefused(stations) ? stations : interruptionsOf(question, stations, parts);
    },

    async transmission(question) {
      const parts = { view: await readView(), graceMinutes, now: clock() };
      const stations = stationsOfReport(question, parts.view);
      if (isRefused(stations)) return stations;
      const refusal = objectionToSize(stations, question);
      if (refusal !== undefined) return refusal;
      const ofStations = { ...question, level: '15min', withParameters: false } as const;
      const interruptions = await interruptionsOf(ofStations, stations, parts);
      if (isRefused(interruptions)) return interruptions;
      const conditions = await conditionsOf(stations, parts);
      const facts: TransmissionFacts[] = [];
      // One after the other: a station is one statement, and a report takes one connection.
      for (const [i, station] of stations.entries()) {
        const condition = conditions[i];
        if (condition === undefined) continue;
        const series = await countSeries(database, station, question, parts);
        facts.push({ condition, series });
      }
      return buildTransmissionReport(question, facts, interruptions, policy);
    },

    async stationConditions(scope) {
      const parts = { view: await readView(), graceMinutes, now: clock() };
      const anyTime = { scope, from: new Date(parts.now.getTime() - 1), to: parts.now };
      const stations = stationsOfReport(anyTime, parts.view);
      return isRefused(stations) ? stations : conditionsOf(stations, parts);
    },

    async missing({ station: code, parameter, from, to }) {
      const parts = { view: await readView(), graceMinutes, now: clock() };
      const question = { scope: { kind: 'station', code }, from, to } as const;
      const stations = stationsOfReport(question, parts.view);
      if (isRefused(stations)) return stations;
      const series = await Promise.all(
        stations.map((station) => countSeries(database, station, question, parts, parameter)),
      );
      return series.flat();
    },
  };
}

/** The station and what it is expected to measure, or the one parameter. */
async function countSeries(
  database: Database,
  station: Station,
  { from, to }: Pick<ReportQuestion, 'from' | 'to'>,
  parts: CompletenessParts,
  parameter?: string,
): Promise<readonly MissingOfSeries[]> {
  const expected = station.parameters?.map((own) => own.parameter) ?? [];
  const parameters = parameter === undefined ? [undefined, ...expected] : [parameter];
  const filter = { station: station.code, parameters, from, to };
  const counted = await readCompleteness(database, parts, filter);
  return counted.map(({ missing: ranges, ...series }) => {
    const missing = countMissing({ ...series, missing: ranges });
    return { ...series, missing, expected: series.received + missing, ranges };
  });
}
