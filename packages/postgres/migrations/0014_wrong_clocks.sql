-- A clock that was ahead leaves times behind that lie in the future once it is right. Nothing may
-- wait for them: each is bounded by what it could be at most. See docs/clocks.md.

-- How long the lane waits: a next attempt that is further away was reckoned by a clock that was ahead.
ALTER TABLE delivery_lanes ADD COLUMN wait interval NOT NULL DEFAULT interval '0';
UPDATE delivery_lanes SET wait = greatest(next_attempt_at - now(), interval '0');

CREATE OR REPLACE VIEW station_clocks AS
  SELECT station.station_id, station.station, count(*)::integer AS files,
         min(recent.received_at) AS first_received_at, max(recent.received_at) AS last_received_at,
         min(recent.lag) AS least_lag_seconds,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY recent.lag) AS median_lag_seconds
  FROM station_keys station
  CROSS JOIN LATERAL (
    SELECT received_at, extract(epoch FROM received_at - newest_time)::float8 AS lag
    FROM receptions
    WHERE station_id = station.station_id AND newest_time IS NOT NULL
      AND received_at > now() - interval '24 hours' AND received_at < now() + interval '1 hour'
    ORDER BY received_at DESC LIMIT 48
  ) recent
  GROUP BY station.station_id, station.station;
