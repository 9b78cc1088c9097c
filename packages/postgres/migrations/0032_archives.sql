-- Months of the record that were written to an archive and taken out of the database: what has to be
-- known here of what is there. See packages/postgres/src/archive.

-- Detached months, from the moment when nobody writes to them any more until their archive was verified.
CREATE SCHEMA archiving;

CREATE TABLE archived_months (
  archive_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text        NOT NULL,  -- '2026-03', or 'before': all before the first month
  from_time   timestamptz NOT NULL,  -- of the instants and receptions in it
  to_time     timestamptz NOT NULL,  -- exclusive
  files_from  bigint,                -- numbers of the files in it; null where it has none
  files_to    bigint,                -- exclusive
  state       text        NOT NULL CHECK (state IN ('writing', 'detached', 'archived', 'restoring', 'restored')),
  folder      text        NOT NULL,  -- where it was written to, and on which machine
  host        text        NOT NULL,
  actor       text        NOT NULL,
  begun_at    timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz,
  restored_at timestamptz,
  manifest    bytea,                 -- SHA-256 of manifest.json
  rows        jsonb       NOT NULL DEFAULT '{}'  -- how many by table
);
CREATE UNIQUE INDEX archived_months_once ON archived_months (name) WHERE state <> 'restored';

-- Links of the ledger's chains that are in archives, as ranges without a hole. A range ends where an
-- audit has a checkpoint. With the hashes at both ends the chain is proven across it.
CREATE TABLE archived_links (
  archive_id    bigint NOT NULL REFERENCES archived_months ON DELETE CASCADE,
  chain         text   NOT NULL,
  from_sequence bigint NOT NULL,
  to_sequence   bigint NOT NULL,     -- inclusive
  hash_before   bytea  NOT NULL,     -- of the link before from_sequence
  hash_after    bytea  NOT NULL,     -- of to_sequence
  counts        json   NOT NULL,     -- of its receptions
  PRIMARY KEY (chain, from_sequence)
);

-- Sequences of spools that are in archives, as ranges without a hole.
CREATE TABLE archived_sequences (
  archive_id    bigint NOT NULL REFERENCES archived_months ON DELETE CASCADE,
  spool_id      text   NOT NULL,
  from_sequence bigint NOT NULL,
  to_sequence   bigint NOT NULL,     -- inclusive
  PRIMARY KEY (spool_id, from_sequence)
);

-- First and last reading of each station there: gaps are judged across an archived month.
CREATE TABLE archived_stations (
  archive_id    bigint      NOT NULL REFERENCES archived_months ON DELETE CASCADE,
  station_id    integer     NOT NULL,
  first_instant timestamptz NOT NULL,
  last_instant  timestamptz NOT NULL,
  PRIMARY KEY (archive_id, station_id)
);
CREATE INDEX archived_stations_by_station ON archived_stations (station_id, last_instant);
