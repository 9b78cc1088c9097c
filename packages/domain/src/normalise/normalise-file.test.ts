import { describe, expect, test } from '@jest/globals';
import type { Release, Replay } from '@envigate/contracts';
import { bytes, registryOf, stationFile } from '../testing/station-file.ts';
import { statusCodeOf } from '../quality/judge-reading.ts';
import { formatLocalTime } from '../times/local-time.ts';
import { normaliseFile, type NormaliseOutcome } from './normalise-file.ts';

const registry = registryOf({
  parameters: [
    { code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L', aliases: ['Cod'] },
    { code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' },
  ],
  stations: [
    { code: 'S', facility: 'F', name: 'S', kind: 'waste-water', filePrefixes: ['A_B_S'] },
    { code: 'UTC', facility: 'F', name: 'UTC', kind: 'waste-water', utcOffsetMinutes: 0 },
  ],
  accounts: [
    { code: 'a', stations: ['S'] },
    { code: 'utc', stations: ['UTC'] },
  ],
});

const file = stationFile({ account: 'a', name: 'A_B_S_20260325000000.txt' });
const line = (cells: string) => `${cells.replaceAll(' ', '\t')}\n`;
const normalise = (content: string, reception: { account?: string; name?: string } = {}) =>
  normaliseFile(stationFile({ ...file.reception, ...reception }, bytes(content)), registry);

function normalised(outcome: NormaliseOutcome) {
  if (outcome.kind !== 'normalised') throw new Error(outcome.message.reason);
  return outcome.message;
}

describe('two lines of one parameter and instant', () => {
  const first = line('COD 1.50 mg/L 20260325000000 00');

  test.each([
    ['the same line', 'COD 1.50 mg/L 20260325000000 00'],
    ['the same value written otherwise', 'Cod 1.5 mg/l 20260325000000 00'],
  ])('%s: one reading and a warning', (_what, second) => {
    const { readings, rejectedLines, warnings } = normalised(normalise(first + line(second)));
    expect(readings).toEqual([expect.objectContaining({ value: 1.5, line: 1 })]);
    expect(rejectedLines).toEqual([]);
    expect(warnings).toEqual([{ code: 'duplicate-line', detail: 'line-repeats@1[2,1]' }]);
  });

  test.each([
    ['another value', 'COD 1.51 mg/L 20260325000000 00'],
    ['another unit', 'COD 1.50 µg/L 20260325000000 00'],
    ['another status', 'COD 1.50 mg/L 20260325000000 01'],
    ['no value', 'COD --- mg/L 20260325000000 00'],
  ])('%s: the first counts, the second is rejected', (_what, second) => {
    const { readings, rejectedLines } = normalised(
      normalise(first + line(second) + line('x') + line('pH 7 - 20260325000000 00')),
    );
    expect(readings.map((r) => [r.parameter, r.value])).toEqual([
      ['COD', 1.5],
      ['PH', 7],
    ]);
    expect(rejectedLines.map((r) => [r.line, r.reason])).toEqual([
      [2, 'conflicting-duplicate'],
      [3, 'wrong-column-count'],
    ]);
  });

  test('two texts that are no numbers contradict each other', () => {
    const outcome = normalise(
      line('COD OFF mg/L 20260325000000 00') + line('COD <1 mg/L 20260325000000 00'),
    );
    expect(normalised(outcome).rejectedLines).toHaveLength(1);
  });

  test('other instants are other readings, also when times alternate', () => {
    const other = line('COD 2 mg/L 20260325000005 00');
    const { readings, warnings } = normalised(normalise(first + other + first));
    expect(readings.map((r) => r.value)).toEqual([1.5, 2]);
    expect(warnings).toHaveLength(1);
  });
});

test('an unknown symbol is kept as a reading under its own name', () => {
  const outcome = normalise(line('Xyz 0.5 mg/l 20260325000000 00'));
  expect(normalised(outcome).readings).toEqual([
    expect.objectContaining({
      parameter: 'Xyz',
      value: 0.5,
      unit: 'mg/L',
      flag: 2,
      reasons: ['unknown-symbol@1'],
    }),
  ]);
});

test('an unreadable value is null and never zero', () => {
  const outcome = normalise(line('COD 7.8.5 mg/L 20260325000000 00'));
  expect(normalised(outcome).readings).toEqual([
    expect.objectContaining({ value: null, rawValue: '7.8.5', flag: 4, reasons: ['unparsable@3'] }),
  ]);
});

describe('what a value and its unit become', () => {
  const only = (cells: string) => normalised(normalise(line(cells))).readings[0];

  test.each<[cells: string, expected: object]>([
    ['COD 7,85 mg/L 20260325000000 00', { value: 7.85, unit: 'mg/L', flag: 1, reasons: [] }],
    ['COD 16248.2 µg/L 20260325000000 00', { value: 16.2482, unit: 'mg/L', factor: 0.001 }],
    [
      'COD <50 µg/L 20260325000000 00',
      {
        ...{ value: null, censored: { relation: '<', limit: 0.05 }, factor: 0.001, unit: 'mg/L' },
        ...{ rawValue: '<50', rawUnit: 'µg/L', flag: 2, reasons: ['censored@1'] },
      },
    ],
    ['COD OFF µg/L 20260325000000 00', { value: null, flag: 9, reasons: ['word-for-value@2'] }],
    ['COD(µg/L) 50 - 20260325000000 00', { value: 0.05, unit: 'mg/L', rawUnit: '-', reasons: [] }],
    ['COD(µg/L) 50 mg/L 20260325000000 00', { value: 50, unit: 'mg/L' }],
    ['COD 5 ppm 20260325000000 00', { value: 5, unit: 'ppm', flag: 2 }],
    ['Xyz <5 mg/l 20260325000000 00', { censored: { relation: '<', limit: 5 }, unit: 'mg/L' }],
  ])('%s', (cells, expected) => {
    expect(only(cells)).toMatchObject(expected);
  });

  test('nothing is said of a factor or a limit where there is none', () => {
    for (const cells of ['COD 1 mg/L', 'COD OFF µg/L']) {
      const reading = only(`${cells} 20260325000000 00`);
      expect(reading).not.toHaveProperty('factor');
      expect(reading).not.toHaveProperty('censored');
    }
  });

  test('a bound is compared when its parameter comes twice', () => {
    const twice = (second: string) => {
      const first = line('COD <1.0 mg/L 20260325000000 00');
      return normalised(normalise(first + line(`COD ${second} mg/L 20260325000000 00`)));
    };
    expect(twice('<1').warnings.map(({ code }) => code)).toEqual(['duplicate-line']);
    expect(twice('<2').rejectedLines).toHaveLength(1);
    expect(twice('>1').rejectedLines).toHaveLength(1);
    expect(twice('1').rejectedLines).toHaveLength(1);
  });
});

test("times are of the station's clock", () => {
  const outcome = normalise(line('COD 1 mg/L 20260324170000 00'), {
    account: 'utc',
    name: 'UTC_20260324170000.txt',
  });
  expect(normalised(outcome)).toMatchObject({
    station: 'UTC',
    readings: [{ instant: '2026-03-24T17:00:00.000Z' }],
    warnings: [],
  });
});

describe('the time of the name', () => {
  test.each([
    ['A_B_S_20260325000000.txt', []],
    ['A_B_S_20260324235000.txt', []],
    ['A_B_S_202603250000.txt', []],
    ['A_B_S_20260325.txt', []],
    ['A_B_S_20260324234959.txt', ['name-time-differs']],
    ['A_B_S_20260323.txt', ['name-time-differs']],
    ['A_B_S_20261325000000.txt', ['name-time-unreadable']],
    ['A_B_S.txt', ['name-time-unreadable']],
    ['free text.txt', ['name-time-unreadable', 'name-prefix-unknown']],
  ])('of %s', (name, codes) => {
    const { warnings, readings } = normalised(
      normalise(line('COD 1 mg/L 20260325000000 00'), { name }),
    );
    expect(warnings.map((warning) => warning.code)).toEqual(codes);
    expect(readings[0]?.instant).toBe('2026-03-24T17:00:00.000Z');
  });
});

describe('quarantine', () => {
  test.each([
    [{ account: 'nobody' }, 'x', { reason: 'unknown-account' }],
    [{ name: 'UTC_20260325000000.txt' }, 'x', { reason: 'other-accounts-station' }],
    [{}, '', { reason: 'empty-file', station: 'S' }],
    [{}, 'x', { reason: 'unknown-form', station: 'S', rejectedLines: [{ line: 1 }] }],
  ])('%j sends %p', (reception, content, expected) => {
    const outcome = normalise(content, reception);
    expect(outcome).toMatchObject({ kind: 'quarantined', message: expected });
  });
});

describe('a file that was held', () => {
  const since = '2026-03-24T16:30:00.000Z';
  const released = { by: 'quiet', heldFor: 'cut-last-line', since } as const;
  const receive = (content: string, more: Partial<Release> = {}) =>
    normaliseFile(
      stationFile({ ...file.reception, released: { ...released, ...more } }, bytes(content)),
      registry,
    );
  const whole = line('COD 1.5 mg/L 20260325000000 00');
  const cut = 'pH\t7\t\t20260325000000\t0';

  test('and released by time: a last line without end is put aside, for it may be cut', () => {
    const { readings, rejectedLines } = normalised(receive(whole + cut));
    expect(readings.map(({ parameter }) => parameter)).toEqual(['COD']);
    expect(rejectedLines).toEqual([
      { line: 2, column: 5, reason: 'line-cut', expected: 'rest-of-line@1', text: cut },
    ]);
    expect(receive(cut)).toMatchObject({ kind: 'quarantined', message: { reason: 'line-cut' } });
  });

  test('and released by time: a last line with its end is read', () => {
    expect(normalised(receive(`${whole}${cut}\n`)).readings).toHaveLength(2);
    expect(normalised(receive(`${whole}${cut}\r`)).readings).toHaveLength(2);
  });

  test('and released by an operator is read as it is', () => {
    expect(normalised(receive(whole + cut, { by: 'operator' })).readings).toHaveLength(2);
  });

  test('and discarded is in quarantine with what the operator said', () => {
    const outcome = receive(whole, { by: 'discard', actor: 'nguyenvana', note: 'a test' });
    expect(outcome).toMatchObject({
      kind: 'quarantined',
      message: {
        reason: 'discarded',
        detail: `held@1["cut-last-line","${since}","nguyenvana","a test"]`,
      },
    });
  });
});

describe('a file whose upload was broken', () => {
  const whole = line('COD 1.50 mg/L 20260325000000 00');
  const order = {
    ...{ of: file.reception.receptionId, batch: 'b', actor: 'nguyenvana' },
    requestedAt: '2026-03-25T00:00:00.000Z',
  };
  const interrupted = (content: string, replay?: Replay) =>
    normaliseFile(
      stationFile(
        { ...file.reception, interrupted: true, ...(replay && { replay }) },
        bytes(content),
      ),
      registry,
    );

  test.each([
    ['as it came', undefined],
    ['replayed', order],
    ['replayed by itself', { ...order, automatic: true as const }],
  ])('is in quarantine %s, however whole it looks', (_, replay) => {
    expect(interrupted(whole, replay)).toMatchObject({
      kind: 'quarantined',
      message: { reason: 'interrupted', rejectedLines: [] },
    });
  });

  test('is read where a person says that it is whole', () => {
    const { readings, rejectedLines } = normalised(interrupted(whole, { ...order, asWhole: true }));
    expect(readings).toMatchObject([{ value: 1.5, status: '00' }]);
    expect(rejectedLines).toEqual([]);
  });

  test.each([
    ['COD 1.50 mg/L 20260325000500 00', [1.5, 1.5], []],
    ['COD 1.50 mg/L 202603250005', [1.5], ['wrong-column-count']],
    ['COD 1.5', [1.5], ['wrong-column-count']],
  ])('its last line without an end, %j, is judged by what it holds', (last, values, rejected) => {
    const content = whole + line(last).trimEnd();
    const message = normalised(interrupted(content, { ...order, asWhole: true }));
    expect(message.readings.map(({ value }) => value)).toEqual(values);
    expect(message.rejectedLines.map(({ reason }) => reason)).toEqual(rejected);
  });

  test('stays discarded where an operator discarded it before', () => {
    const released = { by: 'discard', heldFor: 'shrunk', since: order.requestedAt } as const;
    const replay = { ...order, asWhole: true } as const;
    const sent = stationFile({ ...file.reception, released, replay }, bytes(whole));
    expect(normaliseFile(sent, registry).message).toMatchObject({
      reason: 'discarded',
    });
  });
});

describe('the newest time that a file states', () => {
  // Received at 2026-03-25 00:00:41 +07:00.
  const at = (...times: readonly string[]) =>
    normalise(times.map((time) => line(`COD 1 mg/L ${time} 00`)).join('')).message.newestTime;

  test.each<[what: string, times: readonly string[], newest: string | undefined]>([
    [
      'of lines in whatever order',
      ['20260324235500', '20260324235900', '20260324235800'],
      '2026-03-24T16:59:00.000Z',
    ],
    ['of a line that is ahead and taken', ['20260325000500'], '2026-03-24T17:05:00.000Z'],
    [
      'of a line that is refused as ahead',
      ['20260325000000', '20260325002000'],
      '2026-03-24T17:20:00.000Z',
    ],
    [
      'of a file whose lines are all refused as ahead',
      ['20260325002000'],
      '2026-03-24T17:20:00.000Z',
    ],
    ['of a clock ahead by a time zone', ['20260325070000'], '2026-03-25T00:00:00.000Z'],
    [
      'not of a month read as a day',
      ['20261203000000', '20260325000000'],
      '2026-03-24T17:00:00.000Z',
    ],
    ['not of a clock that was never set', ['19700101000000'], undefined],
    ['not of what is no time', ['20261399000000'], undefined],
  ])('%s', (_what, times, newest) => {
    expect(at(...times)).toBe(newest);
  });
});

describe('the code that a status was read as', () => {
  const withWords = registryOf({
    ...registry.registry,
    profiles: [{ code: 'words', name: 'words', statuses: { Đo: '00', HC: '01', '': '00' } }],
    accounts: [{ code: 'a', stations: ['S'], profiles: ['words'] }],
  });
  const statuses = ['00', '01', '02', '03', '0', '1', '2', '3', '04', 'Đo', 'HC', 'off', ''];
  const values = ['1.5', '---', '7.8.5', '<1', '99999', '0', 'OFF'];

  test.each([
    ['with a profile', withWords],
    ['without', registry],
  ])('follows from the reasons alone, whatever the value, %s', (_what, of) => {
    const lines = statuses
      .flatMap((status) => values.map((value) => [value, status]))
      .map(([value, status], minute) => {
        const time = formatLocalTime(Date.UTC(2026, 2, 24) + minute * 60_000, 420);
        return ['COD', value, 'mg/L', time, status].join('\t');
      });
    const content = bytes(lines.map((text) => `${text}\n`).join(''));
    const { readings } = normalised(normaliseFile({ ...file, content }, of));
    expect(readings).toHaveLength(lines.length);
    const reported = readings.map(({ reasons }) => statusCodeOf(reasons));
    const sent = readings.map(({ status, statusCode }) => statusCode ?? status);
    expect(reported).toEqual(sent.map((code) => (/^0[0-3]$/.test(code) ? code : undefined)));
    expect(new Set(reported)).toEqual(new Set(['00', '01', '02', '03', undefined]));
  });
});
