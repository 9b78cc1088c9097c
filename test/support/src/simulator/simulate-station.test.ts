import { describe, expect, test } from '@jest/globals';
import { randomFrom } from './random.ts';
import { faults, simulateStation, type SimulatedFile } from './simulate-station.ts';
import { stationsOf, type SimulatedStation } from './simulated-station.ts';
import { wanderingValue } from './wandering-value.ts';

const station: SimulatedStation = {
  code: 'NUO001',
  account: 'abcd',
  protocol: 'ftp',
  filePrefix: 'HN_ABCD_NUO001',
  utcOffsetMinutes: 420,
  layout: 'yyyy/MM/dd',
  parameters: [
    { code: 'PH', symbol: 'pH', unit: '-', min: 0, max: 14 },
    { code: 'COD', symbol: 'COD', unit: 'mg/L', min: 0, max: 500 },
  ],
};
const firstInstantMs = Date.UTC(2026, 0, 1, 5);
const cadenceMs = 300_000;

function run(seed: string, moments: number): SimulatedFile[][] {
  const life = simulateStation(station, { seed, firstInstantMs, cadenceMs });
  return Array.from({ length: moments }, () => [...life.next().value]);
}
const text = (file: SimulatedFile): string => Buffer.from(file.content).toString();
const stampOf = (file: SimulatedFile): string => /_(\d{14})\.txt$/.exec(file.path)![1]!;

describe('simulateStation', () => {
  test('the same seed gives the same bytes, another gives others', () => {
    expect(run('a', 200)).toEqual(run('a', 200));
    expect(run('a', 200)).not.toEqual(run('b', 200));
  });

  test('good files are in the official form, at the cadence', () => {
    const first = run('a', 50)
      .flat()
      .find(({ kind }) => kind === 'good')!;
    expect(text(first)).toMatch(
      /^pH\t\d+\.\d\d\t-\t\d{14}\t00\r\nCOD\t\d+\.\d\d\tmg\/L\t\d{14}\t00\r\n$/,
    );
    expect(first.path).toBe(`/2026/01/01/HN_ABCD_NUO001_${stampOf(first)}.txt`);
    const stamps = new Set(
      run('a', 50)
        .flat()
        .filter(({ fault }) => fault !== 'prefix')
        .map(stampOf),
    );
    for (const stamp of stamps) {
      const instant = Date.UTC(
        Number(stamp.slice(0, 4)),
        Number(stamp.slice(4, 6)) - 1,
        Number(stamp.slice(6, 8)),
        Number(stamp.slice(8, 10)) - 7,
        Number(stamp.slice(10, 12)),
        Number(stamp.slice(12)),
      );
      expect((instant - firstInstantMs) % cadenceMs).toBe(0);
    }
  });

  test('what was kept while away comes newest first, before the present file', () => {
    const moments = run('a', 500);
    const returns = moments.filter((files) => files.some(({ kind }) => kind === 'late'));
    expect(returns.length).toBeGreaterThan(3);
    for (const files of returns) {
      const late = files.filter(({ kind }) => kind === 'late').map(stampOf);
      expect(late.length).toBeGreaterThanOrEqual(2);
      expect(late).toEqual([...late].sort().reverse());
      expect(files.slice(0, late.length).every(({ kind }) => kind === 'late')).toBe(true);
      expect(stampOf(files[late.length]!) > late[0]!).toBe(true);
    }
  });

  test('a sensor sticks on its value at times, long enough to be a flat line, and comes free', () => {
    const values = run('a', 3000)
      .flat()
      .flatMap((file) => /^COD\t(\d+\.\d\d)\t/m.exec(text(file))?.[1] ?? []);
    const runs = values.reduce<number[]>((lengths, value, i) => {
      if (i > 0 && value === values[i - 1]) lengths[lengths.length - 1]! += 1;
      else lengths.push(1);
      return lengths;
    }, []);
    const long = runs.filter((length) => length >= 15);
    expect(long.length).toBeGreaterThanOrEqual(2);
    expect(long.length).toBeLessThan(20);
    // Sent twice, a value is there once more.
    expect(Math.max(...runs)).toBeLessThan(70);
  });

  test('a file sent twice is the very same', () => {
    const moments = run('a', 500).filter((files) => files.some(({ kind }) => kind === 'twice'));
    expect(moments.length).toBeGreaterThan(3);
    for (const files of moments) {
      const [again, once] = [files.at(-1)!, files.at(-2)!];
      expect(again).toEqual({ ...once, kind: 'twice' });
    }
  });

  test('every fault occurs and breaks what it says', () => {
    const broken = run('a', 3000)
      .flat()
      .filter(({ kind }) => kind === 'broken');
    const byFault = (fault: SimulatedFile['fault']) =>
      broken.filter((file) => file.fault === fault);
    for (const fault of faults) expect(byFault(fault).length).toBeGreaterThan(5);
    for (const file of byFault('cut')) expect(text(file)).not.toMatch(/\r\n$/);
    for (const file of byFault('text')) expect(text(file)).toMatch(/\t7\.2O\t/);
    for (const file of byFault('columns'))
      expect(
        text(file)
          .split('\r\n')
          .some((line) => line.split('\t').length === 3),
      ).toBe(true);
    for (const file of byFault('prefix')) expect(file.path).toContain('XX_NOBODY_KNOWS_');
    for (const file of byFault('binary')) expect(file.content.length).toBe(256);
  });

  test('statuses are mostly 00, sometimes 01 or 02; a fault has no value', () => {
    const lines = run('a', 2000)
      .flat()
      .filter(({ kind }) => kind === 'good')
      .flatMap((file) => text(file).trimEnd().split('\r\n'))
      .map((line) => line.split('\t'));
    const count = (status: string): number => lines.filter((cells) => cells[4] === status).length;
    expect(count('00') / lines.length).toBeGreaterThan(0.95);
    expect(count('01')).toBeGreaterThan(5);
    expect(count('02')).toBeGreaterThan(5);
    expect(count('00') + count('01') + count('02')).toBe(lines.length);
    for (const [, value, , , status] of lines) expect(value === '---').toBe(status === '02');
  });
});

describe('wanderingValue', () => {
  test.each([
    ['PH', { min: 0, max: 14 }],
    ['COND', { min: 0, max: 20 }],
    ['BUTADIENE', { min: undefined, max: undefined }],
    ['WATER_LEVEL', { min: -100, max: 100 }],
  ])('%s moves and stays within %j', (parameter, range) => {
    const next = wanderingValue(parameter, range, randomFrom('x'));
    const values = Array.from({ length: 2000 }, next);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(range.min ?? 0);
    expect(Math.max(...values)).toBeLessThanOrEqual(range.max ?? Infinity);
    expect(new Set(values).size).toBeGreaterThan(1500);
  });
});

describe('stationsOf', () => {
  test('takes the stations of enabled accounts as their loggers write', () => {
    const stations = stationsOf({
      facilities: [],
      parameters: [{ code: 'TEMP', symbol: 'Temp', name: 'T', nameEn: 'T', unit: '°C' }],
      targets: [],
      stations: [
        {
          code: 'S1',
          facility: 'F',
          name: 'S1',
          kind: 'stack-gas',
          filePrefixes: ['P_S1', 'OLD'],
          parameters: [{ parameter: 'TEMP', mapping: 'Nhiệtđộ', max: 80 }, { parameter: 'GONE' }],
        },
        { code: 'S2', facility: 'F', name: 'S2', kind: 'ambient-air' },
      ],
      accounts: [
        { code: 'a', stations: ['S1', 'gone'] },
        { code: 'b', stations: ['S2'] },
        { code: 'c', stations: ['S1'], disabled: true },
      ],
    });
    expect(stations).toEqual([
      {
        code: 'S1',
        account: 'a',
        protocol: 'ftp',
        filePrefix: 'P_S1',
        utcOffsetMinutes: 420,
        layout: 'yyyy/MM/dd',
        parameters: [{ code: 'TEMP', symbol: 'Nhiệtđộ', unit: 'oC', min: undefined, max: 80 }],
      },
      expect.objectContaining({ code: 'S2', account: 'b', protocol: 'sftp', filePrefix: 'S2' }),
    ]);
  });
});
