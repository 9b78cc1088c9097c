-- The large tables of the record are partitioned by month (UTC). What is there already becomes the
-- first partition of its table, <table>_before, where it lies: no row is copied or renumbered.
-- <table>_after takes what is later than every month that was made; the gateway makes the months
-- between them (packages/postgres/src/months). There is no DEFAULT partition.

LOCK TABLE files, receptions, readings, reading_revisions, quarantine, deliveries,
           reading_assessments, reading_assessment_history IN ACCESS EXCLUSIVE MODE;

-- Most were entered in pieces before.
INSERT INTO file_keys (file_id, file_no)
SELECT file_id, file_no FROM files WHERE file_no > (SELECT upto FROM file_keys_filled);
DROP TABLE file_keys_filled;

-- Months are counted from January 1970.
CREATE FUNCTION month_number(at timestamptz) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT (extract(year FROM at AT TIME ZONE 'UTC')::bigint - 1970) * 12
             + extract(month FROM at AT TIME ZONE 'UTC')::bigint - 1 $$;

-- A number in front of which its month stands: files and rows of quarantine are partitioned by it. It
-- stays below 2^53, so that it is exact in JavaScript. Numbers of before are below 2^36.
CREATE FUNCTION number_in_month(sequence regclass) RETURNS bigint
  LANGUAGE sql VOLATILE
  AS $$ SELECT (greatest(month_number(now()), 0) << 36) | nextval(sequence) $$;

-- Views read a table by its identity: they would go on reading the old one.
CREATE TEMPORARY TABLE views_of_record ON COMMIT DROP AS
SELECT DISTINCT view.oid::regclass::text AS name, pg_get_viewdef(view.oid) AS definition, view.relacl AS acl
FROM pg_depend dependency
JOIN pg_rewrite rule ON rule.oid = dependency.objid AND dependency.classid = 'pg_rewrite'::regclass
JOIN pg_class view ON view.oid = rule.ev_class
WHERE dependency.refclassid = 'pg_class'::regclass
  AND dependency.refobjid = ANY ('{files,receptions,readings,reading_revisions,quarantine,deliveries,
    reading_assessments,reading_assessment_history}'::regclass[]);

DO $$
DECLARE
  others text;
BEGIN
  SELECT string_agg(name, ', ') INTO others FROM views_of_record
  WHERE name NOT IN ('assessed_readings', 'station_clocks');
  IF others IS NOT NULL THEN
    RAISE EXCEPTION 'views that are not the gateway''s own read tables that become partitioned: %', others
      USING HINT = 'Drop these views, run the migration, and create them again.';
  END IF;
END $$;
DROP VIEW assessed_readings, station_clocks;

-- The recorder writes a row after those it refers to, and `envigate audit` checks the whole: see the
-- head of 0003. Foreign keys to partitioned tables would be checked in every month.
DO $$
DECLARE
  reference record;
BEGIN
  FOR reference IN
    SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
    WHERE contype = 'f'
      AND (confrelid = ANY ('{files,receptions,deliveries}'::regclass[])
           OR conrelid = ANY ('{quarantine,deliveries}'::regclass[]))
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', reference.of_table, reference.conname);
  END LOOP;
END $$;

-- file_keys keeps it.
ALTER TABLE files DROP CONSTRAINT files_file_id_key;

-- Sequences that go on where the identities of before ended.
CREATE SEQUENCE file_numbers;
CREATE SEQUENCE quarantine_numbers;
CREATE TEMPORARY TABLE ends_of_identities ON COMMIT DROP AS
SELECT (SELECT coalesce(max(file_no), 0) FROM files) AS files,
       (SELECT coalesce(max(quarantine_id), 0) FROM quarantine) AS quarantine,
       (SELECT coalesce(max(delivery_id), 0) FROM deliveries) AS deliveries;
SELECT setval('file_numbers', files + 1, false), setval('quarantine_numbers', quarantine + 1, false)
FROM ends_of_identities;
ALTER TABLE files ALTER file_no DROP IDENTITY,
                  ALTER file_no SET DEFAULT number_in_month('file_numbers');
ALTER TABLE file_keys ALTER file_no SET DEFAULT number_in_month('file_numbers');
ALTER TABLE quarantine ALTER quarantine_id DROP IDENTITY,
                       ALTER quarantine_id SET DEFAULT number_in_month('quarantine_numbers');
ALTER TABLE deliveries ALTER delivery_id DROP IDENTITY;

-- Puts a partitioned table in the place of `name`. `bound` ends the old rows' partition; rows at or
-- beyond it, of clocks that were ahead, are moved. A unique key that has not the partition's key is
-- kept in each partition by itself.
CREATE FUNCTION pg_temp.put_into_months(name text, key text, bound text) RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE
  before text := name || '_before';
  after text := name || '_after';
  options text;
  index record;
  granted record;
BEGIN
  EXECUTE format('ALTER TABLE %I RENAME TO %I', name, before);
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)
                  PARTITION BY RANGE (%I)', name, before, key);
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING IDENTITY)', after, before);
  SELECT array_to_string(reloptions, ', ') INTO options FROM pg_class WHERE oid = before::regclass;
  IF options IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %I SET (%s)', after, options);
  END IF;
  EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %I >= %L RETURNING *)
                  INSERT INTO %I SELECT * FROM moved', before, key, bound, after);
  FOR index IN
    SELECT class.relname, pg_get_indexdef(class.oid) AS definition, indisprimary,
           (SELECT string_agg(quote_ident(attname), ', ' ORDER BY place)
            FROM unnest(indkey) WITH ORDINALITY AS of_key (attnum, place)
            JOIN pg_attribute USING (attnum) WHERE attrelid = indrelid) AS columns,
           indisunique AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = indrelid
                                         AND attname = key AND attnum = ANY (indkey)) AS is_of_partition
    FROM pg_index JOIN pg_class class ON class.oid = indexrelid
    WHERE indrelid = before::regclass
  LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', index.relname, index.relname || '_before');
    CONTINUE WHEN index.is_of_partition;
    IF index.indisprimary THEN
      EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (%s)', name, index.columns);
    ELSE
      EXECUTE format('CREATE INDEX %I ON %I USING %s', index.relname, name,
                     substring(index.definition FROM ' USING (.*)$'));
    END IF;
  END LOOP;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', name, before, bound);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (MAXVALUE)', name, after, bound);
  FOR granted IN
    SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee
    FROM pg_class, aclexplode(relacl) WHERE oid = before::regclass
  LOOP
    EXECUTE format('GRANT %s ON %I TO %s', granted.privilege_type, name, granted.grantee);
  END LOOP;
END $$;

-- An installation that has data goes on filling its first partition until the month is over. A new one
-- begins its months two before, as loggers send what they kept.
CREATE TEMPORARY TABLE first_month ON COMMIT DROP AS
SELECT month AT TIME ZONE 'UTC' AS time, month_number(month AT TIME ZONE 'UTC') << 36 AS number,
       now_month
FROM (SELECT date_trunc('month', now() AT TIME ZONE 'UTC')
               + CASE WHEN EXISTS (SELECT FROM receptions) OR EXISTS (SELECT FROM readings)
                      THEN interval '1 month' ELSE interval '-2 months' END AS month,
             month_number(now()) << 36 AS now_month) start;

SELECT pg_temp.put_into_months('files', 'file_no', now_month::text),
       pg_temp.put_into_months('quarantine', 'quarantine_id', now_month::text),
       pg_temp.put_into_months('receptions', 'received_at', time::text),
       pg_temp.put_into_months('readings', 'instant', time::text),
       pg_temp.put_into_months('reading_revisions', 'instant', time::text),
       pg_temp.put_into_months('reading_assessments', 'instant', time::text),
       pg_temp.put_into_months('reading_assessment_history', 'instant', time::text),
       pg_temp.put_into_months('deliveries', 'data_instant', time::text)
FROM first_month;

ALTER TABLE deliveries ALTER delivery_id ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('deliveries', 'delivery_id'), deliveries + 1, false)
FROM ends_of_identities;

DO $$
DECLARE
  view record;
  granted record;
BEGIN
  FOR view IN SELECT * FROM views_of_record LOOP
    EXECUTE format('CREATE VIEW %I AS %s', view.name, view.definition);
    FOR granted IN
      SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee
      FROM aclexplode(view.acl)
    LOOP
      EXECUTE format('GRANT %s ON %I TO %s', granted.privilege_type, view.name, granted.grantee);
    END LOOP;
  END LOOP;
END $$;
