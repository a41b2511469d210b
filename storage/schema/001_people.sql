-- One dialect that SQLite and PostgreSQL both take: TEXT, BIGINT, BYTEA; ids are made by the program;
-- times are Unix seconds unless the name ends in _ms, which are milliseconds of the database's clock.
-- What tells something about a person is sealed (keys.h); in clear are ids, states, times and sizes.

-- pid_lookup: what an identity number looks like when it is only looked up by. sealed: number, name.
CREATE TABLE citizens (
  id TEXT NOT NULL PRIMARY KEY,
  pid_lookup BYTEA NOT NULL UNIQUE,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

-- id: what the person is shown of it; says nothing of the cookie. provider_sid: what the identity
-- provider's name for it looks like when it is only looked up by; null: it gave none.
CREATE TABLE sessions (
  cookie_sha256 BYTEA NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  citizen TEXT NOT NULL REFERENCES citizens (id) ON DELETE CASCADE,
  provider_sid BYTEA,
  sealed BYTEA NOT NULL,
  auth_time BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);
CREATE INDEX sessions_citizen ON sessions (citizen);
CREATE INDEX sessions_provider_sid ON sessions (provider_sid);

CREATE TABLE logins (
  cookie_sha256 BYTEA NOT NULL PRIMARY KEY,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
