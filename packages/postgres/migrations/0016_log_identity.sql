-- Offsets, and the positions made of them, count only within the log they were given in. The log's
-- identity is made once, by whoever prepares the streams; it gets a renewal, a random text, each time
-- somebody finds that the log was put back to an older state.
CREATE TABLE event_log.identity (
  only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  log_id   uuid        NOT NULL DEFAULT gen_random_uuid(),
  renewal  text,
  since    timestamptz NOT NULL DEFAULT now()
);

-- Positions of appends, which exist no more.
DELETE FROM event_log.positions WHERE consumer LIKE 'append:%';
