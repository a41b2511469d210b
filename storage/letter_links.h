/* letter_links.h - what the link of a letter ("lenke utenfor brev", a link outside the letter)
 * leads to. The letter carries an id that says nothing; whoever has it still must be logged in as
 * the person it was sent to. Source: Digdir, DPI, "Utvidelser", lenke. */
#pragma once

#include "storage/db.h"

struct letter_link {
    const char *id; /* 128 random bits, base64url */
    const char *submission_id;
    const char *decision_id; /* the letter was a decision; NULL: it was not */
    int64_t deadline;        /* Unix seconds: until when something is asked for; 0: nothing is */
    int64_t made_at;
};

/* In the transaction that orders the letter. The id is minted by the caller (crypto_random_id 128),
 * since the letter has it; made_at is set here. */
CHECKED bool letter_links_add(struct db *db, const char *citizen_id, const struct letter_link *link,
                              struct error *err);

/* ERROR_MISSING: there is none with this id that is this citizen's. */
CHECKED bool letter_links_read(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *id, struct letter_link *out, struct error *err);
