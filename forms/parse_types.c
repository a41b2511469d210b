/* Types: by the bind, by xsi:type, or by what a schema in the model or beside the form says. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"
#include "forms/schema.h"

#include <string.h>

#define INSTANCE_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"

/* ---- Schemas ---- */

void parse_note_id(struct parsing *parsing, const char *name)
{
    struct xpath_world *world = &parsing->form->world;
    const char **names = ARENA_ARRAY(parsing->arena, world->id_attribute_count + 1, const char *);
    for (size_t i = 0; i < world->id_attribute_count; i++)
        names[i] = world->id_attributes[i];
    names[world->id_attribute_count++] = arena_text(parsing->arena, name);
    world->id_attributes = names;
}

/* Attributes that a schema says are of type xs:ID: what id() finds elements by. */
static void note_ids(struct parsing *parsing, const xmlNode *node)
{
    for (const xmlNode *at = xml_child(node, SCHEMA_NAMESPACE, NULL); at;
         at = xml_next(at, SCHEMA_NAMESPACE, NULL)) {
        const char *name = parse_attribute(parsing, at, "name");
        const char *type = parse_attribute(parsing, at, "type");
        if (xml_is(at, SCHEMA_NAMESPACE, "attribute") && name && type &&
            strcmp(xpath_tree_local(type), "ID") == 0)
            parse_note_id(parsing, name);
        note_ids(parsing, at);
    }
}

void parse_schemas(struct parsing *parsing, const xmlNode *model)
{
    parsing->schema = schema_new(parsing->arena);
    for (const xmlNode *at = xml_child(model, SCHEMA_NAMESPACE, "schema"); at;
         at = xml_next(at, SCHEMA_NAMESPACE, "schema")) {
        const char *file = parse_sk_attribute(parsing, at, "file"); /* parse_files.c */
        schema_add(parsing->schema, at, file ? file : parsing->file);
        note_ids(parsing, at);
    }
}

/* ---- Names of types ---- */

/* NULL: no such prefix; "": none is written. */
static const char *namespace_of(const struct parsing *parsing, const char *name)
{
    const char *colon = strchr(name, ':');
    const struct xpath_world *world = &parsing->form->world;
    if (!colon)
        return "";
    for (size_t i = 0; i < world->prefix_count; i++)
        if (strlen(world->prefixes[i].prefix) == (size_t)(colon - name) &&
            text_starts_with(name, world->prefixes[i].prefix))
            return world->prefixes[i].uri;
    return NULL;
}

/* Of a schema or of the standards. Without a prefix, or with one that nobody declared, the names of
 * types.h go before those of the standards, as in ODK forms. *type NULL: none. */
static bool find_in_schema(struct parsing *parsing, const char *name,
                           const struct schema_type **type, struct error *err)
{
    const char *uri = namespace_of(parsing, name), *local = xpath_tree_local(name);
    enum type ours;
    if (uri && (!schema_find(parsing->schema, uri, local, type, err) || *type))
        return !err->code;
    bool loose = !uri || !*uri;
    if (loose && !types_find(name, &ours))
        return schema_find(parsing->schema, FORM_NAMESPACE, local, type, err);
    *type = NULL;
    return true;
}

static void use_type(struct form_field *field, const struct schema_type *type)
{
    field->type = schema_base(type);
    field->schema = schema_is_plain(type) ? NULL : type;
    field->has_type = true;
}

static void say_schema_error(struct parsing *parsing, const xmlNode *at, const struct error *err)
{
    if (!*err->file || strcmp(err->file, parsing->file) == 0)
        parse_error(parsing, at, "schema.type", "line %d: %s", err->line, err->text);
    else
        parse_error(parsing, at, "schema.type", "%s, line %d: %s", err->file, err->line, err->text);
}

void parse_type(struct parsing *parsing, const xmlNode *at, const char *name,
                struct form_field *field)
{
    const struct schema_type *type = NULL;
    struct error err = {0};
    bool ours = text_starts_with(name, "sk:");
    if (!ours && !find_in_schema(parsing, name, &type, &err)) {
        say_schema_error(parsing, at, &err);
        return;
    }
    if (type) {
        use_type(field, type);
    } else if (types_find(name, &field->type)) {
        field->schema = NULL;
        field->has_type = true;
    } else if (ours) {
        parse_error_in(parsing, at, name, "type.unknown", "there is no type %s", name);
    } else {
        parse_warning_in(parsing, at, name, "type.foreign",
                         "type %s is not known: %s is taken as string", name, field->path);
    }
}

bool parse_is_id_type(struct parsing *parsing, const char *name)
{
    const struct schema_type *type = NULL;
    struct error err = {0};
    return find_in_schema(parsing, name, &type, &err) && schema_is_id(type);
}

/* ---- What schemas say of elements (XForms 1.1, 4.3.5): below what instance and binds say ---- */

enum { MAX_MODELS = 10000 }; /* looked at in all: groups may be in groups many times over */

struct declaring {
    struct parsing *parsing;
    int depth; /* of groups and of types made of types */
    int models;
};

static const char *file_of(struct parsing *parsing, const xmlNode *schema)
{
    const char *file = parse_sk_attribute(parsing, schema, "file");
    return file ? file : parsing->file;
}

static const xmlNode *schema_of(const xmlNode *node)
{
    while (!xml_is(node, SCHEMA_NAMESPACE, "schema"))
        node = node->parent;
    return node;
}

/* What a prefixed name at a node of a schema means; "" in no namespace. */
static const char *meant_namespace(struct parsing *parsing, const xmlNode *at, const char *name)
{
    const char *colon = strchr(name, ':');
    char *prefix = arena_text(parsing->scratch, name);
    prefix[colon ? colon - name : 0] = 0;
    xmlNode *node = (xmlNode *)(uintptr_t)at;
    const xmlNs *ns = xmlSearchNs(node->doc, node, colon ? (const xmlChar *)prefix : NULL);
    return ns && ns->href ? (const char *)ns->href : "";
}

static const xmlNode *find_in_namespace(struct parsing *parsing, const xmlNode *at,
                                        const char *kind, const char *name, const char *uri)
{
    const xmlNode *schema = xml_child(schema_of(at)->parent, SCHEMA_NAMESPACE, "schema");
    for (; schema; schema = xml_next(schema, SCHEMA_NAMESPACE, "schema")) {
        const char *target = parse_attribute(parsing, schema, "targetNamespace");
        if (strcmp(target ? target : "", uri) != 0)
            continue;
        for (const xmlNode *top = xml_child(schema, SCHEMA_NAMESPACE, kind); top;
             top = xml_next(top, SCHEMA_NAMESPACE, kind))
            if (text_equal(parse_attribute(parsing, top, "name"), xpath_tree_local(name)))
                return top;
    }
    return NULL;
}

/* The element, group or complexType of that name at the top of one of the schemas; NULL: none. The
 * form's own default namespace is seldom meant. */
static const xmlNode *find_top(struct parsing *parsing, const xmlNode *at, const char *kind,
                               const char *name)
{
    const xmlNode *found =
        find_in_namespace(parsing, at, kind, name, meant_namespace(parsing, at, name));
    return found || strchr(name, ':') ? found : find_in_namespace(parsing, at, kind, name, "");
}

static void declare_element(struct declaring *declaring, const xmlNode *element,
                            struct form_field *field);

/* The elements in a content model: which may stand where, and how often, is not asked. */
static void declare_content(struct declaring *declaring, const xmlNode *model,
                            struct form_field *field)
{
    struct parsing *parsing = declaring->parsing;
    if (declaring->depth == SCHEMA_MAX_DERIVATION || declaring->models++ == MAX_MODELS)
        return;
    declaring->depth++;
    for (const xmlNode *at = xml_child(model, SCHEMA_NAMESPACE, NULL); at;
         at = xml_next(at, SCHEMA_NAMESPACE, NULL)) {
        const char *ref = parse_attribute(parsing, at, "ref");
        const char *base = parse_attribute(parsing, at, "base");
        const char *name = ref ? ref : parse_attribute(parsing, at, "name");
        const xmlNode *elsewhere = NULL;
        if (xml_is(at, SCHEMA_NAMESPACE, "element")) {
            struct form_field *child =
                name ? form_child(parsing->form, field, xpath_tree_local(name)) : NULL;
            if (child)
                declare_element(declaring, at, child);
            continue;
        }
        if (xml_is(at, SCHEMA_NAMESPACE, "group") && ref)
            elsewhere = find_top(parsing, at, "group", ref);
        else if (base)
            elsewhere = find_top(parsing, at, "complexType", base);
        if (elsewhere)
            declare_content(declaring, elsewhere, field);
        declare_content(declaring, at, field);
    }
    declaring->depth--;
}

static void declare_simple(struct parsing *parsing, const xmlNode *node, struct form_field *field)
{
    const struct schema_type *type;
    struct error err = {0};
    if (field->has_type)
        return;
    if (schema_make(parsing->schema, node, file_of(parsing, schema_of(node)), &type, &err))
        use_type(field, type);
    else
        say_schema_error(parsing, node, &err);
}

static void declare_type(struct declaring *declaring, const xmlNode *type, struct form_field *field)
{
    if (xml_is(type, SCHEMA_NAMESPACE, "simpleType") ||
        xml_child(type, SCHEMA_NAMESPACE, "simpleContent"))
        declare_simple(declaring->parsing, type, field);
    else
        declare_content(declaring, type, field);
}

static void declare_element(struct declaring *declaring, const xmlNode *element,
                            struct form_field *field)
{
    struct parsing *parsing = declaring->parsing;
    const char *ref = parse_attribute(parsing, element, "ref");
    if (ref)
        element = find_top(parsing, element, "element", ref);
    if (!element)
        return;
    const char *name = parse_attribute(parsing, element, "type");
    const xmlNode *type = name ? find_top(parsing, element, "complexType", name) : NULL;
    if (!name)
        type = xml_child(element, SCHEMA_NAMESPACE, "simpleType");
    if (!name && !type)
        type = xml_child(element, SCHEMA_NAMESPACE, "complexType");
    if (type) {
        declare_type(declaring, type, field);
        return;
    }
    const struct schema_type *found = NULL;
    struct error err = {0};
    if (!name || field->has_type)
        return;
    const char *uri = meant_namespace(parsing, element, name), *local = xpath_tree_local(name);
    bool good = schema_find(parsing->schema, uri, local, &found, &err);
    if (good && !found && !strchr(name, ':'))
        good = schema_find(parsing->schema, "", local, &found, &err);
    if (!good)
        say_schema_error(parsing, element, &err);
    else if (found)
        use_type(field, found);
}

void parse_declared_types(struct parsing *parsing, const xmlNode *model)
{
    struct form_field *root = parsing->form->fields[0];
    for (const xmlNode *schema = xml_child(model, SCHEMA_NAMESPACE, "schema"); schema;
         schema = xml_next(schema, SCHEMA_NAMESPACE, "schema"))
        for (const xmlNode *at = xml_child(schema, SCHEMA_NAMESPACE, "element"); at;
             at = xml_next(at, SCHEMA_NAMESPACE, "element"))
            if (text_equal(parse_attribute(parsing, at, "name"), root->name)) {
                struct declaring declaring = {.parsing = parsing};
                declare_element(&declaring, at, root);
            }
}

void parse_instance_type(struct parsing *parsing, const xmlNode *node, struct form_field *field)
{
    const char *name = xml_attribute(parsing->scratch, node, INSTANCE_NAMESPACE, "type");
    if (name && *name)
        parse_type(parsing, node, text_trim(parsing->scratch, name), field);
}
