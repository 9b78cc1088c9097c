-- What an audit proved, so that the next one proves what came since. A row per stretch of a chain of the
-- ledger, and per spool: nobody changes or removes one.
CREATE TABLE audit_checkpoints (
  checkpoint bigint      PRIMARY KEY,  -- 1, 2, 3 …
  subject    text        NOT NULL,     -- 'chain station.readings/0', 'spool <id>'
  upto       bigint      NOT NULL,     -- chain_sequence or spool_sequence, inclusive
  body       json        NOT NULL,     -- counts, the hash of the chain there, what was wrong; json keeps its very text
  faults     integer     NOT NULL,     -- of its stretch, and sequences missing then
  made_at    timestamptz NOT NULL,
  hash       bytea       NOT NULL      -- SHA-256(hash of the checkpoint before || the row's own text)
);
CREATE INDEX audit_checkpoints_by_subject ON audit_checkpoints (subject, upto, checkpoint);

-- The last link of that chain, so that a cut-off end shows.
CREATE TABLE audit_checkpoint_head (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  checkpoints bigint  NOT NULL,
  hash        bytea   NOT NULL
);
INSERT INTO audit_checkpoint_head (checkpoints, hash) VALUES (0, '');

-- How far an audit of everything has come: it goes on there after it was interrupted.
CREATE TABLE audit_runs (
  run_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  begun_at    timestamptz NOT NULL DEFAULT now(),
  bounds      json        NOT NULL,  -- what there was at its start; what came later is not its concern
  place       json        NOT NULL,
  faults      json        NOT NULL,  -- the first thousand
  fault_count bigint      NOT NULL,
  moved_at    timestamptz NOT NULL DEFAULT now(),
  ended_at    timestamptz
);
CREATE UNIQUE INDEX audit_runs_open ON audit_runs ((ended_at IS NULL)) WHERE ended_at IS NULL;
