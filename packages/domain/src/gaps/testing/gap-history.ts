import { allData, type GapRules, seriesKey, seriesOf, type SeriesKey } from '../gap-rules.ts';
import { hear, unknownStation, type Arrival } from '../hear-data.ts';
import {
  judgeAnew,
  lookForSilence,
  widerReach,
  type JudgedTime,
  type RecordedTime,
} from '../judge-anew.ts';
import {
  type Heard,
  judge,
  type Silence,
  type SilenceChange,
  type StationCoverage,
  type StationState,
  timeToJudge,
} from '../station-gaps.ts';
import type { NotTheStations, Stretch } from '../stretches.ts';
import {
  gapsOf,
  openGapOf,
  type OracleFacts,
  type OracleGap,
  type OracleStop,
} from './gap-oracle.ts';
import { end, parameters, type HistoryRow, type HistoryStep } from './random-history.ts';

const minute = 60_000;

/** What people are shown of gaps, put together from the changes that were reported. */
export type ReportedGaps = ReadonlyMap<string, string>;

/** A station between the engine, with a store that hands out only what is asked for, and the oracle. */
export class GapHistory {
  #now = 0;
  #isOpen = false;
  readonly #record = new Map<number, Map<string, boolean>>();
  #startsAt: number | undefined;
  readonly #intervals = [{ from: -Infinity, minutes: 5 }];
  #cycle = 0;
  readonly #stops: OracleStop[] = [];
  readonly #outages: { readonly from: number; readonly to: number }[] = [];
  readonly #doubts: { readonly from: number; readonly to: number }[] = [];
  #station: StationCoverage = unknownStation;
  readonly #rows = new Map<SeriesKey, Silence[]>();
  readonly #reported: { key: SeriesKey; gap: Silence }[] = [];

  constructor(startsAt: number | undefined) {
    this.#startsAt = startsAt;
  }

  take(one: HistoryStep): void {
    switch (one.kind) {
      case 'file':
        return this.#hear([one.rows]);
      case 'batch':
        return this.#hear(one.files);
      case 'look':
        this.#now += one.after;
        return this.#look();
      case 'withdraw':
        for (const at of [...this.#record.keys()])
          if (at >= one.from && at <= one.to) this.#record.delete(at);
        return this.#judgeParts(one);
      case 'stop':
        this.#stops.push(one.stop);
        return this.#recount(one.stop);
      case 'outage':
        this.#outages.push(one.outage);
        return this.#recount(one.outage);
      case 'doubt':
        this.#doubts.push(one.doubt);
        return this.#recount(one.doubt);
      case 'decide': {
        const decided = this.#doubts.pop();
        if (decided === undefined) return;
        if (one.verdict === 'ours') this.#outages.push(decided);
        return this.#recount(decided);
      }
      case 'forgive': {
        const gone = this.#stops.pop() ?? this.#outages.pop();
        return gone && this.#recount(gone);
      }
      case 'interval': {
        const { from, minutes } = one;
        if (from === undefined) this.#intervals[0] = { from: -Infinity, minutes };
        else this.#intervals.push({ from, minutes });
        this.#intervals.sort((a, b) => a.from - b.from);
        return this.#judgeAllAnew();
      }
      case 'cycle':
        this.#cycle = one.minutes;
        return this.#judgeAllAnew();
      case 'start':
        this.#startsAt = one.at;
        this.#judgeAllAnew();
        return this.#look();
    }
  }

  /** Gaps as the store has them, as their reports add up, and as the oracle finds them. */
  compared(): { readonly stored: string[]; readonly reported: string[]; readonly right: string[] } {
    const stored = [...this.#rows].flatMap(([key, all]) =>
      all.flatMap((one) => (one.level === undefined ? [] : [this.#textOf(key, one)])),
    );
    const reported = this.#reported.map(({ key, gap }) => this.#textOf(key, gap));
    const openAt = this.#isOpen ? this.#now : undefined;
    const right = gapsOf(this.#facts(), openAt).map((gap) => {
      const level = gap.net >= 720 ? '12h' : gap.net >= 60 ? '1h' : '15min';
      const key = seriesKey(gap.kind as 'transmission', gap.parameter);
      return gap.to === undefined
        ? `${key} ${gap.from}–`
        : `${key} ${gap.from}–${gap.to} ${gap.net} ${level}${gap.isProbablyOurs ? ' ours?' : ''}`;
    });
    return { stored: stored.sort(), reported: reported.sort(), right: right.sort() };
  }

  /**
   * Open gaps with their right length and cause: the level is at least what counts now, and never one that was
   * not reached; what is marked as probably ours is so.
   */
  openGaps(): readonly {
    readonly key: string;
    readonly level: string;
    readonly isMarked: boolean;
    readonly right: OracleGap | undefined;
  }[] {
    const openAt = this.#isOpen ? this.#now : undefined;
    const right = new Map(
      gapsOf(this.#facts(), openAt).flatMap((gap) =>
        gap.to === undefined
          ? [[seriesKey(gap.kind as 'transmission', gap.parameter), gap] as const]
          : [],
      ),
    );
    return [...this.#rows].flatMap(([key, all]) =>
      all.flatMap(({ to, level, isProbablyOurs: isMarked }) =>
        to === undefined && level !== undefined
          ? [{ key, level, isMarked, right: right.get(key) }]
          : [],
      ),
    );
  }

  /** How many silences are stored that are the station's. */
  repeated(): number {
    const ofStation = this.#rows.get(allData.key) ?? [];
    return [...this.#rows]
      .filter(([key]) => key !== allData.key)
      .flatMap(([, all]) => all)
      .filter((one) => ofStation.some(({ from, to }) => one.from === from && one.to === to)).length;
  }

  #textOf(key: SeriesKey, { from, to, level, outMs, isProbablyOurs }: Silence): string {
    if (to === undefined) return `${key} ${from / minute}–`;
    const net = (to - from - outMs) / minute;
    return `${key} ${from / minute}–${to / minute} ${net} ${level}${isProbablyOurs ? ' ours?' : ''}`;
  }

  #facts(): OracleFacts {
    return {
      ...{ record: this.#record, expected: parameters, startsAt: this.#startsAt, grace: 15 },
      ...{ intervals: this.#intervals, cycles: new Map([['TN', this.#cycle]]) },
      ...{ stops: this.#stops, outages: this.#outages, doubts: this.#doubts },
    };
  }

  #rules(): GapRules {
    return {
      startsAt: this.#startsAt === undefined ? undefined : this.#startsAt * minute,
      intervals: this.#intervals.map(({ from, minutes }) => ({
        from: from * minute,
        ms: minutes * minute,
      })),
      grace: 15 * minute,
      levels: { '1h': 60 * minute, '12h': 720 * minute },
      parameters: new Map(
        parameters.map((name) => [name, { cycle: name === 'TN' ? this.#cycle * minute : 0 }]),
      ),
      series: this.#series,
    };
  }
  readonly #series = seriesOf(parameters);

  /** Files in one batch. What makes a valid value invalid, or takes one away, is judged from the record. */
  #hear(files: readonly (readonly HistoryRow[])[]): void {
    const instants = new Map<SeriesKey, Set<number>>();
    const add = (key: SeriesKey, at: number): void => {
      instants.set(key, (instants.get(key) ?? new Set()).add(at * minute));
    };
    const lost: number[] = [];
    for (const { at, values: of } of files.flat()) {
      parameters.forEach((parameter, i) => {
        const value = of[i];
        if (value === 'absent' || value === undefined) return;
        add('transmission', at);
        add(`transmission/${parameter}`, at);
        const recorded = this.#record.get(at) ?? new Map<string, boolean>();
        this.#record.set(at, recorded);
        if (value === 'valid') {
          add('no-valid-data', at);
          add(`no-valid-data/${parameter}`, at);
        } else if (recorded.get(parameter) === true) lost.push(at);
        recorded.set(parameter, value === 'valid');
      });
      this.#now = Math.max(this.#now, at);
    }
    if (instants.size === 0) return;
    const arrival: Arrival = { instants, receivedAt: this.#now * minute };
    const all = [...(instants.get('transmission') ?? [])];
    this.#apply({ from: Math.min(...all), to: Math.max(...all) }, (state) =>
      hear(state, arrival, this.#rules()),
    );
    this.#isOpen &&= this.#isStillOpen();
    for (const at of lost) this.#judgeAnew(at, at);
  }

  #look(): void {
    const look = { now: this.#now * minute, listeningSince: -Infinity };
    this.#apply({ from: Infinity, to: -Infinity }, (state) =>
      lookForSilence(state, look, this.#rules()),
    );
    this.#isOpen = true;
    this.#isOpen = this.#isStillOpen();
  }

  #isStillOpen(): boolean {
    return openGapOf(this.#facts(), this.#now) !== undefined;
  }

  #recount(part_: Stretch): void {
    this.#judgeAnew(part_.from, part_.to ?? end);
  }

  #judgeAllAnew(): void {
    for (let from = 0; from <= end; from += 100) this.#judgeAnew(from, from + 99);
  }

  /** Nothing is equal before the last part: the others still have neighbours that are gone. */
  #judgeParts({ from, to, parts, isBackward }: HistoryStep & { kind: 'withdraw' }): void {
    const step = Math.ceil((to - from + 1) / parts);
    const begins = Array.from({ length: parts }, (_, i) => from + i * step);
    for (const begin of isBackward ? begins.reverse() : begins)
      this.#judgeAnew(begin, Math.min(begin + step - 1, to));
  }

  #judgeAnew(from: number, to: number): void {
    const time = { from: from * minute, to: to * minute };
    // Little enough at first that some neighbours are farther.
    let reach: JudgedTime | undefined = { from: time.from - minute, to: time.to + minute };
    for (let read = reach; reach !== undefined;) {
      read = reach;
      reach = widerReach(this.#stateOf(read), time, this.#recorded(read), this.#rules());
      if (reach !== undefined) continue;
      this.#apply(read, (state) =>
        judgeAnew(state, time, this.#recorded(read), this.#now * minute, this.#rules()),
      );
    }
    this.#isOpen &&= this.#isStillOpen();
  }

  #recorded(reach: JudgedTime): RecordedTime {
    const instants = new Map<SeriesKey, Set<number>>();
    for (const [at, of] of this.#record) {
      if (at * minute < reach.from || at * minute > reach.to) continue;
      const keys = [...of].flatMap(([parameter, isValid]) => [
        ...['transmission', `transmission/${parameter}`],
        ...(isValid ? ['no-valid-data', `no-valid-data/${parameter}`] : []),
      ]);
      for (const key of keys) instants.set(key, (instants.get(key) ?? new Set()).add(at * minute));
    }
    return { reach, instants };
  }

  #apply(span: { from: number; to: number }, decide: (state: StationState) => Heard): void {
    const heard = decide(this.#stateOf(span));
    const time = timeToJudge(heard, this.#rules());
    const silences =
      time === undefined ? new Map() : this.#touching({ ...time, to: time.to ?? Infinity }, false);
    const within = this.#notTheStations();
    const decided = judge(heard, { notTheStations: within, silences }, this.#rules());
    this.#station = decided.station;
    for (const change of decided.changes) this.#save(change);
  }

  #stateOf(span: { from: number; to: number }): StationState {
    return { ...this.#station, silences: this.#touching(span, true) };
  }

  #touching(
    { from, to }: { from: number; to: number },
    withOpen: boolean,
  ): ReadonlyMap<SeriesKey, readonly Silence[]> {
    const found = [...this.#rows].map(([key, all]): [SeriesKey, Silence[]] => [
      key,
      all.filter((one) =>
        one.to === undefined ? withOpen || one.from <= to : one.to >= from && one.from <= to,
      ),
    ]);
    return new Map(found.filter(([, all]) => all.length > 0));
  }

  #notTheStations(): NotTheStations {
    const ms = (of: { from: number; to: number }) => ({
      from: of.from * minute,
      to: of.to * minute,
    });
    return {
      plannedStops: this.#stops.map((stop, i) => ({
        ...{ id: `s${i}`, station: 'S1', parameters: stop.parameters, ...ms(stop) },
      })),
      notHeard: this.#outages.map((outage, i) => ({ id: `o${i}`, ...ms(outage) })),
      doubts: this.#doubts.map((doubt, jointId) => ({ jointId, ...ms(doubt) })),
    };
  }

  #save({ series: { key }, before, after, kind }: SilenceChange): void {
    const rows_ = this.#rows.get(key) ?? [];
    if (before !== undefined && !rows_.includes(before)) throw new Error(`${key}: no such silence`);
    const rest = rows_.filter((one) => one !== before);
    this.#rows.set(
      key,
      [...rest, ...(after === undefined ? [] : [after])].sort((a, b) => a.from - b.from),
    );
    if (kind === undefined) return;
    if (before?.level !== undefined) {
      const place = this.#reported.findIndex(({ key: of, gap }) => of === key && gap === before);
      const open = this.#reported.findIndex(
        ({ key: of, gap }) => of === key && gap.from === before.from,
      );
      this.#reported.splice(place < 0 ? open : place, 1);
    }
    if (after?.level !== undefined) this.#reported.push({ key, gap: after });
  }
}
