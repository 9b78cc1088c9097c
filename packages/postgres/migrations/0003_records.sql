-- The recorder writes a file, its receptions and its readings in one transaction, after the keys
-- they refer to. Foreign keys among these large tables would only repeat that, and checking them
-- for each row costs as much as writing it; `envigate audit` checks the whole.

-- Originals: one row per distinct file, byte for byte.
CREATE TABLE files (
  file_no      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_id      bytea       NOT NULL UNIQUE,  -- SHA-256 of account, name and bytes
  content_hash bytea       NOT NULL,         -- SHA-256 of the bytes
  account      text        NOT NULL,
  name         text        NOT NULL,
  content      bytea       NOT NULL,
  state        text        NOT NULL CHECK (state IN ('stored', 'quarantined')),
  station_id   integer,
  data_from    timestamptz,                  -- first and last instant of its readings
  data_to      timestamptz,
  recorded_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX files_by_station ON files (station_id, data_to);
CREATE INDEX files_by_name ON files (name text_pattern_ops);

-- The ledger: one row per reception, append-only, a hash chain per partition of the recorder's
-- streams: chain_hash = SHA-256(chain_hash of the row before || the row's own text). The head of
-- each chain stands in sink_positions, so that a cut-off end shows too.
CREATE TABLE receptions (
  reception_id   text        PRIMARY KEY,    -- ULID
  spool_id       text        NOT NULL,
  spool_sequence bigint      NOT NULL,
  received_at    timestamptz NOT NULL,
  protocol       text        NOT NULL,
  peer           text        NOT NULL,
  account        text        NOT NULL,
  folder         text        NOT NULL,
  file_no        bigint      NOT NULL,
  station_id     integer,                    -- its file's: what a station sent is read in order of time
  outcome        text        NOT NULL CHECK (outcome IN ('stored', 'duplicate', 'quarantined')),
  new_readings   integer     NOT NULL,
  corrections    integer     NOT NULL,
  repeats        integer     NOT NULL,       -- readings that were known with the same value
  rejected_lines integer     NOT NULL,
  warnings       jsonb       NOT NULL DEFAULT '[]',
  recorded_at    timestamptz NOT NULL DEFAULT now(),
  chain          text        NOT NULL,
  chain_sequence bigint      NOT NULL,
  chain_hash     bytea       NOT NULL,
  UNIQUE (spool_id, spool_sequence),
  UNIQUE (chain, chain_sequence)
);
CREATE INDEX receptions_by_file ON receptions (file_no);
CREATE INDEX receptions_by_time ON receptions (received_at);
CREATE INDEX receptions_by_station ON receptions (station_id, received_at);
CREATE INDEX receptions_by_account ON receptions (account, received_at);
CREATE INDEX receptions_not_stored ON receptions (outcome, received_at) WHERE outcome <> 'stored';

-- The current value of each reading. The key is in the order in which files bring them: all
-- readings of a file fall on one page of the index.
CREATE TABLE readings (
  station_id   integer          NOT NULL,
  parameter_id integer          NOT NULL,
  instant      timestamptz      NOT NULL,
  revision     integer          NOT NULL DEFAULT 1,
  value        double precision,
  unit         text             NOT NULL,
  raw_value    text             NOT NULL,
  raw_unit     text             NOT NULL,
  status       text             NOT NULL,
  flag         smallint         NOT NULL,
  reasons      text[]           NOT NULL,
  file_no      bigint           NOT NULL,
  line         integer          NOT NULL,
  recorded_at  timestamptz      NOT NULL DEFAULT now(),
  PRIMARY KEY (station_id, instant, parameter_id)
);
-- Rows lie on disk roughly in the order of file and time: block ranges find them, at no cost per row.
CREATE INDEX readings_by_time ON readings USING brin (instant) WITH (autosummarize = on);
CREATE INDEX readings_by_file ON readings USING brin (file_no) WITH (autosummarize = on);
-- Whoever looks after quality looks for these; most readings are good and cost nothing here.
CREATE INDEX readings_not_good ON readings (flag, instant, station_id, parameter_id) WHERE flag <> 1;

-- What a correction replaced; nothing is overwritten without a trace.
CREATE TABLE reading_revisions (
  LIKE readings,
  superseded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (station_id, instant, parameter_id, revision)
);

CREATE TABLE quarantine (
  quarantine_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reception_id   text        NOT NULL REFERENCES receptions,
  file_no        bigint      NOT NULL REFERENCES files,
  station_id     integer     REFERENCES station_keys,
  account        text        NOT NULL,
  scope          text        NOT NULL CHECK (scope IN ('file', 'line')),
  reason         text        NOT NULL,
  line           integer,
  "column"       integer,
  expected       text        NOT NULL,
  text           text        NOT NULL,
  quarantined_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quarantine_by_file ON quarantine (file_no);
CREATE INDEX quarantine_by_time ON quarantine (quarantined_at);
CREATE INDEX quarantine_by_station ON quarantine (station_id, quarantine_id);
CREATE INDEX quarantine_by_account ON quarantine (account, quarantine_id);
CREATE INDEX quarantine_by_reason ON quarantine (reason, quarantine_id);

-- Messages that no version of the code at that time could take: kept whole, so that the stream
-- goes on and nothing disappears. Spool and sequence where they could still be read.
CREATE TABLE undecodable_messages (
  consumer       text        NOT NULL,
  stream         text        NOT NULL,
  partition      integer     NOT NULL,
  "offset"       bigint      NOT NULL,
  key            text        NOT NULL,
  record_id      text        NOT NULL,
  value          bytea       NOT NULL,
  error          text        NOT NULL,
  spool_id       text,
  spool_sequence bigint,
  rejected_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, stream, partition, "offset")
);
CREATE INDEX undecodable_messages_by_spool ON undecodable_messages (spool_id, spool_sequence);

-- Positions of the sinks that write into this database, moved in the transaction of their effects.
CREATE TABLE sink_positions (
  consumer       text    NOT NULL,
  stream         text    NOT NULL,
  partition      integer NOT NULL,
  position       bigint  NOT NULL,
  chain_sequence bigint  NOT NULL DEFAULT 0,
  chain_hash     bytea   NOT NULL DEFAULT '\x'::bytea,
  PRIMARY KEY (consumer, stream, partition)
) WITH (fillfactor = 50);

-- Events that leave this database for the event log: written in the transaction of their cause,
-- numbered by the one relay that publishes them.
CREATE TABLE outbox (
  outbox_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream        text        NOT NULL,
  key           text        NOT NULL,
  record_id     text        NOT NULL UNIQUE,
  value         bytea       NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  feed_sequence bigint
);
-- The last number given out per stream, and which relay is at work. The lease only keeps relays
-- from fencing each other to and fro; that nothing is published twice is the feed's doing.
CREATE TABLE outbox_relays (
  stream        text        PRIMARY KEY,
  last_sequence bigint      NOT NULL DEFAULT 0,
  holder        text        NOT NULL,
  held_until    timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX outbox_unnumbered ON outbox (stream, outbox_id) WHERE feed_sequence IS NULL;
CREATE UNIQUE INDEX outbox_numbered ON outbox (stream, feed_sequence) WHERE feed_sequence IS NOT NULL;
