-- The first tables. One dialect that SQLite and PostgreSQL both take: TEXT, BIGINT, BYTEA; ids are
-- made by the program; times are Unix seconds unless the name ends in _ms, which are milliseconds of
-- the database's clock.

CREATE TABLE citizens (
  id TEXT NOT NULL PRIMARY KEY,
  pid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
  cookie_sha256 BYTEA NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id) ON DELETE CASCADE,
  acr TEXT NOT NULL,
  secret BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);
CREATE INDEX sessions_citizen ON sessions (citizen);

CREATE TABLE logins (
  cookie_sha256 BYTEA NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,
  return_to TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE drafts (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  form TEXT NOT NULL,
  form_version TEXT NOT NULL,
  language TEXT NOT NULL,
  answers BYTEA NOT NULL,
  revision BIGINT NOT NULL CHECK (revision > 0),
  submit_key TEXT NOT NULL UNIQUE,
  page TEXT NOT NULL,
  note TEXT,
  state TEXT NOT NULL CHECK (state IN ('open', 'sent')),
  created_at BIGINT NOT NULL,
  saved_at BIGINT NOT NULL
);
CREATE INDEX drafts_citizen ON drafts (citizen, state, saved_at);

CREATE TABLE submissions (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  reference TEXT NOT NULL UNIQUE,
  draft TEXT NOT NULL UNIQUE,
  submit_key TEXT NOT NULL UNIQUE,
  digest BYTEA NOT NULL,
  form TEXT NOT NULL,
  form_version TEXT NOT NULL,
  language TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  receipt_sha256 BYTEA NOT NULL,
  receipt_size_bytes BIGINT NOT NULL,
  answers BYTEA NOT NULL,
  receipt BYTEA NOT NULL
);
CREATE INDEX submissions_citizen ON submissions (citizen, received_at);

-- The last number given to a submission, by the words before it: 'FB-2026'.
CREATE TABLE submission_numbers (
  series TEXT NOT NULL PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE consents (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  draft TEXT NOT NULL,
  form TEXT NOT NULL,
  language TEXT NOT NULL,
  purpose TEXT NOT NULL,
  shown_sha256 BYTEA NOT NULL,
  request_uuid TEXT NOT NULL UNIQUE,
  duration_seconds BIGINT NOT NULL,
  given_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('asked', 'shared', 'fetched', 'stopped', 'expired', 'withdrawn', 'refused')),
  shared_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  looked_at_ms BIGINT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX consents_citizen ON consents (citizen, given_at);
CREATE INDEX consents_state ON consents (state, looked_at_ms);

CREATE TABLE consent_requirements (
  consent TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  requirement TEXT NOT NULL,
  PRIMARY KEY (consent, position),
  UNIQUE (consent, requirement)
);

CREATE TABLE shared_documents (
  id TEXT NOT NULL PRIMARY KEY,
  consent TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  document_key TEXT NOT NULL,
  subject TEXT NOT NULL,
  file_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  origin_number TEXT,
  origin_name TEXT,
  delivered_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('seen', 'wanted', 'unwanted', 'fetched', 'failed', 'gone')),
  requirement TEXT,
  attachment TEXT,
  attempts BIGINT NOT NULL,
  next_at_ms BIGINT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (consent, document_key)
);
CREATE INDEX shared_documents_state ON shared_documents (state, next_at_ms);

-- One row: how far the postbox's events have been read.
CREATE TABLE event_marks (
  name TEXT NOT NULL PRIMARY KEY,
  read_to BIGINT NOT NULL
);

CREATE TABLE attachments (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  draft TEXT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  submission TEXT REFERENCES submissions (id),
  requirement TEXT NOT NULL,
  position BIGINT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('postbox', 'disk', 'later')),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  verdict TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  expected_by BIGINT NOT NULL,
  consent TEXT REFERENCES consents (id),
  document TEXT UNIQUE,
  issuer_number TEXT,
  issuer_name TEXT,
  delivered_at BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  UNIQUE (draft, position)
);
CREATE INDEX attachments_citizen ON attachments (citizen);
CREATE INDEX attachments_submission ON attachments (submission);
CREATE INDEX attachments_consent ON attachments (consent);

-- Apart, so that changing a row above does not write the bytes again.
CREATE TABLE attachment_contents (
  attachment TEXT NOT NULL PRIMARY KEY REFERENCES attachments (id) ON DELETE CASCADE,
  content BYTEA NOT NULL
);

CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('receipt', 'share_request', 'stop_sharing')),
  citizen TEXT NOT NULL REFERENCES citizens (id),
  submission TEXT REFERENCES submissions (id),
  consent TEXT REFERENCES consents (id),
  message_id TEXT NOT NULL UNIQUE,
  payload BYTEA NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'unknown', 'done', 'dead')),
  lease_owner TEXT NOT NULL,
  lease_until_ms BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at_ms BIGINT NOT NULL,
  added_at_ms BIGINT NOT NULL,
  sending_at_ms BIGINT,
  unknown_at_ms BIGINT,
  done_at BIGINT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX outbox_due ON outbox (state, next_at_ms);
CREATE INDEX outbox_submission ON outbox (submission, kind);
CREATE INDEX outbox_consent ON outbox (consent, kind);

CREATE TABLE outbox_documents (
  uuid TEXT NOT NULL PRIMARY KEY,
  delivery TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  subject TEXT NOT NULL,
  file_type TEXT NOT NULL,
  sha256 BYTEA NOT NULL,
  size_bytes BIGINT NOT NULL,
  content_in TEXT NOT NULL CHECK (content_in IN ('own', 'attachment', 'receipt')),
  attachment TEXT REFERENCES attachments (id),
  content BYTEA,
  UNIQUE (delivery, position)
);

CREATE TABLE audit (
  sequence BIGINT NOT NULL PRIMARY KEY,
  at_ms BIGINT NOT NULL,
  actor TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  citizen TEXT NOT NULL,
  action TEXT NOT NULL,
  object_id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  request_id TEXT NOT NULL,
  previous BYTEA NOT NULL UNIQUE,
  digest BYTEA NOT NULL UNIQUE
);
CREATE INDEX audit_citizen ON audit (citizen, sequence);
