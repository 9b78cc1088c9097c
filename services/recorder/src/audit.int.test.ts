import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  auditSinceHead,
  countSpoolsFully,
  countSpoolsSince,
  FullAudit,
  verifyLedger,
  type AuditWatch,
  type Session,
} from '@envigate/postgres';
import {
  at,
  audit,
  AuditScene,
  fileOf,
  readings,
  tampering,
  type Mode,
} from './testing/audit-scene.ts';
import { watch } from './testing/prove-record.ts';
import { normalised, quarantined, RecorderScene } from './testing/recorder-scene.ts';

const spools = [{ spoolId: 'spool-1', head: 0 }];

let scene: AuditScene;
beforeAll(async () => {
  scene = await AuditScene.create();
});
afterAll(() => scene.close());

describe('nothing was changed:', () => {
  test.each<Mode>(['since', 'full'])('the audit %s finds nothing', async (mode) => {
    expect(await scene.faultsAfter(mode)).toEqual([]);
  });
});

describe('what was changed since the checkpoint', () => {
  describe.each<Mode>(['since', 'full'])('is found by the audit %s:', (mode) => {
    test.each(tampering)('%s', async (_what, statements, expected) => {
      const found = await scene.faultsAfter(mode, ...statements);
      for (const fault of expected) expect(found).toContainEqual(expect.objectContaining(fault));
      // A walk through all readings meets a changed one once more.
      const different = new Set(found.map((fault) => JSON.stringify(fault)));
      expect(different.size).toBe(expected.length);
    });
  });
});

describe('what was changed before the checkpoint', () => {
  test.each([
    ['a reception', `UPDATE receptions SET peer = 'x' WHERE ${at(readings, 2)}`, 'changed'],
    ['an original', `UPDATE files SET content = 'x' WHERE name = '2.txt'`, 'original'],
    ['a reading', `UPDATE readings SET value = 1 WHERE ${fileOf('2.txt')}`, 'value'],
    ['a reading gone', `DELETE FROM readings WHERE ${fileOf('2.txt')}`, 'readings-gone'],
  ])(
    'is found by an audit of everything, and from then on by each: %s',
    async (_what, sql, kind) => {
      const found = await scene.afterTampering(async (tx) => {
        const before = await audit(tx, 'since', scene.last);
        const full = await audit(tx, 'full', scene.last);
        return { before, full, after: await audit(tx, 'since', scene.last) };
      }, sql);
      expect(found.before).toEqual([]);
      expect(found.full.map((fault) => fault.kind)).toContain(kind);
      expect(found.after.map((fault) => fault.kind)).toContain(kind);
    },
  );

  test('at the place of the checkpoint is found by each', async () => {
    const sql = `UPDATE receptions SET chain_hash = sha256('x') WHERE ${at(readings, 4)}`;
    expect((await scene.faultsAfter('since', sql)).map(({ kind }) => kind)).toEqual([
      'checkpoint',
      'changed',
    ]);
    expect((await scene.faultsAfter('full', sql)).map(({ kind }) => kind)).toEqual(['changed']);
  });

  test('is found where the whole ledger was written anew with proper hashes', async () => {
    const forged = await RecorderScene.create();
    try {
      await forged.record(normalised('1.txt', ['pH 0 6.9']), normalised('2.txt', ['pH 5 7.1']));
      await forged.record(normalised('a.txt', ['pH 6 7']), normalised('b.txt', ['pH 7 7']));
      await forged.record(quarantined('4.txt', 'good'), quarantined('5.txt', 'better'));
      for (const table of ['audit_checkpoints', 'audit_checkpoint_head']) {
        const [rows] = await scene.recorder.database.query<{ all: string }>(
          `SELECT json_agg(kept)::text AS all FROM ${table} kept`,
        );
        await forged.database.execute(`DELETE FROM ${table}`);
        await forged.database.execute(
          `INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`,
          [rows!.all],
        );
      }
      expect((await verifyLedger(forged.database)).faults).toEqual([]);
      for (const mode of ['since', 'full'] as const)
        expect(await audit(forged.database, mode, scene.last)).toContainEqual(
          expect.objectContaining({ kind: 'checkpoint', what: 'differs' }),
        );
      expect((await auditSinceHead(forged.database, scene.head, watch)).faults.list).toContainEqual(
        expect.objectContaining({ kind: 'head', chain: readings, what: 'differs' }),
      );
    } finally {
      await forged.close();
    }
  });
});

describe('a checkpoint', () => {
  test.each([
    [
      'changed',
      `UPDATE audit_checkpoints SET body = '{"from":0,"hash":"","counts":{},"faulty":[]}' WHERE checkpoint = 1`,
    ],
    ['changed', `UPDATE audit_checkpoints SET upto = 7 WHERE checkpoint = 1`],
    ['changed', `UPDATE audit_checkpoints SET faults = 1 WHERE checkpoint = 1`],
    ['gone', `DELETE FROM audit_checkpoints WHERE checkpoint = 1`],
    [
      'end',
      `DELETE FROM audit_checkpoints WHERE checkpoint = (SELECT max(checkpoint) FROM audit_checkpoints)`,
    ],
    ['end', `UPDATE audit_checkpoint_head SET checkpoints = checkpoints - 1`],
  ])('that was tampered with is found: %s (%s)', async (what, sql) => {
    for (const mode of ['since', 'full'] as const)
      expect(await scene.faultsAfter(mode, sql)).toContainEqual(
        expect.objectContaining({ kind: 'checkpoint', what }),
      );
  });

  test('is not begun at where it was changed: what it covers is proven again', async () => {
    const found = await scene.faultsAfter(
      'since',
      `UPDATE audit_checkpoints SET upto = 7 WHERE subject = 'chain ${readings}'`,
      `UPDATE receptions SET peer = 'x' WHERE ${at(readings, 2)}`,
    );
    expect(found.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['checkpoint', 'changed']),
    );
  });

  test('is made once for what came, and not for nothing', async () => {
    const count = async (tx: Session) => (await tx.query('SELECT FROM audit_checkpoints')).length;
    const counts = await scene.afterTampering(async (tx) => {
      const before = await count(tx);
      await audit(tx, 'since', scene.last);
      const after = await count(tx);
      await audit(tx, 'since', scene.last);
      await audit(tx, 'full', scene.last);
      return [after - before, (await count(tx)) - after];
    });
    // Two chains and a spool.
    expect(counts).toEqual([3, 0]);
  });
});

describe('a row whose file is gone is found by an audit of everything:', () => {
  test.each([
    [
      'readings',
      `UPDATE readings SET file_no = 987654 WHERE ${fileOf('8.txt')}`,
      'S1 TSS 2026-01-01T10:25:00.000Z',
    ],
    [
      'reading_revisions',
      `UPDATE reading_revisions SET file_no = 987654 WHERE ${fileOf('6.txt')}`,
      'S1 pH 2026-01-01T10:15:00.000Z',
    ],
  ])('%s', async (table, sql, item) => {
    expect(await scene.faultsAfter('full', sql)).toContainEqual({
      ...{ kind: 'file-gone', table, item, fileNo: 987654 },
    });
    expect((await scene.faultsAfter('since', sql)).map(({ kind }) => kind)).toContain(
      'readings-gone',
    );
  });
});

describe('the sequences of a spool', () => {
  test('that are missing are carried on, and counted once they came', async () => {
    const count = (tx: Session, mode: Mode) =>
      mode === 'since'
        ? countSpoolsSince(tx, [{ spoolId: 'spool-1', head: scene.last + 3 }], [], watch)
        : FullAudit.open(tx, watch, true).then((full) =>
            countSpoolsFully(tx, [{ spoolId: 'spool-1', head: scene.last + 3 }], full, watch),
          );
    const places = await scene.afterTampering(async (tx) => {
      const once = (await count(tx, 'since')).places.get('spool-1');
      await tx.execute(
        `INSERT INTO undecodable_messages
             (consumer, log, stream, partition, "offset", key, record_id, value, error, spool_id, spool_sequence)
           VALUES ('recorder', '', 's', 0, 1, '', '', '', '', 'spool-1', ${scene.last + 2})`,
      );
      const again = (await count(tx, 'since')).places.get('spool-1');
      return { once, again, full: (await count(tx, 'full')).places.get('spool-1') };
    });
    const counts = { stored: 6, duplicate: 1, quarantined: 3 };
    expect(places.once).toEqual({
      ...{ upto: scene.last + 3, counts, missing: [{ from: scene.last + 1, to: scene.last + 3 }] },
    });
    const later = {
      upto: scene.last + 3,
      counts: { ...counts, quarantined: 4 },
      missing: [
        { from: scene.last + 1, to: scene.last + 1 },
        { from: scene.last + 3, to: scene.last + 3 },
      ],
    };
    expect(places.again).toEqual(later);
    expect(places.full).toEqual(later);
  });

  test('that came twice after they were missing are found where an audit of everything goes on', async () => {
    const last = scene.last;
    const heads = [{ spoolId: 'spool-1', head: last + 3 }];
    const faults = await scene.afterTampering(async (tx) => {
      const full = await FullAudit.open(tx, watch, true);
      await countSpoolsFully(tx, heads, full, watch);
      // A month allows a sequence once, two months do not see each other's.
      for (const years of [0, 300])
        await tx.execute(
          `INSERT INTO receptions
           SELECT (jsonb_populate_record(r, jsonb_build_object(
             'reception_id', 'after-${years}', 'spool_sequence', ${last + 2}, 'chain', 'another/0',
             'received_at', received_at + interval '${years} years'))).*
           FROM receptions r WHERE ${at(readings, 7)}`,
        );
      const resumed = await FullAudit.open(tx, watch, false);
      await countSpoolsFully(tx, heads, resumed, watch);
      return resumed.faults.list;
    });
    expect(faults).toEqual([{ kind: 'doubled', spoolId: 'spool-1', sequence: last + 2 }]);
  });

  test('that were removed after they were counted show: the ledger differs from the checkpoint', async () => {
    expect(
      await scene.faultsAfter('full', `DELETE FROM receptions WHERE ${at(readings, 2)}`),
    ).toContainEqual(
      expect.objectContaining({ kind: 'checkpoint', what: 'differs', subject: 'spool spool-1' }),
    );
  });

  test('that were removed show also where the audit was stopped at the checkpoint', async () => {
    const heads = [{ spoolId: 'spool-1', head: scene.last }];
    const faults = await scene.afterTampering(
      async (tx) => {
        const controller = new AbortController();
        const stopping: AuditWatch = {
          signal: controller.signal,
          onProgress: () => controller.abort(new Error('stopped')),
        };
        const stopped = await FullAudit.open(tx, stopping, true);
        await expect(countSpoolsFully(tx, heads, stopped, stopping)).rejects.toThrow('stopped');
        const resumed = await FullAudit.open(tx, watch, false);
        await countSpoolsFully(tx, heads, resumed, watch);
        return resumed.faults.list;
      },
      `DELETE FROM receptions WHERE ${at(readings, 2)}`,
    );
    expect(faults).toEqual([
      expect.objectContaining({ kind: 'checkpoint', what: 'differs', subject: 'spool spool-1' }),
    ]);
  });
});

test('an audit of everything goes on where it was stopped, within the bounds of its start', async () => {
  await scene.afterTampering(async (tx) => {
    const controller = new AbortController();
    const seen: string[] = [];
    const stopping: AuditWatch = {
      signal: controller.signal,
      onProgress({ part }) {
        seen.push(part);
        if (part === 'readings') controller.abort(new Error('stopped'));
      },
    };
    const stopped = await FullAudit.open(tx, stopping, true);
    await expect(stopped.proveRecord()).rejects.toThrow('stopped');
    // Behind its back, where it has been already and where it has not.
    await tx.execute(`UPDATE receptions SET peer = 'x' WHERE ${at(readings, 2)}`);
    await tx.execute(`UPDATE reading_revisions SET value = 1 WHERE ${fileOf('6.txt')}`);
    const parts: string[] = [];
    const onProgress: AuditWatch['onProgress'] = ({ part }) => parts.push(part);
    const resumed = await FullAudit.open(tx, { ...watch, onProgress }, false);
    expect(resumed.isResumed).toBe(true);
    await resumed.proveRecord();
    await countSpoolsFully(tx, spools, resumed, watch);
    await resumed.end();
    expect(parts).not.toContain('chains');
    expect(resumed.faults.list).toMatchObject([{ kind: 'value', value: 1 }]);
    const anew = await FullAudit.open(tx, watch, false);
    expect(anew.isResumed).toBe(false);
    await anew.proveRecord();
    expect(anew.faults.list.map(({ kind }) => kind)).toContain('changed');
  });
});
