-- What dashboards may see: views in a schema of their own, for a role that may read nothing else
-- (packages/postgres/src/migrate/grafana-reader.ts). No secrets, originals, raw texts, mail addresses,
-- peers, payloads or answers of servers.
--
-- A view shows the column by which its table is partitioned, as it is: a panel's time filter on it leads
-- to the months that it names. Views of the registry are barriers: no condition of the reader is evaluated
-- on a row that the view leaves out.
CREATE SCHEMA grafana;

CREATE VIEW grafana.stations WITH (security_barrier) AS
  SELECT station.station, station.name, station.name_en, station.kind, station.facility,
         coalesce(facility.name, station.facility) AS facility_name,
         coalesce(facility.province_code, '?') AS province, station.interval_minutes
  FROM public.stations station LEFT JOIN public.facilities facility USING (facility);

-- The parameters that the registry expects of each station.
CREATE VIEW grafana.station_parameters WITH (security_barrier) AS
  SELECT item.code AS station, parameter.parameter, parameter.symbol, parameter.name, parameter.name_en,
         coalesce(named.body ->> 'unit', parameter.unit) AS unit
  FROM public.registry_items item
  CROSS JOIN LATERAL jsonb_array_elements(item.body -> 'parameters') named (body)
  JOIN public.parameters parameter ON parameter.parameter = named.body ->> 'parameter'
  WHERE item.kind = 'station' AND item.valid_to IS NULL;

CREATE VIEW grafana.targets WITH (security_barrier) AS
  SELECT code AS target, body ->> 'kind' AS kind, coalesce((body ->> 'disabled')::boolean, false) AS disabled
  FROM public.registry_items WHERE kind = 'target' AND valid_to IS NULL;

-- One row a station: its newest data, its open transmission gap, its clock (see public.station_clocks).
CREATE VIEW grafana.station_now WITH (security_barrier) AS
  SELECT station.*, coverage.last_instant AS last_data, gap.level, gap.from_instant AS silent_since,
         stop.to_instant AS stopped_until, -clock.least_lag_seconds AS clock_ahead_seconds, clock.files AS clock_files
  FROM grafana.stations station
  LEFT JOIN public.station_keys key USING (station)
  LEFT JOIN public.coverage ON coverage.station_id = key.station_id
  LEFT JOIN LATERAL (
    SELECT level, from_instant FROM public.gaps
    WHERE gaps.station_id = key.station_id AND to_instant IS NULL AND removed_at IS NULL
      AND gaps.kind = 'transmission' AND parameter IS NULL AND level IS NOT NULL
    ORDER BY from_instant LIMIT 1
  ) gap ON true
  LEFT JOIN LATERAL (
    SELECT max(to_instant) AS to_instant FROM public.planned_stops
    WHERE superseded_at IS NULL AND NOT cancelled AND parameters IS NULL
      AND from_instant <= now() AND to_instant > now()
      AND (scope, code) IN (('station', station.station), ('facility', station.facility), ('province', station.province))
  ) stop ON true
  LEFT JOIN public.station_clocks clock ON clock.station_id = key.station_id;

-- By `time`, the instant of the measurement. The flag is the worst of the row's own and that of the rules
-- over time, which is looked up for each row: a join would read every month of the verdicts.
CREATE VIEW grafana.readings AS
  SELECT station.station, parameter.parameter, reading.instant AS time, reading.value, reading.unit, reading.status,
         greatest(reading.flag, verdict.flag) AS flag, reading.reasons || coalesce(verdict.reasons, '{}') AS reasons,
         reading.revision, reading.recorded_at
  FROM public.readings reading
  JOIN public.station_keys station USING (station_id)
  JOIN public.parameter_keys parameter USING (parameter_id)
  LEFT JOIN LATERAL (
    SELECT flag, assessment.reasons FROM public.reading_assessments assessment
    WHERE assessment.station_id = reading.station_id AND assessment.instant = reading.instant
      AND assessment.parameter_id = reading.parameter_id AND assessment.revision = reading.revision
    LIMIT 1
  ) verdict ON true;

-- Readings that are not good, by `time`: `row` is what the line itself shows, `series` a rule over time.
-- Both are read by indexes of such readings alone.
CREATE VIEW grafana.flags AS
  SELECT station.station, parameter.parameter, reading.instant AS time, reading.flag, 'row' AS found_by
  FROM public.readings reading
  JOIN public.station_keys station USING (station_id)
  JOIN public.parameter_keys parameter USING (parameter_id)
  WHERE reading.flag <> 1
  UNION ALL
  SELECT station.station, parameter.parameter, verdict.instant, verdict.flag, 'series'
  FROM public.reading_assessments verdict
  JOIN public.station_keys station USING (station_id)
  JOIN public.parameter_keys parameter USING (parameter_id)
  WHERE verdict.flag IN (3, 4);

-- The instants of readings alone, by `time`: for whoever counts them.
CREATE VIEW grafana.instants AS
  SELECT station.station, reading.instant AS time
  FROM public.readings reading JOIN public.station_keys station USING (station_id);

-- By `received_at`.
CREATE VIEW grafana.receptions AS
  SELECT reception.received_at, reception.recorded_at, reception.protocol, reception.account, station.station,
         reception.outcome, reception.new_readings, reception.corrections, reception.repeats,
         reception.rejected_lines, reception.newest_time, reception.spool_id = 'replay' AS is_replay
  FROM public.receptions reception LEFT JOIN public.station_keys station USING (station_id);

-- By `quarantined_at`, of which every month has an index.
CREATE VIEW grafana.quarantine AS
  SELECT entry.quarantined_at, entry.account, station.station, entry.scope, entry.reason, entry.line,
         entry.resolved_at, entry.resolution
  FROM public.quarantine entry LEFT JOIN public.station_keys station USING (station_id);

-- By `from_time`; `until` is 'infinity' while a gap is open. Without those that late data filled.
CREATE VIEW grafana.gaps AS
  SELECT gap.gap_id, station.station, gap.parameter, gap.kind, gap.level, gap.from_instant AS from_time,
         gap.to_instant AS to_time, coalesce(gap.to_instant, 'infinity') AS until,
         gap.out_ms / 1000.0::float8 AS excluded_seconds, gap.opened_at, gap.closed_at
  FROM public.gaps gap JOIN public.station_keys station USING (station_id)
  WHERE gap.removed_at IS NULL AND gap.level IS NOT NULL;

CREATE VIEW grafana.planned_stops AS
  SELECT stop_id, scope, code, parameters, from_instant AS from_time, to_instant AS to_time, reason
  FROM public.planned_stops WHERE superseded_at IS NULL AND NOT cancelled;

-- When a door of a receiver could not take files.
CREATE VIEW grafana.outages AS
  SELECT receiver, door, from_instant AS from_time, to_instant AS to_time,
         coalesce(to_instant, 'infinity') AS until, cause, planned
  FROM public.reception_outages;

CREATE VIEW grafana.notices AS
  SELECT code, kind, audience, stations, created_at FROM public.notices;

CREATE VIEW grafana.notice_mails AS
  SELECT notice.code, notice.kind, mail.state, mail.attempts, mail.created_at, mail.due_since, mail.ended_at
  FROM public.notice_mails mail JOIN public.notices notice USING (notice_id);

-- By `data_time` (the table's months) or by `ended_at`, of which every month has an index.
CREATE VIEW grafana.deliveries AS
  SELECT delivery.delivery_id, delivery.target, station.station, delivery.data_instant AS data_time,
         delivery.received_at, delivery.state, delivery.attempts, delivery.resend, delivery.due_at,
         delivery.ended_at, delivery.failure_code
  FROM public.deliveries delivery JOIN public.station_keys station USING (station_id);

-- Refused, set aside or withheld: a person decides. Every month has an index of these alone.
CREATE VIEW grafana.undecided_deliveries AS
  SELECT delivery.delivery_id, delivery.target, station.station, delivery.data_instant AS data_time,
         delivery.received_at, delivery.state, delivery.attempts, delivery.ended_at, delivery.failure_code
  FROM public.deliveries delivery JOIN public.station_keys station USING (station_id)
  WHERE delivery.state IN ('refused', 'set-aside', 'withheld') AND delivery.skipped_at IS NULL
    AND delivery.withdrawn_by IS NULL;

-- A lane: the deliveries of one station to one target. `failures` is how often the next one failed in a row.
CREATE VIEW grafana.lanes AS
  SELECT lane.target, station.station, lane.failures, lane.next_attempt_at,
         head.data_time, head.received_at, head.failure_code
  FROM public.delivery_lanes lane
  JOIN public.station_keys station USING (station_id)
  LEFT JOIN LATERAL (
    SELECT data_instant AS data_time, received_at, failure_code FROM public.deliveries
    WHERE state = 'due' AND target = lane.target AND station_id = lane.station_id
    ORDER BY data_instant, delivery_id LIMIT 1
  ) head ON true;

-- Versions of the registry's items: one that begins without an earlier one was added, one that ends
-- without a later one was removed. Not what they say.
CREATE VIEW grafana.registry_changes WITH (security_barrier) AS
  SELECT item.valid_from AS time, item.kind, item.code, item.version,
         CASE WHEN item.version = 1 THEN 'added' ELSE 'changed' END AS change
  FROM public.registry_items item
  UNION ALL
  SELECT item.valid_to, item.kind, item.code, item.version, 'removed'
  FROM public.registry_items item
  WHERE item.valid_to IS NOT NULL
    AND NOT EXISTS (SELECT FROM public.registry_items later
                    WHERE later.kind = item.kind AND later.code = item.code AND later.version > item.version);

-- What waits for a person, with the oldest of it; each counted up to 10,000.
CREATE VIEW grafana.for_a_person AS
  SELECT 'silent-12h' AS what, count(*) AS items, min(at) AS oldest
  FROM (SELECT from_time AS at FROM grafana.gaps
        WHERE to_time IS NULL AND level = '12h' AND kind = 'transmission' AND parameter IS NULL LIMIT 10000) silent
  UNION ALL
  SELECT 'unknown-stations', count(*), min(at)
  FROM (SELECT quarantined_at AS at FROM public.quarantine
        WHERE reason = 'unknown-station' AND resolved_at IS NULL LIMIT 10000) unknown
  UNION ALL
  SELECT 'clocks', count(*), min(at)
  FROM (SELECT quarantined_at AS at FROM public.quarantine
        WHERE reason = 'clock-reset' AND resolved_at IS NULL LIMIT 10000) clocks
  UNION ALL
  SELECT 'deliveries', count(*), min(at)
  FROM (SELECT ended_at AS at FROM grafana.undecided_deliveries LIMIT 10000) undecided
  UNION ALL
  SELECT 'notices', count(*), min(at)
  FROM (SELECT ended_at AS at FROM public.notice_mails WHERE state IN ('refused', 'failed') LIMIT 10000) mails
  UNION ALL
  SELECT 'undecodable', count(*), min(at)
  FROM (SELECT rejected_at AS at FROM public.undecodable_messages LIMIT 10000) messages;
