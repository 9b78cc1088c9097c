import { describe, expect, test } from '@jest/globals';
import type { FlatLineRule, Rule, SpikeRule } from '@envigate/contracts';
import { assessReadings } from './assess-readings.ts';
import { describeThresholds } from './rules-over-time.ts';
import { marks, readingAt, series, viewWith } from './testing/scene.ts';

const flat = (more: Partial<FlatLineRule> = {}): FlatLineRule => ({
  ...{ code: 'flat', version: 3, kind: 'flat-line', minutes: 15 },
  ...more,
});
const spike = (more: Partial<SpikeRule> = {}): SpikeRule => ({
  ...{ code: 'spike', version: 1, kind: 'spike', suspectAbove: 3 },
  ...more,
});
const marksOf = (rule: Rule, text: string): string[] => marks(viewWith([rule]), series(text));

describe('flat line', () => {
  test('marks the whole run from the limit on, however long it goes on', () => {
    expect(marksOf(flat(), '1 2 2 2 3')).toEqual([]);
    const run = ['5 3', '10 3', '15 3', '20 3'];
    expect(marksOf(flat(), '1 2 2 2 2 3')).toEqual(run);
    expect(marksOf(flat(), '1 2 2 2 2 2 3')).toEqual([...run, '25 3']);
    expect(marksOf(flat(), `1 ${'2 '.repeat(100)}3`)).toHaveLength(100);
  });

  test('gives rule, version and threshold', () => {
    const [verdict] = assessReadings(viewWith([flat({ flag: 4 })]), 'S', series('2 2 2 2'));
    expect(verdict).toMatchObject({ flag: 4, reasons: ['flat-line@3[flat: 15 min]'] });
  });

  test('goes by time and by number of readings', () => {
    const twice = [readingAt(0, 2), readingAt(20, 2)];
    expect(marks(viewWith([flat()]), twice)).toEqual([]);
    expect(marks(viewWith([flat({ readings: 2 })]), twice)).toEqual(['0 3', '20 3']);
  });

  test('waits for so many cycles of a slow analyser', () => {
    const rule = flat({ cycles: 2 });
    const slow = viewWith([rule], { parameters: [{ parameter: 'COD', cycleMinutes: 30 }] });
    expect(marks(slow, series('2 '.repeat(12).trim()))).toEqual([]);
    const verdicts = assessReadings(slow, 'S', series('2 '.repeat(13).trim()));
    expect(verdicts).toHaveLength(13);
    expect(verdicts[0]?.reasons).toEqual(['flat-line@3[flat: 60 min]']);
  });

  test('allows for noise within the tolerance, wherever the run begins', () => {
    const rule = flat({ tolerance: 0.1 });
    expect(marksOf(rule, '7 7.1 7 7.1')).toHaveLength(4);
    expect(marksOf(rule, '7 7.1 7.2 7.3')).toEqual([]);
    expect(marksOf(rule, '6.9 7 7.1 7 7.1 7.2')).toEqual(['5 3', '10 3', '15 3', '20 3']);
  });

  test('lets zero stay where it is exempt', () => {
    expect(marksOf(flat(), '0 0 0 0')).toHaveLength(4);
    expect(marksOf(flat({ exemptZero: true }), '0 0 0 0')).toEqual([]);
    expect(marksOf(flat({ exemptZero: true }), '2 2 0 2 2')).toEqual([]);
  });

  test('is interrupted by calibration, a censored value, another unit and a long gap', () => {
    expect(marksOf(flat(), '2 2 cal 2 2')).toEqual([]);
    expect(marksOf(flat(), '2 2 < 2 2')).toEqual([]);
    const [a, b, c, d] = series('2 2 2 2');
    expect(marks(viewWith([flat()]), [a!, b!, { ...c!, unit: 'v' }, { ...d!, unit: 'v' }])).toEqual(
      [],
    );
    expect(marksOf(flat({ maxGapMinutes: 10 }), '2 2 x x 2 2')).toEqual([]);
  });

  test('goes on over readings without a value', () => {
    expect(marksOf(flat(), '2 - 2 - 2')).toEqual(['0 3', '10 3', '20 3']);
  });

  test('takes what an hourly station sends as neighbours', () => {
    const hourly = viewWith([flat({ minutes: 180, maxGapMinutes: 30 })], { intervalMinutes: 60 });
    expect(marks(hourly, series('2 2 2 2', 'COD', 60))).toHaveLength(4);
  });
});

describe('spike', () => {
  test('is one value beyond both neighbours, suspect or bad by its height', () => {
    expect(marksOf(spike({ badAbove: 8 }), '1 5 1 1 10 1')).toEqual(['5 3', '20 4']);
    expect(marksOf(spike(), '5 1 5')).toEqual(['5 3']);
    expect(marksOf(spike(), '1 4 1')).toEqual([]);
  });

  test('is neither a step nor a slope', () => {
    expect(marksOf(spike(), '1 1 10 10')).toEqual([]);
    expect(marksOf(spike(), '1 10 20 30')).toEqual([]);
  });

  test('is measured from the line between neighbours that are unevenly far', () => {
    const readings = [readingAt(0, 0), readingAt(20, 13), readingAt(25, 12)];
    expect(marks(viewWith([spike()]), readings)).toEqual(['20 3']);
    expect(marks(viewWith([spike({ suspectAbove: 3.5 })]), readings)).toEqual([]);
  });

  test('needs both neighbours near enough and uninterrupted', () => {
    expect(marksOf(spike(), '1 9')).toEqual([]);
    expect(marksOf(spike({ maxGapMinutes: 12 }), '1 9 x x 1')).toEqual([]);
    expect(marksOf(spike(), '1 cal 9 1')).toEqual([]);
    expect(marksOf(spike(), '1 - 9 - 1')).toEqual(['10 3']);
  });

  test('may be repeated for the cycle of the analyser, and no longer', () => {
    const slow = viewWith([spike()], { parameters: [{ parameter: 'COD', cycleMinutes: 15 }] });
    expect(marks(slow, series('1 1 1 9 9 9 1 1'))).toEqual(['15 3', '20 3', '25 3']);
    expect(marks(slow, series('1 1 1 9 9 9 9 1 1'))).toEqual([]);
    expect(marksOf(spike(), '1 9 9 1')).toEqual([]);
  });

  test('by percent of the range judges only where there is a range', () => {
    const rule = spike({ suspectAbove: 30, thresholdIn: 'percent-of-range' });
    expect(marksOf(rule, '1 32 1')).toEqual(['5 3']);
    const wider = viewWith([rule], { parameters: [{ parameter: 'COD', max: 200 }] });
    expect(marks(wider, series('1 32 1'))).toEqual([]);
    const unbounded = { parameter: 'COD', max: Infinity };
    expect(marks(viewWith([rule], { parameters: [unbounded] }), series('1 99 1'))).toEqual([]);
  });
});

describe('rate of change', () => {
  const rule: Rule = { code: 'rate', version: 1, kind: 'rate-of-change', perMinute: 1 };

  test('marks the later value, by the minutes that it took', () => {
    expect(marksOf(rule, '1 7 12 6')).toEqual(['5 3', '15 3']);
    expect(marksOf(rule, '1 x 10')).toEqual([]);
  });

  test('says nothing over a gap or an interruption', () => {
    expect(marksOf({ ...rule, maxGapMinutes: 12 }, '1 x x 90')).toEqual([]);
    expect(marksOf(rule, '1 cal 90')).toEqual([]);
  });

  test('takes a minute at least, and the cycle of the analyser', () => {
    expect(marks(viewWith([rule]), [readingAt(0, 1), readingAt(0.1, 1.9)])).toEqual([]);
    const slow = viewWith([rule], { parameters: [{ parameter: 'COD', cycleMinutes: 30 }] });
    expect(marks(slow, series('1 1 20 20 60'))).toEqual(['20 3']);
  });
});

describe('dependent parameters', () => {
  const rule: Rule = {
    ...{ code: 'nox', version: 2, kind: 'dependent-parameters', whole: 'NOX' },
    parts: [{ parameter: 'NO' }, { parameter: 'NO2' }],
    tolerancePercent: 10,
  };
  const gases = (nox: number, no: number, no2: number) => [
    ...[readingAt(0, nox, 'NOX'), readingAt(0, no, 'NO'), readingAt(0, no2, 'NO2')],
  ];

  test('hint at all of them where the whole is less than its parts', () => {
    expect(marks(viewWith([rule]), gases(10, 5, 6))).toEqual([]);
    expect(marks(viewWith([rule]), gases(9, 5, 6))).toEqual(['0 NO 3', '0 NO2 3', '0 NOX 3']);
    const [verdict] = assessReadings(viewWith([rule]), 'S', gases(9, 5, 6));
    expect(verdict?.reasons).toEqual(['dependent-parameters@2[nox: NOX ≥ 9.9]']);
  });

  test('judge only what has the same time and unit and a value', () => {
    const [nox, no, no2] = gases(1, 5, 6) as [never, never, never];
    expect(marks(viewWith([rule]), [nox, no])).toEqual([]);
    expect(marks(viewWith([rule]), [nox, no, readingAt(5, 6, 'NO2')])).toEqual([]);
    expect(marks(viewWith([rule]), [nox, no, { ...readingAt(0, 6, 'NO2'), unit: 'v' }])).toEqual(
      [],
    );
    const bad = { ...readingAt(0, 6, 'NO2'), flag: 4 };
    expect(marks(viewWith([rule]), [nox, no, bad])).toEqual([]);
    expect(marks(viewWith([rule]), [nox, no, no2])).toHaveLength(3);
  });
});

describe('saturation', () => {
  const rule: Rule = {
    ...{ code: 'top', version: 1, kind: 'saturation', minutes: 10, marginPercent: 1 },
    flag: 4,
  };

  test('marks values that stay at the top of the range', () => {
    expect(marksOf(rule, '98 99 100 99.5 98')).toEqual(['5 4', '10 4', '15 4']);
    expect(marksOf(rule, '99 100 98 99 100')).toEqual([]);
  });
});

describe('of several rules', () => {
  test('the most particular of a kind counts, and a disabled one exempts', () => {
    const general = flat({ code: 'general' });
    const patient = flat({ code: 'patient', parameters: ['COD'], minutes: 60 });
    const off = flat({ code: 'off', stations: ['S'], parameters: ['PH'], disabled: true });
    const view = viewWith([general, patient, off]);
    const readings = ['COD', 'PH', 'NO'].flatMap((code) => series('2 2 2 2', code));
    expect(marks(view, readings).filter((mark) => mark.startsWith('0 '))).toEqual(['0 NO 3']);
  });

  test('a reading has the worst flag and every reason', () => {
    const top: Rule = { code: 'a', version: 1, kind: 'saturation', minutes: 10, flag: 4 };
    const [verdict] = assessReadings(viewWith([flat(), top]), 'S', series('100 100 100 100'));
    expect(verdict?.flag).toBe(4);
    expect(verdict?.reasons).toEqual([
      'saturation@1[a: ≥ 100 for 10 min]',
      'flat-line@3[flat: 15 min]',
    ]);
  });

  test('none judges a station that the registry does not know, or of another kind', () => {
    expect(assessReadings(viewWith([flat()]), 'T', series('2 2 2 2'))).toEqual([]);
    expect(marksOf(flat({ stationKinds: ['stack-gas'] }), '2 2 2 2')).toEqual([]);
    expect(marksOf(flat({ stations: ['T'] }), '2 2 2 2')).toEqual([]);
  });
});

const named = { code: 'R', version: 1 };

test.each<[rule: Rule, vi: string, en: string]>([
  [
    { ...named, kind: 'flat-line', minutes: 15 },
    '15 phút, sai khác không quá 0',
    '15 min, within 0',
  ],
  [
    { ...named, kind: 'flat-line', minutes: 120, cycles: 5, tolerance: 0.1, exemptZero: true },
    '120 phút, hoặc 5 chu kỳ phân tích, sai khác không quá 0,1, bỏ qua giá trị 0',
    '120 min, or 5 analyser cycles, within 0.1, zero exempt',
  ],
  [{ ...named, kind: 'spike', suspectAbove: 7 }, 'nghi ngờ khi > 7', 'suspect > 7'],
  [
    { ...named, kind: 'spike', suspectAbove: 30, badAbove: 60, thresholdIn: 'percent-of-range' },
    'nghi ngờ khi > 30% khoảng đo, không hợp lệ khi > 60% khoảng đo',
    'suspect > 30 % of range, bad > 60 % of range',
  ],
  [{ ...named, kind: 'rate-of-change', perMinute: 2 }, '> 2 mỗi phút', '> 2 per min'],
  [
    { ...named, kind: 'rate-of-change', perMinute: 10, thresholdIn: 'percent-of-range' },
    '> 10% khoảng đo mỗi phút',
    '> 10 % of range per min',
  ],
  [
    {
      ...{ ...named, kind: 'dependent-parameters', whole: 'NOx', tolerance: 1 },
      parts: [{ parameter: 'NO', factor: 1.53 }, { parameter: 'NO2' }],
      tolerancePercent: 5,
    },
    'NOx ≥ 1,53 × NO + NO2 − 1 − 5%',
    'NOx ≥ 1.53 × NO + NO2 − 1 − 5 %',
  ],
  [
    { ...named, kind: 'saturation', minutes: 30 },
    'bằng giới hạn trên của khoảng đo, kéo dài 30 phút',
    'top 0 % of range for 30 min',
  ],
  [
    { ...named, kind: 'saturation', minutes: 30, marginPercent: 2 },
    'trong 2% trên cùng của khoảng đo, kéo dài 30 phút',
    'top 2 % of range for 30 min',
  ],
])('the thresholds of %j are said in both languages', (rule, vi, en) => {
  expect(describeThresholds(rule)).toEqual({ vi, en });
});
