import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { replaySpoolId } from '@envigate/domain';
import { countSpoolsFully, countSpoolsSince, listCountedSpools } from '../audit/count-spools.ts';
import { FullAudit } from '../audit/audit-full.ts';
import { auditSince, auditSinceHead, readAuditHead } from '../audit/audit-since.ts';
import type { AuditFault } from '../audit/faults.ts';
import type { AuditWatch } from '../audit/follow-chain.ts';
import { readArchivedScope } from '../audit/verify-archives.ts';
import { receptionRecord } from '../record/list-receptions.ts';
import { findArchivedHash, proveArchives } from './prove-archives.ts';
import { restoreArchive } from './restore-month.ts';
import { ArchiveScene, moment, month, nextMonth } from './testing/archive-scene.ts';

jest.setTimeout(120_000);

let scene: ArchiveScene;
beforeEach(async () => {
  scene = await ArchiveScene.create();
});
afterEach(() => scene.close());

const watch: AuditWatch = {
  onProgress: () => undefined,
  signal: new AbortController().signal,
};

async function audit(): Promise<readonly AuditFault[]> {
  const { database } = scene;
  const head = await receptionRecord(database).last('spool');
  const spools = [{ spoolId: 'spool', head }];
  const since = await auditSince(database, watch);
  const counted = await countSpoolsSince(database, spools, since.untrusted, watch);
  const full = await FullAudit.open(database, watch, true);
  await full.proveRecord();
  const all = await countSpoolsFully(database, spools, full, watch);
  await full.end();
  const missing = [counted, all].flatMap(({ places }) => places.get('spool')?.missing ?? []);
  expect(missing).toEqual([]);
  expect((await listCountedSpools(database)).map(({ spoolId }) => spoolId)).not.toContain(
    replaySpoolId,
  );
  return [...since.faults.list, ...counted.faults, ...full.faults.list];
}

const kinds = (faults: readonly AuditFault[]) =>
  [...new Set(faults.map(({ kind }) => kind))].sort();

describe('a month that was archived', () => {
  test('and restored is row for row as it was, and every audit is clean before, between and after', async () => {
    await scene.fill();
    expect(await audit()).toEqual([]);
    const before = await scene.digests();
    const head = await readAuditHead(scene.database, new Date());

    const { folder, manifest } = await scene.archive();
    expect(await audit()).toEqual([]);
    expect(await readArchivedScope(scene.database)).toMatchObject({
      months: [{ name: month.name, folder, state: 'archived' }],
      receptions: 12,
    });
    expect(await proveArchives(scene.database, [scene.folder], {})).toEqual({
      ...{ faults: [], months: [month.name], receptions: 12 },
    });
    expect((await auditSinceHead(scene.database, head, watch)).faults.list).toEqual([]);

    expect(await restoreArchive(scene.database, folder)).toMatchObject({ wasRestored: false });
    expect(await scene.digests()).toEqual(before);
    expect(await audit()).toEqual([]);
    expect(await readArchivedScope(scene.database)).toEqual({ months: [], receptions: 0 });
    expect(await restoreArchive(scene.database, folder)).toMatchObject({ wasRestored: true });

    // Again, where an archive of before must not be mistaken for the new one.
    await rename(folder, join(scene.folder, 'first'));
    const again = await scene.archive();
    expect(again.manifest.files.map(({ sha256 }) => sha256)).toEqual(
      manifest.files.map(({ sha256 }) => sha256),
    );
    await expect(restoreArchive(scene.database, join(scene.folder, 'first'))).rejects.toThrow(
      /is not the archive of .* that was made: manifest.json has SHA-256/,
    );
    expect(await audit()).toEqual([]);
  });

  test('is proven by a checkpoint of before it, one in the middle of it, and one after it', async () => {
    const { record } = scene;
    for (let day = 1; day <= 3; day++) {
      const at = moment(month, day);
      await record.record([record.file({ instant: at, receivedAt: at })]);
      await auditSince(scene.database, watch);
    }
    const middle = await readAuditHead(scene.database, new Date());
    const at = moment(month, 4);
    await record.record([record.file({ instant: at, receivedAt: at })]);
    await record.record([
      record.file({ instant: moment(month, 4, 1), receivedAt: moment(month, 4, 1) }),
    ]);
    const within = await readAuditHead(scene.database, new Date());
    await record.record([record.file({ instant: moment(month, 5), receivedAt: moment(month, 5) })]);
    // Received in the first month, recorded in the middle of the second one.
    await scene.at(nextMonth);
    const next = (minute: number) => moment(nextMonth, 1, minute);
    await record.record([record.file({ instant: next(0), receivedAt: next(0) })]);
    await record.record([
      record.file({ instant: moment(month, 6), receivedAt: moment(month, 28) }),
    ]);
    await record.record([record.file({ instant: next(1), receivedAt: next(1) })]);
    await scene.settle();
    await scene.archive();
    expect(await audit()).toEqual([]);
    const since = (head: typeof middle, folders: readonly string[] = []) =>
      auditSinceHead(scene.database, head, watch, (chain, sequence) =>
        findArchivedHash(scene.database, folders, chain, sequence),
      );
    // Ranges end at checkpoints: this head is known without the archive, the other one is not.
    expect((await since(middle)).faults.list).toEqual([]);
    expect((await since(within)).faults.list).toMatchObject([{ kind: 'head', what: 'archived' }]);
    expect((await since(within, [scene.folder])).faults.list).toEqual([]);
    const forged = {
      ...within,
      chains: within.chains.map((one) => ({ ...one, hash: 'ab'.repeat(32) })),
    };
    expect((await since(forged, [scene.folder])).faults.list).toContainEqual(
      expect.objectContaining({ kind: 'head', what: 'differs' }),
    );
    await scene.archive(nextMonth);
    expect(await audit()).toEqual([]);
  });

  test.each<[string, string, string]>([
    [
      'what is kept of it was changed',
      `UPDATE archived_links SET hash_after = sha256('x')`,
      'archive',
    ],
    [
      'its spool was changed',
      `UPDATE archived_sequences SET to_sequence = to_sequence + 100`,
      'archive',
    ],
    ['its manifest was exchanged', `UPDATE archived_months SET manifest = sha256('x')`, 'archive'],
    [
      'its checkpoint is gone',
      `DELETE FROM audit_checkpoints WHERE subject LIKE 'archive %'`,
      'archive',
    ],
    ['it is no longer listed', `DELETE FROM archived_months`, 'sequence'],
  ])('is a fault where %s', async (_what, sql, kind) => {
    await scene.fill();
    await scene.archive();
    await scene.database.execute(sql);
    const { list } = (await auditSince(scene.database, watch)).faults;
    expect(kinds(list)).toContain(kind);
  });

  test('of which the folder was exchanged is a fault', async () => {
    await scene.fill();
    const { folder, manifest } = await scene.archive();
    const { rewriteTable } = await import('./testing/rewrite-table.ts');
    await rewriteTable(folder, manifest, 'readings', (row) => ({ ...row, value: '1' }));
    const { faults } = await proveArchives(scene.database, [folder], {});
    expect(faults).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'archive', month: month.name, what: 'differs' },
        detail: expect.stringContaining('manifest.json: expected SHA-256'),
      }),
    );
  });
});

test('a month that vanished without an archive is a fault', async () => {
  await scene.fill();
  const suffix = month.name.replace('-', '_');
  for (const table of ['receptions', 'files', 'readings'])
    await scene.database.execute(`TRUNCATE ${table}_${suffix}`);
  expect(kinds((await auditSince(scene.database, watch)).faults.list)).toContain('sequence');
});

describe('what comes for an archived month', () => {
  test('waits in quarantine, and is recorded when the month was restored', async () => {
    await scene.fill();
    const { folder } = await scene.archive();
    const late = scene.record.file({
      ...{ instant: moment(month, 1, 10), receivedAt: moment(nextMonth, 20), name: 'late.txt' },
    });
    await scene.record.record([late], ['ministry']);
    const rows = await scene.database.query(
      `SELECT state, reason, outcome, new_readings AS "newReadings", files.name
       FROM files JOIN receptions USING (file_no) JOIN quarantine USING (file_no) WHERE files.name = 'late.txt'`,
    );
    expect(rows).toEqual([
      ...[
        { state: 'quarantined', reason: 'archived-month', outcome: 'quarantined', newReadings: 0 },
      ].map((row) => ({ ...row, name: 'late.txt' })),
    ]);
    expect(await scene.count(`FROM readings WHERE instant < $1`, [moment(nextMonth, 1)])).toBe(0);
    expect(await scene.count(`FROM deliveries WHERE state = 'due'`)).toBe(0);
    for (const table of ['gaps_due', 'assessment_due'])
      expect(await scene.count(`FROM ${table}`)).toBe(0);
    expect(await audit()).toEqual([]);

    await restoreArchive(scene.database, folder);
    await scene.record.record([scene.record.file({ ...fieldsOf(late), name: 'late.txt' })]);
    expect(await scene.count(`FROM readings WHERE instant = $1`, [moment(month, 1, 10)])).toBe(1);
    expect(await audit()).toEqual([]);
  });

  test('as a file that it has already is a duplicate: its original is here again, nothing else is', async () => {
    await scene.fill();
    const before = await scene.digests();
    const { folder } = await scene.archive();
    const known = { instant: moment(month, 2), values: { pH: 7.1, TSS: -0, COD: null } };
    const files = await scene.count('FROM files');
    await scene.record.record([
      scene.record.file({ ...known, receivedAt: moment(nextMonth, 20) }),
      scene.record.file({ ...known, receivedAt: moment(nextMonth, 21) }),
    ]);
    expect(await scene.count('FROM files')).toBe(files + 1);
    expect(
      await scene.count(`FROM receptions WHERE outcome = 'duplicate' AND received_at >= $1`, [
        moment(nextMonth, 20),
      ]),
    ).toBe(2);
    expect(await scene.count('FROM quarantine WHERE reason = $1', ['archived-month'])).toBe(0);
    expect(await audit()).toEqual([]);
    await restoreArchive(scene.database, folder);
    const after = await scene.digests();
    // Two receptions more; everything else is as it was.
    expect({ ...after, receptions: before['receptions'] }).toEqual(before);
    expect(await audit()).toEqual([]);
  });

  test('as a reception that it has already is passed over, as the event log handed it over again', async () => {
    await scene.fill();
    const again = scene.record.file({ instant: moment(month, 3), receivedAt: moment(month, 3) });
    await scene.record.record([again]);
    await scene.settle();
    await scene.archive();
    const receptions = await scene.count('FROM receptions');
    await scene.record.record([again]);
    expect(await scene.count('FROM receptions')).toBe(receptions);
    expect(
      await receptionRecord(scene.database).missing('spool', 1, again.reception.spoolSequence),
    ).toEqual([]);
    expect(await audit()).toEqual([]);
  });
});

function fieldsOf({
  readings,
  reception,
}: {
  readings: readonly { instant: string }[];
  reception: { receivedAt: string };
}) {
  return { instant: readings[0]!.instant, receivedAt: reception.receivedAt };
}
