-- What became of what was sent: taken back by the citizen, or decided on by the agency. submissions.state says which, so
-- that it cannot be both. Sealed with the key of the draft it was: receipt.
CREATE TABLE withdrawals (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  submission TEXT NOT NULL UNIQUE REFERENCES submissions (id) ON DELETE CASCADE,
  delivery TEXT NOT NULL,
  withdrawn_at BIGINT NOT NULL,
  number BIGINT NOT NULL UNIQUE,
  receipt_size_bytes BIGINT NOT NULL,
  receipt BYTEA NOT NULL
);
CREATE INDEX withdrawals_citizen ON withdrawals (citizen);

-- sealed: title, how to appeal, digest of its bytes. appeal_until 0: not said; read_at 0: not opened on Min side.
CREATE TABLE decisions (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  draft TEXT NOT NULL,
  submission TEXT NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
  outcome TEXT NOT NULL CHECK (outcome IN ('granted', 'partly', 'refused', 'dismissed')),
  delivery TEXT NOT NULL,
  decided_at BIGINT NOT NULL,
  appeal_until BIGINT NOT NULL,
  read_at BIGINT NOT NULL,
  size_bytes BIGINT NOT NULL,
  issue_key BYTEA UNIQUE,
  sealed BYTEA NOT NULL,
  content BYTEA NOT NULL
);
CREATE INDEX decisions_citizen ON decisions (citizen, decided_at);
CREATE INDEX decisions_submission ON decisions (submission);
