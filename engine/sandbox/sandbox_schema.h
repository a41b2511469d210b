/* sandbox_schema.h - is a request's XML in the order and within the patterns that Digipost's schema
 * states? Checked by tables of our own for the requests that matter here; and by libxml2 too, when
 * the schema files are given (they are not ours to bring along). Source: Digipost API, api_v8.xsd
 * and datatypes.xsd; length limits of data types: their Java annotations. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

#include <libxml/tree.h>

#define SANDBOX_SCHEMA_API "http://api.digipost.no/schema/v8"
#define SANDBOX_SCHEMA_DATA "http://api.digipost.no/schema/datatypes"

struct sandbox_schema;

/* file: an XSD that brings in both namespaces (digipost-all.xsd), or NULL for the tables alone.
 * Lets libxml2 read files for a moment: call before other threads parse XML. ERROR_INVALID when it
 * is not a schema. */
CHECKED bool sandbox_schema_open(const char *file, struct sandbox_schema **out, struct error *err);
void sandbox_schema_close(struct sandbox_schema **schema);

/* What is wrong, in one sentence; "": nothing. */
struct sandbox_schema_verdict {
    char broken[200]; /* against the schema: SCHEMA_VALIDATION_ERROR */
    char limit[200];  /* a data type's length or count: VALIDATION_FAILED */
};

/* root: the element that must be at the top: "message", "identification" or "additional-data". */
void sandbox_schema_check(struct sandbox_schema *schema, xmlDoc *doc, const char *root,
                          struct sandbox_schema_verdict *out);
