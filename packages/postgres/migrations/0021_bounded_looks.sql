-- No question reads without end: each list is read in its own order from an index, however rare
-- what it looks for and however old.

-- Deliveries by target and by state, newest first.
CREATE INDEX deliveries_by_target ON deliveries (target, state, delivery_id);

-- The newest receptions of a file that is sent again for months, and the newest rows of quarantine
-- of a file with half a million lines.
CREATE INDEX receptions_of_file ON receptions (file_no, received_at, reception_id);
DROP INDEX receptions_by_file;
CREATE INDEX quarantine_of_file ON quarantine (file_no, quarantine_id);
DROP INDEX quarantine_by_file;
-- All lines of a file are put there at one time.
CREATE INDEX quarantine_at_time ON quarantine (quarantined_at, quarantine_id);
DROP INDEX quarantine_by_time;

CREATE INDEX gaps_by_station ON gaps (station_id, gap_id);

-- Which replays of a batch are under way: the others are counted up to a number only.
CREATE INDEX replays_unrecorded ON replays (batch_id) WHERE recorded_at IS NULL;

-- Pending stations are looked for in each account's newest files of an unknown station.
CREATE INDEX quarantine_pending ON quarantine (account, quarantine_id)
  WHERE scope = 'file' AND reason = 'unknown-station' AND file_prefix IS NOT NULL
    AND file_folder IS NOT NULL;

-- Who changed what in the registry is read from both ends of the versions, newest first.
DROP INDEX registry_items_by_begin;
DROP INDEX registry_items_by_end;
CREATE INDEX registry_items_by_begin ON registry_items (valid_from, kind, code);
CREATE INDEX registry_items_by_end ON registry_items (valid_to, kind, code) WHERE valid_to IS NOT NULL;

-- Replaced values by flag, as there is of the current ones.
CREATE INDEX reading_revisions_not_good
  ON reading_revisions (flag, instant, station_id, parameter_id) WHERE flag <> 1;

DROP VIEW pending_stations;
DROP INDEX quarantine_unknown_stations;
