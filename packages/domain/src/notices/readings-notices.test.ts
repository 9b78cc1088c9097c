import { describe, expect, test } from '@jest/globals';
import { digestDay, thinStations, writeDaily, type ExpectedSeries } from './daily-notice.ts';
import {
  planDevices,
  writeDeviceNotice,
  type DevicePolicy,
  type DeviceState,
  type NotedCondition,
} from './device-notices.ts';
import { renderMail } from './mail-blocks.ts';

const hour = 3_600_000;
const office = {
  name: { vi: 'Sở Nông nghiệp và Môi trường tỉnh A', en: 'Department of province A' },
  unit: 'Chi cục Bảo vệ môi trường',
  ...{ contact: undefined, legalGround: undefined },
};

describe('the digest of a day', () => {
  test.each([
    ['2026-03-26T06:59:00+07:00', '2026-03-24'],
    ['2026-03-26T07:00:00+07:00', '2026-03-25'],
    ['2026-03-27T06:59:00+07:00', '2026-03-25'],
  ])('at %s is that of %s', (at, name) => {
    const day = digestDay(new Date(at), { hour: 7 });
    expect(day.name).toBe(name);
    expect(new Date(day.from)).toEqual(new Date(`${name}T00:00:00+07:00`));
    expect(day.to - day.from).toBe(24 * hour);
  });

  const policy = { hour: 7, leastShare: 0.85 };
  const station = (code: string, more: Partial<ExpectedSeries> = {}): ExpectedSeries => ({
    ...{ station: code, intervalMinutes: 5 },
    parameters: ['pH', 'COD'].map((parameter) => ({ parameter, cycleMinutes: 0 })),
    ...more,
  });
  const counted = (pH: number, COD: number) => new Map(Object.entries({ pH, COD }));

  test('names stations under the share and parameters that lack more, not silent ones', () => {
    const counts = new Map([
      ['A', counted(288, 288)],
      ['B', counted(234, 180)],
      ['C', counted(288, 0)],
      ['D', counted(244, 244)],
      ['E', new Map<string, number>()],
      ['H', counted(24, 24)],
    ]);
    const expected = [
      ...['A', 'B', 'C', 'D', 'E', 'F'].map((code) => station(code)),
      station('H', { intervalMinutes: 60 }),
    ];
    expect(thinStations(counts, expected, policy)).toEqual([
      { station: 'B', share: 234 / 288, parameters: [{ parameter: 'COD', share: 180 / 288 }] },
      { station: 'C', share: 1, parameters: [{ parameter: 'COD', share: 0 }] },
      { station: 'D', share: 244 / 288, parameters: [] },
    ]);
  });

  test('expects of an analyser no more than its cycle gives', () => {
    const slow = station('A', { parameters: [{ parameter: 'COD', cycleMinutes: 60 }] });
    expect(thinStations(new Map([['A', counted(288, 24)]]), [slow], policy)).toEqual([]);
  });

  test('writes shares as officers do', () => {
    const thin = [
      { station: 'NUODTH', share: 0.8132, parameters: [{ parameter: 'COD', share: 0.625 }] },
      { station: 'KHIAMO', share: 0.84, parameters: [] },
    ];
    const day = digestDay(new Date('2026-03-26T07:00:00+07:00'), policy);
    const { subject, text } = renderMail(
      writeDaily(thin, {
        ...{ code: 'GD-2026-000124', office, day, policy },
        nameOf: (code) => (code === 'NUODTH' ? 'Nước thải Đồng Thành' : 'Khí thải Ao Mơ'),
      }),
      'vi',
    );
    expect(subject).toBe('Tỷ lệ dữ liệu dưới 85%: 2 trạm');
    expect(text).toContain('Ngày 25/03/2026, từ 00:00 đến 24:00, 2 trạm sau đây');
    expect(text).toContain('1 | NUODTH – Nước thải Đồng Thành | 81,3% | COD 62,5%');
    expect(text).toContain('2 | KHIAMO – Khí thải Ao Mơ | 84%');
    expect(text).toContain('NUODTH 81.3 % (COD 62.5 %)');
  });
});

describe('what devices report', () => {
  const now = Date.UTC(2026, 2, 25, 6);
  const earliest = now - 5 * hour;
  const policy: DevicePolicy = {
    ...{ calibrationMs: 4 * hour, faultMs: hour / 2, repeatMs: hour / 4 },
  };
  const state = (
    condition: DeviceState['condition'],
    hours: number | undefined,
    parameter = 'COD',
  ): DeviceState => ({
    ...{ station: 'S1', parameter, condition, last: now },
    since: hours === undefined ? undefined : now - hours * hour,
  });
  const noted = (more: Partial<NotedCondition> = {}): NotedCondition => ({
    ...{ conditionId: 1, kind: 'fault', station: 'S1', parameter: 'COD', hasEnded: false },
    ...{ notedAt: now - 2 * hour, ...more },
  });
  const plan = (states: readonly DeviceState[], known: readonly NotedCondition[] = []) => {
    const { begun, ended } = planDevices(states, known, policy, earliest, now);
    return [begun.map((one) => one.parameter), ended.map((one) => one.conditionId)];
  };

  test.each([
    ['a fault of half an hour', state('fault', 0.5), ['COD']],
    ['a shorter one', state('fault', 0.4), []],
    ['a calibration of 4 hours', state('calibration', 4), ['COD']],
    ['a shorter one', state('calibration', 3.9), []],
    ['one that began before the first reading looked at', state('calibration', undefined), ['COD']],
    ['a measurement', state(undefined, undefined), []],
  ])('%s: announced as it should be', (_what, one, begun) => {
    expect(plan([one])).toEqual([begun, []]);
  });

  test('is announced once, and again when it came back, but not within minutes', () => {
    expect(plan([state('fault', 3)], [noted()])).toEqual([[], []]);
    expect(plan([state(undefined, undefined)], [noted()])).toEqual([[], [1]]);
    const over = noted({ hasEnded: true });
    expect(plan([state('fault', 1)], [over])).toEqual([['COD'], []]);
    expect(plan([state('fault', 1)], [{ ...over, notedAt: now - 0.2 * hour }])).toEqual([[], []]);
    expect(plan([state('fault', 1)], [{ ...over, notedAt: now + 99 * hour }])).toEqual([
      ['COD'],
      [],
    ]);
  });

  test('is not over because its station is silent', () => {
    expect(plan([], [noted()])).toEqual([[], []]);
  });

  test('becomes one mail of each kind', () => {
    const parts = {
      ...{ code: 'GD-2026-000125', at: new Date(now), office, earliest },
      facilityOf: () => ({ vi: 'Nhà máy Xi măng Thanh Lâm', en: 'Thanh Lam cement plant' }),
    };
    const one = renderMail(writeDeviceNotice('fault', [state('fault', 2)], parts), 'vi');
    expect(one.subject).toBe('Thiết bị đo báo lỗi: trạm S1, COD – Nhà máy Xi măng Thanh Lâm');
    expect(one.text).toContain(
      '| S1 | Nhà máy Xi măng Thanh Lâm | COD | 25/03/2026 11:00 | 02 giờ 00 phút',
    );
    const two = [state('calibration', undefined), state('calibration', 4.5, 'TSS')];
    const several = renderMail(writeDeviceNotice('calibration', two, parts), 'vi');
    expect(several.subject).toBe('Trạng thái hiệu chuẩn kéo dài: 2 thông số');
    expect(several.text).toContain('| COD | trước 25/03/2026 08:00 | trên 05 giờ 00 phút');
    expect(several.text).not.toMatch(/vi phạm|cảnh báo|!/iu);
  });
});
