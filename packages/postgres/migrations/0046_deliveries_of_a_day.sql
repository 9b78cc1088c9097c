-- What ended today is counted by target and state in the index alone where vacuum has passed, and without reading
-- columns of the table elsewhere.
DROP INDEX deliveries_ended;
CREATE INDEX deliveries_ended ON deliveries (ended_at) INCLUDE (target, state) WHERE ended_at IS NOT NULL;
