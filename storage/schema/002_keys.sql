-- Keys that seal what is kept about a person, each wrapped by the one above it: master key, citizen,
-- draft (which is its submission's too). Without its row here nothing sealed by it can be read.
-- owner: a citizen, a draft, 'site', 'lookup'. wrapped_by: a citizen, or 'master:' and a key's id.
CREATE TABLE keys (
  owner TEXT NOT NULL PRIMARY KEY,
  wrapped_by TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  made_at BIGINT NOT NULL
);
CREATE INDEX keys_wrapped_by ON keys (wrapped_by);

-- Owners whose key was destroyed, until the ledger beside the database has them (deletions.h).
CREATE TABLE deletions (
  owner TEXT NOT NULL PRIMARY KEY,
  deleted_at BIGINT NOT NULL
);

-- One row: how far into that ledger this database has come.
CREATE TABLE deletion_marks (
  name TEXT NOT NULL PRIMARY KEY,
  read_to BIGINT NOT NULL
);
