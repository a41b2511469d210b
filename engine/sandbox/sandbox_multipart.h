/* sandbox_multipart.h - the parts of a multipart request, with code of its own (RFC 2046 5.1.1). */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum { SANDBOX_MULTIPART_MAX_PARTS = 203 }; /* the XML, a primary document and 201 attachments */

struct sandbox_part {
    bool has_disposition;
    const char *file_name;    /* of Content-Disposition, quoted or not; NULL: none */
    const char *content_type; /* NULL: none */
    struct bytes body;        /* borrowed from the request's body */
};

/* content_type: the request's, with the boundary. Parts in order; ERROR_INVALID says what is wrong
 * with the shape (no boundary, no closing delimiter, a header that is none, too many parts). */
CHECKED bool sandbox_multipart_parse(struct arena *arena, const char *content_type,
                                     struct bytes body, struct sandbox_part **out, size_t *count,
                                     struct error *err);

/* A parameter of a header: `boundary` of `multipart/x; boundary="b"`. NULL when it is not there. */
char *sandbox_multipart_parameter(struct arena *arena, const char *header, const char *name);
