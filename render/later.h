/* later.h - a document that was promised for later: the page where it is sent, and the receipt. */
#pragma once

#include "render/sending.h"

/* What both pages say of the promise. */
struct later_about {
    struct form_shown form; /* title of what was sent */
    const char *reference;
    struct form_shown label; /* of the upload: what was promised */
    int64_t sent_at;         /* when it was promised */
    int64_t due_at;          /* the last moment for it; may be past */
};

struct later_page {
    struct later_about about;
    struct answers *answers;
    const struct form_control *control; /* the upload, and where in the answers it stands */
    const struct place *place;
    const struct outline_attached *documents; /* those laid up */
    size_t document_count;
    struct step_room room;
    const struct finding_list *findings; /* or NULL */
    bool nothing;                        /* it was to be sent without a document */
    const char *obstacle;                /* why it cannot be sent now, or NULL */
    const char *notice;                  /* what was just done, told in the box; or NULL */
    const char *action;                  /* POST: this page */
    const char *shown;                   /* comes back as SENDING_FIELD_SHOWN */
};
struct bytes later_page(struct arena *arena, const struct frame *frame,
                        const struct later_page *page);

/* Value of STEP_FIELD_ACTION: send what is laid up. */
#define LATER_SEND "send"

/* receipt: is_supplement, reference, received_at, pdf, pdf_size_bytes, delivery, delivered_at,
 * handed_at, mailbox_url, address and refresh_s. */
struct bytes later_receipt_page(struct arena *arena, const struct frame *frame,
                                const struct later_about *about,
                                const struct sending_receipt *receipt,
                                const struct outline_attached *documents, size_t document_count);
