-- Versions of forms: a draft stays on the one it began with, and what was sent can be read as it
-- was asked. number: 1, 2, ... of a form in the order they were first seen; a draft never goes back.
CREATE TABLE form_packages (
  form TEXT NOT NULL,
  digest TEXT NOT NULL,
  number BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  moves_drafts BIGINT NOT NULL CHECK (moves_drafts IN (0, 1)),
  sha256 BYTEA NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (form, digest),
  UNIQUE (form, number)
);
