-- Which number a file has. A table that is partitioned by number cannot keep the identity of files
-- unique, so that this narrow one does. Migration 0027 fills it and puts it to use.
CREATE TABLE file_keys (
  file_id bytea  PRIMARY KEY,  -- SHA-256 of account, folder, name and bytes
  file_no bigint NOT NULL
);

-- How far the files of an existing installation have been entered, in pieces, before 0027.
CREATE TABLE file_keys_filled (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  upto     bigint  NOT NULL
);
INSERT INTO file_keys_filled (upto) VALUES (0);
