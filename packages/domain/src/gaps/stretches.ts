/** A part of time, half open: [from, to). UTC milliseconds since 1970; `to` undefined: it goes on. */
export interface Stretch {
  readonly from: number;
  readonly to: number | undefined;
}

/** Time that a station was meant not to send. */
export interface PlannedStop extends Stretch {
  readonly id: string;
  readonly station: string;
  /** Only these parameters stop; undefined: the whole station. */
  readonly parameters: readonly string[] | undefined;
}

/** Whether a stop is one of the parameter; undefined: of the station, which only stops of everything are. */
export function isStopOf(
  { parameters }: Pick<PlannedStop, 'parameters'>,
  parameter: string | undefined,
): boolean {
  return parameters === undefined || (parameter !== undefined && parameters.includes(parameter));
}

/** Time in which the gateway could not have heard a station, whatever it sent. */
export interface OwnOutage extends Stretch {
  readonly id: string;
}

/** Time in which the office's own system is the likely cause of a silence, and nobody has decided yet. */
export interface Doubt extends Stretch {
  readonly jointId: number;
}

/** What no silence of a station is held against it for, and what it may turn out not to be held against it for. */
export interface NotTheStations {
  readonly plannedStops: readonly PlannedStop[];
  readonly notHeard: readonly OwnOutage[];
  /** It counts as long as nobody decides otherwise. */
  readonly doubts: readonly Doubt[];
}

/** Every silence counts. */
export const everythingCounts: NotTheStations = { plannedStops: [], notHeard: [], doubts: [] };

const endOf = ({ to }: Stretch): number => to ?? Infinity;
const stretch = (from: number, to: number): Stretch => ({
  from,
  to: to === Infinity ? undefined : to,
});

/** The same time in order, without overlaps: neighbours that touch are one. Empty ones are left out. */
export function union(stretches: readonly Stretch[]): readonly Stretch[] {
  const sorted = stretches.filter((one) => endOf(one) > one.from).sort((a, b) => a.from - b.from);
  const merged: Stretch[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last === undefined || endOf(last) < next.from) merged.push(stretch(next.from, endOf(next)));
    else if (endOf(next) > endOf(last)) merged[merged.length - 1] = stretch(last.from, endOf(next));
  }
  return merged;
}

/** The time of `stretches` that lies in `within`, in order, without overlaps. */
export function intersect(
  stretches: readonly Stretch[],
  within: readonly Stretch[],
): readonly Stretch[] {
  const others = union(within);
  return union(stretches).flatMap((one) =>
    others.flatMap((other) => {
      const from = Math.max(one.from, other.from);
      const to = Math.min(endOf(one), endOf(other));
      return to > from ? [stretch(from, to)] : [];
    }),
  );
}

/** The time of `stretches` that lies in none of `taken`, in order, without overlaps. */
export function subtract(
  stretches: readonly Stretch[],
  taken: readonly Stretch[],
): readonly Stretch[] {
  const cuts = union(taken);
  return union(stretches).flatMap((one) => {
    const left: Stretch[] = [];
    let from = one.from;
    for (const cut of cuts) {
      if (endOf(cut) <= from) continue;
      if (cut.from >= endOf(one)) break;
      if (cut.from > from) left.push(stretch(from, cut.from));
      from = endOf(cut);
    }
    if (from < endOf(one)) left.push(stretch(from, endOf(one)));
    return left;
  });
}

/** Milliseconds that the stretches cover, each counted once; Infinity where one goes on. */
export function totalLength(stretches: readonly Stretch[]): number {
  return union(stretches).reduce((sum, one) => sum + (endOf(one) - one.from), 0);
}
