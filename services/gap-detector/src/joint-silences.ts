import {
  allData,
  gapThreshold,
  planJointSilences,
  type HeardStationNow,
  type JointPlan,
  type JointScope,
  type JointSilencePolicy,
  type Silence,
} from '@envigate/domain';
import type { KnownJointSilences } from '@envigate/postgres';
import type { DetectorParts } from './hear-arrivals.ts';
import { rulesOf } from './station-rules.ts';

export interface JointParts extends DetectorParts {
  readonly jointSilence: JointSilencePolicy;
}

export type HeardStations = Awaited<ReturnType<DetectorParts['store']['lastHeard']>>;

/** Whether a joint silence may begin, change or end: of most looks the end. */
export function mayBeJoint(
  { jointSilence }: JointParts,
  heard: HeardStations,
  { lasting }: KnownJointSilences,
): boolean {
  return lasting.length > 0 || openGapsOf(heard).size >= jointSilence.stations;
}

/**
 * Finds stations that fell silent together, and notes it. Returns the stations whose open gap does not say yet to
 * which joint silence it belongs. `until`: everything received before it was heard.
 */
export async function findJointSilences(
  parts: JointParts,
  heard: HeardStations,
  before: KnownJointSilences,
  until: number,
): Promise<readonly string[]> {
  const { store, registry, jointSilence, emit } = parts;
  let known = before;
  if (mayBeJoint(parts, heard, known)) {
    const scopes = await store.jointScopes(registry.current());
    const planOf = (noted: KnownJointSilences): JointPlan =>
      planJointSilences(
        stationsNow(parts, heard, noted, scopes, until),
        noted.lasting,
        jointSilence,
        until,
      );
    if (hasNews(planOf(known))) {
      const noted = await store.noteJointSilences(planOf, new Date(until));
      for (const { scope, members } of noted.begun)
        emit('joint-silence-found', { ...nameOf(scope), stations: members.length });
      for (const jointId of noted.ended) emit('joint-silence-ended', { jointId });
      known = await store.jointSilences();
    }
  }
  return [...openGapsOf(heard)].flatMap(([station, { jointId }]) => {
    const membership = known.memberships.get(station);
    return membership?.isInDoubt === true && membership.jointId !== jointId ? [station] : [];
  });
}

function openGapsOf(heard: HeardStations): ReadonlyMap<string, Silence> {
  return new Map(
    [...heard].flatMap(([station, { state }]) => {
      const open = state.silences.get(allData.key)?.find(({ to }) => to === undefined);
      return open === undefined ? [] : [[station, open] as const];
    }),
  );
}

/** Stations of the registry that have sent. */
function stationsNow(
  { registry, graceMinutes }: JointParts,
  heard: HeardStations,
  { memberships }: KnownJointSilences,
  scopesOf: (station: string) => readonly JointScope[],
  until: number,
): readonly HeardStationNow[] {
  const view = registry.current();
  const open = openGapsOf(heard);
  return [...heard].flatMap(([station, { state }]): HeardStationNow[] => {
    const facility = view.stations.get(station)?.facility;
    const last = state.coverage?.last;
    if (facility === undefined || last === undefined) return [];
    const { rules } = rulesOf(view, station, graceMinutes);
    const thresholdMs = gapThreshold(rules, allData, last, Math.max(until, last + 1));
    return [
      {
        ...{ station, facility, last, thresholdMs, intervalMs: thresholdMs - rules.grace },
        scopes: scopesOf(station),
        openOutMs: open.get(station)?.outMs,
        wasMember: memberships.get(station)?.isOver === true,
      },
    ];
  });
}

function hasNews({ begun, joined, ended }: JointPlan): boolean {
  return begun.length + joined.length + ended.length > 0;
}

function nameOf({ kind, code }: JointScope): { readonly scope: string; readonly code: string } {
  return { scope: kind, code };
}
