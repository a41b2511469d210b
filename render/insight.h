/* insight.h - the log on Min side: who did what about this person, when and why, in plain words
 * (security.md S-AUD-3). */
#pragma once

#include "render/frame.h"

#define INSIGHT_PATH "/min-side/innsynslogg"
#define INSIGHT_PATH_CSV INSIGHT_PATH "/innsynslogg.csv"
#define INSIGHT_QUERY_BEFORE "for" /* a page of rows older than that one */

enum insight_who {
    INSIGHT_YOU,
    INSIGHT_AGENCY,  /* whose site it is */
    INSIGHT_FOR_YOU, /* it too, because the person had asked it to */
    INSIGHT_STAFF,   /* somebody who works there */
    INSIGHT_OTHER,   /* another agency: who_name */
};

enum insight_why {
    INSIGHT_OWN,     /* the person did it, for reasons of his own */
    INSIGHT_KEPT,    /* its time was over */
    INSIGHT_VIRUS,   /* one was found */
    INSIGHT_FAILED,  /* it is not what its issuer gave out, or does not hold any more */
    INSIGHT_CONSENT, /* the person had said yes: why_at */
    INSIGHT_SAID,    /* why_text: a reference, a form's title, the reason that an agency gave */
    INSIGHT_NOT_SAID,
};

struct insight_row {
    int64_t at;
    const char *event;   /* a message of what happened: "log.submitted" */
    const char *subject; /* what it happened to, as the person knows it; NULL: not there any more */
    const char *subject_language; /* NULL: a name */
    enum insight_who who;
    const char *who_name; /* of INSIGHT_OTHER: "Skatteetaten (974 761 076)" */
    enum insight_why why;
    const char *why_text;     /* of INSIGHT_SAID */
    const char *why_language; /* of it; NULL: a name */
    int64_t why_at;           /* of INSIGHT_CONSENT */
    const char *why_address;  /* a page about it; or NULL */
};

struct insight {
    const struct insight_row *rows; /* newest first */
    size_t count;
    const char *older, *newest; /* pages; NULL: there are none older, or this is the newest */
    const char *csv;            /* the same as a table to take along, from here on */
};
struct bytes insight_page(struct arena *arena, const struct frame *frame,
                          const struct insight *page);

/* The rows in the page's words as CSV (RFC 4180), in UTF-8 with a byte order mark, which
 * spreadsheets go by. What one of them would take for a formula is text (security.md S-OUT-3).
 * Where there are older ones (page.older), the last row says so, with that address. */
struct bytes insight_csv(struct arena *arena, const struct frame *frame,
                         const struct insight *page);
