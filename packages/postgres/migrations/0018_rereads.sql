-- Stored files are read again after the registry was put right: what they gave before is superseded.

-- By what of the registry a file was read last; null: by an earlier version, or it was not understood.
ALTER TABLE files
  ADD COLUMN read_revision bigint,  -- of the registry
  ADD COLUMN reading_mark  text;

-- A superseded value that its file does not give any more, since it was read again. The reception of
-- that replay says who asked, when and why; '' where this was not noted yet. Null: its file still says
-- so, and another file said otherwise later.
ALTER TABLE reading_revisions
  ADD COLUMN withdrawn_by text,
  ADD COLUMN withdrawn_at timestamptz;
UPDATE reading_revisions past SET withdrawn_by = '', withdrawn_at = superseded_at
WHERE NOT EXISTS (
  SELECT FROM readings r
  WHERE (r.station_id, r.instant, r.parameter_id) = (past.station_id, past.instant, past.parameter_id)
);
CREATE INDEX reading_revisions_withdrawn ON reading_revisions (station_id, instant)
  WHERE withdrawn_by IS NOT NULL;

-- 'outdated': a normaliser read it by a registry older than asked for, and nothing was changed.
ALTER TABLE replays
  DROP CONSTRAINT replays_outcome_check,
  ADD CONSTRAINT replays_outcome_check
    CHECK (outcome IN ('stored', 'quarantined', 'undecodable', 'outdated')),
  ADD COLUMN withdrawn integer NOT NULL DEFAULT 0;  -- readings

-- Of a reread: the registry that it is meant by, and its files in the order of their reception.
ALTER TABLE replay_batches ADD COLUMN registry_revision bigint;
CREATE TABLE replay_files (
  batch_id text    NOT NULL REFERENCES replay_batches,
  place    integer NOT NULL,  -- 1, 2, 3 …
  file_no  bigint  NOT NULL REFERENCES files,
  PRIMARY KEY (batch_id, place)
);
CREATE UNIQUE INDEX replay_files_once ON replay_files (batch_id, file_no);

-- A file that says otherwise now is delivered once more. What was sent and is not said any more keeps
-- its row, with the reception that withdrew it.
ALTER TABLE deliveries
  ADD COLUMN edition      integer NOT NULL DEFAULT 1,
  ADD COLUMN withdrawn_by text,
  ADD COLUMN withdrawn_at timestamptz,
  DROP CONSTRAINT deliveries_target_file_no_key,
  ADD UNIQUE (target, file_no, edition);
CREATE INDEX deliveries_withdrawn ON deliveries (delivery_id) WHERE withdrawn_by IS NOT NULL;

-- Where readings vanished: the gaps there are to be found anew from what is left. One row per station
-- and day (UTC), taken away by the gap detector if nothing came since.
CREATE TABLE gaps_due (
  station_id   integer     NOT NULL REFERENCES station_keys,
  day          date        NOT NULL,
  from_instant timestamptz NOT NULL,  -- both ends belong to it
  to_instant   timestamptz NOT NULL,
  changes      bigint      NOT NULL DEFAULT 1,
  PRIMARY KEY (station_id, day)
) WITH (fillfactor = 50);
