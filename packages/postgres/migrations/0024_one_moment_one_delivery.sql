-- A delivery has the rows of one moment, of however many files.
ALTER TABLE deliveries
  -- With it goes its UNIQUE (target, file_no, edition).
  DROP COLUMN edition,
  DROP CONSTRAINT deliveries_state_check,
  ADD CONSTRAINT deliveries_state_check
    CHECK (state IN ('due', 'sent', 'refused', 'set-aside', 'withheld')),
  -- The files besides file_no whose rows it has or had; nearly always null.
  ADD COLUMN more_files bigint[],
  -- How long after due_at it waits for further files of its moment.
  ADD COLUMN gather interval NOT NULL DEFAULT interval '0';
CREATE INDEX deliveries_by_moment ON deliveries (station_id, data_instant);
CREATE INDEX deliveries_more_files ON deliveries USING gin (more_files) WHERE more_files IS NOT NULL;

-- What is still due by the rule of before, one delivery per file: a file of several moments becomes a
-- delivery for each, and several files of a moment become one. Each old delivery ends here, and
-- nothing is due that was sent already. Bytes that the ministry may have got stay as they are where
-- they are of one moment; else their moments are sent marked as a resend.
CREATE FUNCTION pg_temp.text_of(payload bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN position('\x00'::bytea IN payload) > 0 THEN '' ELSE convert_from(payload, 'UTF8') END $$;

CREATE TEMPORARY TABLE old_deliveries ON COMMIT DROP AS
SELECT delivery_id, target, station_id, file_no, data_instant, received_at, due_at, file_name,
       pg_temp.text_of(payload) AS content, in_doubt OR resend AS doubted
FROM deliveries
WHERE state = 'due' AND file_name ~ '[0-9]{14}\.txt$'
  AND pg_temp.text_of(payload) ~ '^([^\t\r\n]*\t[^\t\r\n]*\t[^\t\r\n]*\t[0-9]{14}\t[^\t\r\n]*\r\n)+$';

CREATE TEMPORARY TABLE old_lines ON COMMIT DROP AS
SELECT delivery_id, target, station_id, doubted, line.place, line.content,
       split_part(line.content, E'\t', 1) AS symbol, split_part(line.content, E'\t', 4) AS local_time
FROM old_deliveries
CROSS JOIN LATERAL regexp_split_to_table(content, '\r\n') WITH ORDINALITY AS line (content, place)
WHERE line.content <> '';

CREATE TEMPORARY TABLE old_moments ON COMMIT DROP AS
SELECT line.delivery_id, line.target, line.station_id, line.doubted, line.local_time,
       old.data_instant - (to_timestamp(max(line.local_time) OVER of_delivery || '+00', 'YYYYMMDDHH24MISSTZH')
                           - to_timestamp(line.local_time || '+00', 'YYYYMMDDHH24MISSTZH')) AS instant,
       count(*) OVER of_delivery AS moments_of_delivery,
       count(*) OVER (PARTITION BY line.target, line.station_id, line.local_time) AS deliveries_of_moment
FROM (SELECT DISTINCT delivery_id, target, station_id, doubted, local_time FROM old_lines) line
JOIN old_deliveries old USING (delivery_id)
WINDOW of_delivery AS (PARTITION BY line.delivery_id);

CREATE TEMPORARY TABLE ending_deliveries ON COMMIT DROP AS
SELECT DISTINCT delivery_id FROM old_moments
WHERE moments_of_delivery > 1 OR (deliveries_of_moment > 1 AND NOT doubted);

CREATE TEMPORARY TABLE new_moments ON COMMIT DROP AS
SELECT target, station_id, local_time, min(instant) AS instant
FROM old_moments
GROUP BY target, station_id, local_time
HAVING bool_or(delivery_id IN (SELECT delivery_id FROM ending_deliveries));

-- What was sent of them: the rows of a moment that the ministry has.
CREATE TEMPORARY TABLE sent_lines ON COMMIT DROP AS
SELECT moment.target, moment.station_id, moment.local_time, sent.delivery_id, line.place, line.content,
       split_part(line.content, E'\t', 1) AS symbol
FROM new_moments moment
JOIN deliveries sent ON sent.station_id = moment.station_id AND sent.target = moment.target
                    AND sent.data_instant >= moment.instant AND sent.state = 'sent'
CROSS JOIN LATERAL regexp_split_to_table(pg_temp.text_of(sent.payload), '\r\n')
                   WITH ORDINALITY AS line (content, place)
WHERE split_part(line.content, E'\t', 4) = moment.local_time;

CREATE TEMPORARY TABLE new_lines ON COMMIT DROP AS
SELECT DISTINCT ON (target, station_id, local_time, symbol)
       target, station_id, local_time, symbol, is_due, delivery_id, place, content
FROM (SELECT target, station_id, local_time, symbol, true AS is_due, delivery_id, place, content
      FROM old_lines JOIN new_moments USING (target, station_id, local_time)
      UNION ALL
      SELECT target, station_id, local_time, symbol, false, delivery_id, place, content FROM sent_lines) line
ORDER BY target, station_id, local_time, symbol, is_due DESC, delivery_id DESC, place DESC;

INSERT INTO deliveries (target, station_id, file_no, more_files, data_instant, received_at, due_at,
                        file_name, payload, resend)
SELECT moment.target, moment.station_id, source.file_no, source.more_files, moment.instant,
       source.received_at, source.due_at, source.file_name, convert_to(rows.content, 'UTF8'), source.doubted
FROM new_moments moment
JOIN LATERAL (SELECT string_agg(content || E'\r\n', '' ORDER BY is_due, delivery_id, place) AS content,
                     bool_or(is_due AND NOT EXISTS (
                       SELECT FROM sent_lines sent
                       WHERE (sent.target, sent.station_id, sent.local_time, sent.content)
                           = (new_lines.target, new_lines.station_id, new_lines.local_time, new_lines.content))) AS is_news
              FROM new_lines
              WHERE (target, station_id, local_time) = (moment.target, moment.station_id, moment.local_time)) rows
  ON rows.is_news
CROSS JOIN LATERAL (
  SELECT (array_agg(old.file_no ORDER BY old.delivery_id DESC))[1] AS file_no,
         nullif((array_agg(old.file_no ORDER BY old.delivery_id DESC))[2:], '{}') AS more_files,
         min(old.received_at) AS received_at, min(old.due_at) AS due_at,
         bool_or(old.doubted AND old.delivery_id IN (SELECT delivery_id FROM ending_deliveries)) AS doubted,
         regexp_replace((array_agg(old.file_name ORDER BY old.delivery_id DESC))[1],
                        '[0-9]{14}\.txt$', moment.local_time || '.txt') AS file_name
  FROM old_moments JOIN old_deliveries old USING (delivery_id)
  WHERE (old_moments.target, old_moments.station_id, old_moments.local_time)
      = (moment.target, moment.station_id, moment.local_time)) source;

UPDATE deliveries
SET state = 'withheld', ended_at = now(),
    failure = 'replaced by a delivery for each of its moments'
WHERE delivery_id IN (SELECT delivery_id FROM ending_deliveries);
