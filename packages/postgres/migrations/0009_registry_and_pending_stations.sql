-- Which kinds there are is told by the table of sections in the code; here only what a kind looks like.
ALTER TABLE registry_items
  DROP CONSTRAINT IF EXISTS registry_items_kind_check,
  ADD CONSTRAINT registry_items_kind_check CHECK (kind ~ '^[a-z]+(-[a-z]+)*$');

-- Who ended a version: by removing the item, or by importing the next version. Null: ended before
-- this was noted.
ALTER TABLE registry_items ADD COLUMN ended_by text;
CREATE INDEX registry_items_by_begin ON registry_items (valid_from);
CREATE INDEX registry_items_by_end ON registry_items (valid_to) WHERE valid_to IS NOT NULL;

-- What the name of a whole file in quarantine for an unknown station begins with, as the
-- normaliser says from now on; of older rows as parseFileName would.
ALTER TABLE quarantine ADD COLUMN file_prefix text;
UPDATE quarantine q
SET file_prefix = regexp_replace(
  coalesce(
    substring(file.stem FROM '^(.*)[0-9]{14}'),
    substring(file.stem FROM '^(.*)[0-9]{12}'),
    substring(file.stem FROM '^(.*)[0-9]{8}'),
    file.stem
  ), '_$', '')
FROM (SELECT file_no, regexp_replace(name, '\.[^.]*$', '') AS stem FROM files) file
WHERE file.file_no = q.file_no AND q.scope = 'file' AND q.reason = 'unknown-station';
CREATE INDEX quarantine_unknown_stations ON quarantine (account, file_prefix, file_no)
  WHERE scope = 'file' AND reason = 'unknown-station';

-- Stations that accounts send for and the registry does not have: told by the files that still
-- wait for them, so that no count can go wrong. Of a file the newest reason counts.
CREATE VIEW pending_stations AS
  SELECT q.account, q.file_prefix AS prefix, count(*)::integer AS files,
         min(q.quarantined_at) AS first_seen_at, max(q.quarantined_at) AS last_seen_at,
         max(q.file_no) AS latest_file_no
  FROM quarantine q JOIN files file USING (file_no)
  WHERE q.scope = 'file' AND q.reason = 'unknown-station' AND q.file_prefix IS NOT NULL
    AND file.state = 'quarantined'
    AND NOT EXISTS (
      SELECT FROM quarantine later
      WHERE later.file_no = q.file_no AND later.scope = 'file'
        AND later.quarantine_id > q.quarantine_id
    )
  GROUP BY q.account, q.file_prefix;

-- Those that a person wants to see no more. Their files stay in quarantine.
CREATE TABLE pending_station_dismissals (
  account      text        NOT NULL,
  prefix       text        NOT NULL,
  actor        text        NOT NULL,
  note         text        NOT NULL,
  dismissed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, prefix)
);
