-- Rules over time are items of the registry, and so are profiles of station files.
ALTER TABLE registry_items
  DROP CONSTRAINT registry_items_kind_check,
  ADD CONSTRAINT registry_items_kind_check CHECK (
    kind IN ('facility', 'parameter', 'station', 'account', 'target', 'remote-site', 'drop-folder',
             'profile', 'rule')
  );

-- What rules over time found: only readings that some rule marks. Of the revision that was judged;
-- a correction stands without a verdict until it was judged itself.
CREATE TABLE reading_assessments (
  station_id   integer     NOT NULL,
  instant      timestamptz NOT NULL,
  parameter_id integer     NOT NULL,
  revision     integer     NOT NULL,
  flag         smallint    NOT NULL CHECK (flag IN (3, 4)),
  reasons      text[]      NOT NULL,        -- kind@version[rule: threshold]
  assessed_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (station_id, instant, parameter_id)
);
CREATE INDEX reading_assessments_by_flag
  ON reading_assessments (flag, instant, station_id, parameter_id);

-- Verdicts that late data, a correction or another rule changed or withdrew.
CREATE TABLE reading_assessment_history (
  LIKE reading_assessments,
  superseded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reading_assessment_history_by_reading
  ON reading_assessment_history (station_id, instant, parameter_id);

-- Where readings came or changed since the last assessment: one row per station and day (UTC). Noted
-- in the transaction that brings them; taken away in the one that judges, if nothing came since.
CREATE TABLE assessment_due (
  station_id     integer     NOT NULL,
  day            date        NOT NULL,
  from_instant   timestamptz NOT NULL,      -- both ends belong to it
  to_instant     timestamptz NOT NULL,
  changes        bigint      NOT NULL DEFAULT 1,
  first_noted_at timestamptz NOT NULL DEFAULT now(),
  last_noted_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (station_id, day)
) WITH (fillfactor = 50);
CREATE INDEX assessment_due_by_age ON assessment_due (first_noted_at);

-- Current readings with the worst flag of row rules and rules over time, and every reason.
CREATE VIEW assessed_readings AS
  SELECT r.station_id, r.parameter_id, s.station, p.parameter, r.instant, r.revision, r.value, r.unit,
         r.status, greatest(r.flag, a.flag) AS flag, r.reasons || coalesce(a.reasons, '{}') AS reasons,
         r.flag AS row_flag, a.flag AS assessed_flag, a.assessed_at, r.file_no, r.line, r.recorded_at
  FROM readings r
  JOIN station_keys s USING (station_id)
  JOIN parameter_keys p USING (parameter_id)
  LEFT JOIN reading_assessments a
    ON a.station_id = r.station_id AND a.instant = r.instant AND a.parameter_id = r.parameter_id
       AND a.revision = r.revision;
