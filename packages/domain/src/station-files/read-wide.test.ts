import { describe, expect, test } from '@jest/globals';
import type { Profile } from '@envigate/contracts';
import { wideTable, type WideHeader } from './read-wide.ts';
import { sentence } from '../reasons/sentences.ts';

const profileOf = (more: Partial<Profile>): Profile => ({
  ...{ code: 'wide', name: 'wide', wide: true, ...more },
});
/** The names, and below them units where there are any. */
const headerOf = (text: string): WideHeader => {
  const [names, units] = text.split('\n').map((line, i) => ({ line: i + 1, text: line }));
  const lines = units === undefined ? [names!] : [names!, units];
  return { names: names!, units, lines, hasUnclearLetters: true };
};
const table = (header: string, more: Partial<Profile> = {}) =>
  wideTable(headerOf(header), profileOf(more));
const read = (header: string, text: string, more: Partial<Profile> = {}) =>
  table(header, more)!.read({ line: 2, text });
const cells = (header: string, text: string, more: Partial<Profile> = {}) => {
  const row = read(header, text, more);
  return row.kind === 'entries' ? row.entries.map((entry) => entry.read) : row.kind;
};
const time = '25/03/2026 07:00:00';
const at = { time, status: '' };

describe('a header names', () => {
  test.each([
    ['a symbol alone', 'Time,NO2', { symbol: 'NO2', unit: '' }],
    ['a symbol with its unit', 'Time,NO2(µg/Nm3)', { symbol: 'NO2', unit: 'µg/Nm3' }],
    ['a symbol and its unit apart', 'Time,NO2 (mg/m3)', { symbol: 'NO2', unit: 'mg/m3' }],
    ['a unit in square brackets', 'Time,COD [mg/L]', { symbol: 'COD', unit: 'mg/L' }],
    ['a unit of no text', 'Time,pH()', { symbol: 'pH', unit: '' }],
    ['a symbol with blanks', 'Time,Nhiệt độ (°C)', { symbol: 'Nhiệt độ', unit: '°C' }],
    ['a bracket that does not end the name', 'Time,NH4(+)N', { symbol: 'NH4(+)N', unit: '' }],
    ['the number of one of several', 'Time,TC_Avg(2)', { symbol: 'TC_Avg(2)', unit: '' }],
    ['a unit below the symbol', 'Time,COD\nTS,mg/L', { symbol: 'COD', unit: 'mg/L' }],
    ['a unit below, which goes first', 'Time,COD (g/L)\n,"mg/L"', { symbol: 'COD', unit: 'mg/L' }],
    ['a unit in brackets and none below', 'Time,COD (g/L)\n,', { symbol: 'COD', unit: 'g/L' }],
    ['a symbol in a line of units that ends before', 'Time,COD\nTS', { symbol: 'COD', unit: '' }],
    ['a unit in quotes with a comma', 'Time,"Q (m3/h, mean)"', { symbol: 'Q', unit: 'm3/h, mean' }],
  ])('%s', (_, header, series) => {
    expect(cells(header, `${time},7`)).toEqual([{ ...at, ...series, value: '7' }]);
  });

  test.each([
    ['no symbol', 'Time'],
    ['nothing behind the separator', 'Time,,'],
    ['nothing', ''],
  ])('%s: then there is no table', (_, header) => {
    expect(table(header)).toBeUndefined();
  });
});

describe('the names of a header', () => {
  test('that are repeated are distinguished by their numbers', () => {
    expect(cells('Time;TOT1;DELTA;TOT2;DELTA', `${time};1;2;3;4`)).toMatchObject([
      ...[{ symbol: 'TOT1' }, { symbol: 'DELTA' }, { symbol: 'TOT2' }, { symbol: 'DELTA #2' }],
    ]);
  });

  test('are no data where a logger writes its header again', () => {
    const header = 'Time,COD\nTS,mg/L';
    expect(cells(header, 'Time,COD')).toBe('header-row');
    expect(cells(header, 'TS,mg/L')).toBe('header-row');
  });
});

describe('the separator', () => {
  test.each([
    ['the one that parts the header most', 'Time;NO2 (µg,m3);SO2', {}, 'semicolon'],
    ['TAB before others that part it alike', 'Time\tNO2', {}, 'tab'],
    ['that of the profile, whatever the header', 'Time;a,b;c', { separator: 'comma' }, 'comma'],
  ] as const)('is %s', (_, header, more, separator) => {
    expect(table(header, more)?.separator).toBe(separator);
  });
});

describe('a line', () => {
  const header = 'Time;NO2 (µg/Nm3);SO2';
  const symbols = [
    { symbol: 'NO2', unit: 'µg/Nm3' },
    { symbol: 'SO2', unit: '' },
  ];

  test('has one value for each symbol', () => {
    expect(cells(header, `${time};41,5;7`)).toEqual([
      { ...at, ...symbols[0], value: '41,5' },
      { ...at, ...symbols[1], value: '7' },
    ]);
  });

  test('may leave values empty, and end in separators', () => {
    expect(cells(header, `${time};;7;;`)).toMatchObject([{ value: '' }, { value: '7' }]);
    expect(cells(header, `${time};;`)).toMatchObject([{ value: '' }, { value: '' }]);
  });

  test('that is a comment holds no data', () => {
    expect(cells(header, '# mean values')).toBe('comment-row');
  });

  test.each([
    ['too few cells', `${time};41,5`, 3],
    ['too many cells', `${time};41,5;7;8`, 4],
    ['no cell', '', 2],
  ])('with %s is refused as a whole, by the first that lacks or is too many', (_, text, column) => {
    expect(cells(header, text)).toEqual([
      { reason: 'wrong-column-count', column, expected: sentence('columns-as-in-line@1', 3, 1) },
    ]);
  });

  test('with one faulty value keeps the others', () => {
    const [no2, so2] = cells(header, `${time};${'x'.repeat(201)};7`) as readonly object[];
    expect(no2).toMatchObject({ column: 2 });
    expect(no2).toHaveProperty('reason');
    expect(so2).toMatchObject({ symbol: 'SO2', value: '7' });
  });

  test('has the text of the line and the place of the time in each entry', () => {
    const text = `01;${time};7`;
    const row = read('Status;Time;NO2', text, { columns: ['status', 'time'] });
    expect(row).toEqual({
      kind: 'entries',
      entries: [
        { text, timeColumn: 2, read: { time, status: '01', symbol: 'NO2', unit: '', value: '7' } },
      ],
    });
  });

  test('has date and time of day apart where the profile says so', () => {
    expect(
      cells('Date;Time;Id;NO2', '25/03/2026;07:00:00;9;7', {
        columns: ['date', 'timeOfDay', 'ignored'],
      }),
    ).toEqual([{ ...at, symbol: 'NO2', unit: '', value: '7' }]);
  });
});

test('a column whose name or unit has an unclear letter is not read, and the others are', () => {
  const header = 'Time,Nhi\uFFFDt,pH,COD(\uFFFDg/L)';
  const refused = (column: number) => ({
    ...{ reason: 'letters-unclear', column, expected: sentence('utf-8-or-profile@1') },
  });
  expect(cells(header, `${time},28,7,45`)).toEqual([
    refused(2),
    { ...at, symbol: 'pH', unit: '', value: '7' },
    refused(4),
  ]);
});

test('a replacement character is no fault where the file is in Unicode', () => {
  const names = { line: 1, text: 'Time,\uFFFDC' };
  const header = { names, lines: [names], hasUnclearLetters: false };
  const row = wideTable(header, profileOf({}))!.read({ line: 2, text: `${time},28` });
  expect(row).toMatchObject({ entries: [{ read: { symbol: '\uFFFDC', value: '28' } }] });
});
