-- The event log for installations without Kafka. An append takes its offsets from the partition's
-- row and holds that row's lock until it commits: offsets become visible in order and without
-- holes, so a reader's cursor is one number and no slow writer's record is ever skipped.
CREATE SCHEMA event_log;

-- Rows are made by prepare and never removed: the number of partitions of a stream is fixed,
-- because a key must stay in its partition.
CREATE TABLE event_log.partitions (
  stream      text    NOT NULL,
  partition   integer NOT NULL,
  next_offset bigint  NOT NULL DEFAULT 0,
  PRIMARY KEY (stream, partition)
) WITH (fillfactor = 50);

CREATE TABLE event_log.records (
  stream      text        NOT NULL,
  partition   integer     NOT NULL,
  "offset"    bigint      NOT NULL,
  key         text        NOT NULL,
  record_id   text        NOT NULL,
  value       bytea       NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, partition, "offset")
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

-- How far everyone is. Consumers are named
--   pipe:<group>    the position itself, moved in the transaction of the outputs
--   drain:<group>   what the drain's sink, which keeps the position, was last seen to hold
--   feed:<name>     the position of a source outside the log; stream '', partition 0
--   append:<uuid>   transactions of one process's appends, so that an unknown outcome can be settled
CREATE TABLE event_log.positions (
  consumer  text        NOT NULL,
  stream    text        NOT NULL,
  partition integer     NOT NULL,
  position  bigint      NOT NULL,
  -- Raised by each new holder; an older holder's epoch no longer matches.
  epoch     bigint      NOT NULL DEFAULT 0,
  moved_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, stream, partition)
) WITH (fillfactor = 50);
