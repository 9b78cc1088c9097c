import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { QuarantinedFile, Registry, StationFile } from '@envigate/contracts';
import {
  RegistryView,
  identityTexts,
  normaliseFile,
  type PendingStation,
  type RegistryChangePlace,
  type RegistryDesk,
} from '@envigate/domain';
import { streams } from '@envigate/event-log';
import { framed } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { registryDesk } from './registry-desk.ts';
import {
  exportRegistry,
  importRegistry,
  registryHistory,
  registryRevision,
} from './registry-store.ts';
import { recordingStore } from '../record/record-files.ts';

let db: TestDatabase;
let desk: RegistryDesk;
let position: number;
let sequence: number;
beforeEach(async () => {
  db = await testDatabase();
  desk = registryDesk(db.database);
  [position, sequence] = [0, 0];
  await importRegistry(db.database, registry, { actor: 'import' });
});
afterEach(() => db.drop());

const registry: Registry = {
  facilities: [
    { code: 'BAUB', name: 'Bàu Bàng', provinceCode: 'BD', agentCode: 'BAUB' },
    { code: 'CAPH', name: 'Cảnh Phú', provinceCode: 'TB', agentCode: 'CAPH' },
  ],
  parameters: [
    { code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L' },
    { code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' },
  ],
  targets: [],
  stations: ['NUODTH', 'NUOSXL'].map((code) => ({
    ...{ code, facility: 'CAPH', name: code, kind: 'waste-water' as const },
    filePrefixes: [`TB_CAPH_${code}`],
  })),
  accounts: [
    { code: 'caph', stations: ['NUOSXL', 'NUODTH'] },
    { code: 'other', stations: ['NUOSXL', 'NUODTH'] },
  ],
};

const content = 'pH\t7.2\t\t20260325000000\t00\nXyz\t1\tmg/L\t20260325000000\t00\n';

/** A reception of a file, as the normaliser passes it on. */
function quarantined(account: string, name: string, folder = '/', text = content): QuarantinedFile {
  const bytes = Buffer.from(text);
  const hash = (...parts: readonly Uint8Array[]) =>
    createHash('sha256').update(Buffer.concat(parts)).digest('hex');
  const beginning = framed(identityTexts({ account, folder, name }));
  sequence += 1;
  const file: StationFile = {
    type: 'station-file.v2',
    content: bytes,
    reception: {
      receptionId: String(sequence).padStart(26, '0'),
      ...{ spoolId: 'spool', spoolSequence: sequence, protocol: 'ftp', peer: '10.0.0.1' },
      ...{ receivedAt: '2026-03-24T17:00:41.000Z', account, folder, name },
      ...{ size: bytes.length, contentHash: hash(bytes), fileId: hash(beginning, bytes) },
    },
  };
  const outcome = normaliseFile(file, new RegistryView(registry));
  if (outcome.kind !== 'quarantined') throw new Error('the file was understood');
  return outcome.message;
}

function record(files: readonly QuarantinedFile[], from = position): Promise<unknown> {
  const partition = { log: 'log', stream: streams.quarantine, partition: 0 };
  const to = from + files.length;
  position = to;
  const move = { consumer: 'recorder', partition, from, to };
  return recordingStore(db.database).recordQuarantine(move, files, () => undefined);
}

const places = (stations: readonly PendingStation[]) =>
  stations
    .map(({ account, prefix, folder, files }) =>
      [account, prefix, ...(folder === '/' ? [] : [folder]), files].join(' '),
    )
    .sort();

describe('pending stations', () => {
  test('are known by the files that wait for them, each counted once however often it came', async () => {
    const batch = [
      quarantined('caph', 'TB_CAPH_NUOMOI_20260325000000.txt'),
      quarantined('caph', 'TB_CAPH_NUOMOI_20260325000500.txt'),
      quarantined('caph', 'TB_CAPH_NUOMOI_20260325000500.txt'),
      quarantined('caph', 'Tr\u1EA1m 2_20260325000000.TXT'),
      quarantined('other', 'TB_CAPH_NUOMOI_20260325000000.txt'),
      quarantined('stranger', 'TB_CAPH_NUOMOI_20260325000000.txt'),
    ];
    await record(batch);
    // The same batch again, as after a crash before the acknowledgement, and the same files again.
    await expect(record(batch, 0)).rejects.toThrow();
    position = batch.length;
    await record([quarantined('caph', 'TB_CAPH_NUOMOI_20260325000000.txt')]);

    const stations = await desk.pendingStations();
    expect(places(stations)).toEqual([
      'caph TB_CAPH_NUOMOI 2',
      'caph Trạm 2 1',
      'other TB_CAPH_NUOMOI 1',
    ]);
    const station = stations.find((one) => one.files === 2);
    expect(station).toMatchObject({
      // What came last, though it had come before.
      example: { name: 'TB_CAPH_NUOMOI_20260325000000.txt' },
      dismissed: null,
    });
    expect(Buffer.from(station!.example.content).toString()).toBe(content);
  });

  test('are no longer those whose files were understood or put aside for another reason', async () => {
    await record([
      quarantined('caph', 'A_20260325000000.txt'),
      quarantined('caph', 'B_20260325000000.txt'),
      quarantined('caph', 'C_20260325000000.txt'),
    ]);
    await db.database.execute(`UPDATE files SET state = 'stored' WHERE name LIKE 'A%'`);
    await db.database.execute(
      `INSERT INTO quarantine (reception_id, file_no, account, scope, reason, expected, text)
       SELECT reception_id, file_no, account, 'file', 'empty-file', '', '' FROM quarantine
       WHERE file_prefix = 'B'`,
    );
    expect(places(await desk.pendingStations())).toEqual(['caph C 1']);
  });

  test('are accepted by one call: station, account, version and actor', async () => {
    await record([quarantined('caph', 'BD_BAUB_NUOHO1_20260325000000.txt')]);
    const place = { account: 'caph', prefix: 'BD_BAUB_NUOHO1' };
    const before = await registryRevision(db.database);
    const outcome = await desk.acceptStation(place, { name: 'Hồ 1' }, 'chị Lan');
    const station = {
      ...{ code: 'NUOHO1', facility: 'BAUB', name: 'Hồ 1', kind: 'waste-water' },
      filePrefixes: ['BD_BAUB_NUOHO1'],
      parameters: [{ parameter: 'PH' }],
      guessed: ['code', 'kind', 'facility', 'parameters'],
    };
    expect(outcome).toEqual({
      kind: 'accepted',
      station,
      unknownSymbols: ['Xyz'],
      warnings: [expect.objectContaining({ code: 'no-target' })],
    });
    const { stations, accounts } = await exportRegistry(db.database);
    expect(stations).toContainEqual(station);
    expect(accounts[0]?.stations).toEqual(['NUOSXL', 'NUODTH', 'NUOHO1']);
    expect(await registryRevision(db.database)).toBe(before + 1);
    const [version] = await registryHistory(db.database, 'station', 'NUOHO1');
    expect(version).toMatchObject({ version: 1, actor: 'chị Lan' });
    expect(await desk.pendingStations()).toEqual([]);
    expect(await desk.acceptStation(place, {}, 'anh Nam')).toEqual({ kind: 'not-pending' });
  });

  test('are forwarded to the targets that they are accepted with', async () => {
    const target = { code: 'ministry', kind: 'ftp' as const, url: 'ftp://127.0.0.1/' };
    await importRegistry(db.database, { ...registry, targets: [target] }, { actor: 'import' });
    await record([quarantined('caph', 'TB_CAPH_NUOMOI_20260325000000.txt')]);
    const place = { account: 'caph', prefix: 'TB_CAPH_NUOMOI' };
    const refused = await desk.acceptStation(place, { targets: ['mnistry'] }, 'officer');
    expect(refused).toEqual({
      kind: 'refused',
      reason: {
        vi: "máy chủ nhận 'mnistry' chưa khai báo; các máy chủ nhận: ministry",
        en: "target 'mnistry' is not in the registry; it has ministry",
      },
    });
    const outcome = await desk.acceptStation(place, { targets: ['ministry'] }, 'officer');
    expect(outcome).toMatchObject({ station: { targets: ['ministry'] }, warnings: [] });
    const { stations } = await exportRegistry(db.database);
    expect(stations).toContainEqual(expect.objectContaining({ targets: ['ministry'] }));
  });

  test('accepted by several at once become one station', async () => {
    await record([quarantined('caph', 'TB_CAPH_NUOMOI_20260325000000.txt')]);
    const place = { account: 'caph', prefix: 'TB_CAPH_NUOMOI' };
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, i) => desk.acceptStation(place, { code: `N${i}` }, 'officer')),
    );
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect((await exportRegistry(db.database)).stations).toHaveLength(3);
  });

  test('refused for an unknown parameter leave the registry as it is', async () => {
    await record([quarantined('caph', 'TB_CAPH_NUOMOI_20260325000000.txt')]);
    const place = { account: 'caph', prefix: 'TB_CAPH_NUOMOI' };
    const wrong = desk.acceptStation(place, { parameters: ['NONE'] }, 'officer');
    await expect(wrong).rejects.toMatchObject({ code: 'contract-violation' });
    expect(await exportRegistry(db.database)).toEqual(registry);
  });

  test('that were dismissed keep their files and say by whom', async () => {
    await record([quarantined('caph', 'thu_20260325000000.txt')]);
    const place = { account: 'caph', prefix: 'thu' };
    expect(await desk.dismissStation(place, 'tệp thử', 'chị Lan')).toBe(true);
    expect(await desk.dismissStation({ account: 'caph', prefix: 'x' }, '', '')).toBe(false);
    expect(await desk.pendingStations()).toMatchObject([
      { files: 1, dismissed: { actor: 'chị Lan', note: 'tệp thử' } },
    ]);
  });

  const numbered = (count: number, format: (n: string) => string) =>
    Array.from({ length: count }, (_, i) => {
      const name = format(String(i + 1).padStart(4, '0'));
      return quarantined(
        'caph',
        name,
        '/',
        content.replaceAll('000000', `00${String(i % 60).padStart(2, '0')}00`),
      );
    });

  test('are one where the names differ in a running number, whatever that is', async () => {
    await record([
      ...numbered(30, (n) => `LOG${n}.csv`),
      ...numbered(3, (n) => `TB_CAPH_NUOMOI_${n}_2026-03-25_00-00.csv`),
      ...numbered(3, (n) => `20260325000000_${n}.csv`),
    ]);
    expect(places(await desk.pendingStations())).toEqual([
      'caph #### 3',
      'caph LOG#### 30',
      'caph TB_CAPH_NUOMOI_#### 3',
    ]);
    const [station] = (await desk.pendingStations()).filter(({ files }) => files === 30);
    expect(station).toMatchObject({
      example: { name: 'LOG0030.csv' },
      prefixes: { count: 30, first: 'LOG0001', last: 'LOG0030' },
    });
  });

  test('stay apart where each sends again under its own prefix, unless there are very many', async () => {
    const two = (n: number) =>
      ['20260325000000', '20260325000500'].map((time) =>
        quarantined('caph', `BD_X_NUO${n}_${time}.txt`),
      );
    await record([...two(1), ...two(2)]);
    expect(places(await desk.pendingStations())).toEqual(['caph BD_X_NUO1 2', 'caph BD_X_NUO2 2']);
    await record(Array.from({ length: 21 }, (_, i) => two(100 + i)).flat());
    expect(places(await desk.pendingStations())).toEqual([
      'caph BD_X_NUO### 42',
      'caph BD_X_NUO1 2',
      'caph BD_X_NUO2 2',
    ]);
  });

  test('that differ in digits are accepted with the prefix that a person gives, or one of theirs', async () => {
    await record(numbered(3, (n) => `TB_CAPH_NUOMOI_${n}_2026-03-25_00-00.csv`));
    const place = { account: 'caph', prefix: 'TB_CAPH_NUOMOI_####' };
    expect(await desk.acceptStation(place, {}, 'chị Lan')).toEqual({
      kind: 'refused',
      reason: {
        vi: expect.stringContaining("'TB_CAPH_NUOMOI' nếu tất cả thuộc một trạm"),
        en: expect.stringContaining("'TB_CAPH_NUOMOI' if they are all of one station"),
      },
    });
    const wrong = await desk.acceptStation(place, { filePrefix: 'TB_CAPH_NUO' }, 'chị Lan');
    expect(wrong).toMatchObject({
      kind: 'refused',
      reason: { en: expect.stringContaining('as a word') },
    });
    const given = { filePrefix: 'TB_CAPH_NUOMOI' };
    expect(await desk.acceptStation(place, given, 'chị Lan')).toMatchObject({
      kind: 'accepted',
      station: { code: 'NUOMOI', filePrefixes: ['TB_CAPH_NUOMOI'] },
    });
    expect(await desk.pendingStations()).toEqual([]);
  });

  test('of which one is named are accepted as that one', async () => {
    await record(numbered(2, (n) => `TB_CAPH_NUO${n}_20260325000000.txt`));
    expect(places(await desk.pendingStations())).toEqual(['caph TB_CAPH_NUO#### 2']);
    const place = { account: 'caph', prefix: 'TB_CAPH_NUO0001' };
    expect(await desk.acceptStation(place, {}, 'chị Lan')).toMatchObject({
      station: { filePrefixes: ['TB_CAPH_NUO0001'] },
    });
    // As its replay leaves it.
    await db.database.execute(`UPDATE files SET state = 'stored' WHERE name LIKE '%NUO0001%'`);
    expect(places(await desk.pendingStations())).toEqual(['caph TB_CAPH_NUO0002 1']);
  });

  test('of one prefix are distinguished by folder, and accepted and dismissed so', async () => {
    const sent = (folder: string, time: string) => quarantined('caph', `DATA_${time}.txt`, folder);
    await record([
      sent('/S1/2026/03/25', '20260325000000'),
      sent('/S1/2026/03/26', '20260326000000'),
      sent('/S2', '20260325000000'),
    ]);
    expect(places(await desk.pendingStations())).toEqual(['caph DATA /S1 2', 'caph DATA /S2 1']);
    const place = { account: 'caph', prefix: 'DATA' };
    expect(await desk.acceptStation(place, {}, 'officer')).toMatchObject({
      ...{
        kind: 'refused',
        reason: { en: expect.stringContaining("in the folders '/S1', '/S2'") },
      },
    });
    expect(await desk.acceptStation({ ...place, folder: '/S3' }, {}, 'officer')).toEqual({
      kind: 'not-pending',
    });
    const s1 = { ...place, folder: '/S1/2026/03/26' };
    expect(await desk.acceptStation(s1, { code: 'S1' }, 'officer')).toMatchObject({
      station: { code: 'S1', filePrefixes: ['DATA'], folders: ['/S1'] },
    });
    expect(places(await desk.pendingStations())).toEqual(['caph DATA /S2 1']);

    expect(await desk.dismissStation({ ...place, folder: '/S9' }, 'x', 'officer')).toBe(false);
    expect(await desk.dismissStation({ ...place, folder: '/S2' }, 'thử', 'officer')).toBe(true);
    await record([sent('/S4', '20260325000000')]);
    const dismissed = (await desk.pendingStations()).filter((one) => one.dismissed !== null);
    expect(dismissed.map(({ folder }) => folder)).toEqual(['/S2']);
    expect(await desk.dismissStation(place, 'tất cả', 'officer')).toBe(true);
    expect(await desk.pendingStations()).toMatchObject([
      { folder: '/S4', dismissed: { note: 'tất cả' } },
      { folder: '/S2', dismissed: { note: 'tất cả' } },
    ]);
  });

  test('of a database from before are known by the folders of their files', async () => {
    const folders = [
      ...['/', '/S1', '/S1/2026', '/S1/2026/11', '/S1/2026/11/29', '/2026/Thang11/20261129'],
      ...['/S2/2026/Thang11/Ngay29', '/S3/20261129', '/S4/2026-11-29/raw', '/S5/2026_11_29'],
      ...['/S6/2026/Thang11/29112026', '/Nam 2026/thang 11/ngay 29', '/2026/11/29/S7'],
    ];
    await record(
      folders.map((folder, i) =>
        quarantined('caph', `D${'abcdefghijklm'[i]}_20260325000000.txt`, folder),
      ),
    );
    const noted = places(await desk.pendingStations());
    expect(noted).toHaveLength(folders.length);
    await db.database.execute('UPDATE quarantine SET file_folder = NULL');
    expect(await desk.pendingStations()).toEqual([]);
    await db.database.execute(await migrationStatement('0015_station_folders.sql'));
    expect(places(await desk.pendingStations())).toEqual(noted);
  });

  test('of a database from before are known by the names of their files', async () => {
    const names = [
      'TB_X_NUO1_20260325000000.txt',
      'NUO00120260325000000.txt',
      'a_202603250000.csv',
      'b.txt',
    ];
    await record(names.map((name) => quarantined('caph', name)));
    const noted = places(await desk.pendingStations());
    // What the migration does to rows that have no prefix yet.
    const sql = await migrationStatement();
    await db.database.execute('UPDATE quarantine SET file_prefix = NULL');
    expect(await desk.pendingStations()).toEqual([]);
    await db.database.execute(sql);
    expect(places(await desk.pendingStations())).toEqual(noted);
  });
});

describe('the history', () => {
  test('reports each change once, newest first, with who made it, page by page', async () => {
    const [other, facility] = registry.facilities;
    const renamed = { ...registry, facilities: [other!, { ...facility!, name: 'Mới' }] };
    await importRegistry(db.database, renamed, { actor: 'chị Lan' });
    const without = {
      ...renamed,
      stations: renamed.stations.filter(({ code }) => code === 'NUOSXL'),
      accounts: [{ code: 'caph', stations: ['NUOSXL'] }],
    };
    await importRegistry(db.database, without, { actor: 'anh Nam' });
    await importRegistry(db.database, renamed, { actor: 'import' });

    const { rows: all } = await desk.changes({ limit: 1000 });
    const reported = all.map(({ actor, kind, code, before, after }) =>
      [actor, before === null ? '+' : after === null ? '-' : '~', kind, code].join(' '),
    );
    expect(reported.slice(0, 7)).toEqual([
      'import + station NUODTH',
      'import + account other',
      'import ~ account caph',
      'anh Nam - station NUODTH',
      'anh Nam - account other',
      'anh Nam ~ account caph',
      'chị Lan ~ facility CAPH',
    ]);
    expect(reported).toHaveLength(7 + 8);

    const paged = [];
    let after: RegistryChangePlace | undefined;
    do {
      const { rows, next } = await desk.changes({ limit: 1, after });
      paged.push(...rows);
      after = next;
    } while (after !== undefined);
    expect(paged).toEqual(all);
    expect(await desk.changes({ kind: 'facility', code: 'CAPH', limit: 9 })).toMatchObject({
      rows: [
        { version: 2, before: { name: 'Cảnh Phú' }, after: { name: 'Mới' } },
        { version: 1, before: null },
      ],
      next: undefined,
    });
    const { at } = all.at(6)!;
    expect(await desk.registry(at)).toEqual(renamed);
    const range = { from: at, to: new Date(at.getTime() + 1) };
    expect((await desk.changes({ ...range, limit: 9 })).rows).toHaveLength(1);
  });
});

async function migrationStatement(
  name = '0009_registry_and_pending_stations.sql',
): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const file = new URL(`../../migrations/${name}`, import.meta.url);
  const text = await readFile(file, 'utf8');
  const [statement] = /UPDATE quarantine q[\s\S]*?;/.exec(text) ?? [];
  return statement ?? '';
}
