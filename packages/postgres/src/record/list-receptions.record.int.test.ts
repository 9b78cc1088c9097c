import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { receptionRecord } from './list-receptions.ts';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await testDatabase();
  const ledger = (spool: string, sequences: string): Promise<number> =>
    fixture.database.execute(
      `INSERT INTO receptions (reception_id, spool_id, spool_sequence, received_at, protocol, peer, account,
                               folder, file_no, outcome, new_readings, corrections, repeats, rejected_lines,
                               chain, chain_sequence, chain_hash)
       SELECT $1 || n, $1, n, now(), 'ftp', '', 'a', '/', 1, 'stored', 0, 0, 0, 0, $1, n, ''
       FROM unnest(ARRAY(${sequences})) n`,
      [spool],
    );
  await ledger('one', 'SELECT n FROM generate_series(1, 20) n WHERE n NOT IN (1, 7, 8, 9, 15)');
  await ledger('two', 'SELECT generate_series(1, 3)');
  await fixture.database.execute(
    `INSERT INTO undecodable_messages (consumer, log, stream, partition, "offset", key, record_id, value,
                                       error, spool_id, spool_sequence)
     SELECT consumer, '', 'station.readings', 0, n, '', '', '', '', 'one', n
     FROM (VALUES ('recorder', 8), ('gap-detector', 15), ('recorder', 23)) AS kept (consumer, n)`,
  );
});
afterAll(() => fixture.drop());

describe('the record of receptions', () => {
  test('reports what it lacks of a spool, both ends included; what nobody could read is kept too', async () => {
    const { missing } = receptionRecord(fixture.database);
    expect(await missing('one', 1, 20)).toEqual([
      { from: 1, to: 1 },
      { from: 7, to: 7 },
      { from: 9, to: 9 },
      { from: 15, to: 15 },
    ]);
    expect(await missing('one', 8, 15)).toEqual([
      { from: 9, to: 9 },
      { from: 15, to: 15 },
    ]);
    expect(await missing('one', 10, 14)).toEqual([]);
    expect(await missing('one', 16, 25)).toEqual([
      { from: 21, to: 22 },
      { from: 24, to: 25 },
    ]);
    expect(await missing('three', 4, 6)).toEqual([{ from: 4, to: 6 }]);
  });

  test('reports how far it came', async () => {
    const { last } = receptionRecord(fixture.database);
    expect(await last('one')).toBe(23);
    expect(await last('two')).toBe(3);
    expect(await last('three')).toBe(0);
  });
});
