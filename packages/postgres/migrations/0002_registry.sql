-- The registry: every row versioned in time. `body` is one item of schemas/registry.
CREATE TABLE registry_items (
  kind       text        NOT NULL CHECK (kind IN ('facility', 'parameter', 'station', 'account', 'target')),
  code       text        NOT NULL,
  version    integer     NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to   timestamptz,
  actor      text        NOT NULL,
  body       jsonb       NOT NULL,
  PRIMARY KEY (kind, code, version)
);
CREATE UNIQUE INDEX registry_items_current ON registry_items (kind, code) WHERE valid_to IS NULL;

-- One row: raised by each import that changes something. Services poll it; an import locks it.
CREATE TABLE registry_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint  NOT NULL
);
INSERT INTO registry_revision (revision) VALUES (0);

-- Short keys for the large tables; a code keeps its number for ever.
CREATE TABLE station_keys (
  station_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station    text NOT NULL UNIQUE
);
CREATE TABLE parameter_keys (
  parameter_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parameter    text NOT NULL UNIQUE
);

-- What people and dashboards may read.
CREATE VIEW facilities AS
  SELECT code AS facility, body->>'name' AS name, body->>'nameEn' AS name_en,
         body->>'provinceCode' AS province_code, body->>'agentCode' AS agent_code
  FROM registry_items WHERE kind = 'facility' AND valid_to IS NULL;

CREATE VIEW stations AS
  SELECT item.code AS station, key.station_id, body->>'facility' AS facility, body->>'name' AS name,
         body->>'nameEn' AS name_en, body->>'kind' AS kind,
         coalesce((body->>'intervalMinutes')::float8, 5) AS interval_minutes
  FROM registry_items item LEFT JOIN station_keys key ON key.station = item.code
  WHERE item.kind = 'station' AND valid_to IS NULL;

CREATE VIEW parameters AS
  SELECT item.code AS parameter, key.parameter_id, body->>'symbol' AS symbol, body->>'name' AS name,
         body->>'nameEn' AS name_en, body->>'unit' AS unit
  FROM registry_items item LEFT JOIN parameter_keys key ON key.parameter = item.code
  WHERE item.kind = 'parameter' AND valid_to IS NULL;
