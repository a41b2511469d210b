/* source.h - where in form.xml something stands: line and column of an element, of an attribute,
 * and of a name inside an expression. libxml2 keeps a line only, and of a start tag that goes over
 * several lines the last; so the file is scanned once more, and each element of the document marked
 * with where its tag begins. */
#pragma once

#include "engine/base/arena.h"

#include <libxml/tree.h>

struct source;

/* From 1; a column counts characters (a tab is one). 0, 0: it is not in the file. */
struct source_place {
    int line, column;
};

/* For a document just parsed from these bytes, before anything in it is changed; both must outlive
 * it. Elements that come into the document later are not in the file. Marks are kept in `psvi`,
 * which nothing else uses and copies do not get. */
struct source *source_open(struct arena *arena, struct bytes bytes, const xmlDoc *doc);

/* Where the element's start tag begins. */
struct source_place source_element(const struct source *source, const xmlNode *element);

/* Where the name of an attribute of it begins: where the element does when it has none such. */
struct source_place source_attribute(const struct source *source, const xmlNode *element,
                                     const char *uri, const char *name);

/* The character at text[at], where text is what an attribute of the element says, or a part of it,
 * entities resolved. Where the element begins when none says so. */
struct source_place source_within(const struct source *source, const xmlNode *element,
                                  const char *text, size_t at);

/* The same by the place that source_within gave for text[0]: for who kept no element. */
struct source_place source_along(const struct source *source, struct source_place start, size_t at);

/* Words in what stands between the element's tags; where the element begins when they are not
 * there as they are (with entities or other elements between). */
struct source_place source_words(const struct source *source, const xmlNode *element,
                                 const char *words);

/* The first character of a line that is no white space; 0, 0 when there is no such line. */
struct source_place source_line(const struct source *source, int line);

/* The line as it is, without its end; size 0 when there is none. */
struct bytes source_line_text(const struct source *source, int line);
