-- Deliveries of a station, with or without a target or a state, are a few slices of this index, each in the order of
-- the list. With the instant of their data a range of time is looked for in the index alone: the rows of a station lie on
-- as many pages of the table. It takes the place of an index, so that a delivery costs as many entries as before.
DROP INDEX deliveries_by_station;
CREATE INDEX deliveries_by_station ON deliveries (station_id, target, state, delivery_id) INCLUDE (data_instant);
