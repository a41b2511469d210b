/* verify_token.h - the words of PDF's syntax (ISO 32000-2 7.2, 7.3), for objects and for what is
 * drawn on pages. */
#pragma once

#include "engine/base/base.h"

enum verify_kind {
    VERIFY_END, /* nothing is left, or nothing that can be read */
    VERIFY_NUMBER,
    VERIFY_NAME,   /* text: with its slash */
    VERIFY_WORD,   /* an operator, "obj", "R", "true" */
    VERIFY_STRING, /* (...): what is between */
    VERIFY_HEX,    /* <...>: what is between */
    VERIFY_OPEN,   /* [ or << */
    VERIFY_CLOSE,  /* ] or >> */
};

struct verify_token {
    enum verify_kind kind;
    struct bytes text;
};

/* The next token from *at, which moves past it. */
struct verify_token verify_token_next(struct bytes all, size_t *at);

bool verify_token_is(struct verify_token token, const char *text);

/* A whole number, 0 or more; false: it is none, or too large. */
CHECKED bool verify_token_number(struct verify_token token, size_t *out);

/* Past one value: a token, or all that is in brackets, or "12 0 R". False: there is none, or
 * brackets do not fit, or they are too deep. */
CHECKED bool verify_token_skip(struct bytes all, size_t *at);
