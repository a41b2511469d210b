/* verify_manifest.h - manifest.json of a receipt (receipt_manifest.h), read back as a stranger's.
 */
#pragma once

#include "engine/base/crypto.h"

struct verify_attachment {
    const char *name, *sha256; /* hex */
    int64_t size_bytes;
};

struct verify_answer {
    const char *label;
    const char *at;    /* the node in the XML; NULL: none */
    const char *type;  /* how its value is written; NULL: as told here, */
    const char *value; /* for this value, when there is a node, */
    const char *shown; /* this */
};

struct verify_manifest {
    const char *reference, *received_at, *language;
    const char *audit_head; /* "4711 0f1e...", or "" */
    const char *xml_sha256; /* NULL: there is no XML (a supplement) */
    int64_t xml_size;
    struct verify_attachment *attachments;
    size_t attachment_count;
    struct verify_answer *answers;
    size_t answer_count;
};

/* ERROR_INVALID with what is wrong in it. Texts are in the arena. */
CHECKED bool verify_manifest_read(struct arena *arena, struct bytes json,
                                  struct verify_manifest *out, struct error *err);
