/* clamd.h - asks ClamAV's daemon about a document: zINSTREAM of clamd(8), over a unix socket or
 * TCP. What is not a plain "clean" or "found" is a failure, so that it is never taken for clean
 * (security.md S-FILE-5). Reads the document in chunks of 64 KiB; waits in no lock and holds
 * nothing else. */
#pragma once

#include "engine/base/content.h"

#include <stdatomic.h>

enum { CLAMD_TIMEOUT_MS = 30 * 1000 }; /* of a whole scan */

struct clamd {
    const char *address;         /* "/run/clamav/clamd.ctl", or "127.0.0.1:3310" */
    int64_t timeout_ms;          /* of connecting, sending and the answer together */
    const atomic_bool *stopping; /* looked at twice a second; or NULL */
};

struct clamd_verdict {
    bool infected;
    char signature[64]; /* what was found, ASCII for the log; "" when clean */
};

/* ERROR_INVALID: neither an absolute path nor host:port. */
CHECKED bool clamd_check_address(const char *address, struct error *err);

/* Fails with ERROR_MISSING when nobody listens there; ERROR_LIMIT when the document is more than
 * the daemon takes or looks through (its StreamMaxLength; its other limits only with
 * AlertExceedsMax: without that it calls such a document clean); ERROR_REFUSED when it says ERROR,
 * or what nobody understands; ERROR_UNAVAILABLE when there was no whole answer in time; or as
 * reading the content does. *out is untouched then. */
CHECKED bool clamd_scan(const struct clamd *clamd, const struct content *content,
                        struct clamd_verdict *out, struct error *err);

/* The answer itself, all that came until the daemon closed: "stream: OK" with the NUL that ends it.
 * Fails as clamd_scan; half an answer is ERROR_UNAVAILABLE. */
CHECKED bool clamd_read_reply(struct bytes reply, struct clamd_verdict *out, struct error *err);
