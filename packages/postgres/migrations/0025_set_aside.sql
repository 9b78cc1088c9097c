-- A file that its target will not take is set aside, and people decide about deliveries.
ALTER TABLE deliveries
  -- Failed attempts to which the target could be reached; begins anew where a person asks for a retry.
  ADD COLUMN rejections integer NOT NULL DEFAULT 0,
  -- When a person decided that it is not to be sent; null for those withheld for another reason.
  ADD COLUMN skipped_at timestamptz;

DROP INDEX deliveries_refused;
CREATE INDEX deliveries_not_sent ON deliveries (delivery_id)
  WHERE state IN ('refused', 'set-aside', 'withheld');

-- Who decided what, when and why. The log has a line for each as well.
CREATE TABLE delivery_decisions (
  decision_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id  bigint      NOT NULL REFERENCES deliveries,
  decision     text        NOT NULL CHECK (decision IN ('retry', 'skip')),
  state_before text        NOT NULL,
  actor        text        NOT NULL,
  note         text        NOT NULL,
  decided_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX delivery_decisions_by_delivery ON delivery_decisions (delivery_id);
