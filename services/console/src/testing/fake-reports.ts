import {
  buildInterruptionReport,
  buildTransmissionReport,
  everythingCounts,
  isRefused,
  judgeStation,
  stationsOfReport,
  type InterruptionQuestion,
  type MissingQuestion,
  type RegistryView,
  type ReportDesk,
  type ReportQuestion,
} from '@envigate/domain';
import { at } from './rows.ts';

const madeAt = at('17:05:00');
const hourMs = 3_600_000;
const counts = { expected: 288, received: 285, late: 3, valid: 280, missing: 3 };

/** Reports of a record in memory: each station has one gap of 13 hours, and never sent anything. */
export class FakeReports implements ReportDesk {
  /** The last question of each kind. */
  readonly asked: {
    interruptions?: InterruptionQuestion;
    transmission?: ReportQuestion;
    missing?: MissingQuestion;
  } = {};
  readonly #view: RegistryView;

  constructor(view: RegistryView) {
    this.#view = view;
  }

  async interruptions(question: InterruptionQuestion) {
    this.asked.interruptions = question;
    const stations = stationsOfReport(question, this.#view);
    if (isRefused(stations)) return stations;
    const facts = stations.map((station, i) => ({
      ...{
        station,
        newest: undefined,
        receivedIn: new Map(),
        records: new Map(),
        mails: new Map(),
      },
      notTheStations: everythingCounts,
      silences: [
        {
          ...({ gapId: i + 1, kind: 'transmission', parameter: undefined, level: '12h' } as const),
          ...{ from: madeAt.getTime() - 13 * hourMs, to: undefined, outMs: 0, takenOut: [] },
          ...{ isProbablyOurs: false, closedBy: undefined },
        },
      ],
    }));
    return buildInterruptionReport(question, facts, this.#view, madeAt);
  }

  async transmission(question: ReportQuestion) {
    this.asked.transmission = question;
    const all = { ...question, level: '15min', withParameters: false } as const;
    const interruptions = await this.interruptions(all);
    if (isRefused(interruptions)) return interruptions;
    const conditions = await this.stationConditions(question.scope);
    if (isRefused(conditions)) return conditions;
    const facts = conditions.map((condition) => ({
      condition,
      series: [
        { parameter: undefined, ...counts },
        { parameter: 'pH', ...counts },
      ],
    }));
    const policy = { leastShare: 0.85, lostAfterHours: 12 };
    return buildTransmissionReport(question, facts, interruptions, policy);
  }

  async stationConditions(scope: ReportQuestion['scope']) {
    const from = new Date(madeAt.getTime() - 1);
    const stations = stationsOfReport({ scope, from, to: madeAt }, this.#view);
    if (isRefused(stations)) return stations;
    const parts = { view: this.#view, stops: [], heard: new Map(), lostAfterHours: 12 };
    return stations.map((station) => judgeStation(station, { ...parts, now: madeAt }));
  }

  async missing(question: MissingQuestion) {
    this.asked.missing = question;
    const first = question.from.getTime();
    const ranges = [{ first, last: first + 600_000, count: 3, stepMs: 300_000 }];
    return [{ parameter: undefined, ...counts, ranges }];
  }
}
