-- A station's way to a target: its deliveries go one after the other, and wait together after a
-- failure. Whoever works on a lane holds the advisory lock (class, lane_id): it ends with the
-- connection, so a killed forwarder holds nothing up.
CREATE TABLE delivery_lanes (
  lane_id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target          text        NOT NULL,
  station_id      integer     NOT NULL REFERENCES station_keys,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  failures        integer     NOT NULL DEFAULT 0,   -- in a row
  UNIQUE (target, station_id)
) WITH (fillfactor = 50);

-- One delivery per file and target; what is sent is fixed when it falls due.
CREATE TABLE deliveries (
  delivery_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target        text        NOT NULL,
  station_id    integer     NOT NULL REFERENCES station_keys,
  file_no       bigint      NOT NULL REFERENCES files,
  data_instant  timestamptz NOT NULL,     -- orders the deliveries of a station
  received_at   timestamptz NOT NULL,     -- when the file was safe in the spool
  file_name     text        NOT NULL,
  payload       bytea       NOT NULL,
  state         text        NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'refused', 'withheld')),
  -- Raised before each attempt; whoever records the end of an attempt must know its number.
  attempts      integer     NOT NULL DEFAULT 0,
  -- True between the commit before a transfer and the one after it: found true after a crash, the
  -- ministry may have the file already.
  in_doubt      boolean     NOT NULL DEFAULT false,
  resend        boolean     NOT NULL DEFAULT false,
  due_at        timestamptz NOT NULL DEFAULT now(),
  ended_at      timestamptz,
  receipt       text,
  failure_code  smallint,                 -- ftp_send_receive of the present system: 2 cannot connect, 3 transmission error, 4 invalid format, 5 empty file
  failure       text,
  UNIQUE (target, file_no)
) WITH (fillfactor = 80);
CREATE INDEX deliveries_due ON deliveries (target, station_id, data_instant, delivery_id) WHERE state = 'due';
CREATE INDEX deliveries_refused ON deliveries (delivery_id) WHERE state IN ('refused', 'withheld');
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_by_station ON deliveries (station_id, delivery_id);
CREATE INDEX deliveries_by_file ON deliveries (file_no);
CREATE INDEX deliveries_by_instant ON deliveries USING brin (data_instant) WITH (autosummarize = on);
