-- The notifier's picture of the gaps: those that were open once, with what it has heard of them since.
CREATE TABLE notice_gaps (
  gap_id           bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station          text             NOT NULL,
  kind             text             NOT NULL,
  parameter        text,                        -- null: of the whole station
  from_instant     timestamptz      NOT NULL,
  to_instant       timestamptz,                 -- null while it is open
  is_filled        boolean          NOT NULL DEFAULT false,
  excluded_ms      double precision NOT NULL,
  is_probably_ours boolean          NOT NULL,
  changed_at       timestamptz      NOT NULL,   -- when its newest change was decided
  ended_at         timestamptz                  -- when this was noted, by this database's clock
);
CREATE INDEX notice_gaps_by_begin ON notice_gaps (station, from_instant) WHERE NOT is_filled;

-- Events that are in the picture, so that a log that is read again changes nothing.
CREATE TABLE notice_events (
  event_id text        PRIMARY KEY,
  heard_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX notice_events_by_time ON notice_events (heard_at);

-- GD-2026-000123: numbers without a gap, by the year on the clock of Vietnam.
CREATE TABLE notice_numbers (
  year        integer PRIMARY KEY,
  last_number integer NOT NULL
);

-- What was to be said, once for each event.
CREATE TABLE notices (
  notice_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code       text        NOT NULL UNIQUE,
  event_key  text        NOT NULL UNIQUE,
  kind       text        NOT NULL,
  audience   text        NOT NULL,
  stations   text[]      NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- What of a gap was announced to whom.
CREATE TABLE notice_steps (
  gap_id    bigint      NOT NULL REFERENCES notice_gaps ON DELETE CASCADE,
  step      text        NOT NULL,
  audience  text        NOT NULL,
  notice_id bigint      NOT NULL REFERENCES notices,
  noted_at  timestamptz NOT NULL,
  PRIMARY KEY (gap_id, step, audience)
);
CREATE INDEX notice_steps_by_notice ON notice_steps (notice_id);

-- The outbox: one mail for each recipient, with its final words.
CREATE TABLE notice_mails (
  mail_id         bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice_id       bigint           NOT NULL REFERENCES notices,
  recipient       text,
  address         text             NOT NULL,
  message_id      text             NOT NULL UNIQUE,
  subject         text             NOT NULL,
  text_body       text             NOT NULL,
  html_body       text             NOT NULL,
  state           text             NOT NULL DEFAULT 'due'
                  CHECK (state IN ('due', 'sending', 'sent', 'refused', 'failed', 'cancelled')),
  attempts        integer          NOT NULL DEFAULT 0,
  resends         integer          NOT NULL DEFAULT 0,  -- times that a person had it sent again
  in_doubt        boolean          NOT NULL DEFAULT false,
  created_at      timestamptz      NOT NULL DEFAULT now(),
  due_since       timestamptz      NOT NULL DEFAULT now(),
  next_attempt_at timestamptz      NOT NULL DEFAULT now(),
  wait_seconds    double precision NOT NULL DEFAULT 0,
  answer          text,
  ended_at        timestamptz,
  decision        text,
  decided_by      text,
  decision_note   text,
  decided_at      timestamptz,
  UNIQUE (notice_id, address)
);
CREATE INDEX notice_mails_open ON notice_mails (next_attempt_at) WHERE state IN ('due', 'sending');
CREATE INDEX notice_mails_for_a_person ON notice_mails (mail_id) WHERE state IN ('refused', 'failed');
CREATE INDEX notice_mails_sent ON notice_mails (ended_at) WHERE state = 'sent';
