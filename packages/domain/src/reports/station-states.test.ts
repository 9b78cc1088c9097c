import { describe, expect, test } from '@jest/globals';
import type { Registry, Station } from '@envigate/contracts';
import { RegistryView } from '../registry/registry-view.ts';
import type { RecordedStop } from '../stops/planned-stops.ts';
import { isRefused } from './report-desk.ts';
import { objectionToRows, objectionToSize, stationsOfReport } from './report-question.ts';
import { isDisconnected, judgeStation, type HeardOfStation } from './station-states.ts';

const hour = 3_600_000;
const now = new Date('2026-12-31T17:00:00Z');
const at = (hours: number): Date => new Date(now.getTime() + hours * hour);

const station: Station = { code: 'S1', facility: 'F2', name: 'Trạm 1', kind: 'waste-water' };
const registry: Registry = {
  facilities: [
    { code: 'F1', name: 'Đá An', provinceCode: 'QNi' },
    { code: 'F2', name: 'Ấm Bình', provinceCode: 'HN' },
  ],
  parameters: [],
  targets: [],
  accounts: [],
  stations: [
    { code: 'S9', facility: 'F1', name: 'Trạm 9', kind: 'stack-gas' },
    { code: 'S3', facility: 'F1', name: 'Trạm 3', kind: 'stack-gas' },
    station,
  ],
};
const view = new RegistryView(registry);

const stop = (from: number, to: number, more: Partial<RecordedStop> = {}): RecordedStop => ({
  ...{ stopId: from, version: 1, scope: { kind: 'facility', code: 'F2' }, parameters: undefined },
  ...{ from: at(from), to: at(to), expectedRestart: undefined, reason: 'repair', words: '' },
  ...{ isCancelled: false, actor: 'Lan', note: '', recordedAt: at(from), ...more },
});

const judged = (
  heard: HeardOfStation | undefined,
  { stops = [], ...more }: Partial<Station> & { stops?: readonly RecordedStop[] } = {},
) =>
  judgeStation(
    { ...station, ...more },
    {
      ...{ view, stops, lostAfterHours: 12, now },
      heard: new Map(heard === undefined ? [] : [['S1', heard]]),
    },
  );
const heardAt = (hours: number): HeardOfStation => ({
  ...{ lastInstant: at(hours), lastReceivedAt: at(hours) },
});

describe('a station', () => {
  test('is lost once it is silent for longer than the setting', () => {
    expect(judged(heardAt(-12))).toMatchObject({ state: 'running' });
    const lost = judged(heardAt(-12.01));
    expect(lost).toMatchObject({ state: 'lost', since: at(-12.01) });
    expect([isDisconnected(lost), isDisconnected(judged(heardAt(-1)))]).toEqual([true, false]);
  });

  test('never sent where nothing of it is recorded, also where files of it were received', () => {
    expect(judged(undefined)).toMatchObject({ state: 'never-sent', since: undefined });
    const inQuarantine = { lastInstant: undefined, lastReceivedAt: at(-1) };
    expect(judged(inQuarantine)).toMatchObject({ state: 'never-sent', lastReceivedAt: at(-1) });
  });

  test('that begins later is not missed', () => {
    const startsAt = at(1).toISOString();
    expect(judged(undefined, { startsAt })).toMatchObject({ state: 'not-started', since: at(1) });
    expect(judged(undefined, { startsAt: at(-1).toISOString() })).toMatchObject({
      ...{ state: 'never-sent', since: at(-1) },
    });
  });

  test('is stopped from the begin of a stop of everything to before its end', () => {
    const stops = [stop(-5, 5), stop(-3, 9, { expectedRestart: at(7) }), stop(-40, -30)];
    expect(judged(heardAt(-100), { stops })).toMatchObject({
      ...{ state: 'stopped', since: at(-3), expectedRestart: at(7), stop: { stopId: -3 } },
    });
    expect(judged(heardAt(-100), { stops: [stop(0, 5)] })).toMatchObject({
      ...{ state: 'stopped', expectedRestart: at(5) },
    });
    for (const other of [
      stop(-5, 0),
      stop(-5, 5, { parameters: ['COD'] }),
      stop(-5, 5, { scope: { kind: 'facility', code: 'F1' } }),
    ])
      expect(judged(heardAt(-100), { stops: [other] })).toMatchObject({ state: 'lost' });
  });
});

describe('the stations of a report', () => {
  const period = { from: at(-24), to: at(0) };
  const codesOf = (scope: Parameters<typeof stationsOfReport>[0]['scope']) => {
    const stations = stationsOfReport({ scope, ...period }, view);
    return isRefused(stations) ? stations.kind : stations.map(({ code }) => code);
  };

  test('come by facility as a Vietnamese list has them, and there by code', () => {
    expect(codesOf(undefined)).toEqual(['S1', 'S3', 'S9']);
    expect(codesOf({ kind: 'province', code: 'QNi' })).toEqual(['S3', 'S9']);
    expect(codesOf({ kind: 'province', code: 'XX' })).toBe('unknown');
  });

  test('are refused for a period that is empty or too long', () => {
    const of = (from: Date, to: Date) => stationsOfReport({ scope: undefined, from, to }, view);
    expect(of(at(0), at(0))).toMatchObject({ kind: 'invalid' });
    expect(isRefused(of(at(-366 * 24), at(0)))).toBe(false);
    expect(of(at(-366 * 24 - 1), at(0))).toMatchObject({
      ...{
        kind: 'too-large',
        text: { en: 'the period has 367 days, 366 at most: ask for several periods' },
      },
    });
  });

  test('and days are counted together', () => {
    const many = Array.from({ length: 1_000 }, () => station);
    const month = { scope: undefined, from: at(-31 * 24), to: at(0) };
    expect(objectionToSize(many, month)).toBeUndefined();
    expect(objectionToSize([...many, station], month)?.text).toEqual({
      vi: '1.001 trạm × 31 ngày = 31.031, tối đa 31.000: chọn kỳ ngắn hơn, một tỉnh hoặc một cơ sở',
      en: '1001 stations × 31 days = 31031, 31000 at most: ask for a shorter period, a province or a facility',
    });
  });

  test('rows of a table have a bound', () => {
    const what = { vi: 'khoảng', en: 'gaps' };
    expect(objectionToRows(what, 20_000)).toBeUndefined();
    expect(objectionToRows(what, 20_001)).toMatchObject({ kind: 'too-large' });
  });
});
