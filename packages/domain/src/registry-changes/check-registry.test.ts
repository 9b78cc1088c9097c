import { describe, expect, test } from '@jest/globals';
import type { DependentParametersRule, Registry, RemoteSite } from '@envigate/contracts';
import { checkRegistry } from './check-registry.ts';

function whole(): Registry {
  return {
    facilities: [{ code: 'F', name: 'F' }],
    parameters: [
      { code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L', aliases: ['Cod'] },
      { code: 'CO', symbol: 'CO', name: 'CO', nameEn: 'CO', unit: 'mg/m3' },
      { code: 'COBALT', symbol: 'Co', name: 'Co', nameEn: 'Co', unit: 'mg/L' },
    ],
    targets: [{ code: 'T', kind: 'ftp', url: 'ftp://127.0.0.1/' }],
    stations: [
      {
        code: 'A',
        facility: 'F',
        name: 'A',
        kind: 'waste-water',
        targets: ['T'],
        parameters: [{ parameter: 'COD', mapping: 'cod', min: 0, max: 1 }, { parameter: 'CO' }],
      },
      { code: 'B', facility: 'F', name: 'B', kind: 'waste-water', filePrefixes: ['X_B'] },
    ],
    accounts: [{ code: 'a', stations: ['A', 'B'] }],
  };
}

describe('checkRegistry', () => {
  test('finds no fault in a whole registry', () => {
    expect(checkRegistry(whole())).toEqual([]);
  });

  test('lets two stations of an account share a prefix where folders distinguish them', () => {
    const registry = whole();
    Object.assign(registry.stations[0]!, { folders: ['/A'] });
    Object.assign(registry.stations[1]!, { filePrefixes: ['A'], folders: ['/B', '/old'] });
    expect(checkRegistry(registry)).toEqual([]);
  });

  const site: Omit<RemoteSite, 'kind'> = {
    ...{ code: 'S', account: 'a', host: 'h', user: 'u' },
    folders: ['/'],
  };
  const whollyDependent: Omit<DependentParametersRule, 'parts'> = {
    ...{ code: 'R', version: 1, whole: 'COD' },
    kind: 'dependent-parameters',
  };
  const faulty: readonly [
    what: string,
    path: string,
    spoil: (registry: Registry) => void,
    expectedVi: string,
  ][] = [
    [
      'a code used twice',
      '/facilities/1/code',
      (r) => r.facilities.push({ code: 'F', name: 'G' }),
      "không được trùng: đã có 'F'",
    ],
    [
      'a station of no facility',
      '/stations/1/facility',
      (r) => (r.stations[1]!.facility = 'X'),
      "có mã cơ sở chưa khai báo: 'X'",
    ],
    [
      'an unknown target',
      '/stations/0/targets/0',
      (r) => r.targets.pop(),
      "có mã máy chủ nhận chưa khai báo: 'T'",
    ],
    [
      'a target whose url is of another kind',
      '/targets/0/url',
      (r) => Object.assign(r.targets[0]!, { kind: 'ftps' }),
      "phải bắt đầu bằng ftps:// khi kind là ftps; giá trị hiện tại 'ftp://127.0.0.1/'",
    ],
    [
      'an sftp target without a host key',
      '/targets/0',
      (r) => Object.assign(r.targets[0]!, { kind: 'sftp', url: 'sftp://h/' }),
      'phải có hostKeys khi kind là sftp (ssh-keyscan HOST | ssh-keygen -lf -)',
    ],
    [
      'a way of uploading over https',
      '/targets/0',
      (r) => Object.assign(r.targets[0]!, { kind: 'https', url: 'https://h/', upload: 'direct' }),
      'không được khai báo upload hoặc temporaryName khi kind là https',
    ],
    [
      'an unknown parameter',
      '/stations/0/parameters/1/parameter',
      (r) => r.parameters.splice(1, 1),
      "có mã thông số chưa khai báo: 'CO'",
    ],
    [
      'an account of no station',
      '/accounts/0/stations/2',
      (r) => r.accounts[0]!.stations.push('C'),
      "có mã trạm chưa khai báo: 'C'",
    ],
    [
      'an allowed address that is not an address',
      '/accounts/0/allowedAddresses/1',
      (r) => (r.accounts[0]!.allowedAddresses = ['10.0.0.0/8', '10.0.0.0/33']),
      "phải là địa chỉ IP hoặc dải địa chỉ CIDR; giá trị hiện tại '10.0.0.0/33'",
    ],
    [
      'an alias of two parameters',
      '/parameters/1',
      (r) => (r.parameters[1]!.aliases = ['x', 'Cod']),
      "không được dùng 'Cod', đã là ký hiệu của 'COD'",
    ],
    [
      'a prefix of two stations of an account',
      '/accounts/0/stations',
      (r) => (r.stations[1]!.filePrefixes = ['a']),
      "không được dùng chung tiền tố tên tệp 'a' cho trạm 'A' và 'B', trừ khi mỗi trạm có folders riêng",
    ],
    [
      'a prefix of two stations of which one has folders',
      '/accounts/0/stations',
      (r) => Object.assign(r.stations[1]!, { filePrefixes: ['a'], folders: ['/B'] }),
      "không được dùng chung tiền tố tên tệp 'a' cho trạm 'A' và 'B', trừ khi mỗi trạm có folders riêng",
    ],
    [
      'a prefix of two stations with a folder in common',
      '/accounts/0/stations',
      (r) => {
        Object.assign(r.stations[0]!, { folders: ['/A', '/old/*'] });
        Object.assign(r.stations[1]!, { filePrefixes: ['a'], folders: ['/B', '/OLD/'] });
      },
      "không được dùng chung tiền tố tên tệp 'a' cho trạm 'A' và 'B', trừ khi mỗi trạm có folders riêng",
    ],
    [
      'a parameter twice at a station',
      '/stations/0/parameters/1/parameter',
      (r) => (r.stations[0]!.parameters![1]!.parameter = 'COD'),
      "không được trùng: đã có 'COD'",
    ],
    [
      'a mapping twice at a station',
      '/stations/0/parameters/1/mapping',
      (r) => (r.stations[0]!.parameters![1]!.mapping = 'cod'),
      "không được trùng: đã có 'cod'",
    ],
    [
      'a range upside down',
      '/stations/0/parameters/0/min',
      (r) => (r.stations[0]!.parameters![0]!.min = 2),
      'không được lớn hơn max (1)',
    ],
    [
      'a spike that is bad before it is suspect',
      '/rules/0/badAbove',
      (r) => (r.rules = [{ code: 'R', version: 1, kind: 'spike', suspectAbove: 5, badAbove: 4 }]),
      'không được nhỏ hơn suspectAbove (5)',
    ],
    [
      'levels of gaps upside down',
      '/rules/0/reportableMinutes',
      (r) => (r.rules = [{ code: 'R', version: 1, kind: 'gap-levels', reportableMinutes: 30 }]),
      'không được nhỏ hơn longMinutes (60)',
    ],
    [
      'two intervals from one time on',
      '/stations/0/intervalChanges/1/from',
      (r) =>
        (r.stations[0]!.intervalChanges = [
          { from: '2026-04-01T00:00:00+07:00', minutes: 60 },
          { from: '2026-03-31T17:00:00Z', minutes: 10 },
        ]),
      "không được trùng: đã có '2026-03-31T17:00:00Z'",
    ],
    [
      'a whole that is its own part',
      '/rules/0/parts/0/parameter',
      (r) => (r.rules = [{ ...whollyDependent, parts: [{ parameter: 'COD' }] }]),
      'không được trùng với whole',
    ],
    [
      'a rule over an unknown parameter',
      '/rules/0/parts/0/parameter',
      (r) => (r.rules = [{ ...whollyDependent, parts: [{ parameter: 'X' }] }]),
      "có mã thông số chưa khai báo: 'X'",
    ],
    [
      'a site whose files go nowhere',
      '/remoteSites/0',
      (r) => (r.remoteSites = [{ ...site, kind: 'ftp', afterTaking: 'move' }]),
      'phải có moveTo khi afterTaking là move',
    ],
    [
      'an sftp site without a host key',
      '/remoteSites/0',
      (r) => (r.remoteSites = [{ ...site, kind: 'sftp' }]),
      'phải có hostKeys khi kind là sftp',
    ],
    [
      'a drop folder whose files go nowhere',
      '/dropFolders/0',
      (r) => (r.dropFolders = [{ code: 'D', path: '/in', afterTaking: 'move' }]),
      'phải có moveTo khi afterTaking là move',
    ],
  ];
  test.each(faulty)('finds %s', (_what, path, spoil, expectedVi) => {
    const registry = whole();
    spoil(registry);
    expect(checkRegistry(registry)).toMatchObject([{ path, expectedVi }]);
  });
});
