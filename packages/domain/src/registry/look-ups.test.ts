import { describe, expect, test } from '@jest/globals';
import type { Parameter, Station } from '@envigate/contracts';
import { registryOf } from '../testing/station-file.ts';
import { findParameter } from './find-parameter.ts';
import { findStation } from './find-station.ts';

const station = (code: string, more: Partial<Station> = {}): Station => ({
  code,
  facility: 'F',
  name: code,
  kind: 'waste-water',
  ...more,
});
const parameter = (code: string, symbol: string, more: Partial<Parameter> = {}): Parameter => ({
  code,
  symbol,
  name: symbol,
  nameEn: symbol,
  unit: 'mg/l',
  ...more,
});

describe('findStation', () => {
  const registry = registryOf({
    stations: [
      station('NUO1', { filePrefixes: ['HN_ABCD_NUO1', 'ÐB_OLD'] }),
      station('NUO10', { filePrefixes: ['HN_ABCD_NUO10'] }),
      station('ALONE'),
      station('UP', { filePrefixes: ['X_Y'] }),
      station('LOW', { filePrefixes: ['x_y'] }),
    ],
    accounts: [
      { code: 'two', stations: ['NUO1', 'NUO10'] },
      { code: 'one', stations: ['ALONE'] },
      { code: 'cased', stations: ['UP', 'LOW'] },
      { code: 'none', stations: [] },
      { code: 'dangling', stations: ['GONE'] },
    ],
  });

  test.each([
    ['two', 'HN_ABCD_NUO1', 'NUO1', 'prefix'],
    ['two', 'HN_ABCD_NUO10', 'NUO10', 'prefix'],
    ['two', 'hn_abcd_nuo10', 'NUO10', 'prefix'],
    ['two', 'ĐB_OLD', 'NUO1', 'prefix'],
    ['one', 'ALONE', 'ALONE', 'prefix'],
    ['one', 'typed freely', 'ALONE', 'account'],
    ['one', '', 'ALONE', 'account'],
    ['cased', 'X_Y', 'UP', 'prefix'],
    ['cased', 'x_y', 'LOW', 'prefix'],
  ])('%s sends %p: %s by %s', (account, prefix, code, by) => {
    expect(findStation(registry, account, prefix)).toMatchObject({
      kind: 'found',
      station: { code },
      by,
    });
  });

  test.each([
    ['nobody', 'HN_ABCD_NUO1', 'unknown-account'],
    ['two', 'HN_ABCD_NUO', 'unknown-station'],
    ['two', 'HN_ABCD_NUO100', 'unknown-station'],
    ['two', 'ABCD_NUO1', 'unknown-station'],
    ['cased', 'X_y', 'unknown-station'],
    ['none', 'x', 'unknown-station'],
    ['dangling', 'x', 'unknown-station'],
    ['one', 'HN_ABCD_NUO1', 'other-accounts-station'],
  ])('%s sends %p: %s', (account, prefix, reason) => {
    expect(findStation(registry, account, prefix)).toMatchObject({ kind: 'unknown', reason });
  });
});

describe('findParameter', () => {
  const here = station('S', {
    parameters: [
      { parameter: 'NH4_N', mapping: 'Amoni', min: 0, max: 5 },
      { parameter: 'COND', unit: 'uS/cm' },
    ],
  });
  const elsewhere = station('T');
  const registry = registryOf({
    stations: [here, elsewhere],
    parameters: [
      parameter('NH4', 'NH4', { aliases: ['Amoni', 'NH4+'] }),
      parameter('NH4_N', 'NH4-N'),
      parameter('PM2_5', 'PM2,5'),
      parameter('CO', 'CO'),
      parameter('COBALT', 'Co'),
      parameter('COND', 'COND', { unit: 'mS/cm', negative: true }),
    ],
  });

  test.each([
    [elsewhere, 'Amoni', 'NH4'],
    [here, 'Amoni', 'NH4_N'],
    [here, 'AMONI ', 'NH4_N'],
    [here, 'nh4+', 'NH4'],
    [here, 'NH4-N', 'NH4_N'],
    [here, 'PM-2-5', 'PM2_5'],
    [here, 'PM2_5', 'PM2_5'],
    [here, 'CO', 'CO'],
    [here, 'Co', 'COBALT'],
  ])('%#: %p means %s', (at, symbol, code) => {
    expect(findParameter(registry, at, symbol)?.code).toBe(code);
  });

  test.each(['co', 'cO', 'N-NH4', 'NH', 'constructor', ''])('%p is unknown', (symbol) => {
    expect(findParameter(registry, here, symbol)).toBeUndefined();
  });

  test('gives unit and range of the station, else of the catalogue', () => {
    const { mayBeNegative, unit } = findParameter(registry, here, 'COND') ?? {};
    expect({ mayBeNegative, unit }).toEqual({ mayBeNegative: true, unit: 'µS/cm' });
    expect(findParameter(registry, elsewhere, 'COND')).toMatchObject({ unit: 'mS/cm' });
    expect(findParameter(registry, here, 'Amoni')).toMatchObject({ unit: 'mg/L', min: 0, max: 5 });
    expect(findParameter(registry, here, 'NH4')).toMatchObject({ min: -Infinity, max: Infinity });
  });

  test('is unknown where a mapping names a parameter that is not there', () => {
    const broken = station('B', { parameters: [{ parameter: 'GONE', mapping: 'x' }] });
    expect(findParameter(registryOf({ stations: [broken] }), broken, 'x')).toBeUndefined();
  });
});
