#include "forms/schema_inside.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/form.h"

#include <stdlib.h>
#include <string.h>

/* A type at the top of a schema; made when it is first looked for. */
struct definition {
    const char *uri, *name; /* uri "": none */
    const xmlNode *node;
    const char *file;
    enum { NOT_MADE, BEING_MADE, MADE } state;
    struct schema_type *type;
    struct definition *next;
};

struct schema {
    struct arena *arena;
    struct definition *definitions;
};

/* Making one type and those it is made of. */
struct making {
    struct schema *schema;
    const char *file;
    int depth;
    struct error *err;
};

struct schema *schema_new(struct arena *arena)
{
    struct schema *schema = ARENA_NEW(arena, struct schema);
    schema->arena = arena;
    return schema;
}

static struct definition *find_definition(const struct schema *schema, const char *uri,
                                          const char *name)
{
    struct definition *definition = schema->definitions;
    while (definition && (strcmp(definition->name, name) != 0 || strcmp(definition->uri, uri) != 0))
        definition = definition->next;
    return definition;
}

void schema_add(struct schema *schema, const xmlNode *element, const char *file)
{
    const char *uri = xml_attribute(schema->arena, element, NULL, "targetNamespace");
    for (const xmlNode *at = xml_child(element, SCHEMA_NAMESPACE, NULL); at;
         at = xml_next(at, SCHEMA_NAMESPACE, NULL)) {
        const char *name = xml_attribute(schema->arena, at, NULL, "name");
        bool is_type = xml_is(at, SCHEMA_NAMESPACE, "simpleType") ||
                       xml_is(at, SCHEMA_NAMESPACE, "complexType");
        if (!is_type || !name || find_definition(schema, uri ? uri : "", name))
            continue;
        struct definition *definition = ARENA_NEW(schema->arena, struct definition);
        *definition = (struct definition){.uri = uri ? uri : "",
                                          .name = name,
                                          .node = at,
                                          .file = arena_text(schema->arena, file),
                                          .next = schema->definitions};
        schema->definitions = definition;
    }
}

/* ---- Making types ---- */

static bool wrong(const struct making *making, const xmlNode *at, const char *what,
                  const char *name)
{
    return error_at(making->err, ERROR_INVALID, making->file, xml_line(at), "%s '%.60s'", what,
                    name);
}

static const char *attribute(const struct making *making, const xmlNode *node, const char *name)
{
    const char *value = xml_attribute(making->schema->arena, node, NULL, name);
    return value ? text_trim(making->schema->arena, value) : NULL;
}

static bool make_definition(struct making *making, struct definition *definition,
                            const struct schema_type **out);
static bool make_simple(struct making *making, const xmlNode *node, const struct schema_type **out);

/* A type by name as written at a node: prefixes are what they are declared as there. */
static bool make_named(struct making *making, const xmlNode *at, const char *name,
                       const struct schema_type **out)
{
    const char *colon = strchr(name, ':');
    char *prefix = arena_text(making->schema->arena, name);
    prefix[colon ? colon - name : 0] = '\0';
    xmlNode *node = (xmlNode *)(uintptr_t)at;
    const xmlNs *ns = xmlSearchNs(node->doc, node, colon ? (const xmlChar *)prefix : NULL);
    if (colon && !ns)
        return wrong(making, at, "no namespace is declared for the prefix of", name);
    const char *uri = ns && ns->href ? (const char *)ns->href : "";
    const char *local = colon ? colon + 1 : name;
    *out = schema_builtin(uri, local);
    if (*out)
        return true;
    struct definition *definition = find_definition(making->schema, uri, local);
    if (!definition && !colon) /* the form's own default namespace is seldom meant */
        definition = find_definition(making->schema, "", local);
    if (!definition)
        return wrong(making, at, "there is no type", name);
    return make_definition(making, definition, out);
}

static const xmlNode *only_child(const xmlNode *node)
{
    const xmlNode *child = xml_child(node, SCHEMA_NAMESPACE, NULL);
    while (child && xml_is(child, SCHEMA_NAMESPACE, "annotation"))
        child = xml_next(child, SCHEMA_NAMESPACE, NULL);
    return child;
}

/* By an attribute, or inside. */
static bool make_part(struct making *making, const xmlNode *node, const char *attribute_name,
                      const struct schema_type **out)
{
    const char *name = attribute(making, node, attribute_name);
    if (name)
        return make_named(making, node, name, out);
    const xmlNode *inner = xml_child(node, SCHEMA_NAMESPACE, "simpleType");
    return inner
               ? make_simple(making, inner, out)
               : wrong(making, node, "nothing says what it is made of:", (const char *)node->name);
}

/* ---- Facets ---- */

static bool read_count(struct making *making, const xmlNode *facet, const char *value, bool *has,
                       size_t *count)
{
    if (!*value || strspn(value, "0123456789") != strlen(value) || strlen(value) > 9)
        return wrong(making, facet, "no number of at most nine digits:", value);
    *has = true;
    *count = (size_t)strtoul(value, NULL, 10);
    return true;
}

static bool read_bound(struct making *making, const xmlNode *facet, const char *value,
                       struct schema_type *type, bool is_min, bool excluded)
{
    CLEANUP(arena_close) struct arena *scratch = arena_open();
    int order;
    if (type->order == SCHEMA_TEXTS || type->variety != SCHEMA_ATOMIC)
        return wrong(making, facet, "values of this type have no order, so there is no",
                     (const char *)facet->name);
    if (!*value || !schema_check(scratch, type->parent, value, "en", NULL) ||
        !schema_compare(type->order, value, value, &order))
        return wrong(making, facet, "a bound that is no value of the type itself:", value);
    *(is_min ? &type->facets.min : &type->facets.max) = value;
    *(is_min ? &type->facets.excludes_min : &type->facets.excludes_max) = excluded;
    return true;
}

static bool read_space(struct making *making, const xmlNode *facet, const char *value,
                       struct schema_type *type)
{
    static const char *const names[] = {"preserve", "replace", "collapse"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], value) == 0) {
            type->space = (enum schema_space)i;
            return true;
        }
    return wrong(making, facet, "white space is preserved, replaced or collapsed, not", value);
}

/* Patterns and values come in any number: room for all is made at the first. */
static size_t count_facets(const xmlNode *restriction, const char *name)
{
    size_t count = 0;
    for (const xmlNode *at = xml_child(restriction, SCHEMA_NAMESPACE, name); at;
         at = xml_next(at, SCHEMA_NAMESPACE, name))
        count++;
    return count;
}

static bool add_pattern(struct making *making, const xmlNode *facet, const char *value,
                        struct schema_type *type)
{
    struct schema_patterns *patterns = &type->facets.patterns;
    struct arena *arena = making->schema->arena;
    if (patterns->count == 0)
        patterns->items =
            ARENA_ARRAY(arena, count_facets(facet->parent, "pattern"), const struct pattern *);
    struct pattern *pattern;
    struct error err = {0};
    if (!pattern_of_schema(arena, value, &pattern, &err))
        return error_at(making->err, ERROR_INVALID, making->file, xml_line(facet), "%s", err.text);
    ((const struct pattern **)(uintptr_t)patterns->items)[patterns->count++] = pattern;
    return true;
}

static void add_value(struct making *making, const xmlNode *facet, const char *value,
                      struct schema_type *type)
{
    struct schema_facets *facets = &type->facets;
    struct arena *arena = making->schema->arena;
    if (facets->value_count == 0)
        facets->values =
            ARENA_ARRAY(arena, count_facets(facet->parent, "enumeration"), const char *);
    ((const char **)(uintptr_t)facets->values)[facets->value_count++] =
        schema_spaced(arena, type->space, value);
}

static bool read_facet(struct making *making, const xmlNode *facet, struct schema_type *type)
{
    const char *name = (const char *)facet->name;
    const char *raw = xml_attribute(making->schema->arena, facet, NULL, "value");
    struct schema_facets *facets = &type->facets;
    const struct {
        const char *name;
        bool *has;
        size_t *count;
    } counts[] = {
        {"length", &facets->has_length, &facets->length},
        {"minLength", &facets->has_min_length, &facets->min_length},
        {"maxLength", &facets->has_max_length, &facets->max_length},
        {"totalDigits", &facets->has_total_digits, &facets->total_digits},
        {"fractionDigits", &facets->has_fraction_digits, &facets->fraction_digits},
    };
    if (!raw)
        return wrong(making, facet, "a facet without value, or one that is not known:", name);
    const char *value = text_trim(making->schema->arena, raw);
    for (size_t i = 0; i < COUNT(counts); i++)
        if (strcmp(name, counts[i].name) == 0)
            return read_count(making, facet, value, counts[i].has, counts[i].count);
    bool min = text_starts_with(name, "min"), excluded = text_ends_with(name, "Exclusive");
    if (text_has_word("minInclusive maxInclusive minExclusive maxExclusive", name))
        return read_bound(making, facet, value, type, min, excluded);
    if (strcmp(name, "whiteSpace") == 0)
        return read_space(making, facet, value, type);
    if (strcmp(name, "pattern") == 0)
        return add_pattern(making, facet, raw, type);
    if (strcmp(name, "enumeration") != 0)
        return wrong(making, facet, "a facet that is not known:", name);
    add_value(making, facet, raw, type);
    return true;
}

/* What is no facet: the type it restricts, and attributes of a complex one. */
static bool is_beside_facets(const xmlNode *child)
{
    return text_has_word("annotation simpleType attribute attributeGroup anyAttribute",
                         (const char *)child->name);
}

/* White space first: values are read by it. */
static bool read_facets(struct making *making, const xmlNode *restriction, struct schema_type *type)
{
    const xmlNode *space = xml_child(restriction, SCHEMA_NAMESPACE, "whiteSpace");
    if (space && !read_facet(making, space, type))
        return false;
    for (const xmlNode *at = xml_child(restriction, SCHEMA_NAMESPACE, NULL); at;
         at = xml_next(at, SCHEMA_NAMESPACE, NULL))
        if (!is_beside_facets(at) && at != space && !read_facet(making, at, type))
            return false;
    return true;
}

/* ---- Varieties ---- */

static bool make_restriction(struct making *making, const xmlNode *node,
                             const struct schema_type **out)
{
    const struct schema_type *parent;
    if (!make_part(making, node, "base", &parent))
        return false;
    struct schema_type *type = ARENA_NEW(making->schema->arena, struct schema_type);
    *type = (struct schema_type){.name = "",
                                 .parent = parent,
                                 .variety = parent->variety,
                                 .base = parent->base,
                                 .order = parent->order,
                                 .unit = parent->unit,
                                 .space = parent->space};
    *out = type;
    return read_facets(making, node, type);
}

static bool make_list(struct making *making, const xmlNode *node, const struct schema_type **out)
{
    const struct schema_type *item;
    if (!make_part(making, node, "itemType", &item))
        return false;
    if (item->variety == SCHEMA_LIST)
        return wrong(making, node, "a list of lists in", (const char *)node->name);
    struct schema_type *type = ARENA_NEW(making->schema->arena, struct schema_type);
    *type = (struct schema_type){.name = "",
                                 .variety = SCHEMA_LIST,
                                 .unit = SCHEMA_ITEMS,
                                 .space = SCHEMA_COLLAPSE,
                                 .item = item};
    *out = type;
    return true;
}

/* Named members come before those inside. */
static bool make_union(struct making *making, const xmlNode *node, const struct schema_type **out)
{
    struct arena *arena = making->schema->arena;
    const char *names = attribute(making, node, "memberTypes");
    size_t room = count_facets(node, "simpleType") + (names ? strlen(names) / 2 + 1 : 0);
    const struct schema_type **members = ARENA_ARRAY(arena, room, const struct schema_type *);
    size_t count = 0;
    char *rest = arena_text(arena, names ? names : "");
    for (char *name; (name = strsep(&rest, " \t\r\n")) != NULL;)
        if (*name && !make_named(making, node, name, &members[count++]))
            return false;
    for (const xmlNode *at = xml_child(node, SCHEMA_NAMESPACE, "simpleType"); at;
         at = xml_next(at, SCHEMA_NAMESPACE, "simpleType"))
        if (!make_simple(making, at, &members[count++]))
            return false;
    if (count == 0)
        return wrong(making, node, "nothing says what it is made of:", (const char *)node->name);
    struct schema_type *type = ARENA_NEW(arena, struct schema_type);
    *type = (struct schema_type){
        .name = "", .variety = SCHEMA_UNION, .members = members, .member_count = count};
    for (size_t i = 0; i < count && members[i]->base == members[0]->base; i++)
        if (i + 1 == count)
            type->base = members[0]->base;
    *out = type;
    return true;
}

/* <xs:simpleType>, or <xs:simpleContent> of a complex one. */
static bool make_simple(struct making *making, const xmlNode *node, const struct schema_type **out)
{
    const xmlNode *child = only_child(node);
    const char *name = child ? (const char *)child->name : "";
    if (++making->depth > SCHEMA_MAX_DERIVATION)
        return wrong(making, node, "types made of types too many times in",
                     (const char *)node->name);
    bool made = strcmp(name, "restriction") == 0 ? make_restriction(making, child, out)
                : strcmp(name, "list") == 0      ? make_list(making, child, out)
                : strcmp(name, "union") == 0     ? make_union(making, child, out)
                : strcmp(name, "extension") == 0
                    ? make_part(making, child, "base", out)
                    : wrong(making, node, "something else than restriction, list or union:", name);
    making->depth--;
    return made;
}

static bool make_top(struct making *making, const xmlNode *node, const char *name,
                     const struct schema_type **out)
{
    if (xml_is(node, SCHEMA_NAMESPACE, "simpleType"))
        return make_simple(making, node, out);
    const xmlNode *content = only_child(node);
    if (!content || !xml_is(content, SCHEMA_NAMESPACE, "simpleContent"))
        return wrong(making, node, "a type with elements in it, where a text is wanted:", name);
    return make_simple(making, content, out);
}

static bool make_definition(struct making *making, struct definition *definition,
                            const struct schema_type **out)
{
    if (definition->state == BEING_MADE)
        return wrong(making, definition->node, "a type made of itself:", definition->name);
    if (definition->state == NOT_MADE) {
        const char *file = making->file;
        const struct schema_type *made;
        definition->state = BEING_MADE;
        making->file = definition->file;
        bool good = make_top(making, definition->node, definition->name, &made);
        making->file = file;
        definition->state = NOT_MADE;
        if (!good)
            return false;
        definition->type = ARENA_NEW(making->schema->arena, struct schema_type);
        *definition->type = *made;
        if (made->parent || made->variety != SCHEMA_ATOMIC)
            definition->type->name = definition->name;
        definition->state = MADE;
    }
    *out = definition->type;
    return true;
}

bool schema_find(struct schema *schema, const char *uri, const char *name,
                 const struct schema_type **out, struct error *err)
{
    *out = schema_builtin(uri, name);
    if (*out)
        return true;
    struct definition *definition = find_definition(schema, uri ? uri : "", name);
    struct making making = {.schema = schema, .file = "", .err = err};
    return !definition || make_definition(&making, definition, out);
}

bool schema_make(struct schema *schema, const xmlNode *node, const char *file,
                 const struct schema_type **out, struct error *err)
{
    struct making making = {.schema = schema, .file = arena_text(schema->arena, file), .err = err};
    return make_top(&making, node, (const char *)node->name, out);
}

enum type schema_base(const struct schema_type *type)
{
    return type->base;
}

bool schema_is_plain(const struct schema_type *type)
{
    return type->is_plain;
}
