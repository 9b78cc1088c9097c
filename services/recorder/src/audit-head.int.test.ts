import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { auditSinceHead, formatAuditHead, parseAuditHead, type Session } from '@envigate/postgres';
import { at, AuditScene, readings, tampering } from './testing/audit-scene.ts';
import { watch } from './testing/prove-record.ts';

let scene: AuditScene;
beforeAll(async () => {
  scene = await AuditScene.create();
});
afterAll(() => scene.close());

describe('a head that was noted', () => {
  const since = async (tx: Session, noted = scene.head) =>
    (await auditSinceHead(tx, noted, watch)).faults.list;

  test('is one line, read again from a mail around it', () => {
    const line = formatAuditHead(scene.head);
    expect(line).not.toMatch(/\n/);
    expect(parseAuditHead(line)).toEqual(scene.head);
    const mail = `Kính gửi,\r\n> ${line.replaceAll(' ', '\r\n> ')}\r\nTrân trọng`;
    expect(parseAuditHead(mail)).toEqual(scene.head);
  });

  test('is refused where it is not all there, or was changed', () => {
    const line = formatAuditHead(scene.head);
    expect(parseAuditHead('nothing')).toBe('absent');
    expect(parseAuditHead(line.slice(0, -70))).toBe('incomplete');
    expect(parseAuditHead(line.replace('=4:', '=5:'))).toBe('altered');
  });

  test('is in the record unchanged, and what came since', async () => {
    expect(await scene.afterTampering(since)).toEqual([]);
    for (const [what, statements, expected] of tampering)
      expect([what, await scene.afterTampering(since, ...statements)]).toEqual([
        what,
        expect.arrayContaining(expected.map((fault) => expect.objectContaining(fault))),
      ]);
  });

  test('shows a ledger that was written anew with all its hashes and checkpoints', async () => {
    expect(
      await scene.afterTampering(
        since,
        'DELETE FROM audit_checkpoints',
        `UPDATE receptions SET chain_hash = sha256('x') WHERE ${at(readings, 4)}`,
      ),
    ).toContainEqual({ kind: 'head', chain: readings, sequence: 4, what: 'differs' });
    expect(
      await scene.afterTampering(
        since,
        `DELETE FROM receptions WHERE chain = '${readings}'`,
        `DELETE FROM ledger_chains WHERE chain = '${readings}'`,
      ),
    ).toContainEqual({ kind: 'head', chain: readings, sequence: 4, what: 'gone' });
  });
});
