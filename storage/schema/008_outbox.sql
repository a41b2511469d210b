CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK
    (kind IN ('receipt', 'share_request', 'stop_sharing', 'evidence_request', 'certificate',
     'supplement', 'withdrawal', 'decision')),
  citizen TEXT NOT NULL REFERENCES citizens (id),
  submission TEXT REFERENCES submissions (id),
  consent TEXT REFERENCES consents (id),
  evidence_request TEXT,
  message_id TEXT NOT NULL UNIQUE,
  payload BYTEA NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('pending', 'sending', 'unknown', 'accepted', 'done', 'dead')),
  channel TEXT NOT NULL DEFAULT '',
  mailbox TEXT NOT NULL DEFAULT '',
  lease_owner TEXT NOT NULL,
  lease_until_ms BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  sends BIGINT NOT NULL DEFAULT 0,
  next_at_ms BIGINT NOT NULL,
  added_at_ms BIGINT NOT NULL,
  sending_at_ms BIGINT,
  unknown_at_ms BIGINT,
  done_at BIGINT NOT NULL,
  opened_at BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL,
  failed BIGINT NOT NULL DEFAULT 0,
  compared_at BIGINT NOT NULL DEFAULT 0,
  difference TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (state, next_at_ms);
CREATE INDEX outbox_channel ON outbox (channel, state, done_at);
CREATE INDEX outbox_submission ON outbox (submission, kind);
CREATE INDEX outbox_consent ON outbox (consent, kind);
CREATE INDEX outbox_evidence_request ON outbox (evidence_request);

-- sealed: subject and digest. content: sealed too.
CREATE TABLE outbox_documents (
  uuid TEXT NOT NULL PRIMARY KEY,
  delivery TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  file_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  content_in TEXT NOT NULL CHECK (content_in IN ('own', 'attachment', 'receipt')),
  attachment TEXT REFERENCES attachments (id),
  content BYTEA,
  UNIQUE (delivery, position)
);
