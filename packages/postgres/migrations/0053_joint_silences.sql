-- Many stations of one province, door or account that fell silent at about the same time. Nobody deletes a row.
CREATE TABLE joint_silences (
  joint_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope      text        NOT NULL CHECK (scope IN ('province', 'door', 'account')),
  code       text        NOT NULL,
  from_first timestamptz NOT NULL,  -- earliest and latest last data of the stations that it began with
  from_last  timestamptz NOT NULL,
  to_instant timestamptz,           -- when half of its members were back; null while it lasts
  found_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX joint_silences_lasting ON joint_silences (joint_id) WHERE to_instant IS NULL;

CREATE TABLE joint_silence_members (
  joint_id     bigint      NOT NULL REFERENCES joint_silences,
  station_id   integer     NOT NULL REFERENCES station_keys,
  from_instant timestamptz NOT NULL,  -- its last data before
  PRIMARY KEY (joint_id, station_id)
);
CREATE INDEX joint_silence_members_by_station ON joint_silence_members (station_id, from_instant);

-- Whose fault a joint silence was, or the gap of one station alone. The newest one counts; the others are its
-- history.
CREATE TABLE attribution_decisions (
  decision_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  joint_id      bigint      REFERENCES joint_silences,  -- null: the gap is part of none
  station_id    integer     REFERENCES station_keys,    -- null: of all its members
  from_instant  timestamptz,                            -- of one station's gap
  to_instant    timestamptz,
  verdict       text        NOT NULL CHECK (verdict IN ('ours', 'theirs')),
  actor         text        NOT NULL,
  note          text        NOT NULL,
  decided_at    timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz,
  CHECK (joint_id IS NOT NULL OR (station_id IS NOT NULL AND from_instant IS NOT NULL AND to_instant IS NOT NULL))
);
CREATE UNIQUE INDEX attribution_decisions_newest
  ON attribution_decisions (coalesce(joint_id, 0), coalesce(station_id, 0), coalesce(from_instant, '-infinity'))
  WHERE superseded_at IS NULL;
CREATE INDEX attribution_decisions_by_end ON attribution_decisions (to_instant)
  WHERE superseded_at IS NULL AND joint_id IS NULL;

-- What of a gap was, or may have been, an outage of ours.
ALTER TABLE gaps
  ADD COLUMN ours_ms          bigint  NOT NULL DEFAULT 0,
  ADD COLUMN is_probably_ours boolean NOT NULL DEFAULT false,
  ADD COLUMN joint_id         bigint  REFERENCES joint_silences;  -- while nobody has decided about it
UPDATE gaps SET
  ours_ms = ours.ms,
  is_probably_ours =
    2 * ours.ms >= extract(epoch FROM coalesce(to_instant, now()) - from_instant) * 1000
FROM (
  SELECT gap_id, sum((part ->> 'ms')::float8)::bigint AS ms
  FROM gaps, jsonb_array_elements(taken_out) AS part
  WHERE removed_at IS NULL AND part ->> 'by' = 'own-outage'
  GROUP BY gap_id
) ours
WHERE ours.gap_id = gaps.gap_id AND ours.ms > 0;

-- The notifier's picture: gaps of one joint silence are announced together.
ALTER TABLE notice_gaps ADD COLUMN joint_id bigint;
