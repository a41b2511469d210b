/* load.h - asks for one address over and over on connections that stay open, and counts. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct load {
    int port;            /* on 127.0.0.1 */
    const char *request; /* all of it */
    int connections;
    double seconds;
};

struct load_result {
    int64_t responses;
    double seconds;
    size_t head_bytes, body_bytes; /* of the last response */
};

/* Every answer must be a 200 with a Content-Length; ERROR_UNAVAILABLE says what came instead. */
CHECKED bool load_run(const struct load *load, struct load_result *out, struct error *err);
