-- The clocks of the loggers, by what can be measured of them: the time from the newest time that a
-- file states to its reception. No line is written before its time, so a clock is ahead by at least
-- the negative of the least of these; how much of a positive one is the clock and how much the
-- sending, nobody can tell from the files.

-- Null where no line states a time, where the file was known already, for replays, and for receptions
-- of before. Not in the hash chain: the original and the reception, which are, give it again.
ALTER TABLE receptions ADD COLUMN newest_time timestamptz;

-- Of each station that was heard in the last 24 hours, over its newest 48 files of these: enough that
-- some were sent at once, few enough that a clock that was set right shows so within hours.
CREATE VIEW station_clocks AS
  SELECT station.station_id, station.station, count(*)::integer AS files,
         min(recent.received_at) AS first_received_at, max(recent.received_at) AS last_received_at,
         min(recent.lag) AS least_lag_seconds,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY recent.lag) AS median_lag_seconds
  FROM station_keys station
  CROSS JOIN LATERAL (
    SELECT received_at, extract(epoch FROM received_at - newest_time)::float8 AS lag
    FROM receptions
    WHERE station_id = station.station_id AND newest_time IS NOT NULL
      AND received_at > now() - interval '24 hours'
    ORDER BY received_at DESC LIMIT 48
  ) recent
  GROUP BY station.station_id, station.station;
