import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger } from '@envigate/runtime';
import { auditSince } from '../audit/audit-since.ts';
import type { AuditWatch } from '../audit/follow-chain.ts';
import { findArchived } from '../archived/archived-months.ts';
import { Database } from '../connection/database.ts';
import type { ArchiveStep } from './archive-month.ts';
import { parseUnit } from './archived-tables.ts';
import { restoreArchive, type RestoreStep } from './restore-month.ts';
import { verifyArchive } from './verify-archive.ts';
import { ArchiveScene, moment, month, nextMonth } from './testing/archive-scene.ts';

jest.setTimeout(120_000);

let scene: ArchiveScene;
beforeEach(async () => {
  scene = await ArchiveScene.create();
});
afterEach(() => scene.close());

const watch: AuditWatch = { onProgress: () => undefined, signal: new AbortController().signal };
const faults = async () => (await auditSince(scene.database, watch)).faults.list;

class Killed extends Error {}

/** Ends every connection at a step, and with it whatever is under way, as a kill does. */
const killAt =
  <Step extends string>(wanted: Step, kill: () => Promise<unknown>) =>
  (step: Step): void => {
    if (step !== wanted) return;
    void kill();
    throw new Killed(step);
  };

describe('archiving that is killed', () => {
  test.each<ArchiveStep>(['write', 'detach', 'compare', 'verify', 'drop'])(
    'before its step %s is finished by the same command, and nothing is missing meanwhile',
    async (step) => {
      await scene.fill();
      const before = await scene.digests();
      const onStep = killAt(step, async () => undefined);
      await expect(scene.archive(month, { onStep })).rejects.toThrow(Killed);
      expect(await faults()).toEqual([]);
      const isDetached = step === 'compare' || step === 'verify' || step === 'drop';
      expect((await findArchived(scene.database, month.name))?.state).toBe(
        isDetached ? 'detached' : 'writing',
      );
      if (!isDetached) expect(await scene.digests()).toEqual(before);

      const { folder } = await scene.archive();
      expect((await verifyArchive(folder)).faults).toEqual([]);
      expect(await readdir(scene.folder)).toEqual([`envigate-${month.name}`]);
      await restoreArchive(scene.database, folder);
      expect(await scene.digests()).toEqual(before);
      expect(await faults()).toEqual([]);
    },
  );

  test('in the middle of a table is begun anew', async () => {
    await scene.fill();
    const controller = new AbortController();
    const writing = scene.archive(month, {
      signal: controller.signal,
      onProgress: ({ name }) => {
        if (name === 'receptions') controller.abort(new Killed());
      },
    });
    await expect(writing).rejects.toThrow(Killed);
    expect(await readdir(scene.folder)).toEqual([`envigate-${month.name}.partial`]);
    await writeFile(join(scene.folder, `envigate-${month.name}.partial`, 'files.csv'), 'half a ro');
    const { folder } = await scene.archive();
    expect((await verifyArchive(folder)).faults).toEqual([]);
    expect(await readdir(scene.folder)).toEqual([`envigate-${month.name}`]);
  });

  test('goes on only in its own folder; its rows are not removed where the archive was damaged', async () => {
    await scene.fill();
    const onStep = killAt<ArchiveStep>('verify', async () => undefined);
    await expect(scene.archive(month, { onStep })).rejects.toThrow(Killed);
    await expect(scene.archive(month, { to: join(scene.folder, 'other') })).rejects.toThrow(
      /was interrupted; it is in /,
    );
    const path = join(scene.folder, `envigate-${month.name}`, 'deliveries.csv');
    await writeFile(path, 'x\n');
    await expect(scene.archive()).rejects.toThrow(/has \d+ faults, and nothing was removed/);
    expect(await scene.count(`FROM archiving.files_${month.name.replace('-', '_')}`)).toBe(12);
  });
});

describe('restoring that is killed', () => {
  test.each<RestoreStep>(['verify', 'load', 'compare', 'attach'])(
    'before its step %s is finished by the same command',
    async (step) => {
      await scene.fill();
      const before = await scene.digests();
      const { folder } = await scene.archive();
      const without = await scene.digests();
      const onStep = killAt(step, async () => undefined);
      await expect(restoreArchive(scene.database, folder, { onStep })).rejects.toThrow(Killed);
      expect(await scene.digests()).toEqual(without);
      expect(await faults()).toEqual([]);
      if (step !== 'verify' && step !== 'load')
        await expect(scene.archive()).rejects.toThrow(/restoring .* was interrupted/);
      await restoreArchive(scene.database, folder);
      expect(await scene.digests()).toEqual(before);
      expect(await faults()).toEqual([]);
    },
  );

  test('is refused where the archive has a fault, or is of another database', async () => {
    await scene.fill();
    const { folder } = await scene.archive();
    const other = await ArchiveScene.create();
    try {
      await expect(restoreArchive(other.database, folder)).rejects.toThrow(
        /this database has no archived month/,
      );
    } finally {
      await other.close();
    }
    await rm(join(folder, 'quarantine.csv'));
    await expect(restoreArchive(scene.database, folder)).rejects.toThrow(
      /has 1 faults, and nothing was restored; the first one: quarantine.csv/,
    );
  });
});

describe('while a month is archived', () => {
  test('files of the present and for that month go on, and none is lost or waits for long', async () => {
    await scene.fill();
    const writer = new Database({ url: scene.url, poolSize: 2, logger: silentLogger() });
    const { record } = scene;
    let longestMs = 0;
    let written = 0;
    let isArchiving = true;
    const now = Date.parse(moment(nextMonth, 10));
    const present = (async () => {
      while (isArchiving) {
        const instant = new Date(now + written * 60_000).toISOString();
        const late = moment(month, 20, written);
        const began = performance.now();
        await record.record([
          record.file({ instant, receivedAt: instant }),
          record.file({ instant: late, receivedAt: instant }),
        ]);
        longestMs = Math.max(longestMs, performance.now() - began);
        written += 1;
        await scene.settle();
      }
    })();
    // Let some come before.
    while (written < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    const { folder, manifest } = await scene.archive().finally(() => (isArchiving = false));
    await present;
    await writer.close();
    expect(written).toBeGreaterThan(5);
    // Far below what a writer may wait for a lock: it waited for the swap alone.
    expect(longestMs).toBeLessThan(10_000);
    const archived = manifest.files.find(({ table }) => table === 'readings')?.rows ?? 0;
    const held = await scene.count(`FROM quarantine WHERE reason = 'archived-month'`);
    // 16 were there before; each late file is in the archive or waits.
    expect(archived - 16 + held).toBe(written);
    expect(held).toBeGreaterThan(0);
    expect(await scene.count(`FROM readings WHERE instant >= $1`, [moment(nextMonth, 10)])).toBe(
      written,
    );
    expect((await verifyArchive(folder)).faults).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  test('rows that come between writing and detaching are in the archive', async () => {
    await scene.fill();
    let isLate = true;
    const { record } = scene;
    const late = record.file({ instant: moment(month, 25), receivedAt: moment(month, 25) });
    const waiting: Promise<void>[] = [];
    const controller = new AbortController();
    const onStep = (step: ArchiveStep): void => {
      if (step !== 'detach' || !isLate) return;
      isLate = false;
      waiting.push(record.record([late]).then(() => scene.settle()));
      controller.abort(new Killed());
    };
    // Killed where the file comes: the archive that was written does not have it.
    await expect(scene.archive(month, { onStep }))
      .rejects.toBeInstanceOf(Error)
      .catch(() => undefined);
    await Promise.all(waiting);
    const known = await findArchived(scene.database, month.name);
    const { folder, manifest } =
      known?.state === 'archived'
        ? { folder: known.folder, manifest: (await verifyArchive(known.folder)).manifest }
        : await scene.archive();
    const rows = manifest.files.find(({ table }) => table === 'readings')?.rows;
    const held = await scene.count(`FROM quarantine WHERE reason = 'archived-month'`);
    expect((rows ?? 0) + held).toBe(17);
    expect((await verifyArchive(folder)).faults).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  test('a long query makes it give way, and it goes on when that ends', async () => {
    await scene.fill();
    const reader = await scene.database.connectDedicated();
    await reader.session.execute('BEGIN');
    await reader.session.query('SELECT count(*) FROM readings');
    const archiving = scene.archive();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    // Nobody waits for the reader.
    const at = moment(nextMonth, 3);
    await scene.record.record([scene.record.file({ instant: at, receivedAt: at })]);
    expect((await findArchived(scene.database, month.name))?.state).toBe('writing');
    await reader.session.execute('COMMIT');
    await reader.close();
    await archiving;
    expect(await faults()).toEqual([]);
  });
});

describe('what was there before the first month', () => {
  test('is archived as one, and restored', async () => {
    const { record, database } = scene;
    await database.execute('UPDATE month_of_test SET month = 600');
    const old = parseUnit('2020-05')!;
    for (let day = 1; day <= 3; day++) {
      const at = moment(old, day);
      await record.record([record.file({ instant: at, receivedAt: at })]);
    }
    await scene.at(month);
    await scene.settle();
    await scene.fill();
    const before = await scene.digests();
    await expect(scene.archive(month)).rejects.toThrow(`archive before before ${month.name}`);
    const { folder, manifest } = await scene.archive(parseUnit('before'));
    expect(manifest).toMatchObject({ name: 'before', from: null });
    expect(manifest.files.find(({ table }) => table === 'readings')?.rows).toBe(3);
    expect(await faults()).toEqual([]);
    const first = await scene.archive(month);
    expect(await faults()).toEqual([]);
    await restoreArchive(database, first.folder);
    await restoreArchive(database, folder);
    expect(await scene.digests()).toEqual(before);
    expect(await faults()).toEqual([]);
  });
});
