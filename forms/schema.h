/* schema.h - simple types of XML Schema 1.0 part 2, beyond those of types.h: the built-in ones that
 * XForms 1.1, 5, names, and those that the schemas of a form define. A value is judged by its
 * schema_type; people type it and read it as its base, one of types.h.
 *
 * Known of a schema: simpleType with restriction, list and union; complexType with simpleContent,
 * whose attributes are not looked at; every facet but order on xs:duration. Left alone, since no
 * type comes from them: elements (parse_types.c reads these), attributes, imports. A schema's own
 * schemaLocation is never followed. Not known, and an error where a type needs it: include,
 * redefine, facets of XML Schema 1.1. */
#pragma once

#include "engine/base/error.h"
#include "forms/types.h"

#include <libxml/tree.h>

#define SCHEMA_NAMESPACE "http://www.w3.org/2001/XMLSchema"

enum {
    SCHEMA_MAX_DERIVATION = 32, /* types made of types made of types */
    SCHEMA_MAX_MATCHED_BYTES =
        4096, /* of a value that a pattern is asked about: longer ones fail */
};

struct schema;      /* the types a form may name */
struct schema_type; /* one of them; it never changes */

/* With the built-in types only. Everything is the arena's. */
struct schema *schema_new(struct arena *arena);

/* Takes note of the types at the top of an <xs:schema>, whose document must live as long as types
 * are looked for. file: for errors. A name that is there already stays what it was. */
void schema_add(struct schema *schema, const xmlNode *element, const char *file);

/* A type by its namespace (NULL or "": none) and local name; XForms' own and XML Schema's built-in
 * ones are there too. Types are made when they are first looked for. *out NULL: there is none.
 * ERROR_INVALID, with file and line, when what it is made of is not known here. */
CHECKED bool schema_find(struct schema *schema, const char *uri, const char *name,
                         const struct schema_type **out, struct error *err);

/* The type that a simpleType, or a complexType with simple content, without a name is. */
CHECKED bool schema_make(struct schema *schema, const xmlNode *node, const char *file,
                         const struct schema_type **out, struct error *err);

/* What people type and see: a number, a date, a text... */
enum type schema_base(const struct schema_type *type);

/* True of the built-in types that types.h knows as well: then its own check is enough. */
bool schema_is_plain(const struct schema_type *type);

/* Whether it is xs:ID, or made of it. */
bool schema_is_id(const struct schema_type *type);

/* Whether a stored value is of the type, after its white space is as the type wants it. "" is no
 * answer and of every type. problem may be NULL; the arena is for its arguments. */
CHECKED bool schema_check(struct arena *arena, const struct schema_type *type, const char *stored,
                          const char *language, struct types_problem *problem);
