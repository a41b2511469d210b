/* error.h - one failure, told once, for the caller to act on. */
#pragma once

#include "engine/base/base.h"

enum error_code { /* chosen by what the caller does next: HTTP status; what delivery does */
                  ERROR_NONE,
                  ERROR_INVALID,     /* 422; give up: input breaks a stated rule */
                  ERROR_DENIED,      /* 403; give up */
                  ERROR_UNSURE,      /* 403; until the person has logged in more surely */
                  ERROR_MISSING,     /* 404; give up: a thing named by the request does not exist */
                  ERROR_CONFLICT,    /* 409; done, if it is our own earlier attempt, else give up */
                  ERROR_LIMIT,       /* 413; later: more than we take */
                  ERROR_TOO_OFTEN,   /* 429; later */
                  ERROR_UNAVAILABLE, /* 503; later: somebody is down or slow */
                  ERROR_REFUSED,     /* 502; give up and tell the operator: they said no for good */
                  ERROR_BROKEN,      /* 500; later, and tell the operator: our disk, our data */
};

struct error {
    enum error_code code;
    int line;       /* 1-based, in file; 0: none */
    int column;     /* 1-based, in that line or in the text it is about; 0: not known */
    char file[128]; /* the document it is about; "": none */
    char text[256]; /* one sentence for an operator: no secret, nothing about a person */
};

/* Fills *err and returns false, so that a failing function ends in `return error_at(...)`.
 * err may be NULL when the caller only wants to know that it failed. */
bool error_at(struct error *err, enum error_code code, const char *file, int line,
              const char *format, ...) PRINTF_LIKE(5, 6);

/* The same for a failure that is not about a place in a document. */
bool error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The HTTP status that tells a client the same: 200 for ERROR_NONE, 500 for ERROR_BROKEN. */
int error_http_status(enum error_code code);

/* True when the same attempt may succeed later without anybody changing anything. */
bool error_is_temporary(enum error_code code);

/* The code's name in lower case, for logs: "unavailable". Static. */
const char *error_name(enum error_code code);
