-- How long what was sent is kept here, as its form says; 0: from before this was written down.
ALTER TABLE submissions ADD COLUMN keep_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX submissions_keep_until ON submissions (keep_until);
