-- In clear: ids, states, times, sizes, organisation numbers. Sealed with the draft's key: texts (name,
-- issuer's name, signer, SHA-256 of the document) and the bytes below, whose head is here.
CREATE TABLE attachments (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  draft TEXT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  submission TEXT REFERENCES submissions (id),
  requirement TEXT NOT NULL,
  position BIGINT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('postbox', 'disk', 'earlier', 'later')),
  state TEXT NOT NULL CHECK (state IN ('ready', 'checking', 'held', 'refused')),
  reason TEXT NOT NULL,
  active_content BIGINT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('uploaded', 'issuer', 'unconfirmed', 'failed')),
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  texts BYTEA NOT NULL,
  head BYTEA,
  added_at BIGINT NOT NULL,
  expected_by BIGINT NOT NULL,
  promise TEXT REFERENCES attachments (id) ON DELETE CASCADE,
  copied_from TEXT,
  consent TEXT REFERENCES consents (id),
  document TEXT,
  issuer_number TEXT,
  delivered_at BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  signed_at BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  UNIQUE (draft, position),
  UNIQUE (document, requirement)
);
CREATE INDEX attachments_citizen ON attachments (citizen);
CREATE INDEX attachments_submission ON attachments (submission);
CREATE INDEX attachments_consent ON attachments (consent);
CREATE INDEX attachments_promise ON attachments (promise);

-- The bytes, sealed in chunks of 64 KiB (engine/base/seal.h): 0, 1, ...
CREATE TABLE attachment_chunks (
  attachment TEXT NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (attachment, number)
);

-- Those that wait for the virus check: due_at_ms on the database's clock.
CREATE TABLE attachment_checks (
  attachment TEXT NOT NULL PRIMARY KEY REFERENCES attachments (id) ON DELETE CASCADE,
  due_at_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL
);
CREATE INDEX attachment_checks_due ON attachment_checks (due_at_ms);
