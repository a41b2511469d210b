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

CREATE TABLE sessions (
  cookie_sha256 BYTEA NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id) ON DELETE CASCADE,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);
CREATE INDEX sessions_citizen ON sessions (citizen);

CREATE TABLE logins (
  cookie_sha256 BYTEA NOT NULL PRIMARY KEY,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
