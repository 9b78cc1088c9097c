-- When receivers could hear, door by door (`ftp`, `ftps`, `sftp`, `drop:<folder>`, `pull:<site>`), as they
-- report it at each beat. A row from a door's first beat until the configuration closes it.
CREATE TABLE reception_doors (
  receiver    text        NOT NULL,  -- id of its spool
  door        text        NOT NULL,
  host        text        NOT NULL,  -- its machine
  since       timestamptz NOT NULL,  -- nothing is known of it before
  heard_until timestamptz NOT NULL,  -- the last beat; nothing after it is known to have been heard
  closed_at   timestamptz,           -- by the configuration
  PRIMARY KEY (receiver, door, since)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX reception_doors_open ON reception_doors (receiver, door) WHERE closed_at IS NULL;

-- In between: when a door could not take files. Nobody deletes a row.
CREATE TABLE reception_outages (
  outage_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  receiver     text        NOT NULL,
  door         text        NOT NULL,
  from_instant timestamptz NOT NULL,  -- the last beat before
  to_instant   timestamptz,           -- the first beat after; null while it lasts
  cause        text        NOT NULL,
  evidence     text        NOT NULL,  -- what showed it
  planned      boolean     NOT NULL,  -- somebody stopped the receiver
  detail       text        NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (receiver, door, from_instant)
);
CREATE INDEX reception_outages_by_end ON reception_outages ((coalesce(to_instant, 'infinity')));

-- By which protocols files of an account come in: which doors an outage of concerns its stations.
CREATE TABLE door_uses (
  account      text        NOT NULL,
  protocol     text        NOT NULL,  -- ftp, ftps, sftp, drop, pull
  last_used_at timestamptz NOT NULL,
  PRIMARY KEY (account, protocol)
) WITH (fillfactor = 50);
