import type { GapLevel } from '../gaps/gap-rules.ts';
import { groupBy } from '../values/group-by.ts';

/**
 * Which notices about gaps are due, to whom. Pure: the picture of the gaps, what was announced of them,
 * and an instant; asked again with its own answers noted, it answers nothing new. Instants are UTC
 * milliseconds since 1970.
 */

export type GapNoticeKind =
  'gap-1h' | 'gap-12h' | 'reminder' | 'recovery' | 'escalation' | 'flood' | 'flood-over';

/** Whom a notice is for; of a facility its contacts. `escalation`: those who hear of what the office leaves alone. */
export type Audience = 'office' | 'ministry' | 'escalation' | `facility:${string}`;

/** A gap that was open once, as far as the notifier has heard. */
export interface WatchedGap {
  readonly gapId: number;
  readonly station: string;
  readonly kind: 'transmission' | 'no-valid-data';
  /** Undefined: of the whole station. */
  readonly parameter: string | undefined;
  readonly from: number;
  /** Undefined while it is open. */
  readonly to: number | undefined;
  /** By what of it counts, as the gap detector judged it: time in a planned stop makes it no longer. */
  readonly level: GapLevel;
  /** Late data filled it. */
  readonly isFilled: boolean;
  /** Of its length, what is not held against the station: planned stops, our own outages. */
  readonly excludedMs: number;
  /** The office's own system is the likely cause, as the gap detector judged it. */
  readonly isProbablyOurs: boolean;
  /** The joint silence that it is part of, as long as nobody has decided about it. */
  readonly jointId: number | undefined;
  /** When the newest change of it was decided. */
  readonly changedAt: number;
  /** An officer has made an entry about it. */
  readonly isAcknowledged: boolean;
  readonly announced: readonly Announcement[];
}

/** What was announced of a gap, to whom and when. */
export interface Announcement {
  readonly noticeId: number;
  readonly step: string;
  readonly audience: Audience;
  readonly at: number;
}

/** What is to be known of a station. */
export interface NoticeStation {
  readonly facility: string;
  /** The facility has contacts to write to. */
  readonly hasContacts: boolean;
  /** The office wants to hear of it after an hour already. */
  readonly wantsOneHour: boolean;
}

export interface NoticePolicy {
  /** Gaps that become due within it go out together. */
  readonly gatherMs: number;
  /** Time between two notices of one gap to one audience; reminders. */
  readonly reminderMs: number;
  readonly maxReminders: number;
  readonly notifiesMinistry: boolean;
  /** Since a notice of 12 hours to the office, until those above it hear that nobody acknowledged it; undefined: never. */
  readonly escalateAfterMs: number | undefined;
  /** No notice but of a flood is made; minutes of the day on the clock of Vietnam. */
  readonly quiet: { readonly fromMinute: number; readonly toMinute: number } | undefined;
}

export interface PlannedNotice {
  readonly kind: GapNoticeKind;
  readonly audience: Audience;
  /** In the order of stations; all of one kind of gap. */
  readonly items: readonly NoticeItem[];
}

/** A gap in a notice. */
export interface NoticeItem {
  readonly gap: WatchedGap;
  /** What is noted as announced: once per gap and audience. */
  readonly step: string;
  /** Of a reminder: which one it is, from 1; else 0. */
  readonly number: number;
}

/** What counts of a gap's length at `now`. */
export function netLength({ from, to, excludedMs }: WatchedGap, now: number): number {
  return Math.max(0, (to ?? now) - from - excludedMs);
}

export function planNotices(
  gaps: readonly WatchedGap[],
  stationOf: (code: string) => NoticeStation | undefined,
  policy: NoticePolicy,
  now: number,
): readonly PlannedNotice[] {
  const floods = planFloods(gaps, stationOf, policy, now);
  if (isQuiet(policy.quiet, now)) return floods.notices;
  const wishes = gaps.flatMap((gap): readonly Wish[] => {
    const station = stationOf(gap.station);
    // Of a station that the registry lost nobody is notified.
    return station === undefined ? [] : wishesOf(gap, station, gaps, floods.covered, policy, now);
  });
  return [...floods.notices, ...together(wishes, policy, now)];
}

/** One gap in one notice to one audience. */
interface Wish extends NoticeItem {
  readonly kind: GapNoticeKind;
  readonly audience: Audience;
  /** Since when it is due. */
  readonly since: number;
}

function wishesOf(
  gap: WatchedGap,
  station: NoticeStation,
  gaps: readonly WatchedGap[],
  covered: ReadonlySet<number>,
  policy: NoticePolicy,
  now: number,
): readonly Wish[] {
  // What one parameter lacks is in the daily digest.
  if (gap.parameter !== undefined) return [];
  if (!isOpen(gap)) return recoveriesOf(gap, gaps);
  if (covered.has(gap.gapId)) return [];
  const mayNotifyFacility = station.hasContacts && !gap.isProbablyOurs;
  if (gap.level === '15min') return [];
  if (gap.level === '1h') return station.wantsOneHour ? firstWishes(gap, 'gap-1h', ['office']) : [];
  const audiences: readonly Audience[] = [
    'office',
    ...(mayNotifyFacility ? [`facility:${station.facility}` as const] : []),
    ...(policy.notifiesMinistry && !gap.isProbablyOurs ? (['ministry'] as const) : []),
  ];
  return [
    ...firstWishes(gap, 'gap-12h', audiences),
    ...remindersOf(gap, mayNotifyFacility, policy, now),
    ...escalationOf(gap, policy, now),
  ];
}

function firstWishes(
  gap: WatchedGap,
  kind: 'gap-1h' | 'gap-12h',
  audiences: readonly Audience[],
): readonly Wish[] {
  return audiences
    .filter((audience) => !isAnnounced(gap, kind, audience))
    .map((audience) => ({ kind, audience, gap, step: kind, number: 0, since: gap.changedAt }));
}

function remindersOf(
  gap: WatchedGap,
  mayNotifyFacility: boolean,
  policy: NoticePolicy,
  now: number,
): readonly Wish[] {
  return [...audiencesOf(gap, ['gap-12h'])].flatMap((audience): Wish[] => {
    // The ministry hears once that a gap is long.
    if (audience === 'ministry' || (audience !== 'office' && !mayNotifyFacility)) return [];
    const due = dueReminder(gap, audience, 'reminder-', policy, now);
    return due === undefined ? [] : [{ kind: 'reminder', audience, gap, ...due }];
  });
}

/** Once, where nobody of the office has taken notice of the gap. */
function escalationOf(
  gap: WatchedGap,
  { escalateAfterMs }: NoticePolicy,
  now: number,
): readonly Wish[] {
  if (escalateAfterMs === undefined || gap.isAcknowledged) return [];
  const kind = 'escalation';
  const announced = gap.announced.find(
    ({ step, audience }) => step === 'gap-12h' && audience === 'office',
  );
  if (announced === undefined || isAnnounced(gap, kind, kind)) return [];
  // A time that was noted while the clock was ahead counts as long ago.
  if (Math.abs(now - announced.at) < escalateAfterMs) return [];
  const since = Math.min(now, announced.at + escalateAfterMs);
  return [{ kind, audience: kind, gap, step: kind, number: 0, since }];
}

function dueReminder(
  gap: WatchedGap,
  audience: Audience,
  prefix: string,
  { reminderMs, maxReminders }: NoticePolicy,
  now: number,
): Pick<Wish, 'step' | 'number' | 'since'> | undefined {
  const toAudience = gap.announced.filter((one) => one.audience === audience);
  const number = toAudience.filter(({ step }) => step.startsWith(prefix)).length + 1;
  const last = Math.max(...toAudience.map(({ at }) => at));
  // One that was noted while the clock was ahead counts as long ago.
  if (Math.abs(now - last) < reminderMs || number > maxReminders) return undefined;
  return { step: `${prefix}${number}`, number, since: Math.min(now, last + reminderMs) };
}

/** Whoever heard of the gap hears of its end, unless the station is silent again by then. */
function recoveriesOf(gap: WatchedGap, gaps: readonly WatchedGap[]): readonly Wish[] {
  const isSilentAgain = gaps.some(
    (other) =>
      other.station === gap.station &&
      other.kind === gap.kind &&
      other.parameter === undefined &&
      isOpen(other) &&
      other.level !== '15min',
  );
  if (isSilentAgain) return [];
  const kind = 'recovery';
  return [...audiencesOf(gap, ['gap-1h', 'gap-12h', 'escalation'])]
    .filter((audience) => !isAnnounced(gap, kind, audience))
    .map((audience) => ({ kind, audience, gap, step: kind, number: 0, since: gap.changedAt }));
}

/** Wishes of one kind to one audience are one notice, once the first of them has waited. */
function together(
  wishes: readonly Wish[],
  { gatherMs }: NoticePolicy,
  now: number,
): readonly PlannedNotice[] {
  const groups = groupBy(wishes, (wish) => [wish.kind, wish.gap.kind, wish.audience].join('/'));
  return [...groups.values()].flatMap((group): PlannedNotice[] => {
    const [first] = group;
    // A time that lies ahead is of a clock that was wrong: nothing waits for it.
    const hasWaited = group.some(({ since }) => Math.abs(now - since) >= gatherMs);
    if (first === undefined || !hasWaited) return [];
    return [{ kind: first.kind, audience: first.audience, items: inOrder(group) }];
  });
}

function inOrder(items: readonly NoticeItem[]): readonly NoticeItem[] {
  return items
    .map(({ gap, step, number }) => ({ gap, step, number }))
    .sort((a, b) => compareTexts(a.gap.station, b.gap.station) || a.gap.gapId - b.gap.gapId);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Floods {
  readonly notices: readonly PlannedNotice[];
  /** Gaps that nothing else is announced while their flood lasts. */
  readonly covered: ReadonlySet<number>;
}

/**
 * Stations that fell silent together are one notice, as long as nobody has decided whose fault it was and more
 * than half of them are silent; then those that still are get notices of their own.
 */
function planFloods(
  gaps: readonly WatchedGap[],
  stationOf: (code: string) => NoticeStation | undefined,
  policy: NoticePolicy,
  now: number,
): Floods {
  const notices: PlannedNotice[] = [];
  const covered = new Set<number>();
  for (const all of groupBy(jointGaps(gaps, stationOf), ({ jointId }) => jointId).values()) {
    const open = all.filter(isOpen);
    const announced = all.filter((gap) => isAnnounced(gap, 'flood', 'office'));
    if (announced.some((gap) => isAnnounced(gap, 'flood-over', 'office'))) continue;
    if (announced.length === 0) {
      if (open.length === 0) continue;
      notices.push(floodNotice('flood', open, 'flood', 0));
    } else if (2 * announced.filter(isOpen).length <= announced.length) {
      notices.push(floodNotice('flood-over', announced, 'flood-over', 0));
      continue;
    } else {
      const [first] = announced.filter(isOpen);
      const due = first && dueReminder(first, 'office', 'flood-reminder-', policy, now);
      if (due !== undefined) notices.push(floodNotice('flood', open, due.step, due.number));
    }
    for (const { gapId } of open) covered.add(gapId);
  }
  return { notices, covered };
}

/** Gaps of stations that belong to joint silences about which nobody has decided. */
function jointGaps(
  gaps: readonly WatchedGap[],
  stationOf: (code: string) => NoticeStation | undefined,
): readonly WatchedGap[] {
  return gaps.filter(
    (gap) =>
      gap.jointId !== undefined &&
      gap.kind === 'transmission' &&
      gap.parameter === undefined &&
      stationOf(gap.station) !== undefined,
  );
}

function floodNotice(
  kind: 'flood' | 'flood-over',
  members: readonly WatchedGap[],
  step: string,
  number: number,
): PlannedNotice {
  const items = inOrder(members.map((gap) => ({ gap, step, number })));
  return { kind, audience: 'office', items };
}

export function isOpen(gap: WatchedGap): boolean {
  return gap.to === undefined && !gap.isFilled;
}

function isAnnounced({ announced }: WatchedGap, step: string, audience: Audience): boolean {
  return announced.some((one) => one.step === step && one.audience === audience);
}

function audiencesOf({ announced }: WatchedGap, steps: readonly string[]): ReadonlySet<Audience> {
  return new Set(announced.filter(({ step }) => steps.includes(step)).map((one) => one.audience));
}

const minuteMs = 60_000;
const minutesOfDay = 24 * 60;
const vietnamMinutes = 7 * 60;

function isQuiet(quiet: NoticePolicy['quiet'], now: number): boolean {
  if (quiet === undefined) return false;
  const { fromMinute, toMinute } = quiet;
  const minute = (Math.floor(now / minuteMs) + vietnamMinutes) % minutesOfDay;
  return fromMinute <= toMinute
    ? minute >= fromMinute && minute < toMinute
    : minute >= fromMinute || minute < toMinute;
}

/** Names the event that a notice is about: it is planned once, whatever crashes in between. */
export function eventKeyOf({ kind, audience, items }: PlannedNotice): string {
  const first = items.reduce((least, item) => (item.gap.gapId < least.gap.gapId ? item : least));
  return [kind, audience, first.step, first.gap.gapId].join('/');
}
