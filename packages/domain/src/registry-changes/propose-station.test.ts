import { describe, expect, test } from '@jest/globals';
import { registryOf } from '../testing/station-file.ts';
import { proposeStation } from './propose-station.ts';

const names = { name: 'x', nameEn: 'x', unit: '' };
const registry = registryOf({
  facilities: [
    { code: 'F1', name: 'F1', provinceCode: 'TB', agentCode: 'CAPH' },
    { code: 'F2', name: 'F2', agentCode: 'ĐTHY' },
  ],
  parameters: [
    { code: 'PH', symbol: 'pH', ...names },
    { code: 'NH4', symbol: 'NH4', aliases: ['Amoni', 'NH4+'], ...names },
  ],
  stations: [{ code: 'NUOSXL', facility: 'F1', name: 'S', kind: 'waste-water' }],
  accounts: [
    { code: 'caph', stations: ['NUOSXL'] },
    { code: 'new', stations: [] },
  ],
});
const propose = (prefix: string, symbols: readonly string[] = [], account = 'new', folder = '/') =>
  proposeStation(registry, {
    ...{ account, prefix, folder, symbols, isInSeveralFolders: false },
    exampleName: `${prefix}_20260325000000`,
  });

describe('proposeStation', () => {
  test.each([
    ['TB_CAPH_NUO002', 'NUO002'],
    ['TB_CAPH_NUOSXL', 'TB_CAPH_NUOSXL'], // its own part is taken
    ['KCNDiemThuy', 'KCNDiemThuy'],
    ['WYND_STATION', 'WYND_STATION'],
    ['HN_ĐTHY_KHÍ thải số 1', 'KHI_thai_so_1'],
    ['NUOSXL', undefined],
    ['???', undefined],
  ])('%s gets the code %s', (prefix, code) => {
    expect(propose(prefix).code).toBe(code);
  });

  test.each([
    ['TB_CAPH_NUO002', 'F1'],
    ['HN_CAPH_NUO002', undefined], // another province
    ['BN_Đthy_NUO1', 'F2'],
    ['NUO3', undefined],
  ])('%s gets the facility %s', (prefix, facility) => {
    expect(propose(prefix).facility).toBe(facility);
  });

  test("without a facility in the prefix takes that of the account's stations", () => {
    expect(propose('NUO3', [], 'caph').facility).toBe('F1');
  });

  test.each([
    ['TB_X_NUO1', [], 'waste-water'],
    ['TB_X_NUO1', ['pH', 'DO', 'Turb'], 'surface-water'],
    ['TB_X_NUO1', ['pH', 'DO', 'Lưu lượng'], 'waste-water'],
    ['TB_X_KHI1', ['SO2', 'Flow'], 'stack-gas'],
    ['TB_X_khi1', ['SO2', 'PM-10'], 'ambient-air'],
    ['TB_NUOX_KHI1', [], 'stack-gas'], // the station's part goes first
    ['TRAM1', ['COD', 'TSS'], 'waste-water'],
    ['TRAM1', ['NOx'], 'stack-gas'],
    ['TRAM1', ['Xyz'], undefined],
    ['TRAM1', [], undefined],
  ])('%s with %j is %s', (prefix, symbols, kind) => {
    expect(propose(prefix, symbols).kind).toBe(kind);
  });

  test('is known by its folder where the name says nothing', () => {
    const of = (folder: string) => propose('', [], 'new', folder);
    expect(of('/NUO002')).toMatchObject({ code: 'NUO002', kind: 'waste-water' });
    expect(of('/KhiThai/TB_CAPH_Ống 1')).toMatchObject({
      ...{ code: 'TB_CAPH_Ong_1', kind: 'stack-gas', facility: 'F1' },
    });
    expect(of('/').code).toBeUndefined();
    expect(propose('TB_X_KHI1', [], 'new', '/NuocThai').kind).toBe('stack-gas');
  });

  test('finds parameters by the catalogue, each once, and reports unknown symbols', () => {
    const { parameters, unknownSymbols } = propose('X', ['Amoni', 'pH', 'NH4+', 'Xyz', 'Xyz']);
    expect(parameters).toEqual(['NH4', 'PH']);
    expect(unknownSymbols).toEqual(['Xyz']);
  });
});
