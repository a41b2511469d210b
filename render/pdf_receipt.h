/* pdf_receipt.h - what a person gets for having sent a form: a letter with the reference, what
 * happens next, all questions and answers, and the documents that came with them; and the same
 * before it is sent, to read on paper.
 *
 * The letter is kept, sent and compared as bytes: the same receipt gives the same bytes. */
#pragma once

#include "render/frame.h"
#include "render/outline.h"
#include "render/pdf.h"

struct pdf_receipt {
    const struct frame_agency *agency;
    const struct pdf_path *logo; /* drawn one over the other */
    size_t logo_count;           /* 0: none */
    double logo_size;            /* width and height of the drawing in its own units */

    bool is_draft; /* nothing was sent: each page says so, and there is no reference, nothing that
                    * happens next, and no digest to hold a document against */
    bool is_supplement; /* of documents that were sent afterwards, to what has that reference */
    int64_t due_at;     /* when they were expected: told when they came later; 0: not said */

    const char *reference;     /* "FB-2026-004182"; not of a draft */
    int64_t received_at;       /* Unix seconds; written as Norwegian time; of a draft: made at */
    int64_t answer_by;         /* Unix seconds; 0: not said */
    const char *person_name;   /* who sent it; "": not known, and left out */
    const char *person_number; /* eleven digits, written masked (design.md section 7); or NULL */
    const char *const *next;   /* sentences: what happens now; how letters come is added, since
                                * which way this one goes is not known when it is made */
    size_t next_count;
    const struct outline *outline; /* title, language, answers; its documents also as a list */

    const char *audit_head; /* "4711 0f1e...": of the log of who did what (storage/audit.h) when
                             * this was made; printed last, with what it is for. NULL: not said */

    const struct pdf_file *attachments_inside; /* the answers as XML, the list of documents */
    size_t attachment_inside_count;
};

/* What happens after sending, as the form says it (sk:next), a sentence each: for `next`. */
const char *const *pdf_receipt_next(struct arena *arena, const struct form *form,
                                    const char *language, size_t *count);

/* Texts are in the outline's language: nb and nn, others as far as receipt_messages.tsv goes.
 *
 * Fails as pdf_write does. */
CHECKED bool pdf_receipt_write(struct arena *arena, const struct pdf_receipt *receipt,
                               struct bytes *out, struct error *err);
