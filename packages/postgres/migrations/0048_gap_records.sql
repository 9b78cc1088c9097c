-- What persons state of gaps. An entry is about a stretch of a series, not about a row of `gaps`: late data extend,
-- split and remove these. No entry is ever changed or deleted.
CREATE TABLE gap_entries (
  entry_id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id       integer     NOT NULL REFERENCES station_keys,
  gap_kind         text        NOT NULL CHECK (gap_kind IN ('transmission', 'no-valid-data')),
  parameter        text,                  -- null: of the station
  from_instant     timestamptz NOT NULL,
  to_instant       timestamptz NOT NULL,  -- of a gap that was open: when the entry was made
  kind             text        NOT NULL
                   CHECK (kind IN ('cause', 'confirm', 'ask-back', 'acknowledge', 'hand-over')),
  source           text        NOT NULL CHECK (source IN ('facility', 'officer')),
  author           text        NOT NULL,
  post             text        NOT NULL,  -- as the facility entered it
  telephone        text        NOT NULL,
  cause            text,                  -- of 'cause', with the four below
  words            text,
  remedy           text,
  expected_restart timestamptz,           -- null: nobody said when
  document         text,
  question         text,                  -- of 'ask-back'
  person           text,                  -- of 'acknowledge' and 'hand-over': who takes care of it
  note             text        NOT NULL,
  letter_ids       bigint[]    NOT NULL,
  recorded_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (from_instant < to_instant),
  CHECK ((kind = 'cause') = (cause IS NOT NULL)),
  CHECK ((kind = 'ask-back') = (question IS NOT NULL)),
  CHECK ((kind IN ('acknowledge', 'hand-over')) = (person IS NOT NULL))
);
CREATE INDEX gap_entries_by_time ON gap_entries (station_id, from_instant);

-- Letters of facilities, byte for byte.
CREATE TABLE gap_letters (
  letter_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text        NOT NULL,
  media_type  text        NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg')),
  sha256      bytea       NOT NULL,
  content     bytea       NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE gap_letters ALTER COLUMN content SET STORAGE EXTERNAL;  -- compressed already

-- Which stretches a notice was about: the notifier's picture of the gaps is not kept for ever.
CREATE TABLE notice_stretches (
  notice_id    bigint      NOT NULL REFERENCES notices,
  station      text        NOT NULL,
  gap_kind     text        NOT NULL,
  parameter    text,
  from_instant timestamptz NOT NULL,
  to_instant   timestamptz NOT NULL  -- of a gap that was open: when the notice was made
);
CREATE INDEX notice_stretches_by_time ON notice_stretches (station, from_instant);
CREATE INDEX notice_stretches_by_notice ON notice_stretches (notice_id);
INSERT INTO notice_stretches (notice_id, station, gap_kind, parameter, from_instant, to_instant)
SELECT DISTINCT step.notice_id, gap.station, gap.kind, gap.parameter, gap.from_instant,
       greatest(coalesce(gap.to_instant, step.noted_at), gap.from_instant + interval '1 ms')
FROM notice_steps step JOIN notice_gaps gap USING (gap_id);
