-- When stations are meant not to send. Each correction, end and cancellation is a version of its own: no row is
-- ever deleted or changed, except that the next version supersedes it.
CREATE SEQUENCE planned_stop_ids;
CREATE TABLE planned_stops (
  stop_id          bigint      NOT NULL,
  version          integer     NOT NULL,  -- 1, 2, 3 …
  scope            text        NOT NULL CHECK (scope IN ('station', 'facility', 'province')),
  code             text        NOT NULL,  -- of the station, the facility, or the province in file names
  parameters       text[],                -- null: nothing is sent at all
  from_instant     timestamptz NOT NULL,
  to_instant       timestamptz NOT NULL,
  expected_restart timestamptz,
  reason           text        NOT NULL,
  words            text        NOT NULL,
  cancelled        boolean     NOT NULL,
  actor            text        NOT NULL,
  note             text        NOT NULL,  -- why it was changed
  recorded_at      timestamptz NOT NULL DEFAULT now(),
  superseded_at    timestamptz,           -- null: the newest version
  PRIMARY KEY (stop_id, version),
  CHECK (from_instant < to_instant)
);
CREATE UNIQUE INDEX planned_stops_newest ON planned_stops (stop_id) WHERE superseded_at IS NULL;
CREATE INDEX planned_stops_by_end ON planned_stops (to_instant)
  WHERE superseded_at IS NULL AND NOT cancelled;
