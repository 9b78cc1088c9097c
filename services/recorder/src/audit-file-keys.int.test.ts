import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  auditSinceHead,
  FullAudit,
  type AuditFault,
  type AuditWatch,
  type Session,
} from '@envigate/postgres';
import { audit, AuditScene, fileOf, type Mode } from './testing/audit-scene.ts';
import { watch } from './testing/prove-record.ts';

let scene: AuditScene;
beforeAll(async () => {
  scene = await AuditScene.create();
});
afterAll(() => scene.close());

const id = (name: string): string => `(SELECT file_id FROM files WHERE name = '${name}')`;
const number = (name: string): string => `(SELECT file_no FROM files WHERE name = '${name}')`;
const strangeId = 'ab'.repeat(32);
const ofKeys = (faults: readonly AuditFault[]) => faults.filter(({ kind }) => kind === 'file-key');

interface Known {
  readonly fileNo: number;
  readonly fileId: string;
}
async function known(name: string): Promise<Known> {
  const [row] = await scene.recorder.database.query<Known>(
    `SELECT file_no AS "fileNo", encode(file_id, 'hex') AS "fileId" FROM files WHERE name = $1`,
    [name],
  );
  return row!;
}

describe.each<Mode>(['since', 'full'])('files and their keys, by the audit %s:', (mode) => {
  test('a key that is missing', async () => {
    const sql = `DELETE FROM file_keys WHERE file_id = ${id('6.txt')}`;
    expect(await scene.faultsAfter(mode, sql)).toEqual([
      { kind: 'file-key', what: 'missing', ...(await known('6.txt')) },
    ]);
  });

  test('a key without a file', async () => {
    const sql = `INSERT INTO file_keys (file_id, file_no) VALUES ('\\x${strangeId}', ${number('9.txt')} + 1)`;
    const { fileNo } = await known('9.txt');
    expect(await scene.faultsAfter(mode, sql)).toEqual([
      { kind: 'file-key', what: 'extra', fileNo: fileNo + 1, fileId: strangeId },
    ]);
  });

  test('a second key with the number of a file', async () => {
    const sql = `INSERT INTO file_keys (file_id, file_no) VALUES ('\\x${strangeId}', ${number('2.txt')})`;
    const { fileNo } = await known('2.txt');
    expect(await scene.faultsAfter(mode, sql)).toEqual([
      { kind: 'file-key', what: 'extra', fileNo, fileId: strangeId },
    ]);
  });

  test('keys that have the number of each other', async () => {
    const [six, seven] = [await known('6.txt'), await known('7.txt')];
    const sql = `UPDATE file_keys SET file_no = ${six.fileNo + seven.fileNo} - file_no
                 WHERE file_no IN (${six.fileNo}, ${seven.fileNo})`;
    expect(await scene.faultsAfter(mode, sql)).toEqual([
      { kind: 'file-key', what: 'wrong', ...six, keyedNo: seven.fileNo },
      { kind: 'file-key', what: 'wrong', ...seven, keyedNo: six.fileNo },
    ]);
  });

  test('a changed identity: neither the file nor the key has a counterpart', async () => {
    const sql = `UPDATE file_keys SET file_id = '\\x${strangeId}' WHERE ${fileOf('3.txt')}`;
    const { fileNo, fileId } = await known('3.txt');
    const found = await scene.faultsAfter(mode, sql);
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { kind: 'file-key', what: 'missing', fileNo, fileId },
        { kind: 'file-key', what: 'extra', fileNo, fileId: strangeId },
      ]),
    );
  });

  test('a file that is gone, whose key is left', async () => {
    const item = await known('7.txt');
    expect(
      ofKeys(await scene.faultsAfter(mode, `DELETE FROM files WHERE ${fileOf('7.txt')}`)),
    ).toEqual([{ kind: 'file-key', what: 'extra', ...item }]);
  });
});

describe('with a checkpoint', () => {
  /** Files are not counted as settled for some minutes, as others with lower numbers may be under way. */
  const anHourLater = `UPDATE files SET recorded_at = recorded_at - interval '1 hour'`;
  const remove = (name: string): string => `DELETE FROM file_keys WHERE file_id = ${id(name)}`;
  const readFrom = async (tx: Session): Promise<readonly string[]> => {
    const rows = await tx.query<{ line: string }>(
      `SELECT subject || ' ' || (body ->> 'from') || ' ' || faults AS line FROM audit_checkpoints
       WHERE subject = 'file keys' ORDER BY checkpoint`,
    );
    return rows.map(({ line }) => line);
  };

  test('an audit proves what came since, and one of everything what lies before it', async () => {
    const found = await scene.afterTampering(async (tx) => {
      const first = await audit(tx, 'since', scene.last);
      await tx.execute(remove('2.txt'));
      const since = await audit(tx, 'since', scene.last);
      const full = await audit(tx, 'full', scene.last);
      const carried = await audit(tx, 'since', scene.last);
      await tx.execute(
        `INSERT INTO file_keys (file_id, file_no) SELECT file_id, file_no FROM files WHERE name = '2.txt'`,
      );
      const mended = await audit(tx, 'since', scene.last);
      return { first, since, full, carried, mended, checkpoints: await readFrom(tx) };
    }, anHourLater);
    const missing = { kind: 'file-key', what: 'missing', ...(await known('2.txt')) };
    expect(found).toEqual({
      ...{ first: [], since: [], full: [missing], carried: [missing], mended: [] },
      checkpoints: ['file keys 0 0', 'file keys 0 1'],
    });
  });

  test('what was wrong when it was made is named by each audit until it is mended', async () => {
    const found = await scene.afterTampering(
      async (tx) => {
        const first = await audit(tx, 'since', scene.last);
        const second = await audit(tx, 'since', scene.last);
        return { first, second, checkpoints: await readFrom(tx) };
      },
      anHourLater,
      remove('2.txt'),
    );
    const missing = { kind: 'file-key', what: 'missing', ...(await known('2.txt')) };
    expect(found).toEqual({
      ...{ first: [missing], second: [missing], checkpoints: ['file keys 0 1'] },
    });
  });

  test('a changed checkpoint is not built upon', async () => {
    const found = await scene.afterTampering(async (tx) => {
      await audit(tx, 'since', scene.last);
      await tx.execute(remove('2.txt'));
      await tx.execute(`UPDATE audit_checkpoints SET upto = upto + 1 WHERE subject = 'file keys'`);
      return audit(tx, 'since', scene.last);
    }, anHourLater);
    expect(found.map(({ kind }) => kind)).toEqual(['checkpoint', 'file-key']);
  });
});

test('files that were just recorded are looked at again: others may be under way', async () => {
  const checkpoints = await scene.afterTampering(async (tx) => {
    await audit(tx, 'since', scene.last);
    return tx.query(`SELECT FROM audit_checkpoints WHERE subject = 'file keys'`);
  });
  expect(checkpoints).toEqual([]);
});

test('an audit since a head looks at the keys of its month, with or without a checkpoint', async () => {
  const look = (madeAt: Date) =>
    scene.afterTampering(
      async (tx) => (await auditSinceHead(tx, { ...scene.head, madeAt }, watch)).faults.list,
      `DELETE FROM file_keys WHERE file_id = ${id('6.txt')}`,
    );
  const missing = { kind: 'file-key', what: 'missing', ...(await known('6.txt')) };
  expect(await look(new Date())).toEqual([missing]);
  expect(await look(scene.head.madeAt)).toEqual([missing]);
});

test('an audit of everything goes on among the keys where it was stopped', async () => {
  const faults = await scene.afterTampering(
    async (tx) => {
      const controller = new AbortController();
      const stopping: AuditWatch = {
        signal: controller.signal,
        onProgress({ part }) {
          if (part === 'file_keys') controller.abort(new Error('stopped'));
        },
      };
      const stopped = await FullAudit.open(tx, stopping, true);
      await expect(stopped.proveRecord()).rejects.toThrow('stopped');
      const resumed = await FullAudit.open(tx, watch, false);
      await resumed.proveRecord();
      return resumed.faults.list;
    },
    `DELETE FROM file_keys WHERE file_id = ${id('2.txt')}`,
  );
  expect(faults).toEqual([{ kind: 'file-key', what: 'missing', ...(await known('2.txt')) }]);
});
