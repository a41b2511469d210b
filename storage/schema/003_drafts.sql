CREATE TABLE drafts (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  form TEXT NOT NULL,
  form_version TEXT NOT NULL,
  language TEXT NOT NULL,
  answers BYTEA NOT NULL,
  revision BIGINT NOT NULL CHECK (revision > 0),
  submit_key TEXT NOT NULL UNIQUE,
  page TEXT NOT NULL,
  note BYTEA,
  state TEXT NOT NULL CHECK (state IN ('open', 'sent')),
  created_at BIGINT NOT NULL,
  saved_at BIGINT NOT NULL
);
CREATE INDEX drafts_citizen ON drafts (citizen, state, saved_at);
CREATE INDEX drafts_version ON drafts (form, form_version);

-- Answers as they were before a draft went over to another version of its form.
CREATE TABLE earlier_answers (
  draft TEXT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  form_version TEXT NOT NULL,
  answers BYTEA NOT NULL,
  moved_at BIGINT NOT NULL,
  PRIMARY KEY (draft, number)
);

-- Questions to registers for a draft: what may be filled in already. about_lookup: whom or what it is about,
-- as looked up by; sealed: about, facts (lines of word, tab, value).
CREATE TABLE prefills (
  draft TEXT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  about_lookup BYTEA NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'found', 'nothing', 'unavailable')),
  sealed BYTEA NOT NULL,
  asked_at_ms BIGINT NOT NULL,
  next_at_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (draft, source, about_lookup)
);
CREATE INDEX prefills_due ON prefills (state, next_at_ms);

-- What was posted to a step and could not become part of the draft: sealed, pairs of name and value.
CREATE TABLE kept_posts (
  id TEXT NOT NULL PRIMARY KEY,
  draft TEXT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  page TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('logged_out', 'other_window')),
  files BIGINT NOT NULL,
  fields BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  kept_at BIGINT NOT NULL
);
CREATE INDEX kept_posts_draft ON kept_posts (draft, kept_at);
