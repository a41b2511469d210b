-- Questions to registers for a draft: what may be filled in already. facts: lines of word, tab, value.
CREATE TABLE prefills (
  draft TEXT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  about TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'found', 'nothing', 'unavailable')),
  facts TEXT NOT NULL,
  asked_at_ms BIGINT NOT NULL,
  next_at_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (draft, source, about)
);
CREATE INDEX prefills_due ON prefills (state, next_at_ms);
