-- What a mailbox says of a letter, whole, as evidence. Sealed with the letter's key: jws.
CREATE TABLE dpi_receipts (
  id TEXT NOT NULL PRIMARY KEY,
  delivery TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  happened_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  jws BYTEA NOT NULL
);
CREATE INDEX dpi_receipts_delivery ON dpi_receipts (delivery, received_at);

-- What came as a receipt and is none that we can act on. id: SHA-256 of it. Sealed with the site's key: jws.
CREATE TABLE dpi_receipts_aside (
  id TEXT NOT NULL PRIMARY KEY,
  why TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  jws BYTEA NOT NULL
);
CREATE INDEX dpi_receipts_aside_seen ON dpi_receipts_aside (first_seen_at);
