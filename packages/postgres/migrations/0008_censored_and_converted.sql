-- A value below or above a limit (`<0.01`), and the factor that a number was converted with. Nearly
-- always null, which costs a bit of the row's null bitmap. Nullable columns are added without
-- rewriting a table, however large it is.
ALTER TABLE readings
  ADD COLUMN censored       text,              -- '<' or '>'
  ADD COLUMN censored_limit double precision,  -- in `unit`
  ADD COLUMN factor         double precision;  -- of raw_value to value; null: 1

ALTER TABLE reading_revisions
  ADD COLUMN censored       text,
  ADD COLUMN censored_limit double precision,
  ADD COLUMN factor         double precision;
