/* sandbox_manifest.h - manifest.xml of a document package and the files it speaks of (dpi.md, 6.1,
 * 8, 9): read and held against the schemas by code of our own; and against the schemas themselves
 * where their folder is given. */
#pragma once

#include "engine/sandbox/sandbox_package.h"
#include "engine/sandbox/sandbox_post.h"
#include "engine/sandbox/sandbox_schemas.h"

/* A file that enriches a document. */
struct sandbox_manifest_data {
    const char *file_name, *type;
};

struct sandbox_manifest {
    const char *mailbox; /* postkasseadresse, "" when it does not say */
    const char *sender;  /* organisation as written: "0192:310245682" */
    const char *sender_identifier;
    struct sandbox_post_document *documents; /* without digests; the main one first */
    size_t document_count;
    struct sandbox_manifest_data *data; /* one for each document, NULLs: it has none */
    struct sandbox_post_link link;      /* of a lenke.xml on any document */
};

/* NULL: all is well; else "rule: what is wrong". */
const char *sandbox_manifest_read(struct arena *arena, const struct sandbox_package *package,
                                  const struct sandbox_schemas *schemas,
                                  struct sandbox_manifest *out);

/* The media type that the manifest gives a file, "application/xml" to itself; NULL: it knows no
 * such file. */
const char *sandbox_manifest_type(const struct sandbox_manifest *manifest, const char *file_name);
