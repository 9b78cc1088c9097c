-- The actor said that the files are whole, though their uploads seemed to have broken off.
ALTER TABLE replay_batches ADD COLUMN as_whole boolean NOT NULL DEFAULT false;
