-- Over which time data of a station are known; with `gaps` it says everything about its silence.
CREATE TABLE coverage (
  station_id    integer     PRIMARY KEY REFERENCES station_keys,
  first_instant timestamptz NOT NULL,
  last_instant  timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE gaps (
  gap_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id   integer     NOT NULL REFERENCES station_keys,
  kind         text        NOT NULL CHECK (kind IN ('transmission')),
  from_instant timestamptz NOT NULL,      -- last reading before
  to_instant   timestamptz,               -- first reading after; null while open
  level        text        NOT NULL CHECK (level IN ('15min', '1h', '12h')),
  opened_at    timestamptz NOT NULL,      -- when it was found
  closed_at    timestamptz,               -- when data after it were found
  closed_by    bytea,                     -- file id
  removed_at   timestamptz                -- when late data filled it
);
CREATE UNIQUE INDEX gaps_current ON gaps (station_id, kind, from_instant) WHERE removed_at IS NULL;
CREATE INDEX gaps_open ON gaps (station_id) WHERE to_instant IS NULL AND removed_at IS NULL;
-- Late data look for the gaps they fall into: few, however many a station ever had.
CREATE INDEX gaps_by_end ON gaps (station_id, (coalesce(to_instant, 'infinity')))
  WHERE removed_at IS NULL;

-- One row: when a detector last looked, and since when they have looked without a long break.
-- Silence that nobody was there to hear is not held against the stations.
CREATE TABLE gap_watch (
  only_row        boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  looked_at       timestamptz NOT NULL,
  listening_since timestamptz NOT NULL
);
