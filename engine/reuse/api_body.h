/* api_body.h - what machines send to /api/v1: JSON, read strictly. Every member is known or the
 * whole is refused, none comes twice, texts are one line of well-formed UTF-8 within their limits
 * (security.md S-XML-3, S-VAL-1). What is asked for here is said the same way in openapi.json. */
#pragma once

#include "storage/decisions.h"
#include "storage/evidence_requests.h"

enum {
    API_BODY_MAX_QUESTION_BYTES = 16 * 1024,
    API_BODY_MAX_CERTIFICATE_BYTES = 8 * 1024 * 1024, /* with a PDF as base64 */
    API_BODY_MAX_DECISION_BYTES = 8 * 1024 * 1024,    /* the same */
    API_BODY_MAX_PDF_BYTES = 5 * 1024 * 1024,         /* so much of it, before base64 */
    API_BODY_MAX_NAME = 100,                          /* characters: requester */
    API_BODY_MAX_SENTENCE = 500,                      /* purpose and procedure, each language */
    API_BODY_MAX_TEXT = 2000,                         /* text of a certificate */
    API_BODY_MAX_NUMBER = 60,
    API_BODY_MAX_KEY = 128, /* Idempotency-Key: visible ASCII */
};

/* {"person", "evidence_type", "requester", "purpose": {"nb", ...}, "procedure": {"nb", ...}} */
struct api_body_question {
    const char *person; /* identity number, 11 digits with right check digits */
    const char *evidence_type;
    const char *requester;
    struct evidence_words purpose, procedure;
};

/* Fails with ERROR_INVALID, or ERROR_LIMIT when it is too long: err->file is the member as a JSON
 * pointer (RFC 6901; "" is the whole body), the text what it must be, and nothing of what was sent.
 */
CHECKED bool api_body_read_question(struct arena *arena, struct bytes body,
                                    struct api_body_question *out, struct error *err);

/* {"submission", "type", "title", "number"?, "text"?, "valid_until"?, "pdf"?} */
struct api_body_certificate {
    const char *submission; /* reference of what it is decided on: "SB-2026-000001" */
    const char *type, *title;
    const char *number;  /* NULL: the submission's reference */
    const char *text;    /* NULL: none */
    int64_t valid_until; /* the end of that day in Norway; 0: for good */
    struct bytes pdf;    /* empty: it is to be made */
};
CHECKED bool api_body_read_certificate(struct arena *arena, struct bytes body,
                                       struct api_body_certificate *out, struct error *err);

/* {"submission", "outcome", "title", "pdf", "appeal"?, "appeal_until"?} */
struct api_body_decision {
    const char *submission; /* reference of what it is about */
    enum decision_outcome outcome;
    const char *title;
    const char *appeal;   /* how to appeal; NULL: as the site says */
    int64_t appeal_until; /* the end of that day in Norway; 0: not said */
    struct bytes pdf;     /* at most API_BODY_MAX_PDF_BYTES */
};
CHECKED bool api_body_read_decision(struct arena *arena, struct bytes body,
                                    struct api_body_decision *out, struct error *err);

/* "2031-11-23" to the end of that day in Norway; ERROR_INVALID. */
CHECKED bool api_body_read_day(const char *text, int64_t *out, struct error *err);

/* One line of text: well-formed, 1 to so many characters, nothing in it that ends a line, hides, or
 * turns the direction of writing (S-OUT-4). */
bool api_body_is_line(const char *text, size_t most);

/* Whether it may be an Idempotency-Key. */
bool api_body_is_key(const char *text);
