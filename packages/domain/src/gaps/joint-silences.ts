import type { BilingualText } from '@envigate/contracts';
import { groupBy } from '../values/group-by.ts';
import type { Doubt, OwnOutage, Stretch } from './stretches.ts';

/**
 * Many stations of one province, door or account that fall silent at about the same time: the office's own system
 * is the likely cause, until a person decides. Pure; all instants are UTC milliseconds since 1970.
 *
 * A joint silence lasts while more than half of its members are silent. It begins for each of them with the
 * last data of that station. What is still silent when it ends is a gap like any other from then on.
 */

/** When stations are taken to have fallen silent together. */
export interface JointSilencePolicy {
  /** Of the stations of the province, door or account that were not silent before; 0 to 1. */
  readonly share: number;
  readonly stations: number;
  /** Of at least so many facilities: one that loses its power is no joint silence. */
  readonly facilities: number;
  /** They stopped within it. */
  readonly windowMs: number;
  /** They have been silent for so long, of what counts. */
  readonly afterMs: number;
}

export const jointScopeKinds = ['province', 'door', 'account'] as const;

/** What stations have in common. `code` is of the province in file names, of the door as `ftp`, or of the account. */
export interface JointScope {
  readonly kind: (typeof jointScopeKinds)[number];
  readonly code: string;
}

/** A station that has sent, or was expected to. */
export interface HeardStationNow {
  readonly station: string;
  readonly facility: string;
  readonly scopes: readonly JointScope[];
  /** Its newest data. */
  readonly last: number;
  /** How often it sends. */
  readonly intervalMs: number;
  /** The longest silence that is no gap. */
  readonly thresholdMs: number;
  /** Of its open gap, what does not count; undefined: it has none. */
  readonly openOutMs: number | undefined;
  /** This silence belonged to a joint silence that is over. */
  readonly wasMember: boolean;
}

export interface JointMember {
  readonly station: string;
  /** Its last data before. */
  readonly from: number;
}

/** One that lasts. */
export interface LastingJointSilence {
  readonly jointId: number;
  readonly scope: JointScope;
  /** The earliest and the latest last data of the stations that it began with. */
  readonly from: number;
  readonly lastFrom: number;
  readonly members: readonly JointMember[];
}

/** What is new. Asked again with it noted, the same question has nothing new. */
export interface JointPlan {
  readonly begun: readonly {
    readonly scope: JointScope;
    readonly from: number;
    readonly lastFrom: number;
    readonly members: readonly JointMember[];
  }[];
  readonly joined: readonly {
    readonly jointId: number;
    readonly members: readonly JointMember[];
  }[];
  readonly ended: readonly number[];
}

export function planJointSilences(
  stations: readonly HeardStationNow[],
  lasting: readonly LastingJointSilence[],
  policy: JointSilencePolicy,
  now: number,
): JointPlan {
  const byCode = new Map(stations.map((station) => [station.station, station]));
  const isSilent = ({ station, from }: JointMember): boolean => byCode.get(station)?.last === from;
  const taken = new Set(lasting.flatMap(({ members }) => members.map(({ station }) => station)));
  const free = (station: HeardStationNow): boolean =>
    station.openOutMs !== undefined && !station.wasMember && !taken.has(station.station);

  const ended: number[] = [];
  const joined: JointPlan['joined'][number][] = [];
  for (const { jointId, scope, from, lastFrom, members } of lasting) {
    if (2 * members.filter(isSilent).length <= members.length) {
      ended.push(jointId);
      continue;
    }
    const around = { from: from - policy.windowMs, to: lastFrom + policy.windowMs };
    const more = stations.filter(
      (station) => free(station) && isIn(station, scope) && stoppedWithin(station, around),
    );
    if (more.length === 0) continue;
    for (const { station } of more) taken.add(station);
    joined.push({ jointId, members: more.map(memberOf) });
  }

  const begun: JointPlan['begun'][number][] = [];
  const silent = stations.filter(
    (one) => free(one) && now - one.last - (one.openOutMs ?? 0) >= policy.afterMs,
  );
  // A scope of few silent stations needs no further look: most looks end here.
  while (silent.length >= policy.stations) {
    const largest = largestOf(silent, stations, policy);
    if (largest === undefined) break;
    begun.push(largest);
    const codes = new Set(largest.members.map(({ station }) => station));
    silent.splice(0, silent.length, ...silent.filter(({ station }) => !codes.has(station)));
  }
  return { begun, joined, ended };
}

/** Of all scopes the joint silence of the most stations; of equal ones that of the widest kind. */
function largestOf(
  silent: readonly HeardStationNow[],
  stations: readonly HeardStationNow[],
  policy: JointSilencePolicy,
): JointPlan['begun'][number] | undefined {
  const byScope = groupBy(
    silent.flatMap((station) => station.scopes.map((scope) => ({ scope, station }))),
    ({ scope }) => keyOf(scope),
  );
  const found = [...byScope.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined || of.length < policy.stations) return [];
    const own = of.map(({ station }) => station).sort((a, b) => a.last - b.last);
    const members = mostTogether(own, first.scope, stations, policy);
    if (members === undefined) return [];
    const lasts = members.map(({ last }) => last);
    const [from, lastFrom] = [Math.min(...lasts), Math.max(...lasts)];
    return [{ scope: first.scope, from, lastFrom, members: members.map(memberOf) }];
  });
  const [largest] = found.sort(
    (a, b) =>
      b.members.length - a.members.length ||
      jointScopeKinds.indexOf(a.scope.kind) - jointScopeKinds.indexOf(b.scope.kind) ||
      (a.scope.code < b.scope.code ? -1 : 1),
  );
  return largest;
}

/** The most stations of a scope that stopped within one window and are enough. `silent` is in order of last data. */
function mostTogether(
  silent: readonly HeardStationNow[],
  scope: JointScope,
  stations: readonly HeardStationNow[],
  { share, stations: least, facilities, windowMs }: JointSilencePolicy,
): readonly HeardStationNow[] | undefined {
  let most: readonly HeardStationNow[] | undefined;
  for (const from of new Set(silent.map(({ last }) => last))) {
    const together = silent.filter((one) => stoppedWithin(one, { from, to: from + windowMs }));
    if (together.length < least || together.length <= (most?.length ?? 0)) continue;
    if (new Set(together.map(({ facility }) => facility)).size < facilities) continue;
    // Who was silent already, or was meant to be, says nothing about what happened then.
    const sending = stations.filter(
      (one) => isIn(one, scope) && one.last + one.thresholdMs >= from,
    );
    if (together.length >= share * sending.length) most = together;
  }
  return most;
}

/** Between its last data and the next that were due. */
function stoppedWithin(
  { last, intervalMs }: HeardStationNow,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  return last <= to && last + intervalMs >= from;
}

function isIn({ scopes }: HeardStationNow, { kind, code }: JointScope): boolean {
  return scopes.some((scope) => scope.kind === kind && scope.code === code);
}

function memberOf({ station, last }: HeardStationNow): JointMember {
  return { station, from: last };
}

function keyOf({ kind, code }: JointScope): string {
  return `${kind} ${code}`;
}

/** Whose a gap is, as a person decided. */
export type Attribution = 'ours' | 'theirs';

export const attributionLabels: Readonly<Record<Attribution, BilingualText>> = {
  ours: { vi: 'do hệ thống của Sở', en: "the office's own system" },
  theirs: { vi: 'không do hệ thống của Sở', en: "not the office's own system" },
};

/** A member with what was decided of it, alone or with the others; undefined: nothing yet. */
export interface JudgedMember extends JointMember {
  readonly jointId: number;
  /** When the joint silence ended; undefined: it lasts. */
  readonly to: number | undefined;
  readonly verdict: Attribution | undefined;
}

/** A gap that a person took upon the office, without a joint silence. */
export interface DecidedOutage extends Stretch {
  readonly decisionId: number;
}

/** What follows from joint silences and decisions for one station. */
export function consequencesOf(
  members: readonly JudgedMember[],
  decided: readonly DecidedOutage[],
): { readonly doubts: readonly Doubt[]; readonly notHeard: readonly OwnOutage[] } {
  const open = members.filter(({ verdict }) => verdict === undefined);
  const ours = members.filter(({ verdict }) => verdict === 'ours');
  return {
    doubts: open.map(({ jointId, from, to }) => ({ jointId, from, to })),
    notHeard: [
      ...ours.map(({ jointId, from, to }) => ({ id: `joint-${jointId}`, from, to })),
      ...decided.map(({ decisionId, from, to }) => ({ id: `decision-${decisionId}`, from, to })),
    ],
  };
}
