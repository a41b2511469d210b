/* trouble.h - when something is wrong: what happened, whether anything was lost, what to do. */
#pragma once

#include "render/frame.h"

enum trouble_kind {
    TROUBLE_SESSION_EXPIRED, /* 401: was logged in */
    TROUBLE_LOGIN_NEEDED,    /* 401 */
    TROUBLE_DENIED,          /* 403 */
    TROUBLE_FORGED,          /* 403: the token of the form is missing or old; nothing was changed */
    TROUBLE_NOT_FOUND,       /* 404 */
    TROUBLE_BAD_REQUEST,     /* 400, 405, 411, 413, 414, 415, 421: the browser sent what we cannot use */
    TROUBLE_TOO_LARGE,       /* 413: a file or all of it */
    TROUBLE_CONFLICT,        /* 409: the draft was changed in another window */
    TROUBLE_ALREADY_SENT,    /* 409 */
    TROUBLE_UNPROCESSABLE,   /* 422 without a page of its own */
    TROUBLE_TOO_MANY,        /* 429 */
    TROUBLE_BROKEN,          /* 500, 502 */
    TROUBLE_BUSY             /* 503 */
};

struct trouble {
    enum trouble_kind kind;
    int status;                 /* shown: "Feilkode 404" */
    int64_t draft_saved_at;     /* a draft that is safe; 0: none known */
    const char *login;          /* address of the login that comes back here, or NULL */
    const char *again;          /* address to go on at (newest version, receipt), or NULL */
    const char *id;             /* "7F3A-92C1": what the log calls it, or NULL */
};
struct bytes trouble_page(struct arena *arena, const struct frame *frame,
                               const struct trouble *page);
