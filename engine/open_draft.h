/* open_draft.h - a draft taken up to be worked on: its row, its form, its answers, its documents.
 * The table of attachments says which documents there are; what the answers know of them (sk:
 * attributes) is brought in line each time, so that the worker may add documents while the person
 * writes. */
#pragma once

#include "engine/catalogue.h"
#include "engine/uploads.h"
#include "render/outline.h"
#include "storage/attachments.h"
#include "storage/drafts.h"

struct open_draft {
    struct draft row;
    const struct package *package;
    struct answers *answers;
    struct attachment *attachments; /* in order, without bytes; "later" among them */
    size_t attachment_count;
    struct outline_attached *documents; /* the same for people, without "later" */
    size_t document_count;
};

/* ERROR_MISSING: no draft of this citizen with that id, or its form is not offered any more.
 * A draft that was sent is given too: see row.state. Closed by open_draft_close. */
CHECKED bool open_draft_read(struct arena *arena, struct db *db, const struct catalogue *forms,
                             const char *citizen_id, const char *draft_id, struct open_draft *out,
                             struct error *err);
void open_draft_close(struct open_draft *draft);

/* Writes the answers over the revision they were read as. Failures as drafts_save; ERROR_LIMIT when
 * they are more than ANSWERS_MAX_BYTES: nothing is changed. */
CHECKED bool open_draft_save(struct arena *arena, struct db *db, const char *citizen_id,
                             struct open_draft *draft, struct error *err);

/* Reads the attachments again, after one was added or removed. */
CHECKED bool open_draft_read_attachments(struct arena *arena, struct db *db, const char *citizen_id,
                                         struct open_draft *draft, struct error *err);

/* An attachment as people see it. */
struct outline_document open_draft_document(struct arena *arena, const struct attachment *row);

/* "PDF", "JPG", "PNG" of a media type; "" of another. Static. */
const char *open_draft_type_word(const char *media_type);
