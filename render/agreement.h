/* agreement.h - a consent to documents being fetched from the postbox: what is shown before the
 * yes, and on Min side what came of it. */
#pragma once

#include "forms/form.h"
#include "render/frame.h"

/* What the person says yes to before leaving for the postbox. No box is ticked beforehand; to
 * upload instead is as easy. */
struct agreement_asking {
    const char *form_title;
    const char *purpose;          /* letter for letter what is sent to the postbox; NULL: the
                                   * site's sentence */
    const char *purpose_language; /* what it is in; NULL: the page's */
    const char *const *documents; /* what is asked for: labels of the uploads */
    size_t document_count;
    const char *const *issuers; /* whose documents may be shared: "Skatteetaten (974 761 076)" */
    size_t issuer_count;        /* 0: anybody's */
    int64_t share_s;            /* how long the access lasts */
    const char *action;         /* POST: "yes"; answered by a 303 on our own site */
    const char *back;           /* the documents page: upload yourself instead */
    const char *already; /* where documents shared for this draft can be used once more, or NULL */
    const char *shown;   /* what the yes is to, as a digest: comes back with it; or NULL */
    bool changed;        /* it is another than the one that was said yes to */
};
struct bytes agreement_asking_page(struct arena *arena, const struct frame *frame,
                                   const struct agreement_asking *page);

/* Hidden field of that form. */
#define AGREEMENT_FIELD_SHOWN "_vist"

/* Everything the yes is a yes to, as it stands on that page: a line for each term, its name and its
 * text with a tab between. For the digest, and to be shown again later. */
char *agreement_text(struct arena *arena, const struct frame *frame,
                     const struct agreement_asking *page);

/* Terms as a list on a page; lang: of what stands there, or NULL. others: texts among them that are
 * in another language, with the lang they get. */
void agreement_write_terms(struct html *html, const char *text, const char *lang,
                           const struct form_shown *others, size_t other_count);

/* ---- on Min side ---- */

enum agreement_state {
    AGREEMENT_RUNS,
    AGREEMENT_DONE, /* what was wanted is here; sharing has ended */
    AGREEMENT_EXPIRED,
    AGREEMENT_WITHDRAWN,
    AGREEMENT_REFUSED, /* the postbox could not take the request */
};

/* A document that was fetched under it, or is to be. */
enum agreement_fate {
    AGREEMENT_COMING,
    AGREEMENT_IN_DRAFT,
    AGREEMENT_SENT, /* belongs to an application, and stays there */
    AGREEMENT_DELETED,
};
struct agreement_document {
    const char *name;
    enum agreement_fate fate;
    const char *reference, *address; /* SENT: of what it was sent in; else NULL */
};

struct agreement {
    struct form_shown form_title;
    const char *purpose;
    const char *shown; /* agreement_text, in the language it was given in */
    const char *language;
    const char *address;  /* its own page */
    const char *goes_on;  /* the open draft it was given for, or the receipt; NULL: none is left */
    bool is_sent;         /* goes_on is the receipt */
    const char *withdraw; /* POST, while it can be withdrawn; else NULL */
    enum agreement_state state;
    bool is_past; /* there is nothing left to withdraw */
    int64_t given_at, ends_at;
    int64_t changed_at; /* when it came into its state */
    const struct agreement_document *documents;
    size_t document_count;
};
struct evidence_item; /* evidence.h: what other agencies asked for stands there too */
struct bytes agreement_list_page(struct arena *arena, const struct frame *frame,
                                 const struct agreement *agreements, size_t count,
                                 const struct evidence_item *requests, size_t request_count);

/* One of them: what was said yes to, what was fetched, and after a withdrawal what was deleted,
 * what remains and why. */
struct bytes agreement_page(struct arena *arena, const struct frame *frame,
                            const struct agreement *agreement);
