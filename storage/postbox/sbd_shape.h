/* sbd_shape.h - the JSON schemas of the standard business document as tables, and a check against
 * them (innbyggerpost_dpi_{digital,*kvittering,feil}_1_0, commons, sbdh; draft-07). Where prose is
 * stricter than the schema, so are the tables: numbers of organisations, the digest's method, days
 * of repetition each once, no control characters in what people read. */
#pragma once

#include "storage/postbox/sbd.h"

typedef struct json_t json_t;

/* Checks a whole document, {"standardBusinessDocument": ...}, and gives its type, header and
 * message, borrowed. ERROR_INVALID: the text names the member and the rule, no value. */
struct sbd_parts {
    enum sbd_type type;
    const json_t *header, *message;
};
CHECKED bool sbd_shape_check(const json_t *document, struct sbd_parts *out, struct error *err);
