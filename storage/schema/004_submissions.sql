-- Sealed with the key of the draft it was: answers, receipt, and the digests of what was sent and of the receipt.
CREATE TABLE submissions (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  reference TEXT NOT NULL UNIQUE,
  draft TEXT NOT NULL UNIQUE,
  submit_key TEXT NOT NULL UNIQUE,
  digests BYTEA NOT NULL,
  form TEXT NOT NULL,
  form_version TEXT NOT NULL,
  language TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'sent' CHECK (state IN ('sent', 'withdrawn', 'decided')),
  received_at BIGINT NOT NULL,
  keep_until BIGINT NOT NULL,
  receipt_size_bytes BIGINT NOT NULL,
  answers BYTEA NOT NULL,
  receipt BYTEA NOT NULL
);
CREATE INDEX submissions_citizen ON submissions (citizen, received_at);
CREATE INDEX submissions_version ON submissions (form, form_version);
CREATE INDEX submissions_keep_until ON submissions (keep_until);

-- The last number given to a submission, by the words before it: 'FB-2026'.
CREATE TABLE submission_numbers (
  series TEXT NOT NULL PRIMARY KEY,
  last BIGINT NOT NULL
);
