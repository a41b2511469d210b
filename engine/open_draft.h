/* open_draft.h - a draft taken up to be worked on: its row, its form, its answers, its documents.
 * The table of attachments says which documents there are; what the answers know of them (sk:
 * attributes) is brought in line each time, so that the worker may add documents while the person
 * writes. Everything is changed in memory and written at once by open_draft_save, whose transaction
 * is then short. */
#pragma once

#include "engine/uploads.h"
#include "engine/versions.h"
#include "render/outline.h"
#include "storage/attachments.h"
#include "storage/drafts.h"
#include "storage/prefills.h"
#include "storage/sessions.h"

/* What is to be done about a document when the draft is saved. */
struct open_draft_change {
    struct open_draft_change *next;
    const struct attachment *added; /* NULL: */
    const char *removed;            /* the attachment with this id goes */
    bool has_content;
    struct content content;
};

struct open_draft {
    struct draft row;
    struct version version;
    const struct package *package; /* the version's: what the answers answer */
    struct answers *answers;
    struct attachment *attachments; /* in order, without bytes; "later" among them */
    size_t attachment_count;
    struct outline_attached *documents; /* the same for people, without "later" */
    size_t document_count;
    struct prefills_question *questions; /* to registers: what was answered is in the answers */
    size_t question_count;
    struct open_draft_change *first_change, *last_change; /* in order */
    const char *promise_id;                               /* open_draft_promise, else NULL */
    bool has_usage; /* a limit was held against this, so it must still be so when saved */
    struct attachments_usage usage;
};

/* In the version of its form that it began with, also when version.must_move says that it is to be
 * left (pages/moved.h). ERROR_MISSING: no draft of this citizen with that id, or its form is not
 * offered any more. A draft that was sent is given too: see row.state. Closed by open_draft_close.
 */
CHECKED bool open_draft_read(struct arena *arena, struct db *db, struct versions *versions,
                             const char *citizen_id, const char *draft_id, struct open_draft *out,
                             struct error *err);

/* The same for a page of somebody who is logged in. ERROR_DENIED: the login is not sure enough for
 * the form (login/level.h). */
CHECKED bool open_draft_for(struct arena *arena, struct db *db, struct versions *versions,
                            const struct session *session, const char *draft_id,
                            struct open_draft *out, struct error *err);

/* What was promised for later when a draft was sent (an attachment LATER of it): the draft as it
 * was sent, but its documents are those laid up to keep the promise, or what kept it. Documents are
 * added and removed as in a draft; open_draft_save writes them and nothing else. Failures as
 * open_draft_for, but that the form need not be offered any more. */
CHECKED bool open_draft_promise(struct arena *arena, struct db *db, struct versions *versions,
                                const struct session *session, const struct attachment *promise,
                                struct open_draft *out, struct error *err);
void open_draft_close(struct open_draft *draft);

/* From now on in the form's language nearest to that one: what it says, calculates and is saved
 * with. */
void open_draft_speak(struct open_draft *draft, const char *language);

/* Writes answers and documents over the revision they were read as, in one transaction.
 * ERROR_CONFLICT: the draft was saved or sent elsewhere, or the space its limits were held against
 * is used otherwise by now: nothing is changed, and it is to be read again. ERROR_LIMIT when
 * answers are more than ANSWERS_MAX_BYTES: nothing is changed. Else failures as drafts_save. */
CHECKED bool open_draft_save(struct arena *arena, struct db *db, const char *citizen_id,
                             struct open_draft *draft, struct error *err);

/* Adds a document (as attachments_add takes it; source LATER: content NULL), or takes one away: for
 * the answers and documents now, in the table with open_draft_save, until when what lies behind the
 * content must be there. row->sha256: of the content, or zeros when it is not known yet. */
CHECKED bool open_draft_attach(struct arena *arena, struct open_draft *draft,
                               const struct attachment *row, const struct content *content,
                               struct error *err);
CHECKED bool open_draft_detach(struct arena *arena, struct open_draft *draft,
                               const char *attachment_id, struct error *err);

/* Other answers in their stead: they are told of the documents, and the old ones are closed. */
CHECKED bool open_draft_replace(struct arena *arena, struct open_draft *draft,
                                struct answers *answers, struct error *err);

/* The space that documents take up, read once. */
CHECKED bool open_draft_usage(struct arena *arena, struct db *db, const char *citizen_id,
                              struct open_draft *draft, struct error *err);

/* An attachment as the answers know it. */
struct attachment_info open_draft_info(struct arena *arena, const struct attachment *row);

/* An attachment as people see it. */
struct outline_document open_draft_document(struct arena *arena, const struct attachment *row);

/* "PDF", "JPG", "PNG" of a media type; "" of another. Static. */
const char *open_draft_type_word(const char *media_type);
