-- What devices report of themselves (a long calibration, a fault), once an office was written to about it. A row
-- is open as long as the readings say so.
CREATE TABLE notice_conditions (
  condition_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text        NOT NULL CHECK (kind IN ('calibration', 'fault')),
  station      text        NOT NULL,
  parameter    text        NOT NULL,
  notice_id    bigint      NOT NULL REFERENCES notices,
  noted_at     timestamptz NOT NULL,
  ended_at     timestamptz
);
CREATE UNIQUE INDEX notice_conditions_open ON notice_conditions (kind, station, parameter)
  WHERE ended_at IS NULL;
CREATE INDEX notice_conditions_ended ON notice_conditions (ended_at) WHERE ended_at IS NOT NULL;
