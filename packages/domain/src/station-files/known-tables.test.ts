import { describe, expect, test } from '@jest/globals';
import type { Profile } from '@envigate/contracts';
import { bytes } from '../testing/station-file.ts';
import { parseStationFile } from './parse-station-file.ts';
import { inEnglish } from '../testing/in-english.ts';

const context = { utcOffsetMinutes: 420, receivedAtMs: Date.parse('2026-11-29T15:20:00.000Z') };
const environment =
  '"TOA5","Site","CR1000X","1234","CR1000X.Std.07","CPU:water.CR1X","5678","Five"';
const names = '"TIMESTAMP","RECORD","pH","COD","TSS"';
const units = '"TS","RN","","mg/L","g/L"';
const kinds = '"","","Avg","Avg","Smp"';
const row = '"2026-11-29 22:15:00",940,7.20,45.0,"NAN"';
const header = [environment, names, units, kinds];
const file = (...lines: readonly string[]) => lines.map((line) => `${line}\r\n`).join('');

function read(content: string, profile?: Partial<Profile>) {
  const how = profile === undefined ? undefined : { code: 'P', name: 'P', ...profile };
  const parsed = parseStationFile(bytes(content), { ...context, profile: how });
  const rejected = parsed.rejectedLines.map((l) => `${l.line}:${l.column} ${l.reason}`);
  if (parsed.kind === 'unreadable') return { reason: parsed.reason, rejected };
  const { shape, separator } = parsed.form;
  return {
    form: `${shape} ${separator}`,
    readings: parsed.lines.map(
      ({ line, symbol, value, unit, statusCode }) =>
        `${line} ${symbol}=${value} ${unit} ${statusCode}`,
    ),
    rejected,
    warnings: parsed.warnings.map(({ code, detail }) => `${code} ${inEnglish(detail)}`),
  };
}

const whole = {
  form: 'wide comma',
  readings: ['5 pH=7.20  ', '5 COD=45.0 mg/L ', '5 TSS=NAN g/L '],
  rejected: [],
  warnings: [1, 2, 3, 4].map((n) => `header-row line ${n}`),
};

describe('TOA5', () => {
  test('is read without a profile: names, units, and no line of the header as data', () => {
    expect(read(file(...header, row))).toEqual(whole);
  });

  test.each([
    ['without quotes', file(...[...header, row].map((line) => line.replaceAll('"', '')))],
    ['behind a byte order mark', `\uFEFF${file(...header, row)}`],
    ['with a mark of the end', `${file(...header, row)}\x1A`],
  ])('is read %s', (_, content) => {
    expect(read(content)).toMatchObject({ readings: whole.readings, rejected: [] });
  });

  test('is read behind a blank line, whose lines count', () => {
    expect(read(`\r\n${file(...header, row)}`)).toMatchObject({
      readings: whole.readings.map((text) => text.replace('5', '6')),
      rejected: [],
    });
  });

  test.each<[string, Partial<Profile>]>([
    ['that only says what an absent status means', { statuses: { '': '00' } }],
    [
      'that takes the names for the last line of the header',
      {
        ...{ wide: true, separator: 'comma', headerLines: 2, columns: ['time', 'ignored'] },
        statuses: { '': '00' },
      },
    ],
    [
      'that names the lines',
      {
        ...{ wide: true, separator: 'comma', headerLines: 4, namesLine: 2, unitsLine: 3 },
        ...{ columns: ['time', 'ignored'], statuses: { '': '00' } },
      },
    ],
  ])('is read by a profile %s', (_, profile) => {
    expect(read(file(...header, row), profile)).toEqual({
      ...whole,
      readings: whole.readings.map((text) => `${text}00`),
    });
  });

  test('is read as a profile says that describes it otherwise', () => {
    const profile: Partial<Profile> = {
      ...{ wide: true, separator: 'comma', namesLine: 4, headerLines: 4 },
      columns: ['time', 'ignored'],
    };
    const read4 = read(file(...header, row), profile);
    expect(read4).toMatchObject({ readings: ['5 Avg=7.20  ', '5 Avg #2=45.0  ', '5 Smp=NAN  '] });
    expect(read(file(...header, row), { shape: 'A5' })).toMatchObject({
      reason: 'unknown-form',
    });
  });

  test('has its record number or has none', () => {
    const without = (line: string) => line.replace(/^([^,]*),[^,]*,/, '$1,');
    const content = file(environment, ...[names, units, kinds, row].map(without));
    expect(read(content)).toMatchObject({ readings: whole.readings, rejected: [] });
  });

  test('without times is no table that can be read', () => {
    const content = file(environment, '"RECORD","pH"', '"RN",""', '"","Avg"', '940,7.2');
    expect(read(content)).toMatchObject({ reason: 'unknown-form' });
  });

  test('that its logger went on with has its header again', () => {
    const later = row.replace('22:15', '22:20');
    expect(read(file(...header, row, ...header, later))).toMatchObject({
      readings: [...whole.readings, ...whole.readings.map((text) => text.replace('5', '10'))],
      rejected: [],
    });
  });

  test('has one rejected line for a line without a valid time, however many its columns are', () => {
    const bad = row.replace('2026-11-29', '2026-13-29');
    const old = row.replace('2026', '1990');
    expect(read(file(...header, bad, row, old))).toMatchObject({
      readings: whole.readings.map((text) => text.replace('5', '6')),
      rejected: ['5:1 time-unreadable', '7:1 time-too-old'],
    });
  });

  test('has one rejected line for several unusable cells', () => {
    const long = 'x'.repeat(300);
    const bad = row.replace('7.20', long).replace('45.0', long);
    expect(read(file(...header, bad))).toMatchObject({
      readings: ['5 TSS=NAN g/L '],
      rejected: ['5:3 cell-too-long'],
    });
  });
});

describe('TOACI1', () => {
  test('has names and no units', () => {
    const content = file(
      '"TOACI1","gold","five_min"',
      '"TMSTAMP","RECNBR","pH_AVG","COD_AVG"',
      '"2026-11-29 22:15:00",18002,7.2,45',
    );
    expect(read(content)).toMatchObject({
      form: 'wide comma',
      readings: ['3 pH_AVG=7.2  ', '3 COD_AVG=45  '],
      rejected: [],
    });
  });
});

describe('what only begins like a table', () => {
  test.each([
    ['a symbol', 'TOA5\t7.2\t-\t20261129221500\t00\r\n'],
    ['a symbol between commas', 'TOA5,7.2,-,20261129221500,00\r\n'],
  ])('%s is not one', (_, content) => {
    expect(read(content)).toMatchObject({ readings: ['1 TOA5=7.2 - 00'] });
  });
});
