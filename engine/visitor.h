/* visitor.h - who asks, for the handlers of pages: the session of a request, in which language, and
 * a database connection. Set by visitor_admit as request->visitor. */
#pragma once

#include "engine/app.h"
#include "engine/language.h"
#include "forms/answers.h"
#include "storage/keys.h"

struct visitor {
    struct app *app;
    const struct frame_agency *agency; /* as it looks for this request */
    bool is_known; /* logged in; session is then filled */
    struct session session;
    struct keys_kept keys; /* opened for that; failure_or hands them to the handler's connection */
    const char *cookie;    /* the session's value */
    struct bytes secret;   /* what csrf tokens are made from: the session's */
    const char *csrf;      /* NULL: nothing to make one from */
    struct language_wish wish;
    const char *language; /* what the site's own pages are written in */
    int64_t wait_s;       /* until it may be tried again, of what was too often; 0: not known */
    size_t files_counted; /* of this request, against the limit of files: not again at a retry */
    bool refreshes;       /* asked that a page that waits loads itself again */
};

/* For struct router; rows of machines are api.h's. GET pages of citizens send strangers to the
 * login and bring them back; a POST without a session is told that nothing was done. Every POST
 * must come from our own page (S-CSRF); of one that could be anybody's, and whose session or login
 * has ended, nothing is done. What was typed in a step is kept all the same (pages/kept.h). */
bool visitor_admit(void *app, const struct router_route *route, struct request *request,
                   struct response *response);

/* When the handler is done: no key outlives its request. */
void visitor_leave(const struct router_route *route, struct request *request);

/* What Origin must be, and where the identity provider sends browsers back to: the public address,
 * else the host that was asked for, which is one of our list. */
const char *visitor_origin(const struct app *app, const struct request *request);

/* Pages may lead to the identity provider: logging out is a form, and what it is answered with
 * leads there (S-HDR-2). */
void visitor_set_policy(const struct app *app, struct response *response);

/* Sets wish and language. */
void visitor_set_wish(struct visitor *visitor, struct arena *arena, struct language_wish wish);

/* Whether the press was of the menu of languages in a form: then it is remembered, and wish and
 * language are the new ones. What else was posted is the caller's to keep. */
bool visitor_switch(struct visitor *visitor, struct request *request, struct response *response);

/* Sets secret and csrf. */
void visitor_set_secret(struct visitor *visitor, struct arena *arena, struct bytes secret);

/* The language this person reads that draft's form in. */
const char *visitor_reading(const struct visitor *visitor, struct arena *arena,
                            const struct form *form, const char *draft_language);

/* What is said about these answers calls organisations by the names we know them by (issuers.h). */
void visitor_name_organisations(const struct visitor *visitor, struct answers *answers);

/* What every page has in common, for render; the agency is the visitor's. */
struct frame visitor_frame(const struct visitor *visitor);

/* The same for a page of a form that is read in one of its languages: what the site says beside it
 * is in form_site_language, and the form's languages are offered. */
struct frame visitor_form_frame(const struct visitor *visitor, struct arena *arena,
                                const struct form *form, const char *reading);
