-- Gaps of parameters, gaps without valid data, and what of a gap does not count. A station's rows so far are
-- its gaps without data; its parameters are taken to have come with all data, and are judged from here on.

ALTER TABLE coverage
  ADD COLUMN since     timestamptz,                  -- nothing is known of parameters before; null: all is
  ADD COLUMN followed  text[],                       -- parameters that are known; null: all expected ones
  ADD COLUMN apart     jsonb NOT NULL DEFAULT '{}',  -- series unlike all data: [first, last] in ms; null: not begun
  ADD COLUMN judged_by text;                         -- what the registry says of its gaps
UPDATE coverage SET since = last_instant;

ALTER TABLE gaps
  DROP CONSTRAINT gaps_kind_check,
  ADD CONSTRAINT gaps_kind_check CHECK (kind IN ('transmission', 'no-valid-data')),
  ALTER COLUMN level DROP NOT NULL,                  -- null: too little of it counts, it is no gap
  ADD COLUMN parameter  text,                        -- null: of the station
  ADD COLUMN out_ms     bigint NOT NULL DEFAULT 0,   -- milliseconds of it that do not count
  ADD COLUMN taken_out  jsonb  NOT NULL DEFAULT '[]',
  ADD COLUMN changed_by text   NOT NULL DEFAULT 'data'
    CHECK (changed_by IN ('data', 'time', 'record', 'interval-corrected'));

-- Why: 'interval-corrected' where the registry's rules of its gaps were.
ALTER TABLE gaps_due ADD COLUMN reason text NOT NULL DEFAULT 'record'
  CHECK (reason IN ('record', 'interval-corrected'));

DROP INDEX gaps_current;
CREATE UNIQUE INDEX gaps_current ON gaps (station_id, kind, coalesce(parameter, ''), from_instant)
  WHERE removed_at IS NULL;
