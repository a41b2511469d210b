/* tell.h - what follows of an evidence request, in the background: it is tied to the citizen it is
 * about, once there is one, and a letter that leads to it is ordered, once there is something to
 * say yes to. Whoever asked is answered before any of this, and so learns nothing from how long it
 * takes. */
#pragma once

#include "render/frame.h"
#include "storage/db.h"

struct deliver;
struct issuers;

struct tell_settings {
    struct db_pool *db;                /* borrows connections; the caller's, outlives it */
    const struct frame_agency *agency; /* who writes the letter */
    const struct issuers *issuers;     /* what to call who asks */
    const char *origin;                /* how citizens reach the site */
    struct deliver *deliver;           /* woken when there is a letter */
    int64_t poll_ms;                   /* between looks when nothing wakes it */
};

struct tell;

CHECKED bool tell_open(const struct tell_settings *settings, struct tell **out, struct error *err);

/* There may be something to do. Quick; from any thread. NULL is taken. */
void tell_wake(struct tell *tell);

/* Ends after what it is doing. NULL is taken. */
void tell_close(struct tell **tell);
