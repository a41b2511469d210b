-- Documents that another agency may ask a citizen for: certificates that we issued from a submission, and
-- documents that came from the postbox with one and that its form offers for reuse. sealed: the texts about it, and its digest.
CREATE TABLE certificates (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  draft TEXT NOT NULL,
  submission TEXT NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('issued', 'fetched')),
  evidence_type TEXT NOT NULL,
  attachment TEXT REFERENCES attachments (id) ON DELETE CASCADE,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  issuer_number TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  document TEXT,
  consent TEXT,
  fetched_at BIGINT NOT NULL,
  issue_key BYTEA UNIQUE,
  sealed BYTEA NOT NULL,
  UNIQUE (attachment, evidence_type)
);
CREATE INDEX certificates_citizen ON certificates (citizen, evidence_type, issued_at);
CREATE INDEX certificates_submission ON certificates (submission);

-- Bytes of those that we issued; the others' lie with their attachment.
CREATE TABLE certificate_contents (
  certificate TEXT NOT NULL PRIMARY KEY REFERENCES certificates (id) ON DELETE CASCADE,
  content BYTEA NOT NULL
);

-- Another agency's question for a document. person: the lookup of an identity number, as citizens have it, since
-- nobody by that number may be known here; citizen: who it turned out to be. sealed: purpose, procedure, who asks.
CREATE TABLE evidence_requests (
  id TEXT NOT NULL PRIMARY KEY,
  consumer TEXT NOT NULL,
  request_key BYTEA NOT NULL,
  asked_sha256 BYTEA NOT NULL,
  purpose_sha256 BYTEA NOT NULL,
  person BYTEA NOT NULL,
  citizen TEXT REFERENCES citizens (id) ON DELETE CASCADE,
  evidence_type TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'given', 'refused', 'withdrawn')),
  asked_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  told_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  UNIQUE (consumer, request_key)
);
CREATE INDEX evidence_requests_citizen ON evidence_requests (citizen, asked_at);
CREATE INDEX evidence_requests_person ON evidence_requests (person);
CREATE INDEX evidence_requests_consumer ON evidence_requests (consumer, asked_at);

-- The citizen's yes: this document, to this agency, for this purpose, until then. No byte leaves without it.
CREATE TABLE evidence_consents (
  request TEXT NOT NULL PRIMARY KEY REFERENCES evidence_requests (id) ON DELETE CASCADE,
  citizen TEXT NOT NULL REFERENCES citizens (id) ON DELETE CASCADE,
  certificate TEXT NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  consumer TEXT NOT NULL,
  purpose_sha256 BYTEA NOT NULL,
  shown_sha256 BYTEA NOT NULL,
  given_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  withdrawn_at BIGINT NOT NULL
);
CREATE INDEX evidence_consents_certificate ON evidence_consents (certificate);
