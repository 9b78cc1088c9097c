-- The audit goes through files and keys side by side, in the order of their numbers: each file has the
-- one key with its number, and each key its file. Numbers are given out in order, so that a new one is
-- written at the end of this index.
CREATE INDEX file_keys_by_number ON file_keys (file_no);
