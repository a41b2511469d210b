/* xpath_tokens.h - an XPath expression as tokens (XPath 1.0, 3.7), for xpath_tree.c. */
#pragma once

#include "engine/base/base.h"

enum xpath_token {
    XPATH_TOKEN_END,
    XPATH_TOKEN_NAME,    /* also "p:name", "p:*" and "*" where a name may stand */
    XPATH_TOKEN_LITERAL, /* with its quotes */
    XPATH_TOKEN_NUMBER,
    XPATH_TOKEN_OPERATOR, /* and or mod div * / // | + - = != < <= > >= */
    XPATH_TOKEN_MARK,     /* ( ) [ ] . .. @ , :: $ */
    XPATH_TOKEN_WRONG,    /* a character that begins nothing, or a quote that is not closed */
};

/* Begin with `at` on the source and token XPATH_TOKEN_OPERATOR (nothing before: a star is a name).
 */
struct xpath_tokens {
    const char *at;         /* after the token */
    enum xpath_token token; /* the one being looked at */
    const char *start;      /* of it */
    size_t size;
    bool after_operand; /* then * and a name are operators */
};

/* Moves to the next token; stays at the end. */
void xpath_tokens_next(struct xpath_tokens *tokens);

/* Whether the token is this operator or mark. */
bool xpath_tokens_are(const struct xpath_tokens *tokens, const char *text);

/* What comes after the token, white space left out: to tell a call or an axis from a name. */
const char *xpath_tokens_ahead(const struct xpath_tokens *tokens);
