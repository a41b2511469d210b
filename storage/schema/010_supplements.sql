-- What was sent afterwards to keep a promise, with its receipt: never changed. A promise is kept once.
-- Sealed with the key of the draft it belongs to: receipt, and the digests of what was sent and of the receipt.
CREATE TABLE supplements (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  submission TEXT NOT NULL REFERENCES submissions (id),
  promise TEXT NOT NULL UNIQUE REFERENCES attachments (id),
  delivery TEXT NOT NULL,
  digests BYTEA NOT NULL,
  language TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  receipt_size_bytes BIGINT NOT NULL,
  receipt BYTEA NOT NULL
);
CREATE INDEX supplements_submission ON supplements (submission);
