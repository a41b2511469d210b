-- Who did what. actor_id and citizen are pseudonyms of people (keys_pseudonym), organisation numbers of agencies.
CREATE TABLE audit (
  sequence BIGINT NOT NULL PRIMARY KEY,
  at_ms BIGINT NOT NULL,
  actor TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  citizen TEXT NOT NULL,
  action TEXT NOT NULL,
  object_id TEXT NOT NULL,
  consent TEXT NOT NULL,
  outcome TEXT NOT NULL,
  request_id TEXT NOT NULL,
  previous BYTEA NOT NULL UNIQUE,
  digest BYTEA NOT NULL UNIQUE
);
CREATE INDEX audit_citizen ON audit (citizen, sequence);
CREATE INDEX audit_action ON audit (action, sequence);
