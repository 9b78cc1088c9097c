import { type GapRules, gapRulesOf, type RegistryView, type Stretch } from '@envigate/domain';

export interface StationRules {
  readonly rules: GapRules;
  /** All of them that decide about the past, as text. */
  readonly judgedBy: string;
}

const remembered = new WeakMap<RegistryView, Map<string, StationRules>>();

/** The rules of a station; computed once for each state of the registry. */
export function rulesOf(view: RegistryView, station: string, graceMinutes: number): StationRules {
  const known = remembered.get(view) ?? new Map<string, StationRules>();
  remembered.set(view, known);
  let found = known.get(station);
  if (found === undefined) {
    const rules = gapRulesOf(view, station, graceMinutes);
    found = { rules, judgedBy: textOf(rules) };
    known.set(station, found);
  }
  return found;
}

interface WrittenRules {
  readonly startsAt: number | null;
  readonly grace: number;
  readonly levels: GapRules['levels'];
  /** From when on each interval holds; null: from the beginning. */
  readonly intervals: readonly (readonly [number | null, number])[];
  readonly cycles: Readonly<Record<string, number>>;
}

function textOf({ startsAt, grace, levels, intervals, parameters }: GapRules): string {
  const written: WrittenRules = {
    ...{ startsAt: startsAt ?? null, grace, levels },
    intervals: intervals.map(({ from, ms }) => [Number.isFinite(from) ? from : null, ms]),
    cycles: Object.fromEntries(Array.from(parameters, ([name, { cycle }]) => [name, cycle])),
  };
  return JSON.stringify(written);
}

/**
 * The time whose gaps follow other rules now; undefined: none. A change of the interval from a day on
 * leaves what was before alone, a parameter that was added or taken away leaves all of it.
 */
export function timeOfChange(was: string, is: string): Stretch | undefined {
  const [before, after] = [JSON.parse(was), JSON.parse(is)] as [WrittenRules, WrittenRules];
  const cyclesOfBoth = Object.keys(before.cycles).filter((name) => name in after.cycles);
  const isElse =
    before.startsAt !== after.startsAt ||
    before.grace !== after.grace ||
    before.levels['1h'] !== after.levels['1h'] ||
    before.levels['12h'] !== after.levels['12h'] ||
    cyclesOfBoth.some((name) => before.cycles[name] !== after.cycles[name]);
  if (isElse) return { from: 0, to: undefined };
  const changes = [...before.intervals, ...after.intervals].flatMap(([from]) => from ?? []);
  const points = [-Infinity, ...changes].sort((a, b) => a - b);
  const first = points.find((at) => intervalAt(before, at) !== intervalAt(after, at));
  // A silence that reaches over the change is judged by the interval before it as well.
  return first === undefined ? undefined : { from: Math.max(first, 0), to: undefined };
}

function intervalAt({ intervals }: WrittenRules, at: number): number | undefined {
  return intervals.findLast(([from]) => (from ?? -Infinity) <= at)?.[1];
}
