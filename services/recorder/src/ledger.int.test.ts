import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyLedger, type LedgerVerification, type Session } from '@envigate/postgres';
import { normalised, quarantined, RecorderScene, resent } from './testing/recorder-scene.ts';

let scene: RecorderScene;
beforeAll(async () => {
  scene = await RecorderScene.create();
  const first = normalised('1.txt', ['pH 0 7.1']);
  const warnings = [{ detail: 'kept in another order by jsonb', code: 'z' }];
  await scene.record(first, normalised('2.txt', ['pH 5 7.1'], { warnings }));
  await scene.record(resent(first), normalised('3 Đo đạc.txt', ['pH 0 7.2', 'pH 10 1e-7']));
  await scene.record(quarantined('4.txt', 'bad'), quarantined('5.txt', 'worse'));
});
afterAll(() => scene.close());

class Undo extends Error {}

/** What the verification finds while the tampering is in place; it is undone afterwards. */
async function afterTampering(...statements: readonly string[]): Promise<LedgerVerification> {
  let found: LedgerVerification | undefined;
  await scene.database
    .transaction(async (tx: Session) => {
      for (const sql of statements) expect(await tx.execute(sql)).toBeGreaterThan(0);
      found = await verifyLedger(tx);
      throw new Undo();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
  return found!;
}

const readings = 'station.readings/0';
const quarantine = 'station.quarantine/0';

test('an untouched ledger is whole: one chain per partition of each stream', async () => {
  expect(await verifyLedger(scene.database)).toEqual({ chains: 2, receptions: 6, faults: [] });
});

describe('a later change of history shows:', () => {
  test.each([
    [
      `outcome`,
      `UPDATE receptions SET outcome = 'duplicate' WHERE chain_sequence = 2 AND chain = '${readings}'`,
    ],
    [
      `peer`,
      `UPDATE receptions SET peer = '10.9.9.9' WHERE chain_sequence = 2 AND chain = '${readings}'`,
    ],
    [
      `received_at`,
      `UPDATE receptions SET received_at = received_at - interval '1 ms' WHERE chain_sequence = 2 AND chain = '${readings}'`,
    ],
    [
      `recorded_at`,
      `UPDATE receptions SET recorded_at = recorded_at + interval '1 ms' WHERE chain_sequence = 2 AND chain = '${readings}'`,
    ],
    [
      `warnings`,
      `UPDATE receptions SET warnings = '[]' WHERE chain_sequence = 2 AND chain = '${readings}'`,
    ],
    [`file's name`, `UPDATE files SET name = 'x' WHERE name = '2.txt'`],
    [
      `content hash`,
      `UPDATE files SET content = 'x', content_hash = sha256('x') WHERE name = '2.txt'`,
    ],
    [
      `chain hash`,
      `UPDATE receptions SET chain_hash = sha256('x') WHERE chain_sequence = 2 AND chain = '${readings}'`,
    ],
  ])('%s of a row', async (_what, sql) => {
    const { faults } = await afterTampering(sql);
    expect(faults).toMatchObject([{ kind: 'changed', chain: readings, sequence: 2 }]);
  });

  test('a row taken out', async () => {
    const { faults } = await afterTampering(
      `DELETE FROM receptions WHERE chain_sequence = 3 AND chain = '${readings}'`,
    );
    expect(faults).toEqual([{ kind: 'sequence', chain: readings, expected: 3, found: 4 }]);
  });

  test('the end cut off, also where nothing is left', async () => {
    const last = await afterTampering(
      `DELETE FROM receptions WHERE chain_sequence = 4 AND chain = '${readings}'`,
    );
    expect(last.faults).toEqual([{ kind: 'end', chain: readings, expected: 4, found: 3 }]);
    const all = await afterTampering(
      'DELETE FROM quarantine',
      `DELETE FROM receptions WHERE chain = '${quarantine}'`,
    );
    expect(all.faults).toEqual([{ kind: 'end', chain: quarantine, expected: 2, found: 0 }]);
  });

  test('a row added at the end', async () => {
    const { faults } = await afterTampering(
      `INSERT INTO receptions
       SELECT (jsonb_populate_record(r, '{"reception_id": "x", "spool_sequence": 99999, "chain_sequence": 5}')).*
       FROM receptions r WHERE chain_sequence = 4 AND chain = '${readings}'`,
    );
    expect(faults).toEqual([{ kind: 'end', chain: readings, expected: 4, found: 5 }]);
  });

  test('bytes of an original', async () => {
    const { faults, receptions } = await afterTampering(
      `UPDATE files SET content = 'forged' WHERE name = '5.txt'`,
    );
    expect(faults).toMatchObject([{ kind: 'original', chain: quarantine, sequence: 2 }]);
    expect(receptions).toBe(6);
  });

  test('an original taken out', async () => {
    const { faults } = await afterTampering(
      'DELETE FROM quarantine',
      `DELETE FROM files WHERE name = '4.txt'`,
    );
    expect(faults).toEqual([{ kind: 'sequence', chain: quarantine, expected: 1, found: 2 }]);
  });
});

test('the mark of a file that was held is part of the ledger, also of a duplicate', async () => {
  const held = await RecorderScene.create();
  try {
    const since = '2026-01-01T11:00:00.000Z';
    const file = normalised('held.txt', ['pH 0 7.1']);
    const releasedAs = (by: 'quiet' | 'operator', message = file) => ({
      ...message,
      reception: {
        ...message.reception,
        released: { by, heldFor: 'cut-last-line' as const, since, actor: 'x' },
      },
    });
    await held.record(
      file,
      releasedAs('quiet', resent(file)),
      releasedAs('operator', resent(file)),
    );
    const rows = await held.database.query<{ warnings: readonly { code: string }[] }>(
      'SELECT warnings FROM receptions ORDER BY spool_sequence',
    );
    expect(rows.map(({ warnings }) => warnings.map(({ code }) => code))).toEqual([
      [],
      ['released-after-quiet'],
      ['released-by-operator'],
    ]);
    expect((await verifyLedger(held.database)).faults).toEqual([]);
  } finally {
    await held.close();
  }
});
