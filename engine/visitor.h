/* visitor.h - who asks, for the handlers of pages: the session of a request, in which language, and
 * a database connection. Set by visitor_admit as request->visitor. */
#pragma once

#include "engine/app.h"

struct visitor {
    struct app *app;
    bool is_known; /* logged in; session is then filled */
    struct session session;
    const char *cookie;   /* the session's value */
    struct bytes secret;  /* what csrf tokens are made from: the session's, or the login's */
    const char *csrf;     /* NULL: nothing to make one from */
    const char *language; /* what pages are written in */
    bool refreshes;       /* asked that a page that waits loads itself again */
};

/* For struct router. GET pages of citizens send strangers to the login and bring them back; a POST
 * without a session is told that nothing was done. Every POST must come from our own page (S-CSRF);
 * of one that could be anybody's, and whose session or login has ended, nothing is done. */
bool visitor_admit(void *app, const struct router_route *route, struct request *request,
                   struct response *response);

/* What a request's page is written in: what the person chose, else what the browser prefers. */
const char *visitor_language(const struct request *request);

/* Sets secret and csrf. */
void visitor_set_secret(struct visitor *visitor, struct arena *arena, struct bytes secret);

/* Remembers the language for a year; the cookie holds only that word. */
void visitor_set_language(struct response *response, const char *language);

/* What every page has in common, for render. */
struct frame visitor_frame(const struct visitor *visitor);

/* The languages pages can be in. */
const char *const *visitor_languages(size_t *count);
