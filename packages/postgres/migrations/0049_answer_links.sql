-- The links by which facilities answer notices: one for each mail, used up together.
CREATE TABLE answer_links (
  link_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice_id  bigint      NOT NULL REFERENCES notices,
  mail_id    bigint      NOT NULL UNIQUE REFERENCES notice_mails,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
CREATE INDEX answer_links_by_notice ON answer_links (notice_id);

-- Each attempt to send a mail has a token of its own, which is nowhere stored.
CREATE TABLE answer_tokens (
  token_sha256 bytea       PRIMARY KEY,
  link_id      bigint      NOT NULL REFERENCES answer_links,
  made_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX answer_tokens_by_link ON answer_tokens (link_id);

ALTER TABLE gap_entries ADD COLUMN link_id bigint REFERENCES answer_links;  -- of a facility's answer
CREATE INDEX gap_entries_questions ON gap_entries (entry_id) WHERE kind = 'ask-back';
