-- Sealed with the citizen's own key: texts (purpose, what was shown).
CREATE TABLE consents (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  position BIGINT NOT NULL, -- of the citizen's: several may be given in one second
  draft TEXT NOT NULL,
  form TEXT NOT NULL,
  language TEXT NOT NULL,
  agency TEXT NOT NULL,
  issuers TEXT NOT NULL,
  texts BYTEA NOT NULL,
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
CREATE INDEX consents_citizen ON consents (citizen, position);
CREATE INDEX consents_state ON consents (state, looked_at_ms);

CREATE TABLE consent_requirements (
  consent TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  requirement TEXT NOT NULL,
  PRIMARY KEY (consent, position),
  UNIQUE (consent, requirement)
);

-- document_key: HMAC of what the postbox calls it. Sealed with the citizen's own key: texts (that
-- name, title, origin's name); null once they are forgotten.
CREATE TABLE shared_documents (
  id TEXT NOT NULL PRIMARY KEY,
  consent TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  document_key BYTEA NOT NULL,
  texts BYTEA,
  file_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  origin_number TEXT,
  delivered_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('seen', 'wanted', 'unwanted', 'fetched', 'failed', 'gone', 'deleted')),
  attempts BIGINT NOT NULL,
  next_at_ms BIGINT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (consent, document_key)
);
CREATE INDEX shared_documents_state ON shared_documents (state, next_at_ms);

-- What a chosen document is to serve, and the attachment it became there.
CREATE TABLE shared_document_uses (
  document TEXT NOT NULL REFERENCES shared_documents (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  requirement TEXT NOT NULL,
  attachment TEXT UNIQUE,
  PRIMARY KEY (document, requirement)
);

-- One row: how far the postbox's events have been read.
CREATE TABLE event_marks (
  name TEXT NOT NULL PRIMARY KEY,
  read_to BIGINT NOT NULL
);
