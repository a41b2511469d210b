/* breaker.h - stands before one destination of calls out: so many at once, and none for a while
 * when it fails again and again (security.md S-OUTB-6).
 *
 *   closed --five failures in a row--> open --rest is over--> one call tries
 *     ^                                  ^                          |
 *     +------------ it went well --------|--------------------------+
 *                                        +--- it failed ------------+ */
#pragma once

#include "engine/base/base.h"
#include "engine/base/error.h"

enum {
    BREAKER_MOST_AT_ONCE = 4,
    BREAKER_FAILURES = 5,
    BREAKER_REST_MS = 5000, /* then one call may try */
};

/* Used by any number of threads. */
struct breaker;

void breaker_open(int rest_ms, struct breaker **out);
void breaker_open_narrow(int most_at_once, int rest_ms, struct breaker **out); /* fewer at once */
void breaker_close(struct breaker **breaker); /* after every call; NULL is taken */

/* Before a call: waits for a place, at most so long. ERROR_UNAVAILABLE, and nothing is to be sent:
 * the destination is at rest, another call is trying it, or no place came free. */
CHECKED bool breaker_enter(struct breaker *breaker, int wait_ms, struct error *err);

/* After a call that entered. good: the destination answered, whatever it said; an answer that says
 * that it is out of order itself (5xx) is none. */
void breaker_leave(struct breaker *breaker, bool good);

/* Whether breaker_enter would refuse now without waiting. */
bool breaker_is_resting(struct breaker *breaker);
