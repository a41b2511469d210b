/* drafts.h - answers that somebody is still working on, sealed with a key of the draft's own, which
 * its documents and its submission share (keys.h). Every function but drafts_form_of takes the
 * citizen who acts, and another's draft is as missing as one that does not exist (security.md
 * S-SQL-3). */
#pragma once

#include "storage/db.h"

enum draft_state { DRAFT_OPEN, DRAFT_SENT };

struct draft {
    const char *id; /* 128 random bits, base64url */
    const char *citizen_id;
    const char *form_id;
    const char *form_version; /* the digest that the form's package goes by */
    const char *language;     /* BCP 47 */
    struct bytes answers;     /* the XML instance; without bytes in lists */
    int64_t revision;         /* 1 at creation, one more at each save */
    const char *submit_key;   /* minted here, unique: sending twice is sending once (D-1) */
    const char *page;         /* where the person is; "" at the start */
    const char *note;         /* the caller's, for undo; NULL: none */
    enum draft_state state;
    int64_t created_at, saved_at;
};

/* What a person starts with. */
struct draft_start {
    const char *form_id, *form_version, *language;
    struct bytes answers;
    const char *page;
};
CHECKED bool drafts_create(struct arena *arena, struct db *db, const char *citizen_id,
                           const struct draft_start *start, struct draft *out, struct error *err);

/* ERROR_MISSING: none with this id is this citizen's. A sent draft is found too. */
CHECKED bool drafts_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                         struct draft *out, struct error *err);

/* Open drafts, last saved first, at most DRAFTS_LIST_MAX; without answers and note. */
enum { DRAFTS_LIST_MAX = 100 };
CHECKED bool drafts_list(struct arena *arena, struct db *db, const char *citizen_id,
                         struct draft **out, size_t *count, struct error *err);

/* All of the citizen's, however many. */
CHECKED bool drafts_all(struct arena *arena, struct db *db, const char *citizen_id,
                        struct draft **out, size_t *count, struct error *err);

/* Of which form: of a draft's id, and of the id of what was promised for later with one, or of a
 * letter that reminds of it. NULL: of none. The one question here that nobody in particular asks:
 * it says how sure the login must be that those addresses lead to. */
CHECKED bool drafts_form_of(struct arena *arena, struct db *db, const char *id,
                            const char **form_id, struct error *err);

/* How many the citizen has made since then (Unix seconds), deleted ones not counted. */
CHECKED bool drafts_count_since(struct arena *arena, struct db *db, const char *citizen_id,
                                int64_t since, int64_t *out, struct error *err);

/* Saves answers, language, page, note and form_version of *draft over the revision it was read as,
 * and sets its revision and saved_at to the new ones. ERROR_CONFLICT when it was saved or sent
 * elsewhere meanwhile: nothing is changed, and drafts_read gives what it became.
 * ERROR_MISSING: deleted. */
CHECKED bool drafts_save(struct arena *arena, struct db *db, const char *citizen_id,
                         struct draft *draft, struct error *err);

/* The same, going over to another version of its form: the answers as they were are kept beside it
 * until it is sent or deleted. In a transaction, with the audit row. Failures as drafts_save. */
CHECKED bool drafts_move(struct arena *arena, struct db *db, const char *citizen_id,
                         struct draft *draft, struct error *err);

/* Without a note from now on, which it told of something that is otherwise by now. Its revision stays:
 * nobody's answers are others for it. */
CHECKED bool drafts_forget_note(struct db *db, const char *citizen_id, const char *id,
                                struct error *err);

/* Open to sent, over this revision; in the transaction that adds the submission. Answers of earlier
 * versions go, and so does what was kept of posts (kept_posts.h). Failures as drafts_save. */
CHECKED bool drafts_send(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                         int64_t revision, struct error *err);

/* Destroys the key of an open draft, then deletes it with its attachments and their bytes, and its
 * earlier answers; consents stay, as history.
 * ERROR_MISSING: none, or sent. */
CHECKED bool drafts_delete(struct db *db, const char *citizen_id, const char *id,
                           struct error *err);
