import {
  auditSince,
  countSpoolsFully,
  countSpoolsSince,
  FullAudit,
  readAuditHead,
  type AuditFault,
  type AuditHead,
  type Session,
} from '@envigate/postgres';
import { watch } from './prove-record.ts';
import { normalised, quarantined, RecorderScene, resent } from './recorder-scene.ts';

export const readings = 'station.readings/0';
export const quarantine = 'station.quarantine/0';

export type Mode = 'since' | 'full';

/** What an audit finds in the database as it is; `head`: the last sequence of the spool. */
export async function audit(
  session: Session,
  mode: Mode,
  head: number,
): Promise<readonly AuditFault[]> {
  const heads = [{ spoolId: 'spool-1', head }];
  if (mode === 'since') {
    const { faults, untrusted } = await auditSince(session, watch);
    const counted = await countSpoolsSince(session, heads, untrusted, watch);
    return [...faults.list, ...counted.faults];
  }
  const full = await FullAudit.open(session, watch, true);
  await full.proveRecord();
  await countSpoolsFully(session, heads, full, watch);
  await full.end();
  return full.faults.list;
}

class Undo extends Error {}

/** A record with checkpoints, and what came after them. Tests change it behind its back, and undo that. */
export class AuditScene {
  readonly recorder: RecorderScene;
  /** As it was noted when the checkpoints were made. */
  readonly head: AuditHead;
  /** The last sequence of the spool. */
  readonly last: number;

  private constructor(recorder: RecorderScene, head: AuditHead, last: number) {
    this.recorder = recorder;
    this.head = head;
    this.last = last;
  }

  static async create(): Promise<AuditScene> {
    const recorder = await RecorderScene.create();
    const first = normalised('1.txt', ['pH 0 7.1', 'TSS 0 12']);
    // Before the checkpoints: sequences 1 to 4 of the readings, 1 and 2 of the quarantine.
    await recorder.record(first, normalised('2.txt', ['pH 5 7.1']));
    await recorder.record(resent(first), normalised('3.txt', ['pH 0 7.2', 'pH 10 6.9']));
    await recorder.record(quarantined('4.txt', 'bad'), quarantined('5.txt', 'worse'));
    const faults = await audit(recorder.database, 'since', await lastSequence(recorder));
    if (faults.length > 0) throw new Error(`an untouched record: ${JSON.stringify(faults)}`);
    const head = await readAuditHead(recorder.database, new Date('2026-01-01T12:00:00Z'));
    // After them: sequences 5 to 7 of the readings, 3 of the quarantine.
    await recorder.record(normalised('6.txt', ['pH 15 7.3', 'TSS 15 20']));
    await recorder.record(normalised('7.txt', ['pH 15 7.4']), normalised('8.txt', ['TSS 25 3e-2']));
    await recorder.record(quarantined('9.txt', 'worst'));
    return new AuditScene(recorder, head, await lastSequence(recorder));
  }

  close(): Promise<void> {
    return this.recorder.close();
  }

  /** What is found while the tampering is in place; it is undone afterwards, as are the checkpoints made. */
  async afterTampering<T>(
    look: (tx: Session) => Promise<T>,
    ...statements: readonly string[]
  ): Promise<T> {
    let found: { readonly of: T } | undefined;
    await this.recorder.database
      .transaction(async (tx: Session) => {
        for (const sql of statements)
          if ((await tx.execute(sql)) === 0) throw new Error(`changed nothing: ${sql}`);
        found = { of: await look(tx) };
        throw new Undo();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error;
      });
    if (found === undefined) throw new Error('nothing was looked at');
    return found.of;
  }

  faultsAfter(mode: Mode, ...statements: readonly string[]): Promise<readonly AuditFault[]> {
    return this.afterTampering((tx) => audit(tx, mode, this.last), ...statements);
  }
}

async function lastSequence(recorder: RecorderScene): Promise<number> {
  const [row] = await recorder.database.query<{ last: number }>(
    'SELECT max(spool_sequence) AS last FROM receptions',
  );
  return row?.last ?? 0;
}

export const at = (chain: string, sequence: number) =>
  `chain = '${chain}' AND chain_sequence = ${sequence}`;
export const fileOf = (name: string) =>
  `file_no = (SELECT file_no FROM files WHERE name = '${name}')`;

/** What was done behind the back of the gateway, and what an audit says of it. */
export const tampering: readonly (readonly [string, readonly string[], readonly object[]])[] = [
  [
    'a changed value of a reception',
    [`UPDATE receptions SET peer = '10.9.9.9' WHERE ${at(readings, 6)}`],
    [{ kind: 'changed', chain: readings, sequence: 6 }],
  ],
  [
    'a changed count of a reception',
    [`UPDATE receptions SET rejected_lines = 1 WHERE ${at(readings, 6)}`],
    [
      { kind: 'changed', chain: readings, sequence: 6 },
      { kind: 'reason-gone', chain: readings, sequence: 6 },
    ],
  ],
  [
    'a swapped hash',
    [`UPDATE receptions SET chain_hash = sha256('x') WHERE ${at(readings, 6)}`],
    [{ kind: 'changed', chain: readings, sequence: 6 }],
  ],
  [
    'two receptions in each other’s place',
    [
      `UPDATE receptions SET chain_sequence = -6 WHERE ${at(readings, 6)}`,
      `UPDATE receptions SET chain_sequence = 6 WHERE ${at(readings, 7)}`,
      `UPDATE receptions SET chain_sequence = 7 WHERE ${at(readings, -6)}`,
    ],
    [
      { kind: 'changed', chain: readings, sequence: 6 },
      { kind: 'changed', chain: readings, sequence: 7 },
      { kind: 'end', chain: readings, expected: 7, found: 7 },
    ],
  ],
  [
    'a changed name of a file',
    [`UPDATE files SET name = 'x' WHERE name = '7.txt'`],
    [{ kind: 'changed', chain: readings, sequence: 6 }],
  ],
  [
    'changed bytes of an original',
    [`UPDATE files SET content = 'forged' WHERE name = '9.txt'`],
    [{ kind: 'original', chain: quarantine, sequence: 3 }],
  ],
  [
    'a reception taken out',
    [`DELETE FROM receptions WHERE ${at(readings, 6)}`],
    [{ kind: 'sequence', chain: readings, expected: 6, found: 7 }],
  ],
  [
    'the end cut off',
    [`DELETE FROM receptions WHERE ${at(readings, 7)}`],
    [{ kind: 'end', chain: readings, expected: 7, found: 6 }],
  ],
  [
    'a reception put in at the end',
    [
      `INSERT INTO receptions
       SELECT (jsonb_populate_record(r, '{"reception_id": "x", "spool_sequence": 99999, "chain_sequence": 8}')).*
       FROM receptions r WHERE ${at(readings, 7)}`,
    ],
    [{ kind: 'end', chain: readings, expected: 7, found: 8 }],
  ],
  [
    'the head of a chain moved back',
    [`UPDATE ledger_chains SET sequence = 6 WHERE chain = '${readings}'`],
    [
      { kind: 'end', chain: readings, expected: 6, found: 6 },
      { kind: 'end', chain: readings, expected: 6, found: 7 },
    ],
  ],
  [
    'an original taken out',
    [`DELETE FROM quarantine WHERE ${fileOf('9.txt')}`, `DELETE FROM files WHERE name = '9.txt'`],
    [
      { kind: 'original-gone', chain: quarantine, sequence: 3 },
      { kind: 'reason-gone', chain: quarantine, sequence: 3 },
      { kind: 'file-key', what: 'extra' },
    ],
  ],
  [
    'a reason of the quarantine taken out',
    [`DELETE FROM quarantine WHERE ${fileOf('9.txt')}`],
    [{ kind: 'reason-gone', chain: quarantine, sequence: 3 }],
  ],
  [
    'a reading taken out',
    [`DELETE FROM readings WHERE ${fileOf('8.txt')}`],
    [{ kind: 'readings-gone', chain: readings, sequence: 7, expected: 1, found: 0 }],
  ],
  [
    'a superseded reading taken out',
    [`DELETE FROM reading_revisions WHERE ${fileOf('6.txt')}`],
    [{ kind: 'readings-gone', chain: readings, sequence: 5, expected: 2, found: 1 }],
  ],
  [
    'a changed value of a reading',
    [`UPDATE readings SET value = 0.3 WHERE ${fileOf('8.txt')}`],
    [{ kind: 'value', station: 'S1', parameter: 'TSS', value: 0.3, rawValue: '3e-2' }],
  ],
  [
    'a changed value of a reading with its text',
    [`UPDATE readings SET value = 0.3, raw_value = '0.3' WHERE ${fileOf('8.txt')}`],
    [{ kind: 'value', station: 'S1', parameter: 'TSS', value: 0.3, rawValue: '0.3' }],
  ],
  [
    'a changed value of a superseded reading',
    [`UPDATE reading_revisions SET value = 1 WHERE ${fileOf('6.txt')}`],
    [{ kind: 'value', parameter: 'pH', value: 1, rawValue: '7.3' }],
  ],
];
