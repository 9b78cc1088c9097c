/**
 * What gaps are, written down from their definition and counted minute by minute. It shares nothing with
 * the engine. All times are whole minutes.
 */

export interface OracleFacts {
  /** instant → parameter → whether its value is valid. */
  readonly record: ReadonlyMap<number, ReadonlyMap<string, boolean>>;
  readonly expected: readonly string[];
  readonly startsAt: number | undefined;
  /** The interval in force from an instant on; the first from the beginning. */
  readonly intervals: readonly { readonly from: number; readonly minutes: number }[];
  readonly cycles: ReadonlyMap<string, number>;
  readonly grace: number;
  readonly stops: readonly OracleStop[];
  readonly outages: readonly { readonly from: number; readonly to: number }[];
  /** When many were silent, and nobody has decided whose fault it was. */
  readonly doubts: readonly { readonly from: number; readonly to: number }[];
}

export interface OracleStop {
  readonly from: number;
  readonly to: number;
  readonly parameters: readonly string[] | undefined;
}

interface Part {
  readonly from: number;
  readonly to: number;
}

interface Line {
  readonly points: readonly number[];
  readonly closed: readonly Part[];
  /** Since its last instant files came without it. */
  readonly tail: Part | undefined;
}

export interface OracleGap {
  readonly parameter: string | undefined;
  readonly kind: string;
  readonly from: number;
  readonly to: number | undefined;
  readonly net: number;
  /** In half of its minutes or more we were, or may have been, the cause. */
  readonly isProbablyOurs: boolean;
}

/** All gaps that the facts make; of the station an open one where `stationOpenAt` says up to when. */
export function gapsOf(facts: OracleFacts, stationOpenAt: number | undefined): OracleGap[] {
  const station = stationLine(facts);
  const newest = station.points.at(-1);
  const isAnyValid = (of: ReadonlyMap<string, boolean>): boolean =>
    facts.expected.some((parameter) => of.get(parameter) === true);
  const valid = lineOf(facts, undefined, isAnyValid, newest);
  const open = stationOpenAt === undefined ? undefined : openGapOf(facts, stationOpenAt);
  const gaps = [
    ...judged(facts, 'transmission', undefined, station, []),
    ...judged(facts, 'no-valid-data', undefined, valid, [station]),
    ...(open === undefined ? [] : [open]),
  ];
  for (const parameter of facts.expected) {
    const data = lineOf(facts, parameter, (of) => of.has(parameter), newest);
    const values = lineOf(facts, parameter, (of) => of.get(parameter) === true, newest);
    gaps.push(...judged(facts, 'transmission', parameter, data, [station]));
    gaps.push(...judged(facts, 'no-valid-data', parameter, values, [station, valid, data]));
  }
  return gaps;
}

/** The gap of the station from its newest data up to `at`. */
export function openGapOf(facts: OracleFacts, at: number): OracleGap | undefined {
  const newest = stationLine(facts).points.at(-1);
  if (newest === undefined || newest >= at) return undefined;
  const line = { points: [], closed: [], tail: { from: newest, to: at } };
  return judged(facts, 'transmission', undefined, line, [])[0];
}

function stationLine(facts: OracleFacts): Line {
  return lineOf(facts, undefined, () => true, undefined);
}

function lineOf(
  facts: OracleFacts,
  parameter: string | undefined,
  belongs: (of: ReadonlyMap<string, boolean>) => boolean,
  newest: number | undefined,
): Line {
  const begin = facts.startsAt ?? -Infinity;
  const points = new Set(facts.startsAt === undefined ? [] : [facts.startsAt]);
  for (const [instant, of] of facts.record)
    if (instant >= begin && belongs(of)) points.add(instant);
  const sorted = [...points].sort((a, b) => a - b);
  const closed: Part[] = [];
  for (let i = 1; i < sorted.length; i += 1) {
    const [from, to] = [sorted[i - 1]!, sorted[i]!];
    if (to - from > limit(facts, parameter, from, to, 'shortest')) closed.push({ from, to });
  }
  const last = sorted.at(-1);
  const hasTail = last !== undefined && newest !== undefined && newest > last;
  return { points: sorted, closed, tail: hasTail ? { from: last, to: newest } : undefined };
}

function judged(
  facts: OracleFacts,
  kind: string,
  parameter: string | undefined,
  line: Line,
  parents: readonly Line[],
): OracleGap[] {
  const stopped = facts.stops.filter(
    ({ parameters }) =>
      parameters === undefined || (parameter !== undefined && parameters.includes(parameter)),
  );
  const explained = parents.flatMap(({ closed, tail }) => (tail ? [...closed, tail] : closed));
  const without = minutesIn([...stopped, ...facts.outages, ...explained]);
  const ours = minutesIn([...facts.outages, ...facts.doubts]);
  const gaps: OracleGap[] = [];
  for (const part of line.tail ? [...line.closed, line.tail] : line.closed) {
    let [net, oursCount] = [0, 0];
    for (let minute = part.from; minute < part.to; minute += 1) {
      if (!without.has(minute)) net += 1;
      if (ours.has(minute)) oursCount += 1;
    }
    if (net <= limit(facts, parameter, part.from, part.to, 'longest')) continue;
    const to = part === line.tail ? undefined : part.to;
    const isProbablyOurs = oursCount > 0 && oursCount >= part.to - part.from - oursCount;
    gaps.push({ parameter, kind, from: part.from, to, net, isProbablyOurs });
  }
  return gaps;
}

function minutesIn(parts: readonly Part[]): ReadonlySet<number> {
  const minutes = new Set<number>();
  for (const { from, to } of parts)
    for (let minute = from; minute < to; minute += 1) minutes.add(minute);
  return minutes;
}

/** The longest or shortest interval that is in force in some minute of [from, to), and the grace. */
function limit(
  { intervals, cycles, grace }: OracleFacts,
  parameter: string | undefined,
  from: number,
  to: number,
  which: 'longest' | 'shortest',
): number {
  let found: number | undefined;
  for (let minute = from; minute < to; minute += 1) {
    let interval = 0;
    for (const one of intervals) if (one.from <= minute) interval = one.minutes;
    const cycle = parameter === undefined ? 0 : (cycles.get(parameter) ?? 0);
    const own = Math.max(interval, cycle);
    if (found === undefined || (which === 'longest' ? own > found : own < found)) found = own;
  }
  return (found ?? 0) + grace;
}
