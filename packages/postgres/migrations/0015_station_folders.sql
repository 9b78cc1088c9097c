-- Stations are told apart by folder too. What the folder of a file in quarantine for an unknown
-- station is without those of days and months, as stationFolder says from now on; of older rows by
-- its layouts.
ALTER TABLE quarantine ADD COLUMN file_folder text;
UPDATE quarantine q
SET file_folder = coalesce(nullif(rtrim(
      regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        r.folder || '/', '/+', '/', 'g'),
        '/(19|20)\d\d/(thang)?\d\d/((ngay)?\d\d|\d{8})(?=/)', '', 'gi'),
        '/nam (19|20)\d\d/thang \d\d(/ngay \d\d)?(?=/)', '', 'gi'),
        '/(19|20)\d\d([-_]?)\d\d\2\d\d(?=/)', '', 'g'),
        '/(19|20)\d\d/(thang)?\d\d(?=/)', '', 'gi'),
      '/'), ''), '/')
FROM receptions r
WHERE r.reception_id = q.reception_id AND q.scope = 'file' AND q.reason = 'unknown-station';

-- Of a file the newest reason counts. The same name and bytes that came several times, each a file of
-- its own as nobody knows whose it is, count once.
DROP VIEW pending_stations;
CREATE VIEW pending_stations AS
  SELECT q.account, q.file_prefix AS prefix, q.file_folder AS folder,
         count(DISTINCT (file.name, file.content_hash))::integer AS files,
         min(q.quarantined_at) AS first_seen_at, max(q.quarantined_at) AS last_seen_at,
         max(q.file_no) AS latest_file_no
  FROM quarantine q JOIN files file USING (file_no)
  WHERE q.scope = 'file' AND q.reason = 'unknown-station' AND q.file_prefix IS NOT NULL
    AND q.file_folder IS NOT NULL AND file.state = 'quarantined'
    AND NOT EXISTS (
      SELECT FROM quarantine later
      WHERE later.file_no = q.file_no AND later.scope = 'file'
        AND later.quarantine_id > q.quarantine_id
    )
  GROUP BY q.account, q.file_prefix, q.file_folder;

-- '' is any folder, as in all that were dismissed until now.
ALTER TABLE pending_station_dismissals
  ADD COLUMN folder text NOT NULL DEFAULT '',
  DROP CONSTRAINT pending_station_dismissals_pkey,
  ADD PRIMARY KEY (account, prefix, folder);
ALTER TABLE pending_station_dismissals ALTER COLUMN folder DROP DEFAULT;
