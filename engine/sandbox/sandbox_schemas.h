/* sandbox_schemas.h - the XML schemas of document packages, where their folder is given: they are
 * not ours to bring along (protocols dossier, xsd/dpi). */
#pragma once

#include "engine/base/error.h"

#include <libxml/tree.h>

enum sandbox_schemas_which {
    SANDBOX_SCHEMAS_MANIFEST,
    SANDBOX_SCHEMAS_LINK,
    SANDBOX_SCHEMAS_SIGNATURES,
    SANDBOX_SCHEMAS_COUNT
};

struct sandbox_schemas;

/* folder: NULL for none; then everything is accepted. Lets libxml2 read files for a moment: call
 * before other threads parse XML. ERROR_INVALID when one is not a schema. */
CHECKED bool sandbox_schemas_open(const char *folder, struct sandbox_schemas **out,
                                  struct error *err);
void sandbox_schemas_close(struct sandbox_schemas **schemas);

bool sandbox_schemas_accept(const struct sandbox_schemas *schemas, enum sandbox_schemas_which which,
                            xmlDoc *doc);
