/* xml.h - the only way in for XML, whether from a form author, a browser or a postbox. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

#include <libxml/tree.h>

enum {
    XML_MAX_BYTES =
        8 * 1024 * 1024, /* security.md S-XML-1: postbox XML; a form has its own limit */
    XML_MAX_DEPTH = 64,
    XML_MAX_ATTRIBUTES = 64, /* of one element */
    XML_MAX_NODES = 100000,
};

/* Readies libxml2 for threads, with an allocator that ends the process instead of failing, no
 * entity loader and no messages to standard error. Once, before any thread. */
void xml_start(void);

/* Reads a document without DOCTYPE, without touching network or files.
 *   input  at most XML_MAX_BYTES, UTF-8 whatever its declaration says; not kept
 *   name   what to call it in messages, e.g. "hello/form.xml"
 *   *out   the caller's, closed by xml_close: CLEANUP(xml_close) xmlDoc *doc = NULL;
 *
 * Fails with ERROR_LIMIT when too large, deep or wide, else ERROR_INVALID and a line. Rules: OWASP
 * ASVS 5.0, 1.5.1; security.md S-XML-1, S-XML-2. */
CHECKED bool xml_parse(struct bytes input, const char *name, xmlDoc **out, struct error *err);
void xml_close(xmlDoc **doc);

/* The document as UTF-8 with declaration, in the arena. */
struct bytes xml_write(struct arena *arena, xmlDoc *doc);

/* True when the node is an element of that name in that namespace; uri NULL: in none. */
bool xml_is(const xmlNode *node, const char *uri, const char *name);

/* The first or next child element, NULL when there is none. name NULL: any in that namespace;
 * uri "*": any namespace. */
xmlNode *xml_child(const xmlNode *parent, const char *uri, const char *name);
xmlNode *xml_next(const xmlNode *sibling, const char *uri, const char *name);

/* An attribute's value (uri NULL: without namespace), or NULL when it is not there. */
char *xml_attribute(struct arena *arena, const xmlNode *element, const char *uri, const char *name);

/* The text of all descendants, "" when there is none. */
char *xml_text(struct arena *arena, const xmlNode *node);

/* The line the node begins on, from 1. */
int xml_line(const xmlNode *node);

/* Its version, as it calls itself: "libxml2 2.9.14". In the arena. */
struct arena;
const char *xml_library(struct arena *arena);
