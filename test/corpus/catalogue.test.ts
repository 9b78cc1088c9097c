import { describe, expect, test } from '@jest/globals';
import type { Parameter, Station } from '@envigate/contracts';
import { canonicalUnit, exactFactor, findParameter, RegistryView } from '@envigate/domain';
import { readCatalogue } from '../support/src/example-registry.ts';

const catalogue = readCatalogue();
const registry = new RegistryView({
  ...{ facilities: [], stations: [], accounts: [], targets: [] },
  parameters: catalogue,
});
const stationOf = (kind: Station['kind'], parameters: Station['parameters'] = []): Station => ({
  ...{ code: `${kind} ${JSON.stringify(parameters)}`, facility: 'F', name: kind },
  ...{ kind, parameters },
});
const anyStation = stationOf('waste-water');
const codeOf = (symbol: string) => findParameter(registry, anyStation, symbol)?.parameter.code;
const byCode = (code: string): Parameter => {
  const found = catalogue.find((item) => item.code === code);
  if (found === undefined) throw new Error(`no ${code} in the catalogue`);
  return found;
};

/** TT 10/2021, Phụ lục 15, Bảng 34, as coded in a logger. */
const official = (
  'Flow Temp Color pH TSS COD NH4 TP TN TOC Cl RH P NO NO2 CO SO2 O2 H2S NH3 VHg PM O3 PM10 ' +
  'PM2,5'
).split(' ');

/** As seen in files, seeds of EnviSoft and exports. */
const seen: Readonly<Record<string, readonly string[]>> = {
  FLOW: ['Flow', 'FLOW', 'Lưu lượng', 'Luu luong'],
  FLOW_IN: ['Flowin', 'FlowIn', 'FLOW_IN', 'Flow_In'],
  FLOW_OUT: ['Flow_Out', 'FLOW_OUT', 'Flowout'],
  TEMP: [
    'Temp',
    'TEMP',
    'Nhiệt độ',
    'Nhiệtđộ',
    'Nhiet do',
    'NHIỆT ĐỘ',
    'Nhiệt độ'.normalize('NFD'),
  ],
  TEMP_IN: ['TempIn'],
  PH: ['pH', 'PH', 'ph'],
  ...{ TSS: ['TSS'], COD: ['COD'], BOD5: ['BOD', 'BOD5'], TOC: ['TOC'], TN: ['TN'], TP: ['TP'] },
  ...{ DO: ['DO'], ORP: ['ORP'], TC: ['TC'], OIL: ['Oil'], COLIFORM: ['Coliform'], FE: ['Fe'] },
  ...{ CU: ['Cu'], ZN: ['Zn'], PB: ['Pb'], CN: ['Xyanua'], SALINITY: ['Salinity'] },
  WATER_LEVEL: ['Water Level', 'Water  level'],
  ...{ NH4: ['NH4', 'NH4+', 'Amoni', 'NH₄⁺'], NH4_N: ['N-NH4', 'NH4-N'] },
  ...{ NO3: ['NO3-', 'Nitrate', 'NO₃⁻'], NO3_N: ['NO3-N'] },
  ...{ PO4: ['PO4', 'PO43-', 'PO₄³⁻'], PO4_P: ['P-PO4', 'PO4-P'] },
  COLOR: ['Color', 'COLOR'],
  ...{ CL_RES: ['Cl', 'Clo'], CHLORIDE: ['Cl-', 'Cl⁻'] },
  COND: ['EC', 'COND'],
  TURB: ['TURB', 'Turbidity'],
  ...{ PM: ['PM', 'Dust', 'Bụi', 'Bụi tổng', 'Bui tong'], TSP: ['TSP'] },
  PM10: ['PM10', 'PM-10', 'PM_10', 'PM 10', 'pm10', 'PM₁₀'],
  PM2_5: ['PM2,5', 'PM2.5', 'PM-2-5', 'PM25', 'PM2_5', 'PM_2_5', 'PM 2.5', 'pm2.5', 'PM₂.₅'],
  ...{ SO2: ['SO2', 'S02', 'SO₂'], CO: ['CO', 'C0'], NOX: ['NOx', 'NOX', 'N0X', 'N0x'] },
  ...{ NO: ['NO'], NO2: ['NO2'], O3: ['O3'], O2: ['O2'], H2S: ['H2S'], NH3: ['NH3'], HCL: ['HCl'] },
  ...{ CO2: ['CO2'], H2O: ['H2O'], OPACITY: ['Opacity'] },
  HG: ['Hg', 'HG', 'VHg'],
  PRESSURE: ['P', 'Pressure', 'Ápsuất', 'Áp suất', 'Áp suất khí quyển(hPa)'],
  HUMIDITY: ['RH', 'Humidity', 'Độ ẩm(%)', 'Do am'],
  WIND_SPEED: ['WindSpeed', 'Tốc độ gió(m/s)'],
  WIND_DIR: ['WindDir', 'Hướng gió(Degree)'],
  RADIATION: ['Radiation'],
  VINYL_CHLORIDE: ['Vinyl chloride'],
  ...{ BUTADIENE: ['Butadiene'], TETRACHLOROETHENE: ['Tetrachloroethene'], BENZENE: ['Benzen'] },
  ...{ ACRYLONITRILE: ['Acrylonitrile'], TOLUENE: ['Toluene'], ETHYLBENZENE: ['Ethylbenzene'] },
  ...{ STYRENE: ['Styrene'], MP_XYLENE: ['m,p-Xylene'], O_XYLENE: ['o-Xylene'] },
};

describe('the catalogue', () => {
  test('has the symbols of Bảng 34, written as there, and calls no other official', () => {
    const marked = catalogue.filter((item) => item.official === true).map(({ symbol }) => symbol);
    expect(marked.sort()).toEqual([...official].sort());
  });

  test.each(Object.entries(seen).flatMap(([code, list]) => list.map((text) => [text, code])))(
    '%p is %s',
    (symbol, code) => expect(codeOf(symbol)).toBe(code),
  );

  test('has no parameter whose symbols were not checked here', () => {
    expect(catalogue.map(({ code }) => code).sort()).toEqual(Object.keys(seen).sort());
  });

  test('finds every parameter by each of its own spellings: no two share one', () => {
    for (const { code, symbol, aliases = [] } of catalogue)
      for (const spelling of [code, symbol, ...aliases])
        expect([spelling, codeOf(spelling)]).toEqual([spelling, code]);
  });

  test.each([
    ...[
      ['NH4', 'NH4-N'],
      ['NH4+', 'N-NH4'],
      ['Amoni', 'N-NH4'],
      ['NO3-', 'NO3-N'],
    ],
    ...[
      ['PO4', 'PO4-P'],
      ['PO43-', 'P-PO4'],
      ['Cl', 'Cl-'],
      ['Clo', 'Cl-'],
      ['Temp', 'TempIn'],
    ],
    ...[
      ['Flowin', 'Flow_Out'],
      ['Flow', 'Flowin'],
      ['Flow', 'Flow_Out'],
      ['PM10', 'PM2,5'],
    ],
    ...[
      ['PM', 'PM10'],
      ['PM', 'TSP'],
      ['CO', 'CO2'],
      ['NO', 'NO2'],
      ['NO2', 'NOx'],
    ],
    ...[
      ['NO3-', 'NO2'],
      ['TC', 'TOC'],
      ['P', 'TP'],
    ],
  ])('%p and %p are two parameters', (one, other) => {
    expect(codeOf(one)).toBeDefined();
    expect(codeOf(other)).toBeDefined();
    expect(codeOf(one)).not.toBe(codeOf(other));
  });

  test.each(['PM1', 'PM1.0', 'PM100', 'PM2', 'NH', 'N', 'Cl2', 'ClO2', '02', '03', 'H20', 'NO4'])(
    '%p is none of them: nothing is guessed',
    (symbol) => expect(codeOf(symbol)).toBeUndefined(),
  );

  test('has names in both languages, canonical units and a source for each', () => {
    for (const { code, name, nameEn, unit, source } of catalogue) {
      expect([code, name, nameEn, source]).not.toContain('');
      expect({ code, source }).toEqual({ code, source: expect.any(String) });
      expect([code, canonicalUnit(unit)]).toEqual([code, unit]);
    }
  });

  test('takes the response times that the circular allows for cycles of the analysers', () => {
    const cycles = catalogue.flatMap(({ code, cycleMinutes }) =>
      cycleMinutes === undefined ? [] : [[code, cycleMinutes]],
    );
    expect(Object.fromEntries(cycles)).toEqual({
      ...{ COD: 15, TN: 30, TP: 30, TOC: 30, NH4: 30, HG: 15 },
    });
  });

  test('lets be negative what can be', () => {
    const negative = catalogue.filter((item) => item.negative === true).map(({ code }) => code);
    expect(negative).toEqual(['TEMP', 'ORP', 'WATER_LEVEL', 'RADIATION', 'TEMP_IN']);
  });
});

describe('ranges of the catalogue', () => {
  const rangeOf = (kind: Station['kind'], code: string, unit?: string) => {
    const own = unit === undefined ? [] : [{ parameter: code, unit }];
    const parameter = findParameter(registry, stationOf(kind, own), code)?.parameter;
    return [parameter?.min, parameter?.max];
  };

  test.each([
    ...([
      ['TEMP', 80],
      ['PH', 14],
      ['TSS', 500],
      ['COD', 100],
      ['DO', 20],
      ['NO3', 50],
    ] as const),
    ...([
      ['PO4', 2],
      ['NH4', 5],
      ['TP', 2],
      ['TN', 20],
      ['TOC', 100],
    ] as const),
  ])('of surface water: %s from 0 to %d', (code, max) => {
    expect(rangeOf('surface-water', code)).toEqual([0, max]);
    expect(rangeOf('groundwater', code)).toEqual([-Infinity, Infinity]);
  });

  test.each([
    ...([
      ['NO2', 500],
      ['CO', 100_000],
      ['SO2', 1000],
      ['O3', 500],
    ] as const),
    ...([
      ['PM10', 500],
      ['PM2_5', 150],
    ] as const),
  ])('of ambient air: %s from 0 to %d µg/Nm3, and so in µg/m3', (code, max) => {
    expect(rangeOf('ambient-air', code, 'µg/Nm3')).toEqual([0, max]);
    expect(rangeOf('ambient-air', code, 'ug/m3')).toEqual([0, max]);
    expect(rangeOf('ambient-air', code, 'mg/Nm3')).toEqual([0, max / 1000]);
    expect(rangeOf('ambient-air', code, 'ppb')).toEqual([-Infinity, Infinity]);
    expect(rangeOf('stack-gas', code)).toEqual([-Infinity, Infinity]);
  });

  test('of an ion is not that of its element', () => {
    for (const code of ['NH4_N', 'NO3_N', 'PO4_P'])
      expect(rangeOf('surface-water', code)).toEqual([-Infinity, Infinity]);
  });
});

describe('conversions of the catalogue', () => {
  test.each([
    ['NO2', 1.88],
    ['SO2', 2.62],
    ['O3', 1.96],
    ['CO', 1.145],
  ])('%s: a ppb is %d µg/m3, unverified', (code, factor) => {
    const station = stationOf('ambient-air', [{ parameter: code, unit: 'µg/m3' }]);
    const found = findParameter(registry, station, byCode(code).symbol)?.parameter;
    expect(found?.resolve('ppb')).toMatchObject({
      ...{ unit: 'µg/m3', factor, verified: false, reason: `factor-unverified@1[${factor}]` },
    });
  });

  test('are no others', () => {
    const converted = catalogue.filter((item) => item.conversions !== undefined);
    expect(converted.map(({ code }) => code).sort()).toEqual(['CO', 'NO2', 'O3', 'SO2']);
  });
});

describe('units as written', () => {
  test.each([
    ...[
      ['mg/l', 'mg/L'],
      ['ug/m3', 'µg/m3'],
      ['\u03BCg/m3', 'µg/m3'],
      ['oC', '°C'],
      ['C', '°C'],
    ],
    ...[
      ['-', ''],
      ['', ''],
      ['w/m2', 'W/m2'],
      ['Degree', 'deg'],
      ['%V', '%'],
      ['uS/cm', 'µS/cm'],
    ],
    ...[
      ['m³/h', 'm3/h'],
      ['Nm³/h', 'Nm3/h'],
      ['Pt-Co', 'Pt-Co'],
    ],
  ])('%p is %p', (text, unit) => expect(canonicalUnit(text)).toBe(unit));

  test.each([
    ['hPa', 'kPa', { multiply: 1, divide: 10 }],
    ['uS/cm', 'mS/cm', { multiply: 1, divide: 1000 }],
  ])('%s leads to %s', (from, to, scale) => {
    expect(exactFactor(canonicalUnit(from) ?? '', to)).toEqual(scale);
  });

  test.each([
    ...[
      ['m3/h', 'Nm3/h'],
      ['ug/m3', 'ug/Nm3'],
      ['mg/m3', 'mg/Nm3'],
      ['FNU', 'NTU'],
    ],
    ...[
      ['ppb', 'ug/m3'],
      ['ppm', 'mg/m3'],
    ],
  ])('%s and %s are two units, and no factor holds between them by definition', (one, other) => {
    const [from, to] = [canonicalUnit(one) ?? '', canonicalUnit(other) ?? ''];
    expect(from).not.toBe(to);
    expect(exactFactor(from, to)).toBeUndefined();
  });
});
