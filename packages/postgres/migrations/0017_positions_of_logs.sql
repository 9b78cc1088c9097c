-- The heads of the ledger's chains are no longer kept with the position of a partition: a chain goes
-- on in the next log.
CREATE TABLE ledger_chains (
  chain    text   PRIMARY KEY,   -- stream/partition
  sequence bigint NOT NULL,
  hash     bytea  NOT NULL
) WITH (fillfactor = 50);
INSERT INTO ledger_chains (chain, sequence, hash)
SELECT stream || '/' || partition, chain_sequence, chain_hash
FROM sink_positions WHERE chain_sequence > 0;

-- Rows from before have no log: the first log that asks for such a position takes it.
ALTER TABLE sink_positions
  DROP COLUMN chain_sequence,
  DROP COLUMN chain_hash,
  ADD COLUMN log text NOT NULL DEFAULT '',
  ADD COLUMN moved_at timestamptz NOT NULL DEFAULT now(),
  DROP CONSTRAINT sink_positions_pkey,
  ADD PRIMARY KEY (consumer, log, stream, partition);
ALTER TABLE sink_positions ALTER COLUMN log DROP DEFAULT;

-- In another log an offset is another message.
ALTER TABLE undecodable_messages
  ADD COLUMN log text NOT NULL DEFAULT '',
  DROP CONSTRAINT undecodable_messages_pkey,
  ADD PRIMARY KEY (consumer, log, stream, partition, "offset");
ALTER TABLE undecodable_messages ALTER COLUMN log DROP DEFAULT;
