#include "forms/source.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

struct source {
    const char *start, *end;
    const char **tags; /* the '<' of each start tag, in order */
    size_t tag_count, tag_capacity;
    const char **lines; /* the first character of each line */
    size_t line_count, line_capacity;
    struct arena *arena;
};

/* ---- Scanning ---- */

static void keep(struct arena *arena, const char ***items, size_t *count, size_t *capacity,
                 const char *item)
{
    if (*count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 256;
        const char **grown = ARENA_ARRAY(arena, wanted, const char *);
        if (*count)
            memcpy(grown, *items, *count * sizeof *grown);
        *items = grown;
        *capacity = wanted;
    }
    (*items)[(*count)++] = item;
}

static bool begins(const struct source *source, const char *at, const char *with)
{
    size_t size = strlen(with);
    return (size_t)(source->end - at) >= size && memcmp(at, with, size) == 0;
}

static const char *after(const struct source *source, const char *at, const char *mark)
{
    const char *found = memmem(at, (size_t)(source->end - at), mark, strlen(mark));
    return found ? found + strlen(mark) : source->end;
}

/* The '>' of a tag, or the end: quotes may hold one. */
static const char *tag_end(const struct source *source, const char *at)
{
    char quote = 0;
    for (; at < source->end && (quote || *at != '>'); at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
    }
    return at;
}

/* The document is well-formed: else there would be none to mark. */
static void scan_tags(struct source *source)
{
    const char *at = source->start;
    while (at < source->end) {
        const char *tag = memchr(at, '<', (size_t)(source->end - at));
        if (!tag)
            return;
        if (begins(source, tag, "<!--")) {
            at = after(source, tag + 4, "-->");
        } else if (begins(source, tag, "<![CDATA[")) {
            at = after(source, tag, "]]>");
        } else if (begins(source, tag, "<?")) {
            at = after(source, tag, "?>");
        } else {
            if (!begins(source, tag, "</"))
                keep(source->arena, &source->tags, &source->tag_count, &source->tag_capacity, tag);
            at = tag_end(source, tag);
        }
    }
}

static void scan_lines(struct source *source)
{
    const char *at = source->start;
    while (at) {
        keep(source->arena, &source->lines, &source->line_count, &source->line_capacity, at);
        at = memchr(at, '\n', (size_t)(source->end - at));
        at = at ? at + 1 : NULL;
    }
}

/* In document order, as the tags are. False when there are more elements than tags. */
static bool mark(const struct source *source, xmlNode *element, size_t *next)
{
    if (*next == source->tag_count)
        return false;
    element->psvi = (void *)(uintptr_t)source->tags[(*next)++];
    for (xmlNode *child = element->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && !mark(source, child, next))
            return false;
    return true;
}

struct source *source_open(struct arena *arena, struct bytes bytes, const xmlDoc *doc)
{
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.start = (const char *)bytes.data,
                              .end = (const char *)bytes.data + bytes.size,
                              .arena = arena};
    scan_lines(source);
    scan_tags(source);
    size_t next = 0;
    xmlNode *root = xmlDocGetRootElement((xmlDoc *)doc);
    if (root)
        (void)mark(source, root, &next);
    return source;
}

/* ---- Places ---- */

static int compare_lines(const void *key, const void *line)
{
    const char *at = key, *const *start = line;
    return at < start[0] ? -1 : start[1] && at >= start[1] ? 1 : 0;
}

static struct source_place place_of(const struct source *source, const char *at)
{
    if (!at || at < source->start || at > source->end)
        return (struct source_place){0, 0};
    size_t line = source->line_count - 1;
    if (at < source->lines[line]) {
        const char *const *found =
            bsearch(at, source->lines, line, sizeof *source->lines, compare_lines);
        line = (size_t)(found - source->lines);
    }
    int column = 1;
    for (const char *c = source->lines[line]; c < at; c++)
        column += ((unsigned char)*c & 0xc0) != 0x80;
    return (struct source_place){(int)line + 1, column};
}

static const char *at_place(const struct source *source, struct source_place place)
{
    if (place.line < 1 || (size_t)place.line > source->line_count)
        return NULL;
    const char *at = source->lines[place.line - 1];
    for (int column = 0; at < source->end; at++) {
        column += ((unsigned char)*at & 0xc0) != 0x80;
        if (column == place.column)
            return at;
    }
    return NULL;
}

static const char *tag_of(const xmlNode *element)
{
    return element && element->type == XML_ELEMENT_NODE ? element->psvi : NULL;
}

struct source_place source_element(const struct source *source, const xmlNode *element)
{
    return place_of(source, tag_of(element));
}

/* ---- Attributes ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

struct written {
    const char *name;
    size_t name_size;
    const char *value, *value_end; /* between the quotes */
};

/* The attribute after `at`, inside a start tag; false at the tag's end. */
static bool next_attribute(const char *at, const char *end, struct written *out)
{
    at = skip_spaces(at, end);
    out->name = at;
    while (at < end && *at != '=' && *at != '>' && *at != '/' && !is_space(*at))
        at++;
    out->name_size = (size_t)(at - out->name);
    at = skip_spaces(at, end);
    if (!out->name_size || at >= end || *at != '=')
        return false;
    at = skip_spaces(at + 1, end);
    if (at >= end)
        return false;
    out->value = at + 1;
    out->value_end = memchr(out->value, *at, (size_t)(end - out->value));
    return out->value_end != NULL;
}

/* The attribute as it is written in the file; false when the element is not in it. */
static bool find_written(const struct source *source, const xmlNode *element,
                         const xmlAttr *attribute, struct written *out)
{
    const char *at = tag_of(element);
    if (!at || at < source->start || at >= source->end)
        return false;
    const char *end = tag_end(source, at);
    const char *prefix =
        attribute->ns && attribute->ns->prefix ? (const char *)attribute->ns->prefix : "";
    size_t prefix_size = strlen(prefix), size = strlen((const char *)attribute->name);
    while (at < end && !is_space(*at))
        at++;
    while (next_attribute(at, end, out)) {
        const char *local = out->name + (prefix_size ? prefix_size + 1 : 0);
        if (out->name_size == (size_t)(local - out->name) + size &&
            memcmp(out->name, prefix, prefix_size) == 0 &&
            memcmp(local, attribute->name, size) == 0)
            return true;
        at = out->value_end + 1;
    }
    return false;
}

struct source_place source_attribute(const struct source *source, const xmlNode *element,
                                     const char *uri, const char *name)
{
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        struct written written;
        if (strcmp((const char *)at->name, name) == 0 &&
            text_equal(uri, at->ns ? (const char *)at->ns->href : NULL) &&
            find_written(source, element, at, &written))
            return place_of(source, written.name);
    }
    return source_element(source, element);
}

/* How many bytes the character at `at` has in the file, and when resolved. */
static size_t written_size(const char *at, const char *end, size_t *resolved)
{
    *resolved = 1;
    if (*at == '\r' && at + 1 < end && at[1] == '\n')
        return 2;
    const char *semicolon = *at == '&' ? memchr(at, ';', (size_t)(end - at)) : NULL;
    if (!semicolon)
        return 1;
    if (at[1] == '#') {
        bool hex = at[2] == 'x';
        unsigned long code = strtoul(at + (hex ? 3 : 2), NULL, hex ? 16 : 10);
        *resolved = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    }
    return (size_t)(semicolon - at) + 1;
}

static const char *along(const char *at, const char *end, size_t resolved)
{
    while (resolved && at < end) {
        size_t each, size = written_size(at, end, &each);
        if (each > resolved)
            break;
        resolved -= each;
        at += size;
    }
    return at;
}

struct source_place source_along(const struct source *source, struct source_place start, size_t at)
{
    const char *from = at_place(source, start);
    return from ? place_of(source, along(from, source->end, at)) : start;
}

/* Where text begins in a value: it is all of it but for white space, or only a part. */
static const char *part_of(const char *value, const char *text, bool whole)
{
    const char *found = strstr(value, text);
    if (!found || !whole)
        return found;
    for (const char *c = value; *c; c++)
        if ((c < found || c >= found + strlen(text)) && !is_space(*c))
            return NULL;
    return found;
}

struct source_place source_within(const struct source *source, const xmlNode *element,
                                  const char *text, size_t at)
{
    for (int whole = 1; *text && whole >= 0; whole--)
        for (const xmlAttr *each = element->properties; each; each = each->next) {
            xmlChar *value = xmlNodeGetContent((const xmlNode *)each);
            const char *found = value ? part_of((const char *)value, text, whole != 0) : NULL;
            size_t skipped = found ? (size_t)(found - (const char *)value) : 0;
            xmlFree(value);
            struct written written;
            if (found && find_written(source, element, each, &written))
                return place_of(source, along(written.value, written.value_end, skipped + at));
        }
    return source_element(source, element);
}

/* ---- Content ---- */

/* The end of the element: the start of the next tag that is not below it, or the file's end. */
static const char *content_end(const struct source *source, const xmlNode *element)
{
    for (const xmlNode *at = element; at; at = at->parent)
        for (const xmlNode *next = at->next; next; next = next->next)
            if (tag_of(next))
                return tag_of(next);
    return source->end;
}

struct source_place source_words(const struct source *source, const xmlNode *element,
                                 const char *words)
{
    const char *at = tag_of(element);
    if (!at || at < source->start || at >= source->end || !*words)
        return source_element(source, element);
    at = tag_end(source, at);
    const char *end = content_end(source, element);
    const char *found = at < end ? memmem(at, (size_t)(end - at), words, strlen(words)) : NULL;
    return found ? place_of(source, found) : source_element(source, element);
}

struct bytes source_line_text(const struct source *source, int line)
{
    if (line < 1 || (size_t)line > source->line_count)
        return (struct bytes){0};
    const char *start = source->lines[line - 1];
    const char *end = memchr(start, '\n', (size_t)(source->end - start));
    size_t size = (size_t)((end ? end : source->end) - start);
    if (size && start[size - 1] == '\r')
        size--;
    return (struct bytes){(const unsigned char *)start, size};
}

struct source_place source_line(const struct source *source, int line)
{
    struct bytes text = source_line_text(source, line);
    if (!text.data)
        return (struct source_place){0, 0};
    const char *start = (const char *)text.data;
    const char *at = skip_spaces(start, start + text.size);
    return place_of(source, at < start + text.size ? at : start);
}
