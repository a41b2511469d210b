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
        parse_error(parsing, at, "type.unknown", "there is no type %s", name);
    } else {
        parse_warning(parsing, at, "type.foreign", "type %s is not known: %s is taken as string",
                      name, field->path);
    }
}

bool parse_is_id_type(struct parsing *parsing, const char *name)
{
    const struct schema_type *type = NULL;
    struct error err = {0};
    return find_in_schema(parsing, name, &type, &err) && schema_is_id(type);
}

void parse_instance_type(struct parsing *parsing, const xmlNode *node, struct form_field *field)
{
    const char *name = xml_attribute(parsing->scratch, node, INSTANCE_NAMESPACE, "type");
    if (name && *name)
        parse_type(parsing, node, text_trim(parsing->scratch, name), field);
}
