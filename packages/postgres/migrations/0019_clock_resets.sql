-- Files of a logger whose clock was reset wait for a person, who replays them or discards them.

ALTER TABLE quarantine
  DROP CONSTRAINT quarantine_resolution_check,
  ADD CONSTRAINT quarantine_resolution_check
    CHECK (resolution IN ('understood', 'other-reason', 'discarded')),
  ADD COLUMN discarded_by text,  -- the person who decided; resolved_by is null then
  ADD COLUMN discard_note text;
