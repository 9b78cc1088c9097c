import type { Database } from '@envigate/postgres';

/** How many receptions one statement makes. */
const pieceRows = 50_000;

/**
 * A record of receptions of one file each, with one reading each, made by SQL as the recorder would have made it: the
 * links of the chain are the recorder's. Nothing but what the audit reads is there: indexes for the lists of people
 * are removed, so that filling takes minutes instead of an hour.
 */
export async function prepareLedger(database: Database): Promise<void> {
  const indexes = await database.query<{ name: string }>(
    `SELECT format('%I', class.relname) AS name
     FROM pg_index JOIN pg_class class ON class.oid = indexrelid
     WHERE NOT indisunique AND NOT class.relispartition
       AND indrelid IN ('receptions'::regclass, 'files'::regclass, 'readings'::regclass)`,
  );
  for (const { name } of indexes) await database.execute(`DROP INDEX ${name}`);
  await database.execute(
    `INSERT INTO station_keys (station) VALUES ('BENCH');
     INSERT INTO parameter_keys (parameter) VALUES ('PH');
     INSERT INTO ledger_chains (chain, sequence, hash) VALUES ('station.readings/0', 0, '')`,
  );
  await database.execute(functions);
}

// The text of an entry as packages/postgres/src/record/ledger.ts writes it.
const functions = `
  CREATE FUNCTION bench_content(i bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    $$ SELECT convert_to(repeat(format(E'PH\\t7.%s\\tmg/L\\t20260301000000\\t00\\r\\n', i), 10), 'UTF8') $$;
  CREATE FUNCTION bench_time(i bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
    $$ SELECT '2026-11-01T00:00:00Z'::timestamptz + i * interval '400 ms' $$;
  CREATE FUNCTION bench_iso(i bigint) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT to_char(bench_time(i) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
  CREATE FUNCTION bench_links(first bigint, last bigint, head bytea)
  RETURNS TABLE (i bigint, hash bytea) LANGUAGE plpgsql AS $$
    DECLARE content bytea;
    BEGIN
      hash := head;
      FOR n IN first..last LOOP
        content := bench_content(n);
        hash := sha256(hash || convert_to(format(
          '["R%s","bench",%s,"%s","ftp","10.0.0.1","A1","/","%s.txt","%s","%s","stored",1,0,0,0,[],"%s"]',
          n, n, bench_iso(n), n, encode(sha256(convert_to('file ' || n, 'UTF8')), 'hex'),
          encode(sha256(content), 'hex'), bench_iso(n)), 'UTF8'));
        i := n;
        RETURN NEXT;
      END LOOP;
    END $$`;

/** Appends the receptions `from` + 1 to `to`. */
export async function fillLedger(
  database: Database,
  from: number,
  to: number,
  onPiece: (done: number) => void = () => undefined,
): Promise<void> {
  for (let before = from; before < to; before += pieceRows) {
    const last = Math.min(to, before + pieceRows);
    await database.transaction((tx) => tx.execute(insertPiece, [before + 1, last]), {
      flush: false,
    });
    onPiece(last);
  }
}

const fileId = (i: string) => `sha256(convert_to('file ' || ${i}, 'UTF8'))`;
const insertPiece = `
   WITH kept AS (
     INSERT INTO files (file_id, content_hash, account, name, content, state, station_id, data_from, data_to, recorded_at)
     SELECT ${fileId('i')}, sha256(bench_content(i)), 'A1', i || '.txt', bench_content(i), 'stored', 1,
            bench_time(i), bench_time(i), bench_time(i)
     FROM generate_series($1::bigint, $2::bigint) i
     RETURNING file_no, file_id, name
   ), keyed AS (
     INSERT INTO file_keys (file_id, file_no) SELECT file_id, file_no FROM kept
   ), numbered AS (
     SELECT file_no, substring(name FROM '^[0-9]+')::bigint AS i FROM kept
   ), linked AS (
     INSERT INTO receptions (reception_id, spool_id, spool_sequence, received_at, protocol, peer, account, folder,
       file_no, station_id, outcome, new_readings, corrections, repeats, rejected_lines, recorded_at, chain,
       chain_sequence, chain_hash)
     SELECT 'R' || i, 'bench', i, bench_time(i), 'ftp', '10.0.0.1', 'A1', '/', file_no, 1, 'stored', 1, 0, 0, 0,
            bench_time(i), 'station.readings/0', i, hash
     FROM bench_links($1, $2, (SELECT hash FROM ledger_chains)) JOIN numbered USING (i)
     RETURNING chain_sequence, chain_hash
   ), moved AS (
     UPDATE ledger_chains SET sequence = $2, hash = (SELECT chain_hash FROM linked WHERE chain_sequence = $2)
   )
   INSERT INTO readings (station_id, parameter_id, instant, value, unit, raw_value, raw_unit, status, flag, reasons,
                         file_no, line)
   SELECT 1, 1, bench_time(i), ('7.' || i)::float8, 'mg/L', '7.' || i, 'mg/L', '00', 1, '{}', file_no, 1
   FROM numbered`;
