import { describe, expect, test } from '@jest/globals';
import type { Parameter, Station, StationParameter } from '@envigate/contracts';
import type { ParsedValue } from '../values/parse-value.ts';
import { measureParameter } from './measured-parameter.ts';
import { scaleBy } from '../values/units.ts';
import { judgeReading, type Judgement } from './judge-reading.ts';

/** One that nature sets no bounds to. */
const any: Parameter = { code: 'X', symbol: 'X', name: 'X', nameEn: 'X', unit: '' };
const range = { parameter: 'X', min: 0, max: 14 } as const;

interface Given {
  readonly sent?: ParsedValue;
  readonly status?: string;
  readonly rawUnit?: string;
  /** Null: the symbol is unknown. */
  readonly parameter?: Partial<Parameter> | null;
  readonly own?: Partial<StationParameter>;
}

function judge({ sent = 7, status = '00', rawUnit = '', parameter, own }: Given): Judgement {
  const station: Station = {
    ...{ code: 'S', facility: 'F', name: 'S', kind: 'waste-water' },
    parameters: [own === undefined ? range : { parameter: parameter?.code ?? 'X', ...own }],
  };
  const measured =
    parameter === null ? undefined : measureParameter({ ...any, ...parameter }, station);
  const unit = measured?.resolve(rawUnit);
  const value =
    typeof sent !== 'number' ? undefined : unit?.scale ? scaleBy(sent, unit.scale) : sent;
  return judgeReading({ sent, value, status, parameter: measured, unit });
}

const unlimited = {} as const;
const named = (code: string, unit: string, symbol = code): Partial<Parameter> => ({
  ...{ code, symbol, unit },
});
const [acidity, cod] = [named('PH', '', 'pH'), named('COD', 'mg/L')];
const [heat, damp] = [{ ...named('TEMP', '°C'), negative: true }, named('HUMIDITY', '%', 'RH')];
const ppb: Partial<Parameter> = { unit: 'µg/m3', conversions: [{ from: 'ppb', factor: 1.88 }] };

describe('judgeReading', () => {
  test.each<[what: string, given: Given, flag: number, reasons: string]>([
    ['a value of the range', {}, 1, ''],
    ['the lowest value', { sent: 0 }, 1, ''],
    ['the highest value', { sent: 14 }, 1, ''],
    ['above the range', { sent: 14.01 }, 4, 'out-of-range@1[0..14]'],
    ['below the range', { sent: -0.01 }, 4, 'out-of-range@1[0..14]'],
    ['above a highest value', { sent: 15, own: { max: 14 } }, 4, 'out-of-range@1[..14]'],
    ['below a lowest value', { sent: 1, own: { min: 2.5 } }, 4, 'out-of-range@1[2.5..]'],
    ['negative without a range', { sent: -0.01, own: unlimited }, 3, 'negative@1'],
    [
      'negative where it may be',
      { sent: -1.6, own: unlimited, parameter: { negative: true } },
      1,
      '',
    ],
    [
      'negative where it may not be at this station',
      { sent: -1.6, own: { negative: false }, parameter: { negative: true } },
      3,
      'negative@1',
    ],
    ...(
      [
        // What no device can measure, without any entry of the registry.
        [acidity, 14, '', 1, ''],
        [acidity, 14.01, '', 4, 'physically-impossible@1[0..14]'],
        [acidity, -0.01, '', 4, 'physically-impossible@1[0..14]'],
        [acidity, 65_535, '', 4, 'register-limit@1[65535]'],
        [damp, 100, '%', 1, ''],
        [damp, 100.1, '%', 4, 'physically-impossible@1[0..100]'],
        [damp, -0.1, '%', 4, 'physically-impossible@1[0..100]'],
        [named('O2', '%'), 100.1, '%', 4, 'physically-impossible@1[..100]'],
        [named('O2', '%'), -0.1, '%', 3, 'negative@1'],
        [named('DO', '%'), 130, '%', 1, ''], // supersaturated
        [heat, -273.14, 'oC', 1, ''],
        [heat, -273.15, 'oC', 4, 'physically-impossible@1'],
        [heat, -300, '', 4, 'unit-missing@1 physically-impossible@1'],
        [heat, 0, 'K', 4, 'unit-unexpected@2[°C] physically-impossible@1'],
        [heat, 300, 'K', 2, 'unit-unexpected@2[°C]'],
        [heat, -459.67, '°F', 4, 'unit-unexpected@2[°C] physically-impossible@1'],
        // Codes of registers and converters.
        [cod, 65_535, 'mg/L', 4, 'register-limit@1[65535]'],
        [cod, 65.535, 'g/L', 4, 'register-limit@1[65535]'],
        [cod, 4_294_967_295, 'mg/L', 4, 'register-limit@1[4294967295]'],
        ...[6553.5, 655.35, 32_767, 3276.7, 327.67, 7999].map(
          (code) => [cod, code, 'mg/L', 3, `register-limit@1[${code}]`] as const,
        ),
        [cod, 7998, 'mg/L', 1, ''],
        [heat, -327.68, 'oC', 4, 'physically-impossible@1'],
        [named('FLOW', 'm3/h'), 65_535, 'm3/h', 1, ''], // a sum passes every number
        [named('TOTAL', 'm3'), 65_535, 'm3', 1, ''],
        // Sentinels that a logger converted.
        [cod, -9.999, 'g/L', 4, 'sentinel@3[-9999]'],
        [cod, -9_999_000, 'ug/L', 4, 'sentinel@3[-9999]'],
        [cod, -9999, 'ug/L', 4, 'sentinel@3[-9999]'],
        [cod, 99.999, 'g/L', 4, 'sentinel@3[99999]'],
        [cod, -9.998, 'g/L', 3, 'negative@1'],
        [cod, -999, 'mg/L', 4, 'sentinel@3[-999]'],
        [cod, -0.9999, 'g/L', 4, 'sentinel@3[-999.9]'],
        [{ ...cod, negative: true }, -999, 'mg/L', 1, ''],
      ] as const
    ).map(
      ([parameter, sent, rawUnit, flag, reasons]) =>
        [
          `${parameter.code} of ${sent} ${rawUnit}`,
          { parameter, sent, rawUnit, own: unlimited },
          flag,
          reasons,
        ] as [string, Given, number, string],
    ),
    [
      'a converted sentinel that the logger rounded',
      {
        sent: -5318.62,
        rawUnit: 'ppb',
        own: unlimited,
        parameter: { unit: 'µg/m3', conversions: [{ from: 'ppb', factor: 1.88, verified: true }] },
      },
      4,
      'sentinel@3[-9999]',
    ],
    [
      "a sentinel by the station's factor",
      { sent: -99_990, rawUnit: 'mg/L', own: { factor: 0.1 }, parameter: cod },
      4,
      'sentinel@3[-9999]',
    ],
    [
      'what the station says that its device can measure',
      { sent: 103, rawUnit: '%', own: { max: 105 }, parameter: damp },
      1,
      '',
    ],
    [
      'a code within the range of the device',
      { sent: 327.67, rawUnit: 'mg/L', own: { min: 0, max: 500 }, parameter: cod },
      1,
      '',
    ],
    [
      'a code of a device that is calibrating',
      { sent: 65_535, rawUnit: 'mg/L', status: '01', own: unlimited, parameter: cod },
      2,
      'status-calibrating@1',
    ],
    ['zero', { sent: 0, own: unlimited }, 1, ''],
    ['minus zero', { sent: -0, own: unlimited }, 1, ''],
    ['zero that is suspect', { sent: 0, parameter: { zero: 'suspect' } }, 3, 'zero-suspect@1'],
    ['zero that means none', { sent: 0, parameter: { zero: 'missing' } }, 9, 'zero-missing@1'],
    [
      'zero that is a value at this station',
      { sent: 0, parameter: { zero: 'missing' }, own: { zero: 'value' } },
      1,
      '',
    ],
    [
      'zero that is suspect and out of range',
      { sent: 0, own: { min: 1, zero: 'suspect' } },
      4,
      'zero-suspect@1 out-of-range@1[1..]',
    ],
    ['nearly zero', { sent: 1e-300, own: unlimited, parameter: { zero: 'missing' } }, 1, ''],
    ['a usual sentinel', { sent: 99_999, own: unlimited }, 4, 'sentinel@3[99999]'],
    ['a usual sentinel of two decimals', { sent: 9999.99 }, 4, 'sentinel@3[9999.99]'],
    ['a usual sentinel within the range', { sent: 99_999, own: { min: 0, max: 100_000 } }, 1, ''],
    [
      "the parameter's sentinel",
      { sent: 999, own: unlimited, parameter: { sentinels: [999] } },
      4,
      'sentinel@3[999]',
    ],
    [
      "the parameter's sentinels in place of the usual",
      { sent: 99_999, own: unlimited, parameter: { sentinels: [999] } },
      1,
      '',
    ],
    [
      "the station's sentinels in place of the parameter's",
      { sent: 999, own: { sentinels: [] }, parameter: { sentinels: [999] } },
      1,
      '',
    ],
    [
      'a sentinel in the unit sent',
      { sent: -9999, rawUnit: 'hPa', own: unlimited, parameter: { unit: 'kPa' } },
      4,
      'sentinel@3[-9999]',
    ],
    ['a usual sentinel of an unknown', { sent: -9999, parameter: null }, 2, 'unknown-symbol@1'],
    ['calibrating', { status: '01' }, 2, 'status-calibrating@1'],
    ['a fault', { status: '02' }, 2, 'status-fault@1'],
    ['maintenance', { status: '03' }, 2, 'status-maintenance@1'],
    ['a short status', { status: '0' }, 2, 'status-unknown@1'],
    ['no status', { status: '' }, 2, 'status-unknown@1'],
    ['absurd while calibrating', { sent: 99, status: '01' }, 2, 'status-calibrating@1'],
    ['missing', { sent: 'missing' }, 9, 'missing@2'],
    ['a word', { sent: 'word-for-value' }, 9, 'word-for-value@2'],
    ['missing with a fault', { sent: 'missing', status: '02' }, 9, 'missing@2 status-fault@1'],
    ['unparsable', { sent: 'unparsable' }, 4, 'unparsable@3'],
    ['ambiguous', { sent: 'ambiguous-number' }, 4, 'ambiguous-number@1'],
    ['not detected', { sent: 'not-detected' }, 2, 'not-detected@1'],
    ['censored', { sent: { relation: '<', limit: 0.01 } }, 2, 'censored@1'],
    [
      'censored while calibrating',
      { sent: { relation: '<', limit: 0.01 }, status: '01' },
      2,
      'censored@1 status-calibrating@1',
    ],
    ['an unknown symbol', { parameter: null }, 2, 'unknown-symbol@1'],
    ['no unit', { parameter: { unit: 'kPa' } }, 1, 'unit-missing@1'],
    [
      'no unit, out of range',
      { sent: 15, parameter: { unit: 'kPa' } },
      4,
      'unit-missing@1 out-of-range@1[0..14]',
    ],
    ['another unit', { sent: 15, rawUnit: 'mg/L' }, 2, 'unit-unexpected@2[without unit]'],
    ['converted into the range', { sent: 100, rawUnit: 'hPa', parameter: { unit: 'kPa' } }, 1, ''],
    [
      'converted out of the range',
      { sent: 13, rawUnit: 'bar', parameter: { unit: 'kPa' } },
      4,
      'out-of-range@1[0..14]',
    ],
    ['an unverified factor', { rawUnit: 'ppb', parameter: ppb }, 3, 'factor-unverified@1[1.88]'],
    [
      'an unverified factor that leads out of the range',
      { sent: 7.5, rawUnit: 'ppb', parameter: ppb },
      4,
      'factor-unverified@1[1.88] out-of-range@1[0..14]',
    ],
  ])('%s', (_what, given, flag, reasons) => {
    expect(judge(given)).toEqual({
      flag,
      reasons: reasons === '' ? [] : reasons.split(/ (?=[a-z-]+@)/),
    });
  });
});

/**
 * The precedence of the decision table, written a second time as a table: for every combination of
 * circumstances the first row that holds decides the flag.
 */
describe('precedence', () => {
  const values: Record<string, ParsedValue> = {
    ...{ missing: 'missing', word: 'word-for-value', unparsable: 'unparsable' },
    ...{ ambiguous: 'ambiguous-number', undetected: 'not-detected' },
    ...{ censored: { relation: '<', limit: 1 }, sentinel: 99_999, zero: 0 },
    ...{ negative: -1, above: 20, within: 7 },
  };
  const statuses = ['00', '01', '02', '03', '0', ''];
  const units = ['', 'furlong'];
  const parameters = ['known', 'unknown'] as const;
  const zeroes = ['value', 'suspect', 'missing'] as const;
  const ranges = [undefined, { min: 0, max: 14 }] as const;

  interface Circumstances {
    readonly value: string;
    readonly status: string;
    readonly rawUnit: string;
    readonly parameter: (typeof parameters)[number];
    readonly zero: (typeof zeroes)[number];
    readonly range: (typeof ranges)[number];
  }
  const table: readonly [(c: Circumstances) => boolean, flag: number][] = [
    [(c) => c.value === 'missing' || c.value === 'word', 9],
    [(c) => c.value === 'unparsable' || c.value === 'ambiguous', 4],
    [(c) => c.status !== '00', 2],
    [(c) => c.value === 'censored' || c.value === 'undetected', 2],
    [(c) => c.parameter === 'unknown', 2],
    [(c) => c.value === 'sentinel', 4],
    [(c) => c.value === 'zero' && c.zero === 'missing', 9],
    [(c) => c.rawUnit === 'furlong', 2],
    [(c) => c.range !== undefined && (c.value === 'negative' || c.value === 'above'), 4],
    [(c) => c.value === 'negative', 3],
    [(c) => c.value === 'zero' && c.zero === 'suspect', 3],
    [() => true, 1],
  ];

  test('holds for every combination', () => {
    let combinations = 0;
    for (const [value, sent] of Object.entries(values))
      for (const status of statuses)
        for (const rawUnit of units)
          for (const parameter of parameters)
            for (const zero of zeroes)
              for (const range of ranges) {
                combinations++;
                const circumstances = { value, status, rawUnit, parameter, zero, range };
                const flag = table.find(([holds]) => holds(circumstances))?.[1];
                const own = { zero, ...range };
                const known = parameter === 'known' ? {} : null;
                const judged = judge({ sent, status, rawUnit, parameter: known, own });
                expect({ ...circumstances, flag: judged.flag }).toEqual({ ...circumstances, flag });
                if (flag !== 1) expect(judged.reasons).not.toEqual([]);
              }
    expect(combinations).toBe(11 * 6 * 2 * 2 * 3 * 2);
  });
});
