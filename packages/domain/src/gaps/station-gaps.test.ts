import { describe, expect, test } from '@jest/globals';
import type { Registry, Rule, Station } from '@envigate/contracts';
import { RegistryView } from '../registry/registry-view.ts';
import { type GapRules, gapRulesOf, gapThreshold, allData, seriesOf } from './gap-rules.ts';
import { hear, unknownStation } from './hear-data.ts';
import { lookForSilence } from './judge-anew.ts';
import {
  type Decided,
  type Heard,
  judge,
  type Silence,
  type StationState,
} from './station-gaps.ts';
import { everythingCounts, type NotTheStations } from './stretches.ts';
import { isValidReading } from './valid-reading.ts';

const minute = 60_000;
const rules: GapRules = {
  ...{ startsAt: undefined, intervals: [{ from: -Infinity, ms: 5 * minute }], grace: 15 * minute },
  ...{ levels: { '1h': 60 * minute, '12h': 720 * minute }, parameters: new Map() },
  series: seriesOf([]),
};

/** A station without parameters, looked at and heard at minutes. */
class Scene {
  #state: StationState = unknownStation;
  readonly reported: string[] = [];
  notTheStations: NotTheStations = everythingCounts;

  hear(...minutes: number[]): void {
    const instants = new Map([['transmission', new Set(minutes.map((at) => at * minute))]]);
    const receivedAt = Math.max(...minutes) * minute;
    this.#take(hear(this.#state, { instants, receivedAt }, rules));
  }

  look(at: number): void {
    const look = { now: at * minute, listeningSince: -Infinity };
    this.#take(lookForSilence(this.#state, look, rules));
  }

  #take(heard: Heard): void {
    const context = { notTheStations: this.notTheStations, silences: this.#state.silences };
    const decided = judge(heard, context, rules);
    this.#state = { ...decided.station, silences: this.#silencesAfter(decided) };
    for (const { kind, before, after } of decided.changes)
      if (kind !== undefined) this.reported.push(`${kind} ${textOf((after ?? before)!)}`);
  }

  #silencesAfter({ changes }: Decided): StationState['silences'] {
    const own = (this.#state.silences.get('transmission') ?? []).filter(
      (one) => !changes.some(({ before }) => before === one),
    );
    return new Map([['transmission', [...own, ...changes.flatMap(({ after }) => after ?? [])]]]);
  }
}

function textOf({ from, to, level, outMs }: Silence): string {
  return `${from / minute}–${to === undefined ? '' : to / minute} ${level} without ${outMs / minute}`;
}

const stop = (from: number, to: number): NotTheStations => ({
  plannedStops: [
    { id: '7', station: 'S1', parameters: undefined, from: from * minute, to: to * minute },
  ],
  notHeard: [],
  doubts: [],
});

describe('a planned stop', () => {
  test('is no gap, unless the station does not come back after it', () => {
    const scene = new Scene();
    scene.notTheStations = stop(5, 300);
    scene.hear(0);
    scene.look(310);
    expect(scene.reported).toEqual([]);
    scene.look(330);
    expect(scene.reported).toEqual(['opened 0– 15min without 295']);
  });

  test('makes no fresh alarm of what was silent before it: the gap goes on', () => {
    const scene = new Scene();
    scene.hear(0);
    scene.look(30);
    scene.notTheStations = stop(40, 700);
    for (let at = 40; at <= 730; at += 10) scene.look(at);
    expect(scene.reported).toEqual(['opened 0– 15min without 0', 'level 0– 1h without 660']);
    scene.hear(800);
    expect(scene.reported.at(-1)).toBe('closed 0–800 1h without 660');
  });

  test('and an outage of our own at the same time are taken out once', () => {
    const scene = new Scene();
    scene.notTheStations = {
      ...stop(10, 100),
      notHeard: [{ id: 'o', from: 50 * minute, to: 150 * minute }],
    };
    scene.hear(0, 200);
    expect(scene.reported).toEqual(['closed 0–200 1h without 140']);
  });
});

describe('the rules of a station', () => {
  const station: Station = {
    ...{ code: 'S1', facility: 'F', name: 'S1', kind: 'ambient-air' },
    parameters: [{ parameter: 'PM25' }, { parameter: 'TN', cycleMinutes: 60 }],
  };
  const rule = (code: string, more: object): Rule => ({
    ...{ code, version: 1, kind: 'gap-levels' as const },
    ...more,
  });
  const viewOf = (one: Station, ...levels: readonly Rule[]): RegistryView =>
    new RegistryView({
      ...{ facilities: [], targets: [], accounts: [], stations: [one], rules: [...levels] },
      parameters: [
        { code: 'PM25', symbol: 'PM2.5', name: '', nameEn: '', unit: '', cycleMinutes: 30 },
        { code: 'TN', symbol: 'TN', name: '', nameEn: '', unit: '' },
      ],
    } satisfies Registry);

  test('come from the rule of the station before that of its kind, or are the legal ones', () => {
    const ofKind = rule('kind', { stationKinds: ['ambient-air'], longMinutes: 120 });
    const own = rule('own', { stations: ['S1'], graceMinutes: 30, reportableMinutes: 1440 });
    const levelsOf = (...given: readonly Rule[]) => {
      const { grace, levels } = gapRulesOf(viewOf(station, ...given), 'S1', 15);
      return [grace, levels['1h'], levels['12h']].map((ms) => ms / minute);
    };
    expect(levelsOf()).toEqual([15, 60, 720]);
    expect(levelsOf(ofKind)).toEqual([15, 120, 720]);
    expect(levelsOf(ofKind, own)).toEqual([30, 60, 1440]);
    expect(levelsOf(ofKind, { ...own, disabled: true })).toEqual([15, 60, 720]);
  });

  test('have the cycles of its parameters', () => {
    const { parameters } = gapRulesOf(viewOf(station), 'S1', 15);
    const cycles = Array.from(parameters, ([name, { cycle }]) => [name, cycle / minute]);
    expect(cycles).toEqual([
      ['PM25', 30],
      ['TN', 60],
    ]);
  });

  test('judge a silence over a change of the interval by the longer of both', () => {
    const from = '2026-04-01T00:00:00+07:00';
    const changed = { ...station, intervalChanges: [{ from, minutes: 60 }] };
    const found = gapRulesOf(viewOf(changed), 'S1', 15);
    const at = (minutes: number): number => Date.parse(from) + minutes * minute;
    const limit = (a: number, b: number) => gapThreshold(found, allData, at(a), at(b)) / minute;
    expect([limit(-60, -30), limit(-30, 0), limit(-30, 1), limit(10, 20)]).toEqual([
      20, 20, 75, 75,
    ]);
  });
});

test.each([
  [1, [], true],
  [3, ['negative@1'], true],
  [2, ['censored@1'], true],
  [2, ['not-detected@1'], true],
  [2, ['censored@1', 'status-calibrating@1'], false],
  [2, ['status-fault@1'], false],
  [2, ['unknown-symbol@1'], false],
  [4, ['out-of-range@1[0..14]'], false],
  [9, ['missing@1'], false],
])('a reading of flag %i with reasons %j is valid: %s', (flag, reasons, isValid) => {
  expect(isValidReading(flag, reasons)).toBe(isValid);
});
