import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  eventKeyOf,
  netLength,
  planNotices,
  type Announcement,
  type NoticePolicy,
  type NoticeStation,
  type PlannedNotice,
  type WatchedGap,
} from './plan-notices.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 2, 24, 0, 0);

const policy: NoticePolicy = {
  ...{ gatherMs: 5 * minute, reminderMs: 24 * hour, maxReminders: 30, notifiesMinistry: false },
  escalateAfterMs: undefined,
  quiet: undefined,
};

/** S1…S9: two stations a facility, F1…; those of F4 have no contacts. */
function stationOf(code: string): NoticeStation | undefined {
  if (code === 'GONE') return undefined;
  const facility = `F${Math.ceil(Number(code.slice(1)) / 2)}`;
  return { facility, hasContacts: facility !== 'F4', wantsOneHour: code === 'S1' };
}

function gapOf(station: string, more: Partial<WatchedGap> = {}): WatchedGap {
  return {
    ...{ gapId: Number(station.slice(1)) || 99, station, kind: 'transmission' },
    ...{ parameter: undefined, from: start, to: undefined, isFilled: false, excludedMs: 0 },
    ...{ isProbablyOurs: false, jointId: undefined, isAcknowledged: false },
    ...{ changedAt: start, announced: [], level: '15min' },
    ...more,
  };
}

/** As the gap detector reports it: levels of an open gap by what counts, at the moment that they are reached. */
function judged(gap: WatchedGap, now: number): WatchedGap {
  if (gap.to !== undefined || gap.isFilled) return gap;
  const length = netLength(gap, now);
  const reached = length >= 12 * hour ? '12h' : length >= hour ? '1h' : '15min';
  const rank = ['15min', '1h', '12h'];
  if (rank.indexOf(reached) <= rank.indexOf(gap.level)) return gap;
  const least = reached === '12h' ? 12 * hour : hour;
  return { ...gap, level: reached, changedAt: gap.from + gap.excludedMs + least };
}

/** Plans again and again, and notes what was planned, as the service does. */
class Office {
  readonly sent: { readonly at: number; readonly notice: PlannedNotice }[] = [];
  gaps: readonly WatchedGap[];
  readonly policy: NoticePolicy;

  constructor(gaps: readonly WatchedGap[], changes: Partial<NoticePolicy> = {}) {
    this.gaps = gaps;
    this.policy = { ...policy, ...changes };
  }

  at(hours: number): readonly string[] {
    const now = start + hours * hour;
    this.gaps = this.gaps.map((gap) => judged(gap, now));
    const planned = planNotices(this.gaps, stationOf, this.policy, now);
    for (const notice of planned) {
      this.sent.push({ at: now, notice });
      const noticeId = this.sent.length;
      for (const { gap, step } of notice.items) {
        const { audience } = notice;
        const said: Announcement = { noticeId, step, audience, at: now };
        this.gaps = this.gaps.map((one) =>
          one.gapId === gap.gapId ? { ...one, announced: [...one.announced, said] } : one,
        );
      }
    }
    return planned.map(describeNotice);
  }

  change(station: string, changes: Partial<WatchedGap>): void {
    this.gaps = this.gaps.map((gap) => (gap.station === station ? { ...gap, ...changes } : gap));
  }
}

function describeNotice({ kind, audience, items }: PlannedNotice): string {
  const number = Math.max(...items.map((item) => item.number));
  const stations = items.map(({ gap }) => gap.station).join(',');
  return `${kind}${number > 0 ? ` ${number}` : ''} → ${audience}: ${stations}`;
}

describe('a gap', () => {
  test('is announced to office and facility once it is longer than 12 hours, then once a day', () => {
    const office = new Office([gapOf('S3')]);
    expect(office.at(11.9)).toEqual([]);
    expect(office.at(12.05)).toEqual([]);
    const first = ['gap-12h → office: S3', 'gap-12h → facility:F2: S3'];
    expect(office.at(12.1)).toEqual(first);
    expect(office.at(36)).toEqual([]);
    expect(office.at(36.2)).toEqual(['reminder 1 → office: S3', 'reminder 1 → facility:F2: S3']);
    expect(office.at(60.3)).toEqual(['reminder 2 → office: S3', 'reminder 2 → facility:F2: S3']);
  });

  test('is announced after an hour where its station wants that, to the office alone', () => {
    const office = new Office([gapOf('S1'), gapOf('S3')]);
    expect(office.at(1.2)).toEqual(['gap-1h → office: S1']);
    expect(office.at(2)).toEqual([]);
  });

  test.each([
    ['filled by late data', { isFilled: true }],
    ['closed', { to: start + 14 * hour }],
  ] as const)('that is %s is reported as recovered to those who heard of it', (_how, end) => {
    const office = new Office([gapOf('S3')], { notifiesMinistry: true });
    office.at(12.1);
    office.change('S3', { ...end, changedAt: start + 14 * hour });
    expect(office.at(14)).toEqual([]);
    expect(office.at(14.1)).toEqual([
      ...['recovery → office: S3', 'recovery → facility:F2: S3', 'recovery → ministry: S3'],
    ]);
    expect(office.at(40)).toEqual([]);
  });

  test('that nobody acknowledges within its time is reported to those above, once', () => {
    const escalating = { escalateAfterMs: 4 * hour };
    const office = new Office([gapOf('S3'), gapOf('S5')], escalating);
    office.at(12.1);
    office.change('S5', { isAcknowledged: true });
    expect(office.at(16)).toEqual([]);
    expect(office.at(16.2)).toEqual(['escalation → escalation: S3']);
    expect(office.at(30)).toEqual([]);
    office.change('S3', { to: start + 31 * hour, changedAt: start + 31 * hour });
    expect(office.at(31.2)).toContain('recovery → escalation: S3');
  });

  test('that ends before anybody heard of it is not worth a mail', () => {
    const office = new Office([gapOf('S3', { to: start + 3 * hour })]);
    expect(office.at(40)).toEqual([]);
  });

  test('of a station that is silent again is not reported as recovered', () => {
    const office = new Office([gapOf('S3')]);
    office.at(12.1);
    office.change('S3', { to: start + 12.2 * hour, changedAt: start + 12.2 * hour });
    office.gaps = [...office.gaps, gapOf('S3', { gapId: 77, from: start + 12.2 * hour })];
    expect(office.at(13.3)).toEqual([]);
  });

  test('counts without what is not held against the station', () => {
    const office = new Office([gapOf('S3', { excludedMs: 3 * hour })]);
    expect(office.at(14.9)).toEqual([]);
    expect(office.at(15.1)).toHaveLength(2);
  });

  test('that is probably ours, or of a facility without contacts, goes to the office alone', () => {
    const office = new Office([gapOf('S3', { isProbablyOurs: true }), gapOf('S7')], {
      notifiesMinistry: true,
    });
    expect(office.at(12.1)).toEqual(['gap-12h → office: S3,S7', 'gap-12h → ministry: S7']);
  });

  test('of a station that the registry lost, or of one parameter, is nobody’s notice', () => {
    expect(new Office([gapOf('GONE'), gapOf('S3', { parameter: 'COD' })]).at(20)).toEqual([]);
  });

  test('of no valid data is a notice of its own', () => {
    const office = new Office([gapOf('S3'), gapOf('S4', { kind: 'no-valid-data' })]);
    expect(office.at(12.1)).toEqual([
      ...['gap-12h → office: S3', 'gap-12h → facility:F2: S3'],
      ...['gap-12h → office: S4', 'gap-12h → facility:F2: S4'],
    ]);
  });
});

test('a gap that time does not make longer, as its station is stopped on purpose, is not announced', () => {
  const stopped = gapOf('S3', { level: '1h' });
  expect(planNotices([stopped], stationOf, policy, start + 40 * hour)).toEqual([]);
});

test('gaps that fall due within minutes are one mail to each', () => {
  const gaps = [gapOf('S3'), gapOf('S4', { from: start + 4 * minute }), gapOf('S5')];
  expect(new Office(gaps).at(12.1)).toEqual([
    'gap-12h → office: S3,S4,S5',
    'gap-12h → facility:F2: S3,S4',
    'gap-12h → facility:F3: S5',
  ]);
});

describe('stations that fell silent together', () => {
  const stations = Array.from({ length: 200 }, (_, i) => `S${i + 10}`);
  const marked = { jointId: 1, isProbablyOurs: true, level: '1h' as const };
  const flood = () =>
    new Office(
      stations.map((code, i) => gapOf(code, { from: start + (i % 5) * minute, ...marked })),
    );

  test('are one mail to the office, and none to the facilities, as long as most are silent', () => {
    const office = flood();
    const mails = Array.from({ length: 240 }, (_, i) => office.at(i / 10)).flat();
    expect(mails.map((mail) => mail.slice(0, 15))).toEqual(['flood → office:']);
    expect(office.sent[0]?.notice.items).toHaveLength(200);
    expect(office.at(25.5)).toHaveLength(1);
    expect(office.sent[1]?.notice).toMatchObject({ kind: 'flood', items: { length: 200 } });
  });

  test('that come back end the flood; those that do not get notices of their own', () => {
    const office = flood();
    office.at(1.2);
    for (const code of stations.slice(3))
      office.change(code, { to: start + 13 * hour, changedAt: start + 13 * hour });
    const kinds = (mails: readonly string[]) => mails.map((mail) => mail.replace(/:.*/, ''));
    expect(kinds(office.at(13.2))).toEqual(['flood-over → office', 'gap-12h → office']);
    expect(office.at(13.3)).toEqual([]);
    // The gap detector takes less than half of their silence to be the office's.
    for (const code of stations.slice(0, 3)) office.change(code, { isProbablyOurs: false });
    expect(kinds(office.at(26.2))).toEqual(['gap-12h → facility', 'gap-12h → facility']);
    const own = office.sent.slice(-2).flatMap(({ notice }) => notice.items);
    expect(own.map(({ gap }) => gap.station)).toEqual(stations.slice(0, 3));
  });

  test('are the facilities’ once a person decided so, and no flood any more', () => {
    const office = flood();
    office.at(1.2);
    for (const code of stations) office.change(code, { jointId: undefined, isProbablyOurs: false });
    const mails = office.at(13);
    expect(mails.some((mail) => mail.startsWith('gap-12h → facility'))).toBe(true);
    expect(mails.filter((mail) => mail.startsWith('gap-12h → office'))).toHaveLength(1);
    for (const code of stations) office.change(code, { to: start + 14 * hour });
    expect(office.at(15).some((mail) => mail.startsWith('flood'))).toBe(false);
  });

  test('end as a flood where a person took them upon the office', () => {
    const office = flood();
    office.at(1.2);
    for (const code of stations) office.change(code, { isFilled: true });
    expect(office.at(13).map((mail) => mail.slice(0, 19))).toEqual(['flood-over → office']);
    expect(office.at(40)).toEqual([]);
  });

  test('without the mark of the gap detector are gaps like others', () => {
    const gaps = stations.map((code) => gapOf(code));
    expect(new Office(gaps).at(2)).toEqual([]);
  });
});

test('in quiet hours only a flood is announced; the rest follows, as far as it still holds', () => {
  // From 05:00 to 13:00 on the clock of Vietnam: hours 22 to 30 of the scene.
  const quiet = { fromMinute: 5 * 60, toMinute: 13 * 60 };
  const office = new Office(
    [gapOf('S3', { from: start + 12 * hour }), gapOf('S5', { from: start + 12 * hour })],
    { quiet },
  );
  expect(office.at(25)).toEqual([]);
  office.change('S5', { to: start + 26 * hour });
  expect(office.at(30.1)).toEqual(['gap-12h → office: S3', 'gap-12h → facility:F2: S3']);
});

test('whatever happens, nothing is said twice, nor to whom it must not be, nor left out', () => {
  const step = fc.record({
    station: fc.integer({ min: 1, max: 9 }),
    minutes: fc.integer({ min: 1, max: 600 }),
    what: fc.constantFrom(
      ...(['open', 'open', 'close', 'fill', 'ours', 'joint', 'decide', 'wait', 'wait'] as const),
      'clock-back',
    ),
  });
  const quiet = fc.option(
    fc.record({
      fromMinute: fc.integer({ min: 0, max: 1439 }),
      toMinute: fc.integer({ min: 0, max: 1439 }),
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), quiet, (steps, quietHours) => {
      const office = new Office([], { quiet: quietHours });
      let [nowMs, latestMs] = [start, start];
      let gapId = 0;
      for (const { station, minutes, what } of steps) {
        const code = `S${station}`;
        nowMs += what === 'clock-back' ? -minutes * minute : minutes * minute;
        const open = office.gaps.find((gap) => gap.station === code && gap.to === undefined);
        const changedAt = nowMs;
        if (what === 'open' && open === undefined)
          office.gaps = [...office.gaps, gapOf(code, { gapId: ++gapId, from: nowMs, changedAt })];
        if (what === 'joint' || what === 'decide') {
          const mark = what === 'joint';
          const changes = { jointId: mark ? 1 : undefined, isProbablyOurs: mark };
          office.gaps = office.gaps.map((gap) =>
            gap.to === undefined || !mark ? { ...gap, ...changes } : gap,
          );
        }
        if (open !== undefined) {
          const changes = {
            ...(what === 'close' && { to: Math.max(nowMs, open.from + 1), changedAt }),
            ...(what === 'fill' && { isFilled: true, to: open.from + 1, changedAt }),
            ...(what === 'ours' && { isProbablyOurs: true }),
          };
          office.gaps = office.gaps.map((gap) =>
            gap.gapId === open.gapId ? { ...gap, ...changes } : gap,
          );
        }
        latestMs = Math.max(latestMs, nowMs);
        office.at((nowMs - start) / hour);
      }
      const keys = office.sent.map(({ notice }) => eventKeyOf(notice));
      expect(new Set(keys).size).toBe(keys.length);
      const said = office.sent.flatMap(({ notice }) =>
        notice.items.map(({ gap, step: of }) => `${notice.audience} ${gap.gapId} ${of}`),
      );
      expect(new Set(said).size).toBe(said.length);
      for (const { notice } of office.sent) {
        for (const { gap } of notice.items) {
          if (notice.kind === 'gap-12h') expect(gap.level).toBe('12h');
          if (notice.audience.startsWith('facility:')) {
            expect(notice.audience).toBe(`facility:${stationOf(gap.station)?.facility ?? ''}`);
            if (notice.kind !== 'recovery') expect(gap.isProbablyOurs).toBe(false);
          }
        }
      }
      // With time enough, whoever is silent for more than 12 hours is known to the office.
      if (quietHours !== undefined) return;
      office.at((latestMs - start) / hour + 13);
      office.at((latestMs - start) / hour + 13.2);
      for (const gap of office.gaps)
        if (gap.to === undefined && !gap.isFilled && gap.jointId === undefined)
          expect(gap.announced.map(({ audience }) => audience)).toContain('office');
    }),
    { numRuns: 300 },
  );
});
