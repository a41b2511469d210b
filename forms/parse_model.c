/* The model: instances, their fields, and binds. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"
#include "forms/likeness.h"
#include "forms/reads.h"
#include "forms/types.h"

#include <libxml/dict.h>
#include <libxml/hash.h>

#include <string.h>

/* ---- Namespaces ---- */

struct prefixes {
    struct xpath_prefix *items;
    size_t count, capacity;
};

static bool has_prefix(const struct prefixes *prefixes, const char *prefix)
{
    for (size_t i = 0; i < prefixes->count; i++)
        if (strcmp(prefixes->items[i].prefix, prefix) == 0)
            return true;
    return false;
}

static void add_prefix(struct parsing *parsing, struct prefixes *prefixes, const char *prefix,
                       const char *uri)
{
    if (has_prefix(prefixes, prefix))
        return;
    prefixes->items = parse_grow(parsing, prefixes->items, prefixes->count, &prefixes->capacity,
                                 sizeof *prefixes->items);
    prefixes->items[prefixes->count++] =
        (struct xpath_prefix){arena_text(parsing->arena, prefix), arena_text(parsing->arena, uri)};
}

static void collect_prefixes(struct parsing *parsing, struct prefixes *prefixes,
                             const xmlNode *element)
{
    for (const xmlNs *ns = element->nsDef; ns; ns = ns->next)
        if (ns->prefix)
            add_prefix(parsing, prefixes, (const char *)ns->prefix, (const char *)ns->href);
    for (const xmlNode *child = xml_child(element, "*", NULL); child;
         child = xml_next(child, "*", NULL))
        collect_prefixes(parsing, prefixes, child);
}

/* What prefixes mean in expressions: as declared in the file, outermost first; jr and sk are known
 * also when they are not declared. */
void parse_prefixes(struct parsing *parsing, const xmlNode *root)
{
    struct prefixes prefixes = {0};
    collect_prefixes(parsing, &prefixes, root);
    add_prefix(parsing, &prefixes, "jr", FORM_NAMESPACE_JR);
    add_prefix(parsing, &prefixes, "sk", FORM_NAMESPACE_SK);
    struct xpath_prefix *kept = ARENA_ARRAY(parsing->arena, prefixes.count, struct xpath_prefix);
    memcpy(kept, prefixes.items, prefixes.count * sizeof *kept);
    parsing->form->world.prefixes = kept;
    parsing->form->world.prefix_count = prefixes.count;
}

/* ---- Instances ---- */

/* XPath's names without prefix are in no namespace, while nearly every form leaves the default one
 * in force: so names that only have a default namespace get none, unless the form has a prefix for
 * it. */
static bool is_stripped(const struct form *form, const xmlNs *ns)
{
    if (!ns || ns->prefix)
        return false;
    const char *href = (const char *)ns->href;
    if (strcmp(href, FORM_NAMESPACE) == 0 || strcmp(href, FORM_NAMESPACE_HTML) == 0)
        return true;
    for (size_t i = 0; i < form->world.prefix_count; i++)
        if (strcmp(form->world.prefixes[i].uri, href) == 0)
            return false;
    return true;
}

static void remove_node(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

/* Namespaces as above; comments, and white space between elements, go. */
static void tidy(const struct form *form, xmlNode *element)
{
    if (is_stripped(form, element->ns))
        element->ns = NULL;
    bool has_elements = xml_child(element, "*", NULL) != NULL;
    for (xmlNode *node = element->children, *next; node; node = next) {
        next = node->next;
        if (node->type == XML_ELEMENT_NODE)
            tidy(form, node);
        else if ((node->type != XML_TEXT_NODE && node->type != XML_CDATA_SECTION_NODE) ||
                 (has_elements && xmlIsBlankNode(node)))
            remove_node(node);
    }
}

/* Default declarations that nothing uses any more would come back when the document is written. */
static void drop_default_declarations(const struct form *form, xmlNode *element)
{
    for (xmlNs **at = &element->nsDef; *at;) {
        xmlNs *ns = *at;
        if (is_stripped(form, ns)) {
            *at = ns->next;
            xmlFreeNs(ns);
        } else {
            at = &ns->next;
        }
    }
    for (xmlNode *child = xml_child(element, "*", NULL); child; child = xml_next(child, "*", NULL))
        drop_default_declarations(form, child);
}

/* Takes an instance's content out of the form's document into one of its own. */
static xmlDoc *take_out(struct parsing *parsing, xmlNode *content)
{
    tidy(parsing->form, content);
    drop_default_declarations(parsing->form, content);
    xmlUnlinkNode(content);
    xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
    doc->dict = parsing->doc->dict; /* names are in it */
    if (doc->dict)
        xmlDictReference(doc->dict);
    xmlDocSetRootElement(doc, content);
    xmlReconciliateNs(doc, content);
    return doc;
}

static size_t count_instances(const xmlNode *model)
{
    size_t count = 0;
    for (const xmlNode *at = xml_child(model, FORM_NAMESPACE, "instance"); at;
         at = xml_next(at, FORM_NAMESPACE, "instance"))
        count++;
    return count;
}

static bool take_secondary(struct parsing *parsing, xmlNode *element, struct xpath_instance *out)
{
    const char *id = parse_attribute(parsing, element, "id");
    if (!id)
        parse_warning(parsing, element, "instance.id",
                      "a second instance without id cannot be named by any expression");
    out->id = id ? id : "";
    xmlNode *content = xml_child(element, "*", NULL);
    if (!content) {
        if (parse_attribute(parsing, element, "src"))
            parse_warning(parsing, element, "instance.src",
                          "there is no folder to read from: instance '%s' is empty", id);
        content = xmlNewChild(element, NULL, (const xmlChar *)"root", NULL);
    }
    out->doc = take_out(parsing, content);
    return true;
}

/* ---- Fields ---- */

struct field_making {
    struct parsing *parsing;
    xmlHashTable *by_path;
    struct form_field **all;           /* in order of first appearance */
    struct form_field **last_children; /* of each */
    size_t count, capacity;
};

static const char *field_path(struct parsing *parsing, const struct form_field *parent,
                              const xmlNode *node)
{
    bool prefixed = node->ns && node->ns->prefix;
    return arena_printf(parsing->arena, "%s/%s%s%s", parent ? parent->path : "",
                        prefixed ? (const char *)node->ns->prefix : "", prefixed ? ":" : "",
                        (const char *)node->name);
}

static struct form_field *add_field(struct field_making *making, const xmlNode *node,
                                    struct form_field *parent, const char *name, const char *path)
{
    struct parsing *parsing = making->parsing;
    struct source_place place = parse_place(parsing, node);
    struct form_field *field = ARENA_NEW(parsing->arena, struct form_field);
    *field = (struct form_field){.name = arena_text(parsing->arena, name),
                                 .path = path,
                                 .parent = parent,
                                 .number = (int)making->count,
                                 .depth = parent ? parent->depth + 1 : 0,
                                 .line = place.line,
                                 .column = place.column};
    field->is_attribute = *name == '@';
    field->word = field->name + field->is_attribute;
    size_t capacity = making->capacity;
    making->all =
        parse_grow(parsing, making->all, making->count, &making->capacity, sizeof *making->all);
    making->last_children = parse_grow(parsing, making->last_children, making->count, &capacity,
                                       sizeof *making->last_children);
    making->all[making->count] = field;
    making->last_children[making->count] = NULL;
    making->count++;
    if (parent) {
        struct form_field **last = &making->last_children[parent->number];
        *(*last ? &(*last)->next : &parent->first_child) = field;
        *last = field;
        field->slot = parent->child_count++;
        parent->is_group = parent->is_group || !field->is_attribute;
    }
    (void)xmlHashAddEntry(making->by_path, (const xmlChar *)path, field);
    return field;
}

/* An attribute is a place of its own when something is bound to it. */
static void make_attributes(struct field_making *making, const xmlNode *node,
                            struct form_field *field)
{
    struct parsing *parsing = making->parsing;
    for (const xmlAttr *at = node->properties; at; at = at->next) {
        if (at->ns || !xmlHashLookup(parsing->bound_attributes, at->name))
            continue;
        const char *name = arena_printf(parsing->scratch, "@%s", (const char *)at->name);
        const char *path = arena_printf(parsing->arena, "%s/%s", field->path, name);
        if (!xmlHashLookup(making->by_path, (const xmlChar *)path))
            (void)add_field(making, node, field, name, path);
    }
}

/* Rows of a repeat are one field. */
static void make_fields(struct field_making *making, const xmlNode *node, struct form_field *parent)
{
    const char *path = field_path(making->parsing, parent, node);
    struct form_field *field = xmlHashLookup(making->by_path, (const xmlChar *)path);
    if (!field) {
        field = add_field(making, node, parent, (const char *)node->name, path);
        parse_instance_type(making->parsing, node, field);
    }
    make_attributes(making, node, field);
    for (const xmlNode *child = xml_child(node, "*", NULL); child;
         child = xml_next(child, "*", NULL))
        make_fields(making, child, field);
}

/* Numbers in document order, though a later row may have brought a field late. */
static void number_fields(struct form *form, struct form_field *field)
{
    field->number = (int)form->field_count;
    form->fields[form->field_count++] = field;
    for (struct form_field *child = field->first_child; child; child = child->next)
        number_fields(form, child);
}

static void link_uris(struct parsing *parsing, const xmlNode *node, const struct form_field *parent)
{
    struct form_field *field = form_child(parsing->form, parent, (const char *)node->name);
    if (!field)
        return;
    if (node->ns)
        parsing->form->links[field->number].uri =
            arena_text(parsing->arena, (const char *)node->ns->href);
    for (const xmlNode *child = xml_child(node, "*", NULL); child;
         child = xml_next(child, "*", NULL))
        link_uris(parsing, child, field);
}

/* Two fields whose HTML ids would be alike (a/b-c and a-b/c): the later gets another word. */
static void part_words(struct parsing *parsing, struct form_field *field, const char *before,
                       xmlHashTable *ids)
{
    const char *name = field->word;
    const char *id =
        field->parent ? *before ? arena_printf(parsing->scratch, "%s-%s", before, name) : name : "";
    for (int i = 2; field->parent && xmlHashAddEntry(ids, (const xmlChar *)id, field) != 0; i++) {
        field->word = arena_printf(parsing->arena, "%s_%d", name, i);
        id = *before ? arena_printf(parsing->scratch, "%s-%s", before, field->word) : field->word;
    }
    for (struct form_field *child = field->first_child; child; child = child->next)
        part_words(parsing, child, id, ids);
}

/* Names of attributes that a control, bind or action is about: "@name", "/data/a/@name". */
static void collect_bound_attributes(struct parsing *parsing, const xmlNode *element)
{
    static const char *const names[] = {"ref", "nodeset"};
    for (size_t i = 0; xml_is(element, FORM_NAMESPACE, NULL) && i < COUNT(names); i++) {
        const char *path = xml_attribute(parsing->scratch, element, NULL, names[i]);
        const char *mark = path ? strrchr(path, '@') : NULL;
        if (mark && mark[1] && !strpbrk(mark, "/[]():,'\" "))
            (void)xmlHashAddEntry(parsing->bound_attributes, (const xmlChar *)mark + 1, parsing);
    }
    for (const xmlNode *at = xml_child(element, "*", NULL); at; at = xml_next(at, "*", NULL))
        if (!xml_is(at, FORM_NAMESPACE, "instance"))
            collect_bound_attributes(parsing, at);
}

static void build_fields(struct parsing *parsing, const xmlNode *root)
{
    struct form *form = parsing->form;
    struct field_making making = {.parsing = parsing, .by_path = xmlHashCreate(1024)};
    make_fields(&making, root, NULL);
    xmlHashFree(making.by_path, NULL);

    form->fields = ARENA_ARRAY(parsing->arena, making.count, struct form_field *);
    form->links = ARENA_ARRAY(parsing->arena, making.count, struct field_links);
    for (size_t i = 0; i < making.count; i++)
        for (int kind = 0; kind < RULE_KINDS; kind++)
            form->links[i].rules[kind] = -1;
    number_fields(form, making.all[0]);
    form_index_children(form);
    link_uris(parsing, root, NULL);
    xmlHashTable *ids = xmlHashCreate(1024);
    part_words(parsing, making.all[0], "", ids);
    xmlHashFree(ids, NULL);
}

/* Namespaces with a prefix are data too, of which a submission may send some (XForms 1.1, 11.1). */
static void keep_scope(struct parsing *parsing, const xmlNode *root)
{
    struct form *form = parsing->form;
    xmlNs **list = xmlGetNsList(parsing->doc, root);
    size_t count = 0;
    while (list && list[count])
        count++;
    struct xpath_prefix *scope = ARENA_ARRAY(parsing->arena, count, struct xpath_prefix);
    for (size_t i = 0; i < count; i++)
        if (list[i]->prefix && strcmp((const char *)list[i]->href, FORM_NAMESPACE_SK) != 0 &&
            strcmp((const char *)list[i]->href, FORM_NAMESPACE_JR) != 0)
            scope[form->scope_count++] =
                (struct xpath_prefix){arena_text(parsing->arena, (const char *)list[i]->prefix),
                                      arena_text(parsing->arena, (const char *)list[i]->href)};
    xmlFree(list);
    form->scope = scope;
}

bool parse_instances(struct parsing *parsing, xmlNode *model)
{
    struct form *form = parsing->form;
    size_t count = count_instances(model);
    struct xpath_instance *instances = ARENA_ARRAY(parsing->arena, count, struct xpath_instance);
    form->world.instances = instances;

    xmlNode *first = xml_child(model, FORM_NAMESPACE, "instance");
    xmlNode *root = first ? xml_child(first, "*", NULL) : NULL;
    if (!root)
        return parse_error(parsing, first ? first : model, "instance.missing",
                           "the model has no instance with an element in it: the answers");
    const char *id = parse_attribute(parsing, first, "id");
    form->id = parse_attribute(parsing, root, "id");
    if (!form->id)
        form->id = "";
    form->version = parse_attribute(parsing, root, "version");
    if (!form->version)
        form->version = xml_attribute(parsing->arena, root, FORM_NAMESPACE_ORX, "version");
    if (!form->version)
        form->version = "";

    instances[0].id = id ? id : arena_text(parsing->arena, (const char *)root->name);
    instances[0].root = arena_text(parsing->arena, (const char *)root->name);
    form->world.instance_count = 1;
    for (xmlNode *at = xml_next(first, FORM_NAMESPACE, "instance"); at;
         at = xml_next(at, FORM_NAMESPACE, "instance"))
        if (take_secondary(parsing, at, &instances[form->world.instance_count]))
            form->world.instance_count++;
    keep_scope(parsing, root);
    parsing->bound_attributes = xmlHashCreate(16);
    collect_bound_attributes(parsing, xmlDocGetRootElement(parsing->doc));
    form->instance = take_out(parsing, root);
    build_fields(parsing, root);
    xmlHashFree(parsing->bound_attributes, NULL);
    return true;
}

/* ---- Binds ---- */

static bool in_list(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void check_bind_attributes(struct parsing *parsing, const xmlNode *bind)
{
    static const char *const known[] = {
        "nodeset",  "ref",        "id",        "type",    "required",      "relevant",
        "readonly", "constraint", "calculate", "preload", "preloadParams", "saveIncomplete",
        "p3ptype"};
    static const char *const known_sk[] = {"prefill", "prefill-by", "editable", "limit"};
    static const char *const known_jr[] = {"constraintMsg", "requiredMsg", "preload",
                                           "preloadParams", "noAppErrorString"};
    for (const xmlAttr *attribute = bind->properties; attribute; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        const char *uri = attribute->ns ? (const char *)attribute->ns->href : NULL;
        bool good = !uri                                  ? in_list(known, COUNT(known), name)
                    : strcmp(uri, FORM_NAMESPACE_SK) == 0 ? in_list(known_sk, COUNT(known_sk), name)
                    : strcmp(uri, FORM_NAMESPACE_JR) == 0 ? in_list(known_jr, COUNT(known_jr), name)
                                                          : true;
        if (!good)
            parse_error(parsing, bind, "attribute.unknown", "unknown attribute '%s' on bind", name);
    }
}

static void set_once(struct parsing *parsing, const xmlNode *bind, const struct form_field *field,
                     const char *name, const struct xpath **slot)
{
    const char *source = parse_attribute(parsing, bind, name);
    if (!source || !*source)
        return;
    if (*slot && strcmp((*slot)->source, source) == 0)
        return;
    if (*slot) {
        parse_error_in(parsing, bind, source, "bind.twice", "%s has a %s already (line %d)",
                       field->path, name, (*slot)->line);
        return;
    }
    *slot = parse_xpath(parsing, bind, source);
}

/* sk:limit: what each expression of the bind may take. */
static void raise_limit(struct parsing *parsing, const xmlNode *bind,
                        const struct form_field *field)
{
    const char *text = parse_sk_attribute(parsing, bind, "limit");
    if (!text)
        return;
    char *end;
    long operations = strtol(text, &end, 10);
    if (*end || operations < 1 || operations > XPATH_MOST_OPERATIONS) {
        parse_error(parsing, bind, "attribute.value", "sk:limit is '%s', and may be 1 to %d", text,
                    XPATH_MOST_OPERATIONS);
        return;
    }
    const struct xpath *const all[] = {field->relevant, field->required, field->readonly,
                                       field->constraint, field->calculate};
    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i])
            ((struct xpath *)(uintptr_t)all[i])->operations = (int)operations;
}

static void bind_field(struct parsing *parsing, const xmlNode *bind, struct form_field *field)
{
    const char *type = parse_attribute(parsing, bind, "type");
    if (type)
        parse_type(parsing, bind, type, field);
    set_once(parsing, bind, field, "relevant", &field->relevant);
    set_once(parsing, bind, field, "required", &field->required);
    set_once(parsing, bind, field, "readonly", &field->readonly);
    set_once(parsing, bind, field, "constraint", &field->constraint);
    set_once(parsing, bind, field, "calculate", &field->calculate);
    raise_limit(parsing, bind, field);

    const char *said = xml_attribute(parsing->arena, bind, FORM_NAMESPACE_JR, "constraintMsg");
    if (said)
        field->constraint_message = parse_message(parsing, bind, said);
    said = xml_attribute(parsing->arena, bind, FORM_NAMESPACE_JR, "requiredMsg");
    if (said)
        field->required_message = parse_message(parsing, bind, said);

    parse_preload(parsing, bind, field);
    parse_prefill(parsing, bind, field);

    const char *id = parse_attribute(parsing, bind, "id");
    if (id) {
        parsing->bind_ids = parse_grow(parsing, parsing->bind_ids, parsing->bind_id_count,
                                       &parsing->bind_id_capacity, sizeof *parsing->bind_ids);
        parsing->bind_ids[parsing->bind_id_count++] = (struct parse_bind_id){id, field};
    }
}

/* The attribute a path ends in, or NULL. */
static const char *last_attribute(const char *path)
{
    const char *last = strrchr(path, '/');
    last = last ? last + 1 : path;
    return *last == '@'                            ? last + 1
           : text_starts_with(last, "attribute::") ? last + strlen("attribute::")
                                                   : NULL;
}

/* The fields a nodeset names, in *out (scratch). A plain absolute path, the usual case, is looked
 * up. */
size_t parse_fields(struct parsing *parsing, const xmlNode *element, const char *path,
                    const struct form_field *from, struct form_field ***out)
{
    const struct form_field *plain = *path == '/' ? form_field_find(parsing->form, path) : NULL;
    if (plain) {
        *out = ARENA_NEW(parsing->scratch, struct form_field *);
        **out = parsing->form->fields[plain->number];
        return 1;
    }
    const struct xpath *xpath = parse_xpath(parsing, element, path);
    if (!xpath)
        return 0;
    if (!parsing->reads)
        parsing->reads = reads_new(parsing->scratch, parsing->form);
    size_t count;
    const struct read *reads = reads_resolve(parsing->reads, xpath->tree, from, &count);
    size_t found = 0;
    bool attributes =
        last_attribute(path) != NULL; /* then the elements that lack it are not meant */
    *out = ARENA_ARRAY(parsing->scratch, count, struct form_field *);
    for (size_t i = 0; i < count; i++)
        if (!attributes || reads[i].field->is_attribute)
            (*out)[found++] = parsing->form->fields[reads[i].field->number];
    return found;
}

const char *parse_meant(struct parsing *parsing, const char *path)
{
    struct likeness likeness = {.wanted = path};
    const struct form *form = parsing->form;
    for (size_t i = 0; i < form->field_count; i++)
        likeness_compare(&likeness, *path == '/' ? form->fields[i]->path : form->fields[i]->name);
    return likeness_suggestion(parsing->scratch, &likeness);
}

struct form_field *parse_field(struct parsing *parsing, const xmlNode *element, const char *path,
                               const struct form_field *from)
{
    struct form_field **fields;
    return parse_fields(parsing, element, path, from, &fields) ? fields[0] : NULL;
}

static bool asks_position(const struct form_field *field)
{
    const struct xpath *const all[] = {field->relevant, field->required, field->readonly,
                                       field->constraint, field->calculate};
    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i] && all[i]->is_positional)
            return true;
    return false;
}

/* The fields of a bind as what its expressions stand among. */
static const struct bind_nodeset *nodeset_of(struct parsing *parsing,
                                             struct form_field *const *fields, size_t count,
                                             const struct form_field *from)
{
    struct bind_nodeset *nodeset = ARENA_NEW(parsing->arena, struct bind_nodeset);
    const struct form_field **kept = ARENA_ARRAY(parsing->arena, count, const struct form_field *);
    for (size_t i = 0; i < count; i++)
        kept[i] = fields[i];
    *nodeset = (struct bind_nodeset){kept, count, from->depth};
    return nodeset;
}

static void read_bind(struct parsing *parsing, const xmlNode *bind, const struct form_field *from)
{
    check_bind_attributes(parsing, bind);
    const char *path = parse_attribute(parsing, bind, "nodeset");
    if (!path)
        path = parse_attribute(parsing, bind, "ref");
    const char *attribute = path ? last_attribute(path) : NULL;
    if (attribute) {
        const char *type = parse_attribute(parsing, bind, "type");
        if (type && parse_is_id_type(parsing, type)) {
            parse_note_id(parsing, xpath_tree_local(attribute));
            return;
        }
    }
    if (!path) /* of the bind around it (XForms 1.1, 3.3.4), whose places it has */
        path = ".";
    struct form_field **fields;
    size_t errors = parsing->findings->errors;
    size_t count = parse_fields(parsing, bind, path, from, &fields);
    if (count == 0 && parsing->findings->errors == errors)
        parse_warning_in(parsing, bind, path, "bind.nodeset",
                         "bind to %s, but the instance has no such element%s", path,
                         parse_meant(parsing, path));
    for (size_t i = 0; i < count; i++) {
        bind_field(parsing, bind, fields[i]);
        if (asks_position(fields[i]))
            parsing->form->links[fields[i]->number].nodeset =
                nodeset_of(parsing, fields, count, from);
        for (const xmlNode *inner = xml_child(bind, FORM_NAMESPACE, "bind"); inner;
             inner = xml_next(inner, FORM_NAMESPACE, "bind"))
            read_bind(parsing, inner, fields[i]);
    }
}

void parse_binds(struct parsing *parsing, const xmlNode *model)
{
    for (const xmlNode *bind = xml_child(model, FORM_NAMESPACE, "bind"); bind;
         bind = xml_next(bind, FORM_NAMESPACE, "bind"))
        read_bind(parsing, bind, parsing->form->fields[0]);
}

/* ---- Templates ---- */

static xmlAttr *template_mark(const xmlNode *node)
{
    return xmlHasNsProp(node, (const xmlChar *)"template", (const xmlChar *)FORM_NAMESPACE_JR);
}

/* The row to copy: the one marked jr:template, else the first. */
static void find_templates(struct parsing *parsing, xmlNode *node, const struct form_field *parent,
                           xmlNode **found)
{
    const struct form_field *field = form_child(parsing->form, parent, (const char *)node->name);
    if (!field)
        return;
    if (field->is_repeat &&
        (!found[field->number] || (template_mark(node) && !template_mark(found[field->number]))))
        found[field->number] = node;
    for (xmlNode *child = xml_child(node, "*", NULL); child; child = xml_next(child, "*", NULL))
        find_templates(parsing, child, field, found);
}

/* A row that is no template has the first answers, not those of every new row (ODK XForms,
 * repeats). */
static void empty_texts(xmlNode *element)
{
    xmlNode *first = xml_child(element, "*", NULL);
    if (!first)
        xmlNodeSetContent(element, NULL);
    for (xmlNode *child = first; child; child = xml_next(child, "*", NULL))
        empty_texts(child);
}

/* Rows that only are templates go from what answers begin with. */
static void drop_templates(xmlNode *element)
{
    for (xmlNode *child = xml_child(element, "*", NULL), *next; child; child = next) {
        next = xml_next(child, "*", NULL);
        if (template_mark(child))
            remove_node(child);
        else
            drop_templates(child);
    }
}

void parse_templates(struct parsing *parsing)
{
    struct form *form = parsing->form;
    xmlNode **found = ARENA_ARRAY(parsing->scratch, form->field_count, xmlNode *);
    xmlNode *root = xmlDocGetRootElement(form->instance);
    find_templates(parsing, root, NULL, found);

    form->templates = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *top = xmlNewNode(NULL, (const xmlChar *)"templates");
    xmlDocSetRootElement(form->templates, top);
    for (size_t i = 0; i < form->field_count; i++) {
        if (!found[i])
            continue;
        xmlNode *copy = xmlDocCopyNode(found[i], form->templates, 1);
        xmlAttr *mark = template_mark(copy);
        if (mark)
            xmlRemoveProp(mark);
        else
            empty_texts(copy);
        xmlAddChild(top, copy);
        form->links[i].template = copy;
    }
    for (xmlNode *copy = xml_child(top, "*", NULL); copy; copy = xml_next(copy, "*", NULL))
        drop_templates(copy);
    drop_templates(root);
}
