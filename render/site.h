/* site.h - pages before and beside the form: start page, login, deleting a draft,
 * errors. Each function gives the whole page; texts of the site come from messages.tsv. */
#pragma once

#include "forms/form.h"
#include "render/frame.h"

/* ---- start page, "/skjema/<form-id>" ---- */

/* What the form says of itself (form_about) is shown as far as it is there. */
struct site_start {
    const struct form *form;
    int draft_days;
    const char *action; /* POST that makes a draft; used when logged in */
    const char *login;  /* GET that logs in and comes back; used when not */
    const char *draft;  /* address of a draft already begun, or NULL */
    int64_t draft_saved_at;
};
struct bytes site_start_page(struct arena *arena, const struct frame *frame,
                             const struct site_start *page);

/* ---- login ---- */

struct site_login {
    const char *go;         /* address of the login: a link, since it leaves the site */
    bool more_sure;         /* logged in already, but the form wants a surer way */
    const char *form_title; /* what it is for, or NULL */
    const char *back;
};
struct bytes site_login_page(struct arena *arena, const struct frame *frame,
                             const struct site_login *page);

/* Where people land when they have logged out. */
struct bytes site_logged_out_page(struct arena *arena, const struct frame *frame);

/* ---- deleting a draft: GET shows what is lost, POST deletes ---- */

struct site_delete {
    struct form_shown form_title;
    int64_t saved_at;
    int document_count;
    const char *action, *back;
};
struct bytes site_delete_page(struct arena *arena, const struct frame *frame,
                              const struct site_delete *page);

/* ---- when something is wrong: what happened, whether anything was lost, what to do ----
 * (site_trouble.c) */

enum site_trouble_kind {
    SITE_SESSION_EXPIRED, /* 401: was logged in */
    SITE_LOGIN_NEEDED,    /* 401 */
    SITE_LOGIN_STOPPED,   /* 403: they went back from the identity provider */
    SITE_LOGIN_OLD,       /* 400: begun too long ago, in another window, or used already */
    SITE_LOGIN_FAILED,    /* 502, 503: the identity provider, or what it said */
    SITE_LOGIN_NO_NUMBER, /* 403: a login without a Norwegian identity number */
    SITE_LOGIN_TOO_LOW,   /* 403: not as sure as was asked for */
    SITE_DENIED,          /* 403 */
    SITE_FORGED,          /* 403: the token of the form is missing or old; nothing was changed */
    SITE_NOT_FOUND,       /* 404 */
    SITE_BAD_REQUEST,   /* 400, 405, 411, 413, 414, 415, 421: the browser sent what we cannot use */
    SITE_TOO_LARGE,     /* 413: a file or all of it */
    SITE_CONFLICT,      /* 409: the draft was changed in another window */
    SITE_ALREADY_SENT,  /* 409 */
    SITE_UNPROCESSABLE, /* 422 without a page of its own */
    SITE_TOO_MANY,      /* 429 */
    SITE_BROKEN,        /* 500, 502 */
    SITE_BUSY           /* 503 */
};

struct site_trouble {
    enum site_trouble_kind kind;
    int status;             /* shown: "Feilkode 404" */
    int64_t draft_saved_at; /* a draft that is safe; 0: none known */
    int64_t kept_at;   /* SITE_SESSION_EXPIRED: what was typed last is kept too; 0: it is not */
    int64_t try_at;    /* SITE_TOO_MANY: when it may be tried again; 0: not told */
    const char *login; /* address of the login that comes back here, or NULL */
    const char *again; /* address to go on at (newest version, receipt), or NULL */
    const char *id;    /* "7F3A-92C1": what the log calls it, or NULL */
};
struct bytes site_trouble_page(struct arena *arena, const struct frame *frame,
                               const struct site_trouble *page);
