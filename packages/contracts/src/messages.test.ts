import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { normalisedFileSchema, type Reading, type Reception } from './index.ts';
import {
  normalisedFileCodec,
  normalisedFileOf,
  quarantinedFileCodec,
  readContent,
  readReception,
  signsOf,
  stationFileCodec,
  stationFileOf,
  type NormalisedFile,
  type QuarantinedFile,
  type StationFile,
} from './messages.ts';

const reception: Reception = {
  receptionId: '01KAAAAAAAAAAAAAAAAAAAAAAA',
  spoolId: 'spool',
  spoolSequence: 7,
  receivedAt: '2026-03-24T17:00:41.000Z',
  protocol: 'ftp',
  peer: '10.0.0.1',
  account: 'trạm',
  folder: '/2026/03/25',
  name: 'HN_A_NT01_20260325000000.txt',
  size: 9,
  contentHash: 'a'.repeat(64),
  fileId: 'b'.repeat(64),
};
// Bytes of every kind, line feeds among them, that are no text.
const content = Buffer.from([0x70, 0x48, 0x0a, 0x00, 0xff, 0xfe, 0x0a, 0x7b, 0x0a]);

const reading: Reading = {
  parameter: 'PH',
  instant: '2026-03-24T17:00:00.000Z',
  value: 7.1,
  unit: '',
  rawValue: '7,10',
  rawUnit: '-',
  status: '00',
  flag: 1,
  reasons: [],
  line: 1,
};
const below: Reading = {
  ...reading,
  ...{ parameter: 'COD', value: null, rawValue: '<0.5', unit: 'mg/L', status: 'Đo', flag: 3 },
  ...{ reasons: ['below-limit@1[0.5]', 'status-read-as@1[00]'], line: 4 },
  ...{ censored: { relation: '<', limit: 0.5 }, factor: 0.001, statusCode: '00' },
  instant: '2026-03-24T17:05:00.000Z',
};

const stationFile: StationFile = { type: 'station-file.v2', reception, content };
const quarantined: QuarantinedFile = {
  ...{ type: 'quarantined-file.v2', reception, content, station: 'S', newestTime: below.instant },
  ...{ reason: 'not-text', detail: 'bytes@1[0]' },
  rejectedLines: [{ line: 2, column: 1, reason: 'x', expected: 'y@1', text: 'a\nb\u2028' }],
};
const normalised: NormalisedFile = {
  ...{ type: 'normalised-file.v2', reception, content, station: 'S', readingMark: '0'.repeat(16) },
  form: { shape: 'A5', separator: 'tab', encoding: 'utf-8' },
  readings: [reading, { ...reading, parameter: 'TSS', line: 2 }, below],
  rejectedLines: [],
  warnings: [{ code: 'duplicate-line', detail: 'line-repeats@1[2,1]' }],
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('a message about a file', () => {
  test('is read as it was written, with the bytes of the file as they came', () => {
    expect(stationFileCodec.decode(stationFileCodec.encode(stationFile))).toEqual(stationFile);
    expect(quarantinedFileCodec.decode(quarantinedFileCodec.encode(quarantined))).toEqual(
      quarantined,
    );
    expect(normalisedFileCodec.decode(normalisedFileCodec.encode(normalised))).toEqual(normalised);
  });

  test('is JSON on its first lines and the file behind them', () => {
    const [head, ...rest] = text(stationFileCodec.encode(stationFile)).split('\n');
    expect(JSON.parse(head!)).toMatchObject({ type: 'station-file.v2', reception: { size: 9 } });
    expect(rest.join('\n')).toBe(text(content));

    const [first, second, ...file] = text(normalisedFileCodec.encode(normalised)).split('\n');
    expect(JSON.parse(first!)).toMatchObject({ instants: [reading.instant, below.instant] });
    expect(JSON.parse(second!)).toMatchObject({ line: [1, 2, 4], instant: [0, 0, 1] });
    expect(file.join('\n')).toBe(text(content));
  });

  test('has the columns that few readings need only where one does', () => {
    const plain = { ...normalised, readings: [reading] };
    expect(text(normalisedFileCodec.encode(plain))).not.toMatch(/censored|factor|statusCode/);
    expect(normalisedFileCodec.decode(normalisedFileCodec.encode(plain))).toEqual(plain);
  });

  const signs = {
    ...{ reception, station: 'S', instants: [reading.instant, below.instant] },
    readings: {
      instant: normalised.readings.map(({ instant }) => (instant === reading.instant ? 0 : 1)),
      parameter: normalised.readings.map(({ parameter }) => parameter),
      flag: normalised.readings.map(({ flag }) => flag),
      reasons: normalised.readings.map(({ reasons }) => reasons),
    },
  };

  test('of version 1 is read, as services of before may still be at work', () => {
    const base64 = content.toString('base64');
    const v1 = (type: string, document: object): Buffer =>
      Buffer.from(JSON.stringify({ ...document, type, content: base64 }));
    expect(stationFileCodec.decode(v1('station-file.v1', stationFile))).toEqual(stationFile);
    expect(quarantinedFileCodec.decode(v1('quarantined-file.v1', quarantined))).toEqual(
      quarantined,
    );
    const bytes = v1('normalised-file.v1', normalised);
    expect(normalisedFileCodec.decode(bytes)).toEqual(normalised);
    expect(signsOf({ value: bytes })).toMatchObject(signs);
  });

  test('shows of when its readings are and whether they are valid', () => {
    expect(signsOf({ value: normalisedFileCodec.encode(normalised) })).toMatchObject(signs);
  });

  test('is not decoded where the record has it beside its bytes', () => {
    const value = Buffer.from('not read');
    expect(stationFileOf({ value, message: stationFile })).toBe(stationFile);
    expect(normalisedFileOf({ value, message: normalised })).toBe(normalised);
    expect(signsOf({ value, message: normalised })).toEqual(signs);
  });

  test('is decoded where the record has nothing, or something else, beside it', () => {
    const [file, read] = [
      { value: stationFileCodec.encode(stationFile) },
      { value: normalisedFileCodec.encode(normalised) },
    ];
    expect(stationFileOf(file)).toEqual(stationFile);
    expect(stationFileOf({ ...file, message: normalised })).toEqual(stationFile);
    expect(normalisedFileOf(read)).toEqual(normalised);
    expect(normalisedFileOf({ ...read, message: stationFile })).toEqual(normalised);
    expect(signsOf({ ...read, message: stationFile })).toEqual(signsOf(read));
    const upper = (_key: string, value: unknown) => (value === 'S' ? 'T' : value);
    expect(normalisedFileOf({ ...read, message: normalised }, upper)).toMatchObject({
      station: 'T',
    });
  });

  test('that cannot be decoded shows its reception and its bytes', () => {
    const other = Buffer.from(
      text(stationFileCodec.encode(stationFile)).replace('station-file.v2', 'station-file.v9'),
      'latin1',
    );
    expect(() => stationFileCodec.decode(other)).toThrow('/type');
    expect(readReception(other)).toEqual(reception);
    expect(readContent(other)).toEqual(content);
    for (const unreadable of ['null', 'garbage', '{"reception":']) {
      expect(readReception(Buffer.from(unreadable))).toBeUndefined();
      expect(readContent(Buffer.from(unreadable))).toBeUndefined();
    }
  });

  test.each([
    ['a short column', { unit: [''] }, '/unit must have 2 items'],
    ['an instant that is not there', { instant: [0, 1] }, '/instant/1 must be below 1'],
    ['a value of another kind', { value: [1, '2'] }, '/value/1'],
    ['a column of another name', { values: [1, 2] }, 'values'],
  ])('is refused with %s', (_what, change, expected) => {
    const two = { ...normalised, readings: [reading, { ...reading, parameter: 'TSS' }] };
    const [head, columns, ...rest] = text(normalisedFileCodec.encode(two)).split('\n');
    const changed = JSON.stringify({ ...(JSON.parse(columns!) as object), ...change });
    const bytes = Buffer.from([head, changed, ...rest].join('\n'), 'latin1');
    expect(() => normalisedFileCodec.decode(bytes)).toThrow(expected);
  });
});

test('whatever the readings and the bytes, what is decoded is what was encoded', () => {
  const anyReading: fc.Arbitrary<Reading> = fc
    .record({
      parameter: fc.string({ minLength: 1, unit: 'grapheme' }),
      instant: fc.constantFrom(reading.instant, below.instant, '2026-03-24T17:10:00.000Z'),
      value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0)),
      unit: fc.string(),
      rawValue: fc.string({ unit: 'binary' }),
      rawUnit: fc.string(),
      status: fc.string({ unit: 'grapheme' }),
      flag: fc.constantFrom<Reading['flag']>(1, 2, 3, 4, 9),
      reasons: fc.array(fc.string()),
      line: fc.integer({ min: 1, max: 1_000_000 }),
    })
    .chain((all) =>
      fc
        .record(
          {
            censored: fc.record({
              relation: fc.constantFrom<'<' | '>'>('<', '>'),
              limit: fc.integer(),
            }),
            factor: fc.integer({ min: 1 }),
            statusCode: fc.constantFrom<'00' | '01' | '02' | '03'>('00', '01', '02', '03'),
          },
          { requiredKeys: [] },
        )
        .map((more) => ({ ...all, ...more })),
    );
  fc.assert(
    fc.property(fc.array(anyReading), fc.uint8Array(), (readings, bytes) => {
      const file = { ...normalised, readings, content: Buffer.from(bytes) };
      expect(normalisedFileCodec.decode(normalisedFileCodec.encode(file))).toEqual(file);
    }),
  );
});

test('the columns name every field of a reading', () => {
  const fields = Object.keys(normalisedFileSchema.$defs.reading.properties);
  const [, columns] = text(normalisedFileCodec.encode({ ...normalised, readings: [below] })).split(
    '\n',
  );
  expect(Object.keys(JSON.parse(columns!) as object).sort()).toEqual(fields.sort());
});
