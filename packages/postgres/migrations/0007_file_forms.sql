-- How a file was read: "A5 tab utf-8", "wide comma utf-8 by <profile>".
-- Null where it was not understood, and for files of before.
ALTER TABLE files ADD COLUMN form text;
