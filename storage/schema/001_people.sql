-- One dialect that SQLite and PostgreSQL both take: TEXT, BIGINT, BYTEA; ids are made by the program;
-- times are Unix seconds unless the name ends in _ms, which are milliseconds of the database's clock.

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
