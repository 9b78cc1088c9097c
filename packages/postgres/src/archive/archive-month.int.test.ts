import { mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { officersNumber } from '@envigate/domain';
import { findArchived } from '../archived/archived-months.ts';
import { ArchiveRefusedError } from './refusals.ts';
import { archivedTables } from './archived-tables.ts';
import { describeArchiveFault, verifyArchive } from './verify-archive.ts';
import { ArchiveScene, moment, month, nextMonth } from './testing/archive-scene.ts';

jest.setTimeout(120_000);

let scene: ArchiveScene;
beforeEach(async () => {
  scene = await ArchiveScene.create();
  await scene.fill();
});
afterEach(() => scene.close());

const partition = (table: string) => `${table}_${month.name.replace('-', '_')}`;

describe('a month', () => {
  test('is in the archive, proven, and no longer in the record', async () => {
    const before = await scene.digests();
    const steps: string[] = [];
    const { folder, manifest, sha256, keptFiles } = await scene.archive(month, {
      onStep: (step) => steps.push(step),
    });
    expect(steps).toEqual(['write', 'detach', 'compare', 'verify', 'drop']);
    const rows = Object.fromEntries(manifest.files.map(({ table, rows: count }) => [table, count]));
    expect(rows).toMatchObject({
      ...{ files: 12, receptions: 12, readings: 16, reading_revisions: 1, quarantine: 4 },
      ...{ reading_assessments: 2, reading_assessment_history: 2, deliveries: 9 },
    });
    for (const { table } of archivedTables)
      if (table !== 'files' && table !== 'quarantine')
        expect([table, await scene.count(`FROM ${partition(table)}`)]).toEqual([table, 0]);
    // The file that came again in the next month, and the one that waits for a person.
    expect(keptFiles).toBe(2);
    expect(await scene.count('FROM files')).toBe(3);
    expect(await scene.count('FROM file_keys')).toBe(13);
    expect(before['files']).toMatch(/^13 /);
    const verified = await verifyArchive(folder);
    expect(verified).toMatchObject({ faults: [], originals: 12, receptions: 12, sha256 });
    expect(await findArchived(scene.database, month.name)).toMatchObject({
      ...{ state: 'archived', folder, actor: 'officer', manifest: sha256, rows: { files: 12 } },
    });
    expect((await readdir(scene.folder)).sort()).toEqual([`envigate-${month.name}`]);
    expect(await scene.count(`FROM pg_class WHERE relnamespace = 'archiving'::regnamespace`)).toBe(
      0,
    );
    await expect(scene.archive(month)).rejects.toThrow(/is archived already, in /);
  });

  test('is read by PostgreSQL itself as it was', async () => {
    const readings = `SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS digest FROM`;
    const [before] = await scene.database.query(`${readings} ${partition('readings')} t`);
    const { folder } = await scene.archive();
    const text = await readFile(join(folder, 'readings.csv'), 'utf8');
    expect(text).toContain(',-0,');
    const { spawnSync } = await import('node:child_process');
    const psql = spawnSync('psql', [scene.url, '-qAt', '-v', 'ON_ERROR_STOP=1'], {
      input: `CREATE TEMP TABLE back (LIKE readings);
          \\copy back FROM '${join(folder, 'readings.csv')}' (FORMAT csv, HEADER)
          SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM back t`,
      encoding: 'utf8',
    });
    if (psql.error !== undefined) return;
    expect(psql.stderr).toBe('');
    expect(psql.stdout.trim()).toBe((before as { digest: string }).digest);
  });
});

describe('a fault', () => {
  /** Changes a byte in the middle of a file; a digit stays a digit, so that the form is kept. */
  async function flip(path: string, at?: number): Promise<void> {
    const bytes = await readFile(path);
    let place = at ?? Math.floor(bytes.length / 2);
    while (!/[0-8a-e]/.test(String.fromCharCode(bytes[place] ?? 0))) place += 1;
    bytes[place] = (bytes[place] ?? 0) + 1;
    await writeFile(path, bytes);
  }

  test('of one byte is found in each file, with the line', async () => {
    const { folder, manifest } = await scene.archive();
    for (const { name, rows } of manifest.files.filter((file) => file.rows > 0)) {
      const path = join(folder, name);
      const good = await readFile(path);
      await flip(path);
      const { faults } = await verifyArchive(folder);
      expect([name, rows, faults.map(({ file }) => file)]).toEqual([
        name,
        rows,
        expect.arrayContaining([name]),
      ]);
      expect(faults.some(({ file, line }) => file === name && line !== undefined)).toBe(true);
      await truncate(path, good.length - 1);
      const cut = await verifyArchive(folder);
      expect(cut.faults.map(describeArchiveFault).join('\n')).toContain(
        `${name}: expected ${good.length} bytes, found ${good.length - 1} bytes`,
      );
      await writeFile(path, good);
    }
    expect((await verifyArchive(folder)).faults).toEqual([]);
  });

  test('that is covered by new checksums is found by the ledger, at its line', async () => {
    const { folder } = await scene.archive();
    const path = join(folder, 'receptions.csv');
    const lines = (await readFile(path, 'utf8')).split('\n');
    lines[4] = lines[4]!.replace('10.0.0.1', '10.0.0.2');
    await writeFile(path, lines.join('\n'));
    const { faults } = await verifyArchive(folder);
    expect(faults).toContainEqual(
      expect.objectContaining({
        file: 'receptions.csv',
        line: 5,
        expected: expect.stringMatching(/^chain_hash [0-9a-f]{64} \(reception \d+\)$/),
      }),
    );
  });

  test('of an original is found at its line, and where its hash was changed too, against the ledger', async () => {
    const { folder, manifest } = await scene.archive();
    const { rewriteTable } = await import('./testing/rewrite-table.ts');
    await rewriteTable(folder, manifest, 'files', (row) => ({ ...row, content: '\\x00' }));
    expect((await verifyArchive(folder)).faults[0]).toMatchObject({
      ...{
        file: 'files.csv',
        line: 2,
        expected: expect.stringContaining('an original with SHA-256'),
      },
    });
    const hash = '\\x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d';
    await rewriteTable(folder, manifest, 'files', (row) => ({ ...row, content_hash: hash }));
    expect((await verifyArchive(folder)).faults[0]).toMatchObject({
      file: 'files.csv',
      expected: expect.stringMatching(/as line \d+ of receptions.csv has it/),
    });
  });

  test.each(['receptions.csv', 'manifest.json'])('is that %s is gone', async (name) => {
    const { folder } = await scene.archive();
    const { rm } = await import('node:fs/promises');
    await rm(join(folder, name));
    if (name === 'manifest.json')
      await expect(verifyArchive(folder)).rejects.toThrow(/the folder is not an archive/);
    else expect((await verifyArchive(folder)).faults[0]?.found).toBe('no file');
  });
});

describe('a month is refused', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'with deliveries that wait',
      () =>
        scene.database.execute(
          `UPDATE deliveries SET state = 'set-aside' WHERE target = 'ministry'`,
        ),
      /9 deliveries to the ministry are due, refused or set aside/,
    ],
    [
      'with days that wait for the assessor',
      () =>
        scene.database.execute(
          `INSERT INTO assessment_due (station_id, day, from_instant, to_instant) VALUES (1, $1::timestamptz::date, $1::timestamptz, $1::timestamptz)`,
          [moment(month, 2)],
        ),
      /1 days of stations wait for the assessor/,
    ],
    [
      'with requests for replays',
      () =>
        scene.database.execute(
          `INSERT INTO replay_batches (batch_id, actor, requested_at, selection, upto) VALUES ('b', 'a', now(), '{}', 1)`,
        ),
      /1 requests for replays are under way/,
    ],
  ])('%s, and nothing is changed', async (_what, prepare, reason) => {
    await prepare();
    const before = await scene.digests();
    await expect(scene.archive()).rejects.toThrow(reason);
    expect(await scene.digests()).toEqual(before);
    expect(await readdir(scene.folder)).toEqual([]);
  });

  test('with too little disk: what it needs and what is free; what an interrupted attempt left counts as free', async () => {
    const before = await scene.digests();
    const to = join(scene.folder, 'disk');
    const partial = join(to, `envigate-${month.name}.partial`);
    const archive = () => scene.archive(month, { to, measureFree: async () => 10_000 });
    const refused = await archive().catch((error: unknown) => error);
    if (!(refused instanceof ArchiveRefusedError)) throw refused;
    const [, needed = ''] = /needs about (\d\.\d) MiB/.exec(refused.text.en) ?? [];
    expect(refused.text).toEqual({
      vi: `không đủ đĩa: lưu trữ ${month.name} cần khoảng ${officersNumber(Number(needed))} MiB, ${to} chỉ còn 0 MiB; giải phóng đĩa hoặc chọn --to khác rồi chạy lại lệnh, dữ liệu chưa bị thay đổi`,
      en: `not enough disk: the archive of ${month.name} needs about ${needed} MiB, and ${to} has 0.0 MiB free; free disk space or give another --to, and run the command again; nothing was changed`,
    });
    expect(await scene.digests()).toEqual(before);
    expect(await findArchived(scene.database, month.name)).toBeUndefined();
    expect(await readdir(to)).toEqual([]);

    await mkdir(partial);
    await writeFile(join(partial, 'files.csv'), Buffer.alloc(Number(needed) * 2 ** 20 + 100_000));
    const { folder } = await archive();
    expect((await verifyArchive(folder)).faults).toEqual([]);
  });

  test('that is not over, is unknown, or has an earlier one before it', async () => {
    const { parseUnit } = await import('./archived-tables.ts');
    const present = parseUnit(new Date().toISOString().slice(0, 7))!;
    await expect(scene.archive(present)).rejects.toThrow(/is not over, or has just ended/);
    await expect(scene.archive(parseUnit('2001-02'))).rejects.toThrow(/has no month 2001-02/);
    await expect(scene.archive(nextMonth)).rejects.toThrow(
      `archive ${month.name} before ${nextMonth.name}`,
    );
  });

  test('where another archive has its name', async () => {
    await mkdir(join(scene.folder, `envigate-${month.name}`));
    await expect(scene.archive()).rejects.toThrow(/was not written by this run/);
  });
});
