/* sharing.h - documents from the postbox: waiting for what was consented to (agreement.h), and
 * choosing what to attach. */
#pragma once

#include "render/frame.h"
#include "render/outline.h"

enum sharing_state {
    SHARING_ASKING,         /* the request is on its way to the postbox */
    SHARING_CHOOSING,       /* it is there: the person picks documents in the postbox */
    SHARING_FETCHING,       /* something was shared; not all is here yet */
    SHARING_UNKNOWN_PERSON, /* the postbox does not know this person: upload instead */
    SHARING_TROUBLE         /* the postbox does not answer; we go on trying */
};

/* Every other second for five minutes: then the login's own clock goes on. */
enum { SHARING_LOOKS = 150 };
#define SHARING_QUERY_LOOKS "sett"

struct sharing_wait {
    enum sharing_state state;
    const char *form_title;
    const char *mailbox_url; /* where the person opens the postbox; a link, never a form */
    const char *address;     /* this page: for "check now" and the refresh */
    const char *choose;      /* the choose page */
    const char *back;        /* the documents page: go on without waiting */
    int refresh_s;           /* 0: the page does not reload itself */
    int looks;               /* htmx has asked so often; at SHARING_LOOKS it stops */
    const struct outline_document *documents; /* known so far */
    const bool *fetched;                      /* for each: its bytes are here */
    size_t document_count;
};
struct bytes sharing_wait_page(struct arena *arena, const struct frame *frame,
                               const struct sharing_wait *page);

/* One shared document to be chosen or not, for each upload that it fits. */
struct sharing_box {
    const char *value; /* of the field SHARING_FIELD_DOCUMENT */
    const char *fits;  /* label of the upload */
    const char *fits_language;
    bool chosen;
};
struct sharing_choice {
    struct outline_document document;
    const struct sharing_box *boxes; /* the one that suits best on top */
    size_t box_count;
    const char *refusal; /* why it cannot be attached, when there are no boxes */
    const char *sent;    /* when it was sent before, and with what; or NULL */
};
#define SHARING_FIELD_DOCUMENT "dok"
#define SHARING_FIELD_NOTHING "ingen" /* the button that attaches nothing and ends the sharing */

struct sharing_choose {
    const char *form_title;
    const struct sharing_choice *choices;
    size_t count;
    const char *problem; /* why what was chosen was not taken, or NULL */
    int64_t ends_at;     /* the access; 0: not said */
    const char *action;  /* POST: attach the ticked ones */
    const char *back;    /* decide later */
    bool earlier;        /* not from the postbox, but documents that were sent before */
};
struct bytes sharing_choose_page(struct arena *arena, const struct frame *frame,
                                 const struct sharing_choose *page);

/* The person came back and had shared nothing: text for the documents page's status. */
const char *sharing_nothing_text(const char *language);
