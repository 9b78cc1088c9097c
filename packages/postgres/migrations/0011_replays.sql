-- Replays: recorded files that go through the gateway again, through the same door as all others.

-- A row of quarantine is open until a replay says otherwise: it is never removed.
ALTER TABLE quarantine
  ADD COLUMN resolved_at timestamptz,
  ADD COLUMN resolved_by text REFERENCES receptions,  -- the replay
  ADD COLUMN resolution  text CHECK (resolution IN ('understood', 'other-reason'));
CREATE INDEX quarantine_open ON quarantine (account, quarantine_id) WHERE resolved_at IS NULL;
CREATE INDEX quarantine_open_by_reason ON quarantine (reason, quarantine_id) WHERE resolved_at IS NULL;

-- What was asked for at once: by a person, or by a change of the registry.
CREATE TABLE replay_batches (
  batch_id     text        PRIMARY KEY,
  actor        text        NOT NULL,
  requested_at timestamptz NOT NULL,
  note         text,
  station      text,                          -- assigned by the actor
  profile      text,
  automatic    boolean     NOT NULL DEFAULT false,
  selection    jsonb       NOT NULL,          -- which files
  position     bigint      NOT NULL DEFAULT 0, -- how far the selection was gone through
  upto         bigint      NOT NULL,          -- where it ends: what came later is not meant
  expanded_at  timestamptz                    -- when it had been gone through
) WITH (fillfactor = 50);
CREATE INDEX replay_batches_open ON replay_batches (requested_at) WHERE expanded_at IS NULL;

-- One row per replay: written with its message in the outbox, ended by the recorder with what
-- became of it.
CREATE TABLE replays (
  reception_id   text        PRIMARY KEY,     -- computed from batch and file
  batch_id       text        NOT NULL REFERENCES replay_batches,
  file_no        bigint      NOT NULL REFERENCES files,
  spool_sequence bigint      NOT NULL UNIQUE, -- 1, 2, 3 … in the spool 'replay'
  requested_at   timestamptz NOT NULL DEFAULT now(),
  recorded_at    timestamptz,
  outcome        text CHECK (outcome IN ('stored', 'quarantined', 'undecodable')),
  reason         text                         -- of the quarantine
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX replays_under_way ON replays (file_no) WHERE recorded_at IS NULL;
CREATE INDEX replays_by_batch ON replays (batch_id, reception_id);
CREATE INDEX replays_by_file ON replays (file_no);

-- The last number given out in the spool 'replay'; the row is the lock of those who ask for replays.
CREATE TABLE replay_spool (
  only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  last_sequence bigint  NOT NULL
);
INSERT INTO replay_spool (last_sequence) VALUES (0);

-- How far the look for what a change of the registry cured has come; one at a time holds the row.
CREATE TABLE replay_scan (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision    bigint  NOT NULL,               -- of the registry that is looked with
  pass        integer NOT NULL DEFAULT 1,
  position    jsonb   NOT NULL,               -- null when done
  finished_at timestamptz
);
INSERT INTO replay_scan (revision, position, finished_at) VALUES (0, 'null', now());

-- Readings under symbols that the registry does not know: their reason carries the rule's version,
-- and behind it what decided, so that its beginning alone tells.
CREATE FUNCTION names_unknown_symbol(reasons text[]) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT EXISTS (SELECT FROM unnest(reasons) AS reason WHERE reason LIKE 'unknown-symbol@%') $$;
-- Readings without any reason, which most are, do not call the function.
CREATE INDEX readings_unknown_symbol ON readings (station_id, parameter_id, instant)
  WHERE reasons <> '{}' AND names_unknown_symbol(reasons);

-- A reading that was moved to another parameter may come back under its old one, and be
-- superseded there again under a revision number that was used before.
ALTER TABLE reading_revisions
  DROP CONSTRAINT reading_revisions_pkey,
  ADD PRIMARY KEY (station_id, instant, parameter_id, revision, superseded_at);
