#include "engine/verify/verify_xml.h"

#include "forms/form.h"

#include <stdlib.h>
#include <string.h>

/* A step of a path: "navn", "barn[2]". */
struct step {
    char name[256];
    long position;
};

/* Reads it from *path and moves past it. A prefix is the author's, and is not compared. */
static bool read_step(const char **path, struct step *out)
{
    size_t size = strcspn(*path, "/[");
    const char *colon = memchr(*path, ':', size), *end = *path + size;
    const char *name = colon ? colon + 1 : *path;
    if (name == end || (size_t)(end - name) >= sizeof out->name)
        return false;
    memcpy(out->name, name, (size_t)(end - name));
    out->name[end - name] = '\0';
    out->position = 1;
    if (*end == '[') {
        char *after;
        out->position = strtol(end + 1, &after, 10);
        if (*after != ']' || out->position < 1)
            return false;
        end = after + 1;
    }
    *path = end + (*end == '/');
    return true;
}

static xmlNode *find_child(const xmlNode *parent, const struct step *step)
{
    long position = 0;
    for (xmlNode *child = parent->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && strcmp((const char *)child->name, step->name) == 0 &&
            ++position == step->position)
            return child;
    return NULL;
}

const char *verify_xml_find(struct arena *arena, xmlDoc *doc, const char *path)
{
    const xmlNode *node = (const xmlNode *)doc;
    if (*path++ != '/')
        return NULL;
    while (*path && *path != '@') {
        struct step step;
        if (!read_step(&path, &step) || !(node = find_child(node, &step)))
            return NULL;
    }
    if (*path != '@')
        return node->type == XML_ELEMENT_NODE ? xml_text(arena, node) : NULL;
    for (const xmlAttr *at = node->type == XML_ELEMENT_NODE ? node->properties : NULL; at;
         at = at->next) {
        const char *colon = strrchr(path, ':');
        if (strcmp((const char *)at->name, colon ? colon + 1 : path + 1) == 0)
            return xml_attribute(arena, node, at->ns ? (const char *)at->ns->href : NULL,
                                 (const char *)at->name);
    }
    return NULL;
}

static void add_digests(struct arena *arena, const xmlNode *node, const char **out, size_t *count)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        const char *digest = xml_attribute(arena, node, FORM_NAMESPACE_SK, "sha256");
        if (digest && out)
            out[*count] = digest;
        *count += digest != NULL;
        add_digests(arena, node->children, out, count);
    }
}

const char **verify_xml_digests(struct arena *arena, xmlDoc *doc, size_t *count)
{
    *count = 0;
    add_digests(arena, doc->children, NULL, count);
    const char **digests = ARENA_ARRAY(arena, *count, const char *);
    *count = 0;
    add_digests(arena, doc->children, digests, count);
    return digests;
}
