-- Where the link of a letter leads: an id that says nothing, for one person. deadline 0: none. decision: what the letter
-- was about, else ''.
CREATE TABLE letter_links (
  id TEXT NOT NULL PRIMARY KEY,
  citizen TEXT NOT NULL REFERENCES citizens (id),
  submission TEXT NOT NULL,
  decision TEXT NOT NULL,
  deadline BIGINT NOT NULL,
  made_at BIGINT NOT NULL
);
CREATE INDEX letter_links_submission ON letter_links (submission);
