import { describe, expect, test } from '@jest/globals';
import { checkRegistry, findStation, RegistryView } from '@envigate/domain';

/**
 * The codes of the 63 provinces before 2025 as file names have them, in mixed case, the Đ as
 * U+00D0 (seed of EnviSoft). Codes that differ in case or in one letter are other provinces.
 */
const codes = [
  ...['AG', 'BC', 'BD', 'BÐ', 'BG', 'BL', 'BN', 'BP', 'BT', 'BTh', 'BV', 'CB', 'CM', 'CT', 'ÐNa'],
  ...['ÐL', 'ÐNô', 'ÐB', 'ÐN', 'ÐT', 'GL', 'HG', 'HNa', 'HN', 'HT', 'HD', 'HP', 'HGi', 'HB', 'HY'],
  ...['KG', 'KH', 'KT', 'LC', 'LÐ', 'LS', 'LCa', 'LA', 'NÐ', 'NA', 'NB', 'NT', 'PT', 'PY', 'QB'],
  ...['QNa', 'QNg', 'QN', 'QT', 'HCM', 'SL', 'ST', 'TN', 'TB', 'TNg', 'TH', 'TTH', 'TG', 'TQ'],
  ...['TV', 'VL', 'VP', 'YB'],
];
const prefixOf = (code: string): string => `${code}_CSO1_NUO1`;
const registry = new RegistryView({
  ...{ facilities: [{ code: 'F', name: 'F' }], parameters: [], targets: [] },
  stations: codes.map((code, i) => ({
    ...{ code: `S${i}`, facility: 'F', name: code, kind: 'waste-water' as const },
    filePrefixes: [prefixOf(code)],
  })),
  // BD and BÐ read alike on a server that knows ASCII only: no account may send for both.
  accounts: [
    { code: 'north', stations: codes.flatMap((code, i) => (code === 'BD' ? [] : [`S${i}`])) },
    { code: 'south', stations: codes.flatMap((code, i) => (code === 'BÐ' ? [] : [`S${i}`])) },
  ],
});
const provinceOf = (prefix: string, account = 'north'): string | undefined => {
  const found = findStation(registry, { account, prefix, folder: '/' });
  return found.kind === 'found' ? found.station.name : undefined;
};

describe('the province in a file name', () => {
  test('is one of 63', () => expect(new Set(codes).size).toBe(63));

  test.each(codes)('%s is itself', (code) => {
    expect(provinceOf(prefixOf(code), code === 'BD' ? 'south' : 'north')).toBe(code);
  });

  const withD = codes.filter((code) => code.includes('Ð'));
  test.each(withD)('%s may have its Đ as U+0110 or U+0189', (code) => {
    expect(provinceOf(prefixOf(code.replace('Ð', '\u0110')))).toBe(code);
    expect(provinceOf(prefixOf(code.replace('Ð', '\u0189')))).toBe(code);
  });

  test.each(withD)('%s may have a plain D', (code) => {
    expect(provinceOf(prefixOf(code.replace('Ð', 'D')))).toBe(code);
  });

  test('an account that may send for Bình Dương cannot be given Bình Định too', () => {
    const both = { code: 'both', stations: [`S${codes.indexOf('BD')}`, `S${codes.indexOf('BÐ')}`] };
    const faults = checkRegistry({ ...registry.registry, accounts: [both] });
    expect(faults.map(({ path }) => path)).toEqual(['/accounts/0/stations']);
  });
});
