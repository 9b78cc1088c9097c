import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Configuration, Registry } from '@envigate/contracts';
import { exportRegistry, importRegistry, registryHistory } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { exportRegistryAs } from './export-registry.ts';
import { importRegistryFiles } from './import-registry.ts';

let db: TestDatabase;
let folder: string;
let config: Configuration;
let printed: string[];
beforeEach(async () => {
  db = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'envigate-registry-'));
  config = await loadConfiguration({ env: { DATABASE_URL: db.url } });
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
  await db.drop();
});

const registry: Registry = {
  facilities: [{ code: 'F1', name: 'Nhà máy' }],
  parameters: [{ code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L' }],
  targets: [{ code: 'T1', kind: 'ftp', url: 'ftp://127.0.0.1/', secret: 'old-secret' }],
  stations: [
    {
      code: 'NUO001',
      facility: 'F1',
      name: 'Trạm 1',
      kind: 'waste-water',
      parameters: [{ parameter: 'COD', max: 500 }],
    },
    { code: 'NUO002', facility: 'F1', name: 'Trạm 2', kind: 'waste-water' },
  ],
  accounts: [{ code: 'a', stations: ['NUO001'] }],
};

async function file(name: string, content: string | object): Promise<string> {
  const path = join(folder, name);
  const text = typeof content === 'string' ? content : JSON.stringify(content, undefined, 1);
  await writeFile(path, text);
  return path;
}

describe('registry import', () => {
  test('shows each field that changes, no secret, and what is removed, and applies it', async () => {
    await importRegistry(db.database, registry, { actor: 'officer' });
    const next: Registry = {
      ...registry,
      targets: [{ code: 'T1', kind: 'ftp', url: 'ftp://127.0.0.1/', secret: 'new-secret' }],
      stations: [{ ...registry.stations[0]!, parameters: [{ parameter: 'COD', max: 400 }] }],
    };
    const path = await file('registry.json', next);
    await importRegistryFiles([path], config, { dryRun: true });
    const lines = [
      '~ target T1: secret: đã đổi (mật, không hiển thị) · changed (a secret, not shown)',
      '~ station NUO001: parameters[COD].max 500 → 400',
      '- station NUO002   XÓA · REMOVED',
    ];
    expect(printed).toEqual([
      ...lines,
      '0 thêm, 2 sửa, 1 xóa · 0 added, 2 changed, 1 removed (chỉ xem, chưa thay đổi · dry run: nothing was changed)',
    ]);
    expect(await exportRegistry(db.database)).toEqual(registry);

    printed = [];
    await importRegistryFiles([path], config, {});
    expect(printed).toEqual([...lines, '0 thêm, 2 sửa, 1 xóa · 0 added, 2 changed, 1 removed']);
    expect(await exportRegistry(db.database)).toEqual(next);
    await importRegistryFiles([path], config, {});
    expect(printed.at(-1)).toBe(
      'không có thay đổi · no differences: the registry already matches the files',
    );
  });

  test('reports all faults at once, each by its place, what was expected and what was found', async () => {
    const path = await file(
      'registry.yaml',
      [
        'facilities: [{ code: F1, name: Nhà máy }]',
        'parameters: []',
        'targets: []',
        'stations:',
        '  - code: NUO001',
        '    facility: F1',
        '    nmae: Trạm 1',
        '    kind: water',
        '    parameters:',
        '      - { parameter: COD, max: much }',
        'accounts:',
        '  - { code: a, stations: [], passwordHash: hunter2 }',
        '  - { code: b, stations: [NUO001, NUO009] }',
      ].join('\n'),
    );
    const error: unknown = await importRegistryFiles([path], config, {}).catch((e: unknown) => e);
    expect((error as Error).message.split('\n')).toEqual([
      'Danh mục chưa được thay đổi, có lỗi: · the registry was not changed; errors:',
      `${path}:5:5: stations[NUO001] thiếu trường 'name' · stations[NUO001] must have the key 'name'`,
      `${path}:7:5: stations[NUO001] không có trường 'nmae'; có phải là 'name'? · stations[NUO001] must not have the key 'nmae'; did you mean 'name'?`,
      expect.stringMatching(
        /:8:11: stations\[NUO001\]\.kind phải là một trong [^·]*; giá trị hiện tại "water" · stations\[NUO001\]\.kind must be one of .*; found "water"$/,
      ),
      `${path}:10:32: stations[NUO001].parameters[COD].max phải là số; giá trị hiện tại "much" · stations[NUO001].parameters[COD].max must be number; found "much"`,
      expect.stringMatching(
        /:12:44: accounts\[a\]\.passwordHash không đúng mẫu .*; giá trị hiện tại \(mật, không hiển thị\) · accounts\[a\]\.passwordHash must match pattern .*; found \(a secret\)$/,
      ),
      `${path}:13:35: accounts[b].stations[1] có mã trạm chưa khai báo: 'NUO009' · accounts[b].stations[1] has the unknown stations code 'NUO009'`,
    ]);
  });

  test('reports every fault of the YAML itself', async () => {
    const path = await file('registry.yaml', 'facilities: [\nparameters: []\nparameters: []\n');
    await expect(importRegistryFiles([path], config, {})).rejects.toThrow(`${path}:2:1: `);
  });

  test('takes the catalogue together with the example, and again without a change', async () => {
    const deploy = new URL('../../../../../deploy/', import.meta.url);
    const paths = ['registry/catalogue.yaml', 'examples/registry.yaml'].map((path) =>
      fileURLToPath(new URL(path, deploy)),
    );
    await importRegistryFiles(paths, config, {});
    expect(printed.at(-1)).toMatch(/^(\d+) thêm, 0 sửa, 0 xóa · \1 added, 0 changed, 0 removed$/);
    const { parameters, stations } = await exportRegistry(db.database);
    expect(parameters.filter(({ official }) => official)).toHaveLength(25);
    expect(stations).toHaveLength(8);
    await importRegistryFiles(paths, config, {});
    expect(printed.at(-1)).toBe(
      'không có thay đổi · no differences: the registry already matches the files',
    );
  });

  test('puts sections of several files together and finds faults in the right one', async () => {
    const { stations, accounts, ...others } = registry;
    const paths = [
      await file('others.json', { ...others, stations: [stations[0]], accounts }),
      await file('more.json', { stations: [stations[1]] }),
    ];
    await importRegistryFiles(paths, config, {});
    expect(await exportRegistry(db.database)).toEqual(registry);
    await file('more.json', { stations: [{ ...stations[1], facility: 'F9' }] });
    await expect(importRegistryFiles(paths, config, {})).rejects.toThrow(
      `${paths[1]!}:5:16: stations[NUO002].facility có mã cơ sở chưa khai báo: 'F9' · stations[NUO002].facility has the unknown facilities code 'F9'`,
    );
  });
});

describe('registry import of CSV', () => {
  test('says what each table replaces, and shows and applies the differences', async () => {
    await importRegistry(db.database, registry, { actor: 'officer' });
    const path = await file(
      'stations.csv',
      '\uFEFFcode;name;kind;facility\r\nNUO001;Trạm một;waste-water;F1\r\n',
    );
    await importRegistryFiles([folder], config, {});
    expect(printed).toEqual([
      `# ${path} (1 dòng): thay toàn bộ stations · 1 rows, replaces all stations; không có cột, giữ nguyên · no column, left as it is: nameEn, filePrefixes, folders, profiles, intervalMinutes, startsAt, utcOffsetMinutes, oneHourNotice, targets, guessed`,
      '~ station NUO001: name "Trạm 1" → "Trạm một"',
      '- station NUO002   XÓA · REMOVED',
      '0 thêm, 1 sửa, 1 xóa · 0 added, 1 changed, 1 removed',
    ]);
    const { stations } = await exportRegistry(db.database);
    expect(stations).toEqual([{ ...registry.stations[0], name: 'Trạm một' }]);
  });

  test('reports all faults of all tables at once, by file, line and column', async () => {
    await importRegistry(db.database, registry, { actor: 'officer' });
    const stations = await file(
      'stations.csv',
      'code,name,kind,facility\n"NUO 1",x,water,F1\nNUO001,,stack-gas,F9\n',
    );
    const parameters = await file(
      'station-parameters.csv',
      'station,parameter,maxx\nNUO001,COD,1\n',
    );
    const accounts = await file(
      'accounts.csv',
      'code,stations,quotas.sessions,passwordHash\na,NUO001|NUO9,few,hunter2\n',
    );
    const other = await file('station.csv', 'code\n');
    const error: unknown = await importRegistryFiles([folder], config, {}).catch((e: unknown) => e);
    expect((error as Error).message.split('\n')).toEqual([
      'Danh mục chưa được thay đổi, có lỗi: · the registry was not changed; errors:',
      `${other}:1:1: 'station.csv' không phải bảng của danh mục; có phải là 'stations.csv'? · 'station.csv' is no table of the registry; did you mean 'stations.csv'?`,
      `${parameters}:1:19: bảng không có cột 'maxx'; có phải là 'max'? · 'maxx' is no column of this table; did you mean 'max'?`,
      expect.stringContaining(`${stations}:2:1: stations[NUO 1].code không đúng mẫu`),
      expect.stringContaining(`${stations}:2:11: stations[NUO 1].kind phải là một trong`),
      `${stations}:3:8: stations[NUO001].name phải có ít nhất 1 ký tự; giá trị hiện tại "" · stations[NUO001].name must NOT have fewer than 1 characters; found ""`,
      expect.stringMatching(
        /accounts\.csv:2:19: accounts\[a\]\.passwordHash .* must match .*\(a secret\)$/,
      ),
      `${accounts}:2:15: accounts[a].quotas.sessions phải là số nguyên; giá trị hiện tại "few" · accounts[a].quotas.sessions must be integer; found "few"`,
    ]);
    expect(await exportRegistry(db.database)).toEqual(registry);
  });

  test('and documents at once is refused', async () => {
    await file('stations.csv', 'code\n');
    const path = await file('registry.json', registry);
    await expect(importRegistryFiles([folder, path], config, {})).rejects.toThrow('not both');
  });
});

describe('registry import of tables that went through a spreadsheet', () => {
  const withFactor = (factor: number): Registry => ({
    ...registry,
    parameters: [
      { ...registry.parameters[0]!, conversions: [{ from: 'ppb', to: 'mg/L', factor }] },
    ],
  });
  const conversions = (factor: string): Promise<string> =>
    file('parameter-conversions.csv', `parameter;from;to;factor\r\nCOD;ppb;mg/L;${factor}\r\n`);
  const isStored = async (factor: number): Promise<void> =>
    expect(await exportRegistry(db.database)).toEqual(withFactor(factor));

  beforeEach(() => importRegistry(db.database, withFactor(1.145), { actor: 'officer' }));

  test('marks a number that was moved by thousands, and takes it only where it was looked at', async () => {
    const path = await conversions('1145');
    const lines = [
      expect.stringMatching(/^# .* replaces the conversions of every parameter/),
      '~ parameter COD: conversions[ppb].factor 1.145 → 1145',
      expect.stringMatching(
        `^! ${path}:2:14: factor 1.145 → 1145, ×1000: .* · factor 1.145 → 1145`,
      ),
    ];
    await importRegistryFiles([path], config, { dryRun: true });
    expect(printed).toEqual([
      ...lines,
      '0 thêm, 1 sửa, 0 xóa · 0 added, 1 changed, 0 removed (chỉ xem, chưa thay đổi · dry run: nothing was changed)',
    ]);
    for (const options of [{}, { yes: true as const }]) {
      printed = [];
      await expect(importRegistryFiles([path], config, options)).rejects.toThrow(
        'nothing was changed: a spreadsheet may have changed the numbers that are marked with !. Correct them, or say --numbers-checked if they are right',
      );
      expect(printed).toEqual(lines);
      await isStored(1.145);
    }
    await importRegistryFiles([path], config, { yes: true, numbersChecked: true });
    await isStored(1145);
  });

  test.each([
    ['n', 'chưa thay đổi gì · nothing was changed', 1.145],
    ['y', '0 thêm, 1 sửa, 0 xóa · 0 added, 1 changed, 0 removed', 1145],
  ] as const)('asks at a terminal about the number: %s', async (answer, last, factor) => {
    await conversions('1145');
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const real = Object.getOwnPropertyDescriptor(process, 'stdin')!;
    Object.defineProperty(process, 'stdin', { value: input, configurable: true });
    const asked: string[] = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text: unknown) => {
      const question = String(text);
      if (question.includes('[c/K] (y/N)')) {
        asked.push(question);
        setImmediate(() => input.write(`${answer}\n`));
      }
      return true;
    });
    try {
      await importRegistryFiles([folder], config, {});
    } finally {
      Object.defineProperty(process, 'stdin', real);
    }
    expect(asked[0]).toContain('Are the numbers marked with ! right?');
    expect(asked).toHaveLength(answer === 'y' ? 2 : 1);
    expect(printed.at(-1)).toBe(last);
    await isStored(factor);
  });

  test('a new number with two readings is marked, one reading is not', async () => {
    const path = await conversions('2,250');
    await expect(importRegistryFiles([path], config, {})).rejects.toThrow('--numbers-checked');
    await conversions('2,2500');
    await importRegistryFiles([path], config, {});
    await isStored(2.25);
  });

  test('the numbers of a new item are shown as they were read', async () => {
    await file(
      'parameters.csv',
      'code;symbol;name;nameEn;unit;cycleMinutes\nCOD;COD;COD;COD;mg/L;\nPH;pH;pH;pH;;7,5\n',
    );
    await importRegistryFiles([folder], config, { dryRun: true });
    expect(printed.slice(1, 2)).toEqual(['+ parameter PH   cycleMinutes 7.5']);
  });

  test('rows that a script added with other line ends are read', async () => {
    await exportRegistryAs(config, { format: 'csv', out: folder, separator: ';' });
    const path = join(folder, 'station-parameters.csv');
    const [header = ''] = (await readFile(path, 'utf8')).split('\r\n');
    const columns = header.split(';').length;
    const row = (station: string): string => `${station};COD${';'.repeat(columns - 2)}\n`;
    await appendFile(path, row('NUO002'));
    await importRegistryFiles([path], config, {});
    expect(printed.at(-1)).toBe('0 thêm, 1 sửa, 0 xóa · 0 added, 1 changed, 0 removed');
    const { stations } = await exportRegistry(db.database);
    expect(stations[1]?.parameters).toEqual([{ parameter: 'COD' }]);
  });

  test('a document is not asked about: nobody opens one in a spreadsheet', async () => {
    await importRegistryFiles([await file('registry.json', withFactor(1145))], config, {});
    await isStored(1145);
  });
});

describe('registry export', () => {
  test.each([',', ';'])(
    'as csv with %s imports back to no change, over another registry too',
    async (separator) => {
      await importRegistry(db.database, registry, { actor: 'officer' });
      const out = join(folder, 'csv');
      await exportRegistryAs(config, { format: 'csv', out, separator });
      expect((await stat(join(out, 'accounts.csv'))).mode & 0o777).toBe(0o600);
      await importRegistryFiles([out], config, {});
      expect(printed.at(-1)).toBe(
        'không có thay đổi · no differences: the registry already matches the files',
      );
      await importRegistry(
        db.database,
        { ...registry, stations: [], accounts: [] },
        { actor: 'officer' },
      );
      await importRegistryFiles([out], config, {});
      expect(await exportRegistry(db.database)).toEqual(registry);
    },
  );

  test.each(['yaml', 'json'])('as %s imports back to no change, and is private', async (format) => {
    await importRegistry(db.database, registry, { actor: 'officer' });
    const out = join(folder, `out.${format}`);
    await exportRegistryAs(config, { format, out });
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(await readFile(out, 'utf8')).toContain('NUO001');
    await importRegistryFiles([out], config, {});
    expect(printed).toEqual([
      'không có thay đổi · no differences: the registry already matches the files',
    ]);
    expect(await registryHistory(db.database, 'station', 'NUO001')).toHaveLength(1);
  });
});
