/* submission_inside.h - what a submission is made of: for parse_submission.c, which reads it, and
 * the two that make what it says (submission.c, submission_write.c). */
#pragma once

#include "forms/form_inside.h"
#include "forms/submission.h"

enum submission_serialization {
    SUBMISSION_NONE,
    SUBMISSION_XML,
    SUBMISSION_URLENCODED,
    SUBMISSION_FORM_DATA,
    SUBMISSION_RELATED,
};

/* A value of expressions at nodes, or as written. */
struct submission_value {
    const struct xpath *xpath;
    const char *text;
};

enum submission_combine { SUBMISSION_APPEND, SUBMISSION_PREPEND, SUBMISSION_REPLACE };

/* <header>: once for each node of its nodeset, or once (XForms 1.1, 11.8). */
struct submission_header_rule {
    const struct xpath *nodeset; /* NULL: once */
    struct submission_value name;
    const struct submission_value *values;
    size_t value_count;
    enum submission_combine combine;
};

struct submission {
    const char *id;
    const struct xpath *ref; /* NULL: all of the answers */
    const char *method;      /* HTTP's */
    enum submission_serialization serialization;
    struct submission_value resource;
    bool prunes, validates;
    const char *mediatype; /* or NULL */
    const char *version, *encoding;
    bool has_encoding; /* the form says it */
    bool indent, omits_declaration;
    int standalone;                    /* 1, 0, or -1: not said */
    const char *const *cdata_elements; /* names, as the form writes them */
    size_t cdata_count;
    const char *const *prefixes; /* includenamespaceprefixes; NULL: all that are in scope */
    size_t prefix_count;
    const char *separator;
    const struct submission_header_rule *headers;
    size_t header_count;
    enum submission_replace replace;
    const char *instance;
};

/* ---- submission_write.c ---- */

/* The subtree without what is not relevant (when it prunes), as a document of its own that the
 * caller closes; NULL when nothing is left. */
xmlDoc *submission_copy(const struct answers *answers, const struct submission *submission,
                        const xmlNode *from);

/* That document in one of the ways to write it; boundary: of multipart/related and form-data. */
struct bytes submission_xml(struct arena *arena, const struct submission *submission, xmlDoc *doc);
char *submission_urlencoded(struct arena *arena, const char *separator, const xmlDoc *doc);
struct bytes submission_form_data(struct arena *arena, const xmlDoc *doc, const char *boundary);
struct bytes submission_related(struct arena *arena, struct bytes xml, const char *type,
                                const char *boundary);
