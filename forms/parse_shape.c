/* What XForms 1.1 may write otherwise, brought into the shape that the rest reads: a form with one
 * model, and repeats that are elements. Done on the document, before anything is made of it. */
#include "forms/parse_inside.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <string.h>

/* ---- Further models: their instances are lists beside the answers (XForms 1.1, 3.2.2) ---- */

struct further_model {
    const char *id;       /* or "" */
    const char *instance; /* id of its default instance; NULL: it has none */
};

struct further_bind {
    const char *id, *path; /* from the answers' point of view */
};

struct shaping {
    struct parsing *parsing;
    struct further_model *models; /* the first is the one of the answers */
    size_t model_count;
    struct further_bind *binds;
    size_t bind_count, bind_capacity;
};

/* What paths below an element are seen from. */
struct scope {
    const char *instance; /* NULL: the answers */
    bool is_bound; /* an element around is bound to a node there: relative paths begin at it */
};

static struct xpath_tree *instance_call(struct arena *arena, const char *id)
{
    struct xpath_tree *call = ARENA_NEW(arena, struct xpath_tree);
    call->kind = XPATH_CALL;
    call->text = "instance";
    call->first = ARENA_NEW(arena, struct xpath_tree);
    call->first->kind = XPATH_LITERAL;
    call->first->text = id;
    return call;
}

/* is_top: seen from where the whole expression is, so not in a predicate. */
static void lead_into(struct arena *arena, struct xpath_tree *tree, const struct scope *scope,
                      bool is_top)
{
    if (tree->kind == XPATH_CALL && strcmp(tree->text, "instance") == 0 && !tree->first)
        tree->first = instance_call(arena, scope->instance)->first;
    if (tree->kind == XPATH_PATH && !tree->start &&
        (tree->absolute || (is_top && !scope->is_bound))) {
        struct xpath_step *step = ARENA_NEW(arena, struct xpath_step);
        *step = (struct xpath_step){.axis = tree->absolute ? XPATH_PARENT : XPATH_SELF,
                                    .test = "node()",
                                    .next = tree->steps};
        tree->steps =
            step; /* so that it begins at the root element, or above it, whatever follows */
        tree->start = instance_call(arena, scope->instance);
        tree->absolute = false;
    } else if (tree->start) {
        lead_into(arena, tree->start, scope, is_top);
    }
    for (struct xpath_tree *at = tree->first; at; at = at->next)
        lead_into(arena, at, scope, is_top);
    for (struct xpath_tree *at = tree->predicates; at; at = at->next)
        lead_into(arena, at, scope, false);
    for (struct xpath_step *step = tree->steps; step; step = step->next)
        for (struct xpath_tree *at = step->predicates; at; at = at->next)
            lead_into(arena, at, scope, false);
}

/* The expression as it is written for the answers; one that cannot be read is told of later. */
static const char *from_answers(struct shaping *shaping, const char *source,
                                const struct scope *scope)
{
    struct arena *arena = shaping->parsing->scratch;
    struct xpath_tree *tree;
    struct error err = {0};
    struct buf out;
    if (!scope->instance || !xpath_tree_parse(arena, source, &tree, &err))
        return source;
    lead_into(arena, tree, scope, true);
    buf_init(&out, arena);
    xpath_tree_write(tree, &out);
    return buf_text(&out);
}

static void set_attribute(xmlNode *element, const char *name, const char *value)
{
    xmlSetProp(element, (const xmlChar *)name, (const xmlChar *)value);
}

static const struct further_model *find_model(const struct shaping *shaping, const char *id)
{
    for (size_t i = 0; i < shaping->model_count; i++)
        if (strcmp(shaping->models[i].id, id) == 0)
            return &shaping->models[i];
    return NULL;
}

/* A bind goes before the model and the path beside it (XForms 1.1, 3.2.4). */
static bool follow_bind(struct shaping *shaping, xmlNode *element)
{
    const char *id = parse_attribute(shaping->parsing, element, "bind");
    for (size_t i = 0; id && i < shaping->bind_count; i++) {
        if (strcmp(shaping->binds[i].id, id) != 0)
            continue;
        xmlUnsetProp(element, (const xmlChar *)"bind");
        set_attribute(element, "ref", shaping->binds[i].path);
        return true;
    }
    return false;
}

static void lead_paths(struct shaping *shaping, xmlNode *element, struct scope scope)
{
    static const char *const names[] = {"ref", "nodeset", "value"};
    const char *id = xml_is(element, FORM_NAMESPACE, NULL)
                         ? parse_attribute(shaping->parsing, element, "model")
                         : NULL;
    const struct further_model *model = id ? find_model(shaping, id) : NULL;
    if (id && !model)
        parse_error(shaping->parsing, element, "model.unknown", "there is no model '%s'", id);
    if (model)
        scope = (struct scope){model->instance, false};
    bool follows = follow_bind(shaping, element);
    for (size_t i = 0; i < COUNT(names) && !follows && scope.instance; i++) {
        const char *source = parse_attribute(shaping->parsing, element, names[i]);
        if (source && *source)
            set_attribute(element, names[i], from_answers(shaping, source, &scope));
    }
    if (follows || parse_attribute(shaping->parsing, element, "ref") ||
        parse_attribute(shaping->parsing, element, "nodeset"))
        scope.is_bound = true;
    for (xmlNode *child = xml_child(element, "*", NULL); child; child = xml_next(child, "*", NULL))
        lead_paths(shaping, child, scope);
}

/* ---- Binds of a further model only name nodes ---- */

static void take_bind(struct shaping *shaping, const xmlNode *bind, const char *around,
                      const struct scope *scope)
{
    struct parsing *parsing = shaping->parsing;
    static const char *const rules[] = {"type",     "required",   "relevant",
                                        "readonly", "constraint", "calculate"};
    for (size_t i = 0; i < COUNT(rules); i++)
        if (parse_attribute(parsing, bind, rules[i]))
            parse_error(parsing, bind, "model.several",
                        "only the first model is answers: a bind of another has no %s", rules[i]);
    const char *id = parse_attribute(parsing, bind, "id");
    const char *path = parse_attribute(parsing, bind, "nodeset");
    path = path ? path : parse_attribute(parsing, bind, "ref");
    path = path ? path : ".";
    const char *own = around && *path != '/' ? arena_printf(parsing->scratch, "%s/%s", around, path)
                                             : from_answers(shaping, path, scope);
    if (id) {
        shaping->binds = parse_grow(parsing, shaping->binds, shaping->bind_count,
                                    &shaping->bind_capacity, sizeof *shaping->binds);
        shaping->binds[shaping->bind_count++] = (struct further_bind){id, own};
    }
    for (const xmlNode *inner = xml_child(bind, FORM_NAMESPACE, "bind"); inner;
         inner = xml_next(inner, FORM_NAMESPACE, "bind"))
        take_bind(shaping, inner, own, scope);
}

/* ---- Moving ---- */

/* Every instance needs a name by which it is asked for. */
static const char *name_instance(struct shaping *shaping, xmlNode *instance)
{
    const char *id = parse_attribute(shaping->parsing, instance, "id");
    if (id)
        return id;
    id = arena_printf(shaping->parsing->arena, "model-%zu", shaping->model_count);
    set_attribute(instance, "id", id);
    return id;
}

static void take_submission(struct shaping *shaping, xmlNode *submission, struct scope scope)
{
    struct parsing *parsing = shaping->parsing;
    if (!parse_attribute(parsing, submission, "ref") &&
        !parse_attribute(parsing, submission, "bind"))
        set_attribute(submission, "ref", ".");
    lead_paths(shaping, submission, scope);
}

static void take_model(struct shaping *shaping, xmlNode *model, xmlNode *first)
{
    struct parsing *parsing = shaping->parsing;
    const char *id = parse_attribute(parsing, model, "id");
    struct further_model taken = {.id = id ? id : ""};
    xmlNode *instance = xml_child(model, FORM_NAMESPACE, "instance");
    if (instance)
        taken.instance = name_instance(shaping, instance);
    const struct scope scope = {taken.instance, false};
    for (xmlNode *at = xml_child(model, FORM_NAMESPACE, NULL), *next; at; at = next) {
        next = xml_next(at, FORM_NAMESPACE, NULL);
        if (xml_is(at, FORM_NAMESPACE, "bind")) {
            take_bind(shaping, at, NULL, &scope);
        } else if (xml_is(at, FORM_NAMESPACE, "instance") ||
                   xml_is(at, FORM_NAMESPACE, "submission")) {
            if (xml_is(at, FORM_NAMESPACE, "submission"))
                take_submission(shaping, at, scope);
            xmlUnlinkNode(at);
            xmlAddChild(first, at);
        } else {
            parse_error(parsing, at, "model.several",
                        "only the first model is answers: <%s> has no place in another",
                        (const char *)at->name);
        }
    }
    shaping->models[shaping->model_count++] = taken;
}

static void shape_models(struct parsing *parsing, xmlNode *first, xmlNode *body)
{
    struct shaping shaping = {.parsing = parsing};
    const char *id = parse_attribute(parsing, first, "id");
    size_t count = 1;
    for (xmlNode *at = first; (at = xml_next(at, FORM_NAMESPACE, "model")) != NULL;)
        count++;
    shaping.models = ARENA_ARRAY(parsing->scratch, count, struct further_model);
    shaping.models[shaping.model_count++] = (struct further_model){.id = id ? id : ""};
    for (xmlNode *at = first; (at = xml_next(at, FORM_NAMESPACE, "model")) != NULL;) {
        parse_warning(parsing, at, "profile",
                      "a further model holds lists only, which nobody can write in: other engines "
                      "will not know it");
        take_model(&shaping, at, first);
    }
    lead_paths(&shaping, body, (struct scope){NULL, false});
}

/* ---- Repeats as attributes (XForms 1.1, 9.3.5) ---- */

static bool is_about(const xmlNode *element)
{
    static const char *const names[] = {"label", "hint", "help", "alert"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (xml_is(element, FORM_NAMESPACE, names[i]))
            return true;
    return false;
}

/* What is in the element is in a repeat in it. */
static void unfold_repeat(xmlNode *element, const char *name, const char *value)
{
    xmlNode *repeat = xmlNewDocNode(
        element->doc, xmlSearchNsByHref(element->doc, element, (const xmlChar *)FORM_NAMESPACE),
        (const xmlChar *)"repeat", NULL);
    repeat->line = element->line;
    set_attribute(repeat, name, value);
    for (xmlNode *at = xml_child(element, "*", NULL), *next; at; at = next) {
        next = xml_next(at, "*", NULL);
        if (is_about(at))
            continue;
        xmlUnlinkNode(at);
        xmlAddChild(repeat, at);
    }
    xmlAddChild(element, repeat);
}

static void shape_repeats(struct parsing *parsing, xmlNode *element)
{
    for (xmlNode *at = xml_child(element, "*", NULL); at; at = xml_next(at, "*", NULL))
        shape_repeats(parsing, at);
    static const char *const names[] = {"bind", "nodeset"}; /* a bind goes before a path */
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = xml_attribute(parsing->scratch, element, FORM_NAMESPACE,
                                          arena_printf(parsing->scratch, "repeat-%s", names[i]));
        if (!value)
            continue;
        parse_warning(parsing, element, "profile",
                      "repeat-%s on <%s> is XForms 1.1: other engines will not know it; write "
                      "<repeat>",
                      names[i], (const char *)element->name);
        unfold_repeat(element, names[i], value);
        return;
    }
}

void parse_shape(struct parsing *parsing, xmlNode *model, xmlNode *body)
{
    if (xml_next(model, FORM_NAMESPACE, "model"))
        shape_models(parsing, model, body);
    shape_repeats(parsing, body);
}
