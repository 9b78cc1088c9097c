-- How long a gap is by what of it counts, as the gap detector judges it: what lies in a planned stop goes on
-- without making it longer.
ALTER TABLE notice_gaps ADD COLUMN level text NOT NULL DEFAULT '15min'
  CHECK (level IN ('15min', '1h', '12h'));
