import { describe, expect, test } from '@jest/globals';
import { validateRegistry, type Registry } from '@envigate/contracts';
import fc from 'fast-check';
import { readTables, type TableInput } from './read-tables.ts';
import { tableLayouts } from './table-layout.ts';
import { writeTables } from './write-tables.ts';

// What becomes of the numbers of an export that went through spreadsheets of any language: they are
// the same, or they are refused, or a person is asked about them.

interface Spreadsheet {
  readonly decimal: '.' | ',';
  readonly thousands: '.' | ',' | ' ';
  /** LibreOffice reads groups of three digits, Excel also longer ones. */
  readonly group: string;
  /** Between cells when it saves, whatever was between them before. */
  readonly separator: ',' | ';';
}

/** The cell as it is saved again: a number as the program writes it, what it does not read as it was. */
function resave(cell: string, { decimal, thousands, group }: Spreadsheet): string {
  const form = new RegExp(
    `^([+-]?)(\\d+(?:\\${thousands}${group})*)(?:\\${decimal}(\\d*))?(e[+-]?\\d+)?$`,
    'i',
  );
  const [, sign, whole, fraction = '', exponent = ''] = form.exec(cell) ?? [];
  if (sign === undefined || whole === undefined) return cell;
  const number = Number(`${sign}${whole.replaceAll(thousands, '')}.${fraction}0${exponent}`);
  return String(Number(number.toPrecision(15))).replace('.', decimal);
}

const signs = [
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: ' ' },
] as const;
const spreadsheet: fc.Arbitrary<Spreadsheet> = fc
  .tuple(fc.constantFrom(...signs), fc.constantFrom('\\d{3}', '\\d{3,}'), fc.constantFrom(',', ';'))
  .map(([sign, group, separator]) => ({ ...sign, group, separator }) as const);

/** As limits and factors are: few digits, as often as not three behind the sign. */
const positive = fc
  .oneof(
    fc.tuple(fc.integer({ min: 1, max: 9_999_999 }), fc.integer({ min: 0, max: 9 })),
    fc.tuple(fc.integer({ min: 1, max: 9_999_999 }), fc.constant(3)),
    fc.tuple(fc.integer({ min: 1, max: 9_999 }), fc.integer({ min: -30, max: 30 })),
  )
  .map(([digits, decimals]) => Number(`${digits}e${-decimals}`));
const any = fc
  .tuple(positive, fc.boolean())
  .map(([number, isBelow]) => (isBelow ? -number : number));

const registryOf = (min: number, max: number, factor: number): Registry => ({
  facilities: [{ code: 'F', name: 'F' }],
  targets: [],
  accounts: [],
  parameters: [
    {
      ...{ code: 'CO', symbol: 'CO', name: 'CO', nameEn: 'CO', unit: 'mg/Nm3' },
      sentinels: [min],
      conversions: [{ from: 'ppb', to: 'mg/Nm3', factor }],
    },
  ],
  stations: [
    {
      ...{ code: 'S', facility: 'F', name: 'S', kind: 'stack-gas', intervalMinutes: factor },
      parameters: [{ parameter: 'CO', min: Math.min(min, max), max: Math.max(min, max), factor }],
    },
  ],
});

const isNumeric = (table: string, column: string | undefined): boolean =>
  tableLayouts
    .find(({ name }) => name === table)
    ?.columns.some(({ name, type }) => name === column && /^numbers?$/.test(type)) ?? false;

/** The tables as the last of the spreadsheets saved them. */
function passThrough(registry: Registry, comma: boolean, programs: readonly Spreadsheet[]) {
  const separator = programs.at(-1)?.separator ?? (comma ? ';' : ',');
  return writeTables(registry, comma).map(({ name, rows: [header = [], ...rows] }): TableInput => {
    const saved = rows.map((row) =>
      row.map((cell, at) => (isNumeric(name, header[at]) ? programs.reduce(resave, cell) : cell)),
    );
    return {
      ...{ file: `${name}.csv`, name, decimalComma: separator === ';' },
      rows: [header, ...saved].map((row) => row.map((text) => ({ text, line: 1, column: 1 }))),
    };
  });
}

/** Every number of a registry, by its place. */
function numbersIn(value: unknown, place = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[place, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => numbersIn(one, `${place}/${key}`));
}

describe('an export that went through spreadsheets', () => {
  const isSame = (a: number, b: number | undefined): boolean =>
    b !== undefined && Math.abs(a - b) <= 1e-13 * Math.abs(a);

  test.each([1, 2, 3])('%d of any language changes no number without a word', (programs) => {
    fc.assert(
      fc.property(
        ...([any, any, positive, fc.boolean()] as const),
        fc.array(spreadsheet, { minLength: programs, maxLength: programs }),
        (min, max, factor, comma, through) => {
          const registry = registryOf(min, max, factor);
          const read = readTables(registry, passThrough(registry, comma, through));
          if (read.faults.length > 0) return;
          const after = new Map(numbersIn(validated(read.document)));
          if (after.size === 0) return;
          const changed = numbersIn(registry).filter(([place, number]) => {
            return !isSame(number, after.get(place));
          });
          expect(read.doubts.length).toBeGreaterThanOrEqual(changed.length);
          if (changed.length === 0) expect(read.doubts).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('LibreOffice in English and in Vietnamese leaves every number as it is, or it is refused', () => {
    fc.assert(
      fc.property(
        ...([any, any, positive, fc.boolean(), fc.boolean(), fc.boolean()] as const),
        (min, max, factor, comma, isVietnamese, keepsSeparator) => {
          const registry = registryOf(min, max, factor);
          const separator = keepsSeparator === comma ? ';' : ',';
          const program = { ...signs[isVietnamese ? 1 : 0], group: '\\d{3}', separator } as const;
          const read = readTables(registry, passThrough(registry, comma, [program]));
          expect([read.faults, read.doubts]).toEqual([[], []]);
          for (const [place, number] of numbersIn(validated(read.document)))
            expect(isSame(number, new Map(numbersIn(registry)).get(place))).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

/** Undefined where the schema refuses it, as it does a number that is a text. */
function validated(document: object): Registry | undefined {
  try {
    return validateRegistry(document);
  } catch {
    return undefined;
  }
}
