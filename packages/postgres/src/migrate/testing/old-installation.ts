import { createHash, randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { applyMigrations, readMigrations } from '../migrate.ts';
import { byteaArray, hexArray, numberArray, textArray } from '../../connection/session.ts';
import { nextLink, type ChainHead, type LedgerEntry } from '../../record/ledger.ts';

/** The last migration of the version whose tables had no months. */
const lastBefore = '0025';

const stations = 20;
const chain = 'station.readings/0';
const spoolId = 'spool';
const pieceRows = 2_000;

/** Tables that become partitioned, with the order in which their rows are compared. */
export const oldTables = {
  files: 'file_no',
  receptions: 'reception_id',
  readings: 'station_id, instant, parameter_id',
  reading_revisions: 'station_id, instant, parameter_id, revision',
  quarantine: 'quarantine_id',
  deliveries: 'delivery_id',
  reading_assessments: 'station_id, instant, parameter_id',
  reading_assessment_history: 'station_id, instant, parameter_id',
} as const;

/** A database as the version before left it, with `receptions` receptions of fourteen months. */
export async function oldInstallation(receptions: number): Promise<TestDatabase> {
  const test = await testDatabase({ migrated: false });
  const { database } = test;
  await applyMigrations(
    database,
    (await readMigrations()).filter(({ name }) => name < `${lastBefore}~`),
  );
  await database.execute(
    `INSERT INTO station_keys (station) SELECT 'S' || n FROM generate_series(1, $1::int) n`,
    [stations],
  );
  await database.execute(`INSERT INTO parameter_keys (parameter) VALUES ('pH'), ('COD')`);
  let head: ChainHead = { sequence: 0, hash: Buffer.alloc(0) };
  for (let at = 0; at < receptions; at += pieceRows) {
    const count = Math.min(pieceRows, receptions - at);
    head = await receive(
      test,
      Array.from({ length: count }, (_, i) => at + i),
      receptions,
      head,
    );
  }
  await database.execute('INSERT INTO ledger_chains (chain, sequence, hash) VALUES ($1, $2, $3)', [
    ...[chain, head.sequence, head.hash],
  ]);
  const patient = database.withLimits({ poolSize: 1, statementTimeoutMs: 0 });
  for (const sql of derived) await patient.execute(sql);
  await patient.close();
  return test;
}

/** Every tenth reception brings the file of the one before again. */
const fileOf = (n: number): number => (n % 10 === 9 ? n - 1 : n);
const isQuarantined = (n: number): boolean => fileOf(n) % 25 === 3;

/** From 2025-10 to 2026-11; one clock in a thousand is wild. */
function timeOf(n: number, of: number): Date {
  if (n % 1000 === 500) return new Date(Date.UTC(2087, 5, 1, 0, 0, n % 60, n % 1000));
  if (n % 1000 === 501) return new Date(Date.UTC(1970, 0, 1, 0, 0, n % 60, n % 1000));
  const from = Date.UTC(2025, 9, 1);
  return new Date(from + Math.floor(((Date.UTC(2026, 10, 28) - from) * n) / of));
}

export function contentOf(n: number): Buffer {
  return Buffer.from(`pH\t${n}\t-\t20260101120000\t00\r\n`);
}

export function fileIdOf(n: number): string {
  return createHash('sha256').update(`A1 / file_${n}.txt `).update(contentOf(n)).digest('hex');
}

function entryOf(n: number, of: number): LedgerEntry {
  const file = fileOf(n);
  return {
    receptionId: String(n).padStart(26, '0'),
    spoolId,
    spoolSequence: n + 1,
    receivedAt: timeOf(n, of),
    protocol: 'ftp',
    peer: '10.0.0.1',
    account: 'A1',
    folder: '/',
    name: `file_${file}.txt`,
    fileId: fileIdOf(file),
    contentHash: createHash('sha256').update(contentOf(file)).digest('hex'),
    outcome: file !== n ? 'duplicate' : isQuarantined(n) ? 'quarantined' : 'stored',
    newReadings: file === n && !isQuarantined(n) ? 2 : 0,
    corrections: 0,
    repeats: 0,
    rejectedLines: 0,
    warnings: [],
    recordedAt: timeOf(n, of),
  };
}

async function receive(
  { database }: TestDatabase,
  numbers: readonly number[],
  of: number,
  before: ChainHead,
): Promise<ChainHead> {
  const entries = numbers.map((n) => entryOf(n, of));
  let head = before;
  const links = entries.map((entry) => (head = nextLink(head, entry)));
  const firsts = numbers.filter((n) => fileOf(n) === n);
  await database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO files (file_id, content_hash, account, name, content, state, station_id, data_from, data_to,
                          recorded_at)
       SELECT file_id, sha256(content), 'A1', 'file_' || n || '.txt', content, state, 1 + n % ${stations},
              time, time, time
       FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::text[], $5::timestamptz[])
            AS given (n, file_id, content, state, time)`,
      [
        numberArray(firsts),
        hexArray(firsts.map(fileIdOf)),
        byteaArray(firsts.map(contentOf)),
        textArray(firsts.map((n) => (isQuarantined(n) ? 'quarantined' : 'stored'))),
        textArray(firsts.map((n) => timeOf(n, of).toISOString())),
      ],
    );
    await tx.execute(
      `INSERT INTO receptions (reception_id, spool_id, spool_sequence, received_at, protocol, peer, account,
         folder, file_no, station_id, outcome, new_readings, corrections, repeats, rejected_lines, recorded_at,
         chain, chain_sequence, chain_hash)
       SELECT reception_id, '${spoolId}', sequence, time, 'ftp', '10.0.0.1', 'A1', '/', file_no, station_id,
              outcome, new_readings, 0, 0, 0, time, '${chain}', sequence, hash
       FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::bytea[], $5::text[], $6::integer[], $7::bytea[])
            AS given (reception_id, sequence, time, file_id, outcome, new_readings, hash)
       JOIN files USING (file_id)`,
      [
        textArray(entries.map((entry) => entry.receptionId)),
        numberArray(entries.map((entry) => entry.spoolSequence)),
        textArray(entries.map((entry) => entry.receivedAt.toISOString())),
        hexArray(entries.map((entry) => entry.fileId)),
        textArray(entries.map((entry) => entry.outcome)),
        numberArray(entries.map((entry) => entry.newReadings)),
        byteaArray(links.map(({ hash }) => hash)),
      ],
    );
  });
  return head;
}

/** What follows from the files, as the recorder and the others keep it. */
const derived = [
  `INSERT INTO readings (station_id, parameter_id, instant, revision, value, unit, raw_value, raw_unit, status,
                         flag, reasons, file_no, line)
   SELECT station_id, parameter_id, data_from, CASE WHEN file_no % 20 = 0 THEN 2 ELSE 1 END, file_no, 'u',
          file_no::text, 'U', '00', CASE WHEN file_no % 30 = 0 THEN 3 ELSE 1 END, '{}', file_no, 1
   FROM files, parameter_keys WHERE state = 'stored' ON CONFLICT DO NOTHING`,
  `INSERT INTO reading_revisions (station_id, parameter_id, instant, revision, value, unit, raw_value, raw_unit,
                                  status, flag, reasons, file_no, line, recorded_at)
   SELECT station_id, parameter_id, instant, 1, -value, unit, raw_value, raw_unit, status, flag, reasons,
          file_no, line, recorded_at
   FROM readings WHERE revision = 2`,
  `INSERT INTO reading_assessments (station_id, instant, parameter_id, revision, flag, reasons)
   SELECT station_id, instant, parameter_id, revision, 3, '{spike@1}' FROM readings WHERE flag = 3`,
  `INSERT INTO reading_assessment_history (station_id, instant, parameter_id, revision, flag, reasons,
                                           assessed_at)
   SELECT station_id, instant, parameter_id, revision, 4, '{spike@1}', now() FROM readings WHERE flag = 3`,
  `INSERT INTO quarantine (reception_id, file_no, station_id, account, scope, reason, expected, text)
   SELECT reception_id, file_no, station_id, account, 'file', 'unknown-station', '', '' FROM receptions
   WHERE outcome = 'quarantined'`,
  `INSERT INTO delivery_lanes (target, station_id) SELECT 'ministry', station_id FROM station_keys`,
  `INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload, state,
                           ended_at)
   SELECT 'ministry', station_id, file_no, data_from, data_from, name, content,
          CASE WHEN file_no % 50 = 0 THEN 'due' ELSE 'sent' END,
          CASE WHEN file_no % 50 = 0 THEN NULL ELSE data_from END
   FROM files WHERE state = 'stored' ORDER BY file_no`,
  `INSERT INTO delivery_decisions (delivery_id, decision, state_before, actor, note)
   SELECT delivery_id, 'retry', 'refused', 'a', 'n' FROM deliveries WHERE delivery_id % 100 = 0`,
  `INSERT INTO replay_batches (batch_id, actor, requested_at, selection, upto, expanded_at)
   SELECT '${randomUUID()}', 'a', now(), '{}', max(file_no), now() FROM files`,
  `INSERT INTO replay_files (batch_id, place, file_no)
   SELECT batch_id, row_number() OVER (ORDER BY file_no), file_no FROM files, replay_batches
   WHERE file_no % 500 = 1`,
  `INSERT INTO replays (reception_id, batch_id, file_no, spool_sequence, recorded_at, outcome)
   SELECT 'replay' || file_no, batch_id, file_no, place, now(), 'stored' FROM replay_files`,
];
