import { describe, expect, test } from '@jest/globals';
import { inBothLanguages, type Registry } from '@envigate/contracts';
import { readTables, type TableInput } from './read-tables.ts';
import { tableLayouts } from './table-layout.ts';

const registry: Registry = {
  facilities: [{ code: 'F', name: 'F' }],
  parameters: [],
  targets: [],
  stations: [
    {
      ...{ code: 'S1', facility: 'F', name: 'Trạm 1', kind: 'waste-water', intervalMinutes: 15 },
      filePrefixes: ['A', 'B'],
      parameters: [{ parameter: 'COD', unit: '', max: 500 }, { parameter: 'PH' }],
    },
    { code: 'S2', facility: 'F', name: 'Trạm 2', kind: 'stack-gas' },
  ],
  accounts: [{ code: 'a', stations: ['S1'], passwordHash: 'scrypt$1', quotas: { sessions: 2 } }],
};

/** Cells split at ';', with their places. */
function table(name: string, ...lines: readonly string[]): TableInput {
  const rows = lines.map((line, i) => {
    let column = 1;
    return line.split(';').map((text) => {
      const cell = { text, line: i + 1, column };
      column += text.length + 1;
      return cell;
    });
  });
  return { file: `${name}.csv`, name, decimalComma: true, rows };
}

const read = (...tables: readonly TableInput[]) => {
  const { document, faults } = readTables(registry, tables);
  expect(faults).toEqual([]);
  return document as Registry;
};
const faultsOf = (...tables: readonly TableInput[]) =>
  readTables(registry, tables).faults.map(
    ({ file, cell, text }) => `${file}:${cell.line}:${cell.column}: ${text.en}`,
  );

describe('a table laid over the registry', () => {
  test('replaces the items of its section and leaves what it has no column for', () => {
    const { stations, ...others } = read(
      table(
        'stations',
        'code;name;kind;facility',
        'S3;Mới;stack-gas;F',
        'S1;Tên khác;waste-water;F',
      ),
    );
    expect(stations).toEqual([
      { code: 'S3', name: 'Mới', kind: 'stack-gas', facility: 'F' },
      { ...registry.stations[0], name: 'Tên khác' },
    ]);
    const { stations: _stations, ...before } = registry;
    expect(others).toEqual(before);
  });

  test('takes away what it leaves empty', () => {
    const { stations } = read(
      table('stations', 'code;intervalMinutes;filePrefixes', 'S1;;', 'S2;7,5;X | Y_1'),
    );
    expect(stations[0]).not.toHaveProperty('intervalMinutes');
    expect(stations[0]).not.toHaveProperty('filePrefixes');
    expect(stations[1]).toMatchObject({ intervalMinutes: 7.5, filePrefixes: ['X', 'Y_1'] });
  });

  test('of a list replaces it in every item, element by element', () => {
    const { stations } = read(
      table('station-parameters', 'station;parameter;max', 'S2;PH;14', 'S1;COD;400', 'S1;TSS;'),
    );
    expect(stations.map(({ parameters }) => parameters)).toEqual([
      [{ parameter: 'COD', unit: '', max: 400 }, { parameter: 'TSS' }],
      [{ parameter: 'PH', max: 14 }],
    ]);
  });

  test('has a column for each field of a field', () => {
    const { accounts } = read(
      table(
        'accounts',
        'code;stations;disabled;quotas.sessions;quotas.fileBytes',
        'a;S1|S2;TRUE;;100',
        'b;;;;',
      ),
    );
    expect(accounts).toEqual([
      {
        code: 'a',
        stations: ['S1', 'S2'],
        passwordHash: 'scrypt$1',
        disabled: true,
        quotas: { fileBytes: 100 },
      },
      { code: 'b', stations: [] },
    ]);
  });

  test('may have empty lines and columns, as spreadsheets leave them', () => {
    const { facilities } = read(table('facilities', 'code;name;', 'F;F;', ';;', 'G;G;', ''));
    expect(facilities.map(({ code }) => code)).toEqual(['F', 'G']);
  });

  test('reports where each value was written', () => {
    const { locate } = ((tables) => ({ locate: tables.locate.bind(tables) }))(
      readTables(registry, [
        table('stations', 'code;name;filePrefixes', 'S2;x;A', 'S1;y;B'),
        table('station-parameters', 'station;parameter;max', 'S1;COD;x'),
      ]),
    );
    const at = (pointer: string) => {
      const place = locate(pointer);
      return place && `${place.file}:${place.cell.line}:${place.cell.column}`;
    };
    expect(at('/stations/1/name')).toBe('stations.csv:3:4');
    expect(at('/stations/0/filePrefixes/0')).toBe('stations.csv:2:6');
    expect(at('/stations/1/kind')).toBe('stations.csv:3:1');
    expect(at('/stations/1/parameters/0/max')).toBe('station-parameters.csv:2:8');
    expect(at('/accounts/0/stations')).toBeUndefined();
  });
});

describe('what has not the form of the table', () => {
  test.each([
    [
      'an unknown column',
      ['code;nmae', 'F;x'],
      "1:6: 'nmae' is no column of this table; did you mean 'name'?",
    ],
    ['a column twice', ['code;name;name', 'F;x;y'], "1:11: the column 'name' is there twice"],
    ['no column of codes', ['name', 'x'], "1:1: the header must have the column 'code'"],
    ['a column without a name', ['code;;name', 'F;x;y'], '1:6: the column must have a name'],
    ['a cell too many', ['code;name', 'F;x;y'], '2:5: must have 2 cells as the header, not 3'],
    ['a cell too few', ['code;name', 'F'], '2:1: must have 2 cells as the header, not 1'],
  ])('%s is reported with its place', (_what, lines, fault) => {
    expect(faultsOf(table('facilities', ...lines))).toEqual([`facilities.csv:${fault}`]);
  });

  test('an element of an unknown item is reported with the one that was meant', () => {
    const rows = table('station-parameters', 'station;parameter', 'STA1;COD', 'X;COD');
    expect(faultsOf(rows)).toEqual([
      "station-parameters.csv:2:1: unknown station code 'STA1'",
      "station-parameters.csv:3:1: unknown station code 'X'",
    ]);
  });
});

describe('what has not the form of the table is said in Vietnamese too', () => {
  test.each([
    [['code;nmae', 'F;x'], "bảng không có cột 'nmae'; có phải là 'name'?"],
    [
      ['code;xyz', 'F;x'],
      "bảng không có cột 'xyz'; các cột: code, name, nameEn, provinceCode, agentCode, contacts",
    ],
    [['code;name;name', 'F;x;y'], "trùng cột 'name'"],
    [['name', 'x'], "hàng tiêu đề phải có cột 'code'"],
    [['code;;name', 'F;x;y'], 'cột phải có tên'],
    [['code;name', 'F;x;y'], 'phải có 2 ô như hàng tiêu đề; hiện có 3 ô'],
  ])('%j', (lines, vi) => {
    const { faults } = readTables(registry, [table('facilities', ...lines)]);
    expect(faults.map(({ text }) => text.vi)).toEqual([vi]);
  });

  test('an element of an unknown item', () => {
    const rows = table('station-parameters', 'station;parameter', 'S12;COD', 'NUO99;COD');
    expect(readTables(registry, [rows]).faults.map(({ text }) => text.vi)).toEqual([
      "mã trạm chưa khai báo: 'S12'",
      "mã trạm chưa khai báo: 'NUO99'",
    ]);
  });
});

describe('a number of a table that a spreadsheet may have moved', () => {
  const rows = (max: string, separator: ',' | ';' = ';'): TableInput => ({
    ...table('station-parameters', 'station;parameter;max', `S1;COD;${max}`),
    decimalComma: separator === ';',
  });
  const current = (max: number): Registry => ({
    ...registry,
    stations: [{ ...registry.stations[0]!, parameters: [{ parameter: 'COD', max }] }],
  });
  const doubts = (before: number, written: string, separator?: ',' | ';') =>
    readTables(current(before), [rows(written, separator)]).doubts.map(
      ({ file, cell, text }) => `${file}:${cell.line}:${cell.column}: ${text.en}`,
    );

  test.each([
    [1.145, '1145', '1.145 → 1145, ×1000'],
    [1.145, '1,145e3', '1.145 → 1145, ×1000'],
    [12.345, '12345', '12.345 → 12345, ×1000'],
    [0.125, '125', '0.125 → 125, ×1000'],
    [-1.145, '-1145', '-1.145 → -1145, ×1000'],
    [1145, '1.145', '1145 → 1.145, ÷1000'],
    [1_000_000, '1', '1000000 → 1, ÷1000000'],
    [1.145678, '1145678', '1.145678 → 1145678, ×1000000'],
    [1.1234, '11234', '1.1234 → 11234, ×10000'],
    // A spreadsheet shows few digits of what has many.
    [1.14512345678901, '1,15E+14', '1.14512345678901 → 115000000000000, ×10^14'],
  ])('%d, written %s, is not taken without a word', (before, written, change) => {
    expect(doubts(before, written)).toEqual([
      `station-parameters.csv:2:8: max ${change}: a spreadsheet may have read the decimal sign as one of thousands, or the other way round`,
    ]);
  });

  test.each([
    ['1,145', ';', 1.145, '1145', '1,1450'],
    ['1.145', ';', 1.145, '1145', '1.1450'],
    ['123.456', ',', 123.456, '123456', '123.4560'],
    ['-12.500', ',', -12.5, '-12500', '-12.5000'],
  ] as const)(
    '%s after %s is new and has two meanings',
    (written, separator, read, other, clear) => {
      expect(doubts(7, written, separator)).toEqual([
        `station-parameters.csv:2:8: max '${written}' is read as ${read}; write ${other} if that is meant, or else ${clear}`,
      ]);
    },
  );

  test.each([
    [7, '0,125'],
    [7, '1234,567'],
    [7, '1,1450'],
    [7, '1145'],
    [7, '1,14'],
    [7, '70'],
    [7, '700'],
    [7, '5000'],
    [0, '1000'],
    [1000, '0'],
    [1.145, '-1145'],
    [1.145, '1,145'],
    [1.145, '1,1450'],
    [1.145, '1.145'],
  ])('%d, written %s, is taken as it is', (before, written) => {
    expect(doubts(before, written)).toEqual([]);
  });

  test('is reported in Vietnamese first, also in a list and in an item', () => {
    const lines = ['code;name;facility;kind;intervalMinutes', 'S1;Trạm 1;F;waste-water;15000'];
    const { doubts } = readTables(registry, [table('stations', ...lines)]);
    expect(doubts.map(({ text }) => inBothLanguages(text))).toEqual([
      'intervalMinutes 15 → 15000, ×1000: bảng tính có thể đã hiểu dấu thập phân là dấu phân cách hàng nghìn, hoặc ngược lại · intervalMinutes 15 → 15000, ×1000: a spreadsheet may have read the decimal sign as one of thousands, or the other way round',
    ]);
  });
});

test('every table has columns of different names, and a column of its key', () => {
  for (const { columns, key, owner } of tableLayouts) {
    const names = [...(owner === undefined ? [] : [owner]), ...columns.map(({ name }) => name)];
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(key);
  }
});
