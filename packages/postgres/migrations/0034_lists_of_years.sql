-- The audit goes through files and keys side by side, in the order of their numbers: each file has the
-- one key with its number, and each key its file. Numbers are given out in order, so that a new one is
-- written at the end of this index.
CREATE INDEX file_keys_by_number ON file_keys (file_no);

-- As of 0014, in half of the time: each station is counted by itself, and lags are intervals until they are
-- counted. A fraction of a second of each file is divided otherwise as a numeric, which is slow.
CREATE OR REPLACE VIEW station_clocks AS
  SELECT station.station_id, station.station, recent.files, recent.first_received_at,
         recent.last_received_at, extract(epoch FROM recent.least_lag)::float8 AS least_lag_seconds,
         extract(epoch FROM recent.median_lag)::float8 AS median_lag_seconds
  FROM station_keys station
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS files, min(received_at) AS first_received_at,
           max(received_at) AS last_received_at, min(lag) AS least_lag,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS median_lag
    FROM (
      SELECT received_at, received_at - newest_time AS lag
      FROM receptions
      WHERE station_id = station.station_id AND newest_time IS NOT NULL
        AND received_at > now() - interval '24 hours' AND received_at < now() + interval '1 hour'
      ORDER BY received_at DESC LIMIT 48
    ) newest
  ) recent
  WHERE recent.files > 0;
