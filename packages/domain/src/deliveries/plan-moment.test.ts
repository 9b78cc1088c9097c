import { describe, expect, test } from '@jest/globals';
import type { Reading, Registry, Station, Target } from '@envigate/contracts';
import { RegistryView } from '../registry/registry-view.ts';
import { planMoment, type Moment } from './plan-moment.ts';

const noon = '2026-01-01T05:00:00.000Z'; // 12:00 at +07:00

function reading(more: Partial<Reading> = {}): Reading {
  return {
    parameter: 'PH',
    instant: noon,
    value: 7.25,
    unit: '',
    rawValue: '7.25',
    rawUnit: '',
    status: '00',
    flag: 1,
    reasons: [],
    line: 1,
    ...more,
  };
}

function moment(readings: Reading[], station = 'NUO001'): Moment {
  return { station, instant: noon, readings };
}

function registry(station: Partial<Station> = {}, target: Partial<Target> = {}): RegistryView {
  const content: Registry = {
    facilities: [{ code: 'abcd', name: 'Nhà máy ABCD', provinceCode: 'HNa', agentCode: 'ABCD' }],
    parameters: [
      { code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' },
      { code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L' },
      { code: 'TSS', symbol: 'TSS', name: 'TSS', nameEn: 'TSS', unit: 'mg/L' },
      { code: 'PM2_5', symbol: 'PM2,5', name: 'Bụi PM2.5', nameEn: 'PM2.5', unit: 'µg/Nm3' },
    ],
    stations: [
      {
        code: 'NUO001',
        facility: 'abcd',
        name: 'Trạm nước thải',
        kind: 'waste-water',
        targets: ['bo'],
        ...station,
      },
    ],
    targets: [
      { code: 'bo', kind: 'ftp', url: 'ftp://ftp.example.vn/in', ...target },
      {
        code: 'so',
        kind: 'https',
        url: 'https://so.example.vn/files',
        fileNamePrefix: 'HN_{station}',
      },
      { code: 'off', kind: 'ftp', url: 'ftp://off.example.vn', disabled: true },
    ],
    accounts: [],
  };
  return new RegistryView(content);
}

const text = (payload: Uint8Array | undefined): string => new TextDecoder().decode(payload);

describe('planMoment', () => {
  test('writes the official form of Phụ lục 15: symbols, TAB, CRLF, local time, status', () => {
    const plan = planMoment(
      moment([
        reading(),
        reading({
          parameter: 'COD',
          value: 45.1,
          unit: 'mg/L',
          rawValue: '45.10',
          rawUnit: 'mg/l',
        }),
        reading({
          parameter: 'TSS',
          value: null,
          unit: 'mg/L',
          rawValue: '---',
          status: '02',
          flag: 9,
        }),
        reading({
          parameter: 'PM2_5',
          value: 12,
          unit: 'µg/Nm3',
          rawValue: '12',
          status: '01',
          flag: 2,
        }),
      ]),
      registry(),
    );
    expect(text(plan?.payload)).toBe(
      'pH\t7.25\t-\t20260101120000\t00\r\n' +
        'COD\t45.10\tmg/L\t20260101120000\t00\r\n' +
        'TSS\t---\tmg/L\t20260101120000\t02\r\n' +
        'PM2,5\t12\tµg/Nm3\t20260101120000\t01\r\n',
    );
    expect(plan?.targets).toEqual([
      {
        ...{ target: 'bo', fileName: 'HNa_ABCD_NUO001_20260101120000.txt' },
        ...{ namedApart: false, gatherMs: 2_000 },
      },
    ]);
  });

  test.each<[what: string, reading: Partial<Reading>, columns: string]>([
    [
      'a converted value in the unit of the registry',
      { value: 16.2482, unit: 'mg/L', rawValue: '16248.2', rawUnit: 'µg/L', factor: 0.001 },
      '16.2482\tmg/L',
    ],
    [
      'a decimal comma as a point',
      { value: 7.85, unit: 'mg/L', rawValue: '7,85', rawUnit: 'mg/L' },
      '7.85\tmg/L',
    ],
    [
      'what was converted with an unconfirmed factor as it was sent',
      {
        ...{ value: 52.2828, unit: 'µg/m3', rawValue: '27.810', rawUnit: 'ppb', factor: 1.88 },
        ...{ flag: 3, reasons: ['factor-unverified@1[1.88]'] },
      },
      '27.810\tppb',
    ],
  ])('writes %s', (_what, given, columns) => {
    const delivery = planMoment(moment([reading({ parameter: 'COD', ...given })]), registry());
    expect(text(delivery?.payload)).toBe(`COD\t${columns}\t20260101120000\t00\r\n`);
  });

  test.each<[string, Partial<Reading>]>([
    [
      'an unreadable measurement: a value is never invented',
      { value: null, rawValue: 'abc', flag: 4 },
    ],
    ['a missing measurement', { value: null, rawValue: '---', flag: 9 }],
    ['a measurement known to be bad', { value: 253, rawValue: '253', flag: 4 }],
    ['a symbol without an official one', { parameter: 'TempIn' }],
    [
      'a measurement of which only a bound is known',
      { value: null, rawValue: '<0.01', censored: { relation: '<', limit: 0.01 }, flag: 2 },
    ],
    ['a row whose status is not known at all', { status: ' ', flag: 2 }],
  ])('leaves out %s', (_, more) => {
    const delivery = planMoment(
      moment([reading(more), reading({ parameter: 'COD', unit: 'mg/L' })]),
      registry(),
    );
    expect(text(delivery?.payload)).toBe('COD\t7.25\tmg/L\t20260101120000\t00\r\n');
  });

  test.each<[string, Partial<Reading>, string]>([
    ['suspect values: suspicion is no proof', { flag: 3 }, 'pH\t7.25\t-\t20260101120000\t00'],
    [
      'values while calibrating, with that status',
      { flag: 4, status: '01' },
      'pH\t7.25\t-\t20260101120000\t01',
    ],
    ['a vendor status verbatim', { status: '03', flag: 2 }, 'pH\t7.25\t-\t20260101120000\t03'],
    [
      'a status that would break the line',
      { status: 'a\tb\r\n' },
      'pH\t7.25\t-\t20260101120000\ta b',
    ],
    [
      'a converted value in the canonical unit',
      { value: 0.1 * 3, rawValue: '300', unit: 'mS/cm' },
      'pH\t0.3\tmS/cm\t20260101120000\t00',
    ],
    [
      'a tiny value without exponent',
      { value: 1e-9, rawValue: '1e-9' },
      'pH\t0.000000001\t-\t20260101120000\t00',
    ],
    [
      'a huge value without exponent',
      { value: 1e22, rawValue: '1e22' },
      'pH\t10000000000000000000000\t-\t20260101120000\t00',
    ],
    [
      'a decimal comma as a point',
      { value: 7.85, rawValue: '7,85' },
      'pH\t7.85\t-\t20260101120000\t00',
    ],
  ])('writes %s', (_, more, line) => {
    const delivery = planMoment(moment([reading(more)]), registry());
    expect(text(delivery?.payload)).toBe(`${line}\r\n`);
  });

  test('gathers and names as the target wants it', () => {
    const plan = planMoment(
      moment([reading()]),
      registry({}, { gatherSeconds: 0, sameMoment: 'apart' }),
    );
    expect(plan?.targets).toMatchObject([{ namedApart: true, gatherMs: 0 }]);
  });

  test('plans for every enabled target once, each with its own name', () => {
    const plan = planMoment(
      moment([reading()]),
      registry({ targets: ['bo', 'so', 'off', 'bo', 'gone'] }),
    );
    expect(plan?.targets.map(({ target, fileName }) => [target, fileName])).toEqual([
      ['bo', 'HNa_ABCD_NUO001_20260101120000.txt'],
      ['so', 'HN_NUO001_20260101120000.txt'],
    ]);
  });

  test('keeps the clock of a station that is not at +07:00', () => {
    const delivery = planMoment(moment([reading()]), registry({ utcOffsetMinutes: 0 }));
    expect(delivery?.targets[0]?.fileName).toBe('HNa_ABCD_NUO001_20260101050000.txt');
  });

  test('names a facility without codes by its registry code, and never a folder', () => {
    const plain = planMoment(moment([reading()]), registry({ facility: 'unknown' }));
    expect(plain?.targets[0]?.fileName).toBe('unknown_NUO001_20260101120000.txt');
    const escaping = planMoment(
      moment([reading()]),
      registry({}, { fileNamePrefix: '../{station}' }),
    );
    expect(escaping?.targets[0]?.fileName).toBe('-NUO001_20260101120000.txt');
  });

  test('gives empty bytes where nothing may be forwarded, no target where the station has none', () => {
    const nothing = planMoment(moment([reading({ value: null, flag: 9 })]), registry());
    expect(nothing).toMatchObject({ payload: new Uint8Array(), targets: [{ target: 'bo' }] });
    expect(planMoment(moment([reading()]), registry({ targets: [] }))?.targets).toEqual([]);
    expect(planMoment(moment([reading()], 'other'), registry())).toBeUndefined();
  });
});
