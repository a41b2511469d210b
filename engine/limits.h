/* limits.h - how often somebody may do what costs most: one table (security.md S-HTTP-11). Who is
 * logged in is counted as that person, wherever they sit, so that nobody is locked out by others
 * behind the same address; who is not, by address, with room for a school that begins at once.
 *
 * Counts are this process's own and forgotten when it ends: they keep a node from being worn out,
 * and a write for each would cost more than most of what they count. Drafts alone are counted in
 * the database, where what was begun lies anyway: there a restart must not give room for more. */
#pragma once

#include "engine/config.h"
#include "engine/http/request.h"

struct router_route;
struct visitor;

enum limits_kind {
    LIMITS_NONE,
    LIMITS_LOGIN,   /* begun, by address */
    LIMITS_LOGOUT,  /* as the login service tells of it, by address; over it, nothing is done */
    LIMITS_DETOUR,  /* a page that leads to the login and is remembered meanwhile, by address */
    LIMITS_DRAFT,   /* begun */
    LIMITS_UPLOAD,  /* a file */
    LIMITS_SUBMIT,  /* an application, or what was promised for later */
    LIMITS_CONSENT, /* asking the postbox for documents */
    LIMITS_EXPORT,  /* what is held about oneself, as a file */
    LIMITS_KINDS
};

/* "login"; for the log. */
const char *limits_name(enum limits_kind kind);

/* What a request to this row is, wherever it is counted before the handler. */
enum limits_kind limits_of(const struct router_route *route);

struct limits; /* any thread */

void limits_open(const struct config *config, struct limits **out);
void limits_close(struct limits **limits); /* NULL is taken */

/* Counts one more at that time (clock_monotonic_ms), unless it is too much: then false, and
 * *wait_ms tells when one more is allowed. Each kind's number may be used at once and comes back
 * evenly over its time: of 20 an hour one every three minutes. Not for LIMITS_DRAFT. */
CHECKED bool limits_take(struct limits *limits, enum limits_kind kind, const char *who,
                         int64_t now_ms, int64_t *wait_ms);

/* Until one more is allowed; 0: it is. Counts nothing. */
int64_t limits_wait_ms(struct limits *limits, enum limits_kind kind, const char *who,
                       int64_t now_ms);

/* An address as it is counted: of IPv6 the network of one subscriber, its first 64 bits. */
const char *limits_address(struct arena *arena, const char *client);

/* For a request: counts one more of who asks. ERROR_TOO_OFTEN when it is too much; it is logged,
 * and visitor->wait_s is for the page that says so. */
CHECKED bool limits_allow(struct visitor *visitor, const struct request *request,
                          enum limits_kind kind, struct error *err);

/* Whether one more would be refused; visitor->wait_s as above, nothing is logged. */
bool limits_is_reached(struct visitor *visitor, const struct request *request,
                       enum limits_kind kind);

/* For what may be the same once more, which is never too often (D-4): asked about before it is
 * known, by limits_is_reached; refused here when it turns out to be another, as limits_allow does;
 * and counted when it is done. Asked first, since whoever counts has stored what is counted: who
 * is told that it is too much finds what took the last. */
CHECKED bool limits_refuse(struct visitor *visitor, const struct request *request,
                           enum limits_kind kind, struct error *err); /* always false */
void limits_count(const struct visitor *visitor, const struct request *request,
                  enum limits_kind kind);

struct db;
/* The same for drafts, counted in the database. */
CHECKED bool limits_allow_draft(struct visitor *visitor, struct db *db,
                                const struct request *request, struct error *err);
