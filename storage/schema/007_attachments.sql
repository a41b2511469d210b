CREATE TABLE attachments (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  draft TEXT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  submission TEXT REFERENCES submissions (id),
  requirement TEXT NOT NULL,
  position BIGINT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('postbox', 'disk', 'earlier', 'later')),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  verdict TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  expected_by BIGINT NOT NULL,
  consent TEXT REFERENCES consents (id),
  document TEXT,
  issuer_number TEXT,
  issuer_name TEXT,
  delivered_at BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  promise TEXT REFERENCES attachments (id) ON DELETE CASCADE,
  copied_from TEXT,
  UNIQUE (draft, position),
  UNIQUE (document, requirement)
);
CREATE INDEX attachments_citizen ON attachments (citizen);
CREATE INDEX attachments_submission ON attachments (submission);
CREATE INDEX attachments_consent ON attachments (consent);
CREATE INDEX attachments_promise ON attachments (promise);

-- Apart, so that changing a row above does not write the bytes again.
CREATE TABLE attachment_contents (
  attachment TEXT NOT NULL PRIMARY KEY REFERENCES attachments (id) ON DELETE CASCADE,
  content BYTEA NOT NULL
);
