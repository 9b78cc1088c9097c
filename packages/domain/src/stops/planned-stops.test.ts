import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Registry } from '@envigate/contracts';
import { RegistryView } from '../registry/registry-view.ts';
import {
  applyStopChange,
  changedStretches,
  maxStopDays,
  objectionToStop,
  overlapping,
  plannedStopsOf,
  stationsOfScope,
  stopOfGiven,
  stretchesOfStops,
  type RecordedStop,
  type StopEntry,
} from './planned-stops.ts';

const registry: Registry = {
  facilities: [
    { code: 'F1', name: 'Nhà máy 1', provinceCode: 'QNi' },
    { code: 'F2', name: 'Nhà máy 2', provinceCode: 'QNi' },
    { code: 'F3', name: 'Nhà máy 3', provinceCode: 'HN' },
  ],
  stations: ['F1', 'F1', 'F2', 'F3'].map((facility, i) => ({
    ...{ code: `S${i + 1}`, facility, name: `Trạm ${i + 1}`, kind: 'waste-water' as const },
  })),
  parameters: ['pH', 'TSS'].map((code) => ({
    ...{ code, symbol: code, name: code, nameEn: code, unit: '' },
  })),
  accounts: [],
  targets: [],
};
const view = new RegistryView(registry);
const hour = 3_600_000;
const start = Date.UTC(2026, 2, 1);
const at = (hours: number): Date => new Date(start + hours * hour);

function entry(from: number, to: number, more: Partial<StopEntry> = {}): StopEntry {
  return {
    ...{
      scope: { kind: 'station', code: 'S1' },
      parameters: undefined,
      from: at(from),
      to: at(to),
    },
    ...{ expectedRestart: undefined, reason: 'maintenance', words: '', ...more },
  };
}

function stop(stopId: number, from: number, to: number, more: Partial<RecordedStop> = {}) {
  const recorded = {
    stopId,
    version: 1,
    isCancelled: false,
    actor: 'an',
    note: '',
    recordedAt: at(0),
  };
  return { ...entry(from, to), ...recorded, ...more } satisfies RecordedStop;
}

const hours = (stretches: readonly { from: number; to: number | undefined }[]): string =>
  stretches
    .map(({ from, to = NaN }) => `${(from - start) / hour}–${(to - start) / hour}`)
    .join(' ');

describe('an entry', () => {
  const refusal = (stop: StopEntry): string | undefined => objectionToStop(stop, view, at(0))?.en;

  test('of a known station, facility or province with a beginning and an end is one', () => {
    expect(refusal(entry(1, 2))).toBeUndefined();
    expect(refusal(entry(-1000, -900))).toBeUndefined();
    expect(refusal(entry(1, 2, { scope: { kind: 'facility', code: 'F3' } }))).toBeUndefined();
    expect(refusal(entry(1, 2, { scope: { kind: 'province', code: 'QNi' } }))).toBeUndefined();
    expect(refusal(entry(1, 2, { parameters: ['pH'], expectedRestart: at(3) }))).toBeUndefined();
  });

  test.each<[string, StopEntry]>([
    ['no station "S9"', entry(1, 2, { scope: { kind: 'station', code: 'S9' } })],
    ['no facility "S1"', entry(1, 2, { scope: { kind: 'facility', code: 'S1' } })],
    ['in province "QNI"', entry(1, 2, { scope: { kind: 'province', code: 'QNI' } })],
    ['no parameter "Xyz"', entry(1, 2, { parameters: ['pH', 'Xyz'] })],
    ['list of parameters is empty', entry(1, 2, { parameters: [] })],
    ['must begin before it ends', entry(2, 2)],
    ['366 days at most', entry(0, maxStopDays * 24 + 1)],
    ['begin 366 days from now', entry(367 * 24, 368 * 24)],
    ['expected restart must be after', entry(1, 2, { expectedRestart: at(1) })],
    ['say in words', entry(1, 2, { reason: 'other', words: ' ' })],
  ])('is refused: %s', (text, refused) => {
    expect(refusal(refused)).toContain(text);
  });
});

describe('what is given', () => {
  const given = { station: 'S1', reason: 'maintenance' } as const;

  test('begins now and lasts the hours, or goes from one time to another', () => {
    expect(stopOfGiven({ ...given, hours: 2.5 }, at(7))).toEqual(entry(7, 9.5));
    expect(stopOfGiven({ ...given, from: at(1), to: at(4) }, at(7))).toEqual(entry(1, 4));
    expect(
      stopOfGiven({ ...given, station: undefined, province: 'QNi', to: at(8), words: 'a' }, at(7)),
    ).toEqual(entry(7, 8, { scope: { kind: 'province', code: 'QNi' }, words: 'a' }));
  });

  test.each([
    ['exactly one', { reason: 'repair', hours: 1 } as const],
    ['exactly one', { ...given, facility: 'F1', hours: 1 }],
    ['either the end', given],
    ['either the end', { ...given, to: at(8), hours: 1 }],
  ])('must say: %s', (text, incomplete) => {
    expect(stopOfGiven(incomplete, at(7))).toHaveProperty('en', expect.stringContaining(text));
  });
});

describe('a change', () => {
  test('ends a stop early, and no stop later than it would have ended', () => {
    expect(applyStopChange(stop(1, 0, 10), { kind: 'end', at: at(4) })).toMatchObject({
      to: at(4),
    });
    for (const when of [-1, 0, 11])
      expect(applyStopChange(stop(1, 0, 10), { kind: 'end', at: at(when) })).toHaveProperty('vi');
  });

  test('cancels a stop once, and a correction brings it back', () => {
    expect(applyStopChange(stop(1, 0, 10), { kind: 'cancel' })).toMatchObject({
      isCancelled: true,
    });
    const cancelled = stop(1, 0, 10, { isCancelled: true });
    expect(applyStopChange(cancelled, { kind: 'cancel' })).toHaveProperty('vi');
    expect(applyStopChange(cancelled, { kind: 'correct', to: at(12) })).toMatchObject({
      ...{ isCancelled: false, from: at(0), to: at(12) },
    });
  });

  test('corrects what it names and leaves the rest', () => {
    const change = { kind: 'correct', reason: 'repair', from: undefined } as const;
    expect(applyStopChange(stop(1, 0, 10), change)).toEqual({
      ...{ ...entry(0, 10), reason: 'repair', isCancelled: false },
    });
  });

  test.each<[string, string, RecordedStop | undefined, RecordedStop]>([
    ['entered', '0–10', undefined, stop(1, 0, 10)],
    ['cancelled', '0–10', stop(1, 0, 10), stop(1, 0, 10, { isCancelled: true })],
    ['ended early', '4–10', stop(1, 0, 10), stop(1, 0, 4)],
    ['moved', '0–2 10–12', stop(1, 0, 10), stop(1, 2, 12)],
    ['of other words', '', stop(1, 0, 10), stop(1, 0, 10, { words: 'x' })],
    ['of fewer parameters', '0–10', stop(1, 0, 10), stop(1, 0, 10, { parameters: ['pH'] })],
  ])('%s: judged anew is %s', (_, expected, before, after) => {
    expect(hours(changedStretches(before, after))).toBe(expected);
  });
});

describe('of a station', () => {
  test('those of its own, its facility and its province count', () => {
    const stops = [
      stop(1, 0, 2),
      stop(2, 4, 6, { scope: { kind: 'facility', code: 'F1' } }),
      stop(3, 8, 10, { scope: { kind: 'province', code: 'QNi' } }),
      stop(4, 9, 12, { isCancelled: true }),
    ];
    const of = (station: string): string => hours(stretchesOfStops(stops, view, station));
    expect(['S1', 'S2', 'S3', 'S4'].map(of)).toEqual(['0–2 4–6 8–10', '4–6 8–10', '8–10', '']);
    expect(stationsOfScope({ kind: 'province', code: 'QNi' }, view)).toEqual(['S1', 'S2', 'S3']);
  });

  test('those of single parameters count for these alone', () => {
    const stops = [stop(1, 0, 2), stop(2, 1, 5, { parameters: ['pH'] })];
    const of = (parameter?: string): string =>
      hours(stretchesOfStops(stops, view, 'S1', parameter));
    expect([of(), of('pH'), of('TSS')]).toEqual(['0–2', '0–5', '0–2']);
    expect(plannedStopsOf(stops, view, ['S1', 'S2'])).toEqual([
      ...[{ id: '1', station: 'S1', parameters: undefined, from: +at(0), to: +at(2) }],
      ...[{ id: '2', station: 'S1', parameters: ['pH'], from: +at(1), to: +at(5) }],
    ]);
  });

  test('overlaps are those with time, stations and parameters in common', () => {
    const one = stop(1, 0, 10, { parameters: ['pH'] });
    const others = [
      one,
      stop(2, 9, 12, { scope: { kind: 'province', code: 'QNi' } }),
      stop(3, 10, 12),
      stop(4, 5, 6, { parameters: ['TSS'] }),
      stop(5, 5, 6, { scope: { kind: 'station', code: 'S4' } }),
      stop(6, 5, 6, { isCancelled: true }),
    ];
    expect(overlapping(one, others, view).map(({ stopId }) => stopId)).toEqual([2]);
  });
});

const anyStop = fc
  .record({
    stopId: fc.integer({ min: 1, max: 9 }),
    from: fc.integer({ min: 0, max: 30 }),
    length: fc.integer({ min: 1, max: 20 }),
    scope: fc.constantFrom<StopEntry['scope']>(
      { kind: 'station', code: 'S1' },
      { kind: 'facility', code: 'F1' },
      { kind: 'province', code: 'QNi' },
      { kind: 'province', code: 'HN' },
    ),
    parameters: fc.option(fc.subarray(['pH', 'TSS'], { minLength: 1 }), { nil: undefined }),
    isCancelled: fc.boolean(),
  })
  .map(({ stopId, from, length, ...more }) => stop(stopId, from, from + length, more));

test('at each moment: some stop that is not cancelled concerns the station and the parameter', () => {
  fc.assert(
    fc.property(
      fc.array(anyStop, { maxLength: 6 }),
      fc.constantFrom('S1', 'S3', 'S4'),
      fc.constantFrom(undefined, 'pH'),
      (stops, station, parameter) => {
        const stretches = stretchesOfStops(stops, view, station, parameter);
        for (let moment = 0; moment < 55; moment += 1) {
          const when = at(moment).getTime();
          const isPlanned = stops.some(
            ({ isCancelled, scope, parameters, from, to }) =>
              !isCancelled &&
              +from <= when &&
              when < +to &&
              stationsOfScope(scope, view).includes(station) &&
              (parameters === undefined ||
                (parameter !== undefined && parameters.includes(parameter))),
          );
          const isIn = stretches.some(({ from, to = Infinity }) => from <= when && when < to);
          expect(isIn).toBe(isPlanned);
        }
      },
    ),
  );
});
