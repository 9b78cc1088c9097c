import { subtract, totalLength, union, type Stretch } from '../gaps/stretches.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import type { Door, DoorUse } from './doors.ts';
import type { HeardRecord, Outage } from './heard-times.ts';
import type { UnheardTimes } from './unheard-times.ts';

/** What a receiver reports of itself at each beat. */
export interface HeardReport {
  /** Id of its spool: one spool has one receiver. */
  readonly receiver: string;
  /** Name of its machine. */
  readonly host: string;
  readonly record: HeardRecord;
  readonly uses: readonly DoorUse[];
}

/** Where receivers report when they could hear. */
export interface HeardReports {
  /** The same report may come twice, whole or with more in it: nothing is recorded twice. */
  report(report: HeardReport): Promise<void>;
}

/** When stations could not have been heard, whatever they sent; in order, without overlaps. */
export interface ReceptionOutages {
  outagesOf(
    whose: { readonly station: string } | { readonly account: string },
    within: Stretch,
  ): Promise<readonly Stretch[]>;
  /** Of all stations, in one question; each is asked of the answer. */
  outagesOfAll(within: Stretch, view?: RegistryView): Promise<Pick<UnheardTimes, 'ofStation'>>;
}

/** What the database knows of a door that is not closed. */
export interface ReportedDoor {
  readonly door: Door;
  readonly heardUntil: number;
}

/** Time that was taken as unheard for longer than this, and turns out as heard, has its gaps judged anew. */
const lateMs = 5 * 60_000;

/** What a report says beyond its own words, compared with what the receiver reported before. */
export interface ReportFindings {
  /** The record on the receiver's disk was lost: nobody knows what was after its last report. */
  readonly lost: readonly Outage[];
  /** Was not known to have been heard, while gaps were judged. */
  readonly heardAfterAll: readonly Stretch[];
}

export function compareWithReported(
  reported: readonly ReportedDoor[],
  { doors, unreported, setBackTo = Infinity }: HeardRecord,
): ReportFindings {
  const lost: Outage[] = [];
  const heard: Stretch[] = [];
  for (const { door, since, heardUntil } of doors) {
    const before = reported.find((one) => one.door === door);
    if (before === undefined) continue;
    const from = Math.min(before.heardUntil, setBackTo);
    if (since > from)
      lost.push({
        ...{ door, from, to: since, cause: 'not-running', evidence: 'report' },
        ...{ isPlanned: false, detail: '' },
      });
    const outages = unreported.filter((outage) => outage.door === door);
    const late = subtract([{ from: Math.max(from, since), to: heardUntil }], outages);
    if (totalLength(late) > lateMs) heard.push(...late);
  }
  return { lost, heardAfterAll: union(heard) };
}
