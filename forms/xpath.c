#include "forms/xpath.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/xpath_functions.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* ---- Reading and rewriting, when a form is loaded ---- */

struct rewriting {
    struct arena *arena;
    const struct xpath_world *world;
    struct error *err;
    bool changed, failed;
};

static const char *prefix_uri(const struct xpath_world *world, const char *prefix, size_t size)
{
    for (size_t i = 0; i < world->prefix_count; i++)
        if (strlen(world->prefixes[i].prefix) == size &&
            memcmp(world->prefixes[i].prefix, prefix, size) == 0)
            return world->prefixes[i].uri;
    return NULL;
}

static void fail(struct rewriting *rewriting, const char *what, const char *name)
{
    if (!rewriting->failed)
        (void)error_set(rewriting->err, ERROR_INVALID, "%s '%s'", what, name);
    rewriting->failed = true;
}

static const struct xpath_instance *find_instance(const struct xpath_world *world, const char *id)
{
    for (size_t i = 0; i < world->instance_count; i++)
        if (strcmp(world->instances[i].id, id) == 0)
            return &world->instances[i];
    return NULL;
}

static void check_call(struct rewriting *rewriting, const struct xpath_tree *call)
{
    const char *colon = strchr(call->text, ':');
    const char *uri = NULL;
    if (colon) {
        uri = prefix_uri(rewriting->world, call->text, (size_t)(colon - call->text));
        if (!uri) {
            fail(rewriting, "no namespace is declared for the prefix of", call->text);
            return;
        }
    }
    const struct xpath_function *function = xpath_function_find(uri, xpath_tree_local(call->text));
    if (!function) {
        fail(rewriting, "there is no function", call->text);
        return;
    }
    int count = 0;
    for (const struct xpath_tree *argument = call->first; argument; argument = argument->next)
        count++;
    if (count < function->min_arguments ||
        (function->max_arguments >= 0 && count > function->max_arguments))
        fail(rewriting, "wrong number of arguments for the function", call->text);
    if (strcmp(call->text, "instance") == 0 && call->first && call->first->kind == XPATH_LITERAL &&
        !find_instance(rewriting->world, call->first->text))
        fail(rewriting, "there is no instance with id", call->first->text);
}

static void check_steps(struct rewriting *rewriting, const struct xpath_tree *path)
{
    for (const struct xpath_step *step = path->steps; step; step = step->next) {
        const char *colon = strchr(step->test, ':');
        if (colon && !prefix_uri(rewriting->world, step->test, (size_t)(colon - step->test)))
            fail(rewriting, "no namespace is declared for the prefix of", step->test);
    }
}

static void check(struct xpath_tree *tree, void *context)
{
    struct rewriting *rewriting = context;
    if (tree->kind == XPATH_CALL)
        check_call(rewriting, tree);
    else if (tree->kind == XPATH_PATH)
        check_steps(rewriting, tree);
    else if (tree->kind == XPATH_VARIABLE)
        fail(rewriting, "the language has no variables, here", tree->text);
}

static struct xpath_tree *call_of(struct arena *arena, const char *name, struct xpath_tree *first)
{
    struct xpath_tree *call = ARENA_NEW(arena, struct xpath_tree);
    call->kind = XPATH_CALL;
    call->text = name;
    call->first = first;
    return call;
}

/* What surely is no date, so that libxml2's own operator does. */
static bool is_plain_number(const struct xpath_tree *tree)
{
    static const char *const functions[] = {
        "count",           "string-length", "position", "last", "round",
        "floor",           "ceiling",       "sum",      "int",  "count-selected",
        "count-non-empty", "number",        "_number",  "abs",  "pow"};
    switch (tree->kind) {
    case XPATH_NUMERAL:
    case XPATH_ADD:
    case XPATH_SUBTRACT:
    case XPATH_MULTIPLY:
    case XPATH_DIVIDE:
    case XPATH_MODULO:
    case XPATH_NEGATE:
        return true;
    case XPATH_GROUP:
        return is_plain_number(tree->first);
    case XPATH_CALL:
        for (size_t i = 0; i < COUNT(functions); i++)
            if (strcmp(tree->text, functions[i]) == 0)
                return true;
        return false;
    default:
        return false;
    }
}

/* Operands of arithmetic become numbers in the way of this language. */
static void count_dates(struct rewriting *rewriting, struct xpath_tree *tree)
{
    for (struct xpath_tree **operand = &tree->first; *operand; operand = &(*operand)->next) {
        if (is_plain_number(*operand))
            continue;
        struct xpath_tree *after = (*operand)->next;
        (*operand)->next = NULL;
        *operand = call_of(rewriting->arena, "_number", *operand);
        (*operand)->next = after;
        rewriting->changed = true;
    }
}

static void compare_dates(struct rewriting *rewriting, struct xpath_tree *tree)
{
    if (is_plain_number(tree->first) && is_plain_number(tree->first->next))
        return;
    static const char *const names[] = {[XPATH_LESS] = "_less",
                                        [XPATH_LESS_EQUAL] = "_at-most",
                                        [XPATH_GREATER] = "_greater",
                                        [XPATH_GREATER_EQUAL] = "_at-least"};
    tree->text = names[tree->kind];
    tree->kind = XPATH_CALL;
    rewriting->changed = true;
}

/* instance('x')/root/item: the document, when the next step names its root element (ODK); else the
 * root element (XForms 1.1, 7.11.1). */
static void place_instance(struct rewriting *rewriting, struct xpath_tree *path)
{
    struct xpath_tree *call = path->start;
    if (!call || call->kind != XPATH_CALL || strcmp(call->text, "instance") != 0 || !path->steps ||
        path->predicates || call->first->kind != XPATH_LITERAL)
        return;
    const struct xpath_instance *instance = find_instance(rewriting->world, call->first->text);
    if (!instance || !instance->doc)
        return;
    const xmlNode *root = xmlDocGetRootElement(instance->doc);
    if (path->steps->axis == XPATH_CHILD && root &&
        strcmp((const char *)root->name, path->steps->test) == 0) {
        call->text = "_document";
        rewriting->changed = true;
    }
}

/* libxml2 takes / inside a predicate for the document of the node it filters. In this language it
 * is always the answers: instance('x')/root/item[code = /data/code]. */
static void from_answers(struct xpath_tree *tree, void *context)
{
    struct rewriting *rewriting = context;
    if (tree->kind != XPATH_PATH || !tree->absolute)
        return;
    tree->absolute = false;
    tree->start = call_of(rewriting->arena, "_document", NULL);
    rewriting->changed = true;
}

static void root_predicates(struct rewriting *rewriting, struct xpath_tree *path)
{
    if (!path->start)
        return;
    for (struct xpath_tree *at = path->predicates; at; at = at->next)
        xpath_tree_visit(at, from_answers, rewriting);
    for (struct xpath_step *step = path->steps; step; step = step->next)
        for (struct xpath_tree *at = step->predicates; at; at = at->next)
            xpath_tree_visit(at, from_answers, rewriting);
}

/* Paths inside an index are meant from where the whole expression stands. */
static void from_current(struct xpath_tree *tree, void *context)
{
    struct arena *arena = context;
    if (tree->kind == XPATH_PATH && !tree->absolute && !tree->start)
        tree->start = call_of(arena, "current", NULL);
}

/* The step of `path` where `repeat` ends; both plain paths. NULL: repeat is not its beginning. */
static struct xpath_step *step_of(struct xpath_tree *path, const struct xpath_tree *repeat)
{
    if (repeat->kind != XPATH_PATH || path->absolute != repeat->absolute || repeat->start ||
        !repeat->steps)
        return NULL;
    struct xpath_step *at = path->steps, *last = NULL;
    for (const struct xpath_step *step = repeat->steps; step; step = step->next, at = at->next) {
        if (!at || at->axis != step->axis || strcmp(at->test, step->test) != 0)
            return NULL;
        last = at;
    }
    return last;
}

/* indexed-repeat(/d/r/x, /d/r, 2, ...) is /d/r[position() = 2]/x. */
static void index_repeats(struct rewriting *rewriting, struct xpath_tree *call)
{
    struct xpath_tree *path = call->first;
    if (path->kind != XPATH_PATH || path->start) {
        fail(rewriting, "the first argument must be a path in the function", call->text);
        return;
    }
    for (struct xpath_tree *repeat = path->next; repeat; repeat = repeat->next->next) {
        struct xpath_step *step = repeat->next ? step_of(path, repeat) : NULL;
        if (!step) {
            fail(rewriting, "each repeat must be the beginning of the path in the function",
                 call->text);
            return;
        }
        struct xpath_tree *index = xpath_tree_copy(rewriting->arena, repeat->next);
        xpath_tree_visit(index, from_current, rewriting->arena);
        struct xpath_tree *equal = ARENA_NEW(rewriting->arena, struct xpath_tree);
        equal->kind = XPATH_EQUAL;
        equal->first = call_of(rewriting->arena, "position", NULL);
        equal->first->next = call_of(rewriting->arena, "_number", index);
        equal->next = step->predicates;
        step->predicates = equal;
    }
    struct xpath_tree *after = call->next;
    *call = *path;
    call->next = after;
    rewriting->changed = true;
}

static void rewrite(struct xpath_tree *tree, void *context)
{
    struct rewriting *rewriting = context;
    switch (tree->kind) {
    case XPATH_LESS:
    case XPATH_LESS_EQUAL:
    case XPATH_GREATER:
    case XPATH_GREATER_EQUAL:
        compare_dates(rewriting, tree);
        return;
    case XPATH_ADD:
    case XPATH_SUBTRACT:
    case XPATH_MULTIPLY:
    case XPATH_DIVIDE:
    case XPATH_MODULO:
    case XPATH_NEGATE:
        count_dates(rewriting, tree);
        return;
    case XPATH_PATH:
        place_instance(rewriting, tree);
        root_predicates(rewriting, tree);
        return;
    case XPATH_CALL:
        if (strcmp(tree->text, "indexed-repeat") == 0)
            index_repeats(rewriting, tree);
        return;
    default:
        return;
    }
}

static enum xpath_constant constant_of(const struct xpath_tree *tree)
{
    if (tree->kind == XPATH_CALL && strcmp(tree->text, "true") == 0)
        return XPATH_IS_TRUE;
    if (tree->kind == XPATH_CALL && strcmp(tree->text, "false") == 0)
        return XPATH_IS_FALSE;
    return XPATH_VARIES;
}

bool xpath_new(struct arena *text, struct arena *scratch, struct xpath_world *world,
               const char *source, int line, struct xpath **out, struct error *err)
{
    struct xpath_tree *tree;
    if (!xpath_tree_parse(scratch, source, &tree, err))
        return false;
    struct rewriting rewriting = {.arena = scratch, .world = world, .err = err};
    xpath_tree_visit(tree, check, &rewriting);
    if (rewriting.failed)
        return false;
    struct xpath_tree *written = xpath_tree_copy(scratch, tree);
    xpath_tree_visit(written, rewrite, &rewriting);
    if (rewriting.failed)
        return false;

    struct xpath *xpath = ARENA_NEW(text, struct xpath);
    *xpath = (struct xpath){.source = arena_text(text, source),
                            .tree = tree,
                            .constant = constant_of(tree),
                            .number = world->expression_count++,
                            .line = line};
    xpath->text = xpath->source;
    if (rewriting.changed) {
        struct buf buf;
        buf_init(&buf, scratch);
        xpath_tree_write(written, &buf);
        xpath->text = arena_text(text, buf_text(&buf));
    }
    *out = xpath;
    return true;
}

/* ---- Evaluating ---- */

struct xpath_run {
    const struct xpath_world *world;
    xmlXPathContext *context;
    xmlXPathCompExpr **compiled; /* by number; NULL: not yet */
    struct xpath_moment moment;
    unsigned long spent; /* operations since the last refresh */
};

static void keep_quiet(void *context, xmlError *error)
{
    (void)context;
    (void)error;
}

struct xpath_run *xpath_run_open(const struct xpath_world *world)
{
    struct xpath_run *run = calloc(1, sizeof *run);
    xmlXPathCompExpr **compiled = calloc((size_t)world->expression_count + 1, sizeof *compiled);
    if (!run || !compiled)
        abort();
    run->world = world;
    run->compiled = compiled;
    run->moment.world = world;
    run->context = xmlXPathNewContext(NULL);
    run->context->error = keep_quiet;
    run->context->opLimit = XPATH_MAX_OPERATIONS;
    xmlXPathRegisterFuncLookup(run->context, xpath_function_lookup, &run->moment);
    for (size_t i = 0; i < world->prefix_count; i++)
        xmlXPathRegisterNs(run->context, (const xmlChar *)world->prefixes[i].prefix,
                           (const xmlChar *)world->prefixes[i].uri);
    xmlXPathContextSetCache(run->context, 1, -1, 0);
    return run;
}

void xpath_run_close(struct xpath_run **run)
{
    if (!*run)
        return;
    for (int i = 0; i < (*run)->world->expression_count; i++)
        if ((*run)->compiled[i])
            xmlXPathFreeCompExpr((*run)->compiled[i]);
    xmlXPathFreeContext((*run)->context);
    free((*run)->compiled);
    free(*run);
    *run = NULL;
}

void xpath_run_use(struct xpath_run *run, xmlDoc *doc, int64_t now, const struct xpath_host *host)
{
    run->context->doc = doc;
    run->moment.doc = doc;
    run->moment.host = host ? *host : (struct xpath_host){0};
    struct clock_time time = clock_oslo(now);
    int minutes = abs(time.offset_minutes);
    snprintf(run->moment.today, sizeof run->moment.today, "%04d-%02d-%02d", time.year % 10000,
             time.month % 100, time.day % 100);
    snprintf(run->moment.now, sizeof run->moment.now, "%sT%02d:%02d:%02d.000%c%02d:%02d",
             run->moment.today, time.hour % 100, time.minute % 100, time.second % 100,
             time.offset_minutes < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
    xpath_run_refresh(run);
}

void xpath_run_refresh(struct xpath_run *run)
{
    run->spent = 0;
}

static bool compile(struct xpath_run *run, const struct xpath *xpath, struct error *err)
{
    assert(xpath->number < run->world->expression_count);
    xmlXPathCompExpr **slot = &run->compiled[xpath->number];
    if (*slot)
        return true;
    run->context->opCount = 0;
    *slot = xmlXPathCtxtCompile(run->context, (const xmlChar *)xpath->text);
    if (!*slot)
        return error_set(err, ERROR_INVALID, "%.120s: does not compile", xpath->source);
    return true;
}

static void free_object(xmlXPathObject **object)
{
    if (*object)
        xmlXPathFreeObject(*object);
}

/* The result is the caller's; NULL on failure. */
static xmlXPathObject *evaluate(struct xpath_run *run, const struct xpath *xpath, xmlNode *at,
                                struct error *err)
{
    if (run->spent > XPATH_MAX_TOTAL_OPERATIONS) {
        (void)error_set(err, ERROR_LIMIT, "%.120s: all expressions together took too long",
                        xpath->source);
        return NULL;
    }
    if (!compile(run, xpath, err))
        return NULL;
    xmlXPathContext *context = run->context;
    context->node = at;
    context->contextSize = 1;
    context->proximityPosition = 1;
    context->opCount = 0;
    xmlResetError(&context->lastError);
    run->moment.current = at;

    xmlXPathObject *result = xmlXPathCompiledEval(run->compiled[xpath->number], context);
    run->spent += context->opCount + 1;
    if (result)
        return result;
    if (context->opCount >= context->opLimit)
        (void)error_set(err, ERROR_LIMIT, "%.120s: takes more than %d operations", xpath->source,
                        XPATH_MAX_OPERATIONS);
    else
        (void)error_set(err, ERROR_INVALID, "%.120s: cannot be evaluated", xpath->source);
    return NULL;
}

bool xpath_boolean(struct xpath_run *run, const struct xpath *xpath, xmlNode *at, bool *out,
                   struct error *err)
{
    if (xpath->constant != XPATH_VARIES) {
        *out = xpath->constant == XPATH_IS_TRUE;
        return true;
    }
    CLEANUP(free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    if (!result)
        return false;
    *out = xmlXPathCastToBoolean(result);
    return true;
}

bool xpath_number(struct xpath_run *run, const struct xpath *xpath, xmlNode *at, double *out,
                  struct error *err)
{
    CLEANUP(free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    if (!result)
        return false;
    *out = xpath_object_number(result);
    return true;
}

static bool text_of(struct arena *arena, const struct xpath *xpath, xmlXPathObject *result,
                    char **out, struct error *err)
{
    if (result->type == XPATH_NUMBER) {
        *out = xpath_number_text(arena, result->floatval);
        return true;
    }
    xmlChar *text = xmlXPathCastToString(result);
    bool fits = strlen((const char *)text) <= XPATH_MAX_RESULT_BYTES;
    if (fits)
        *out = arena_text(arena, (const char *)text);
    xmlFree(text);
    if (!fits)
        return error_set(err, ERROR_LIMIT, "%.120s: gives more than %d bytes", xpath->source,
                         XPATH_MAX_RESULT_BYTES);
    return true;
}

bool xpath_string(struct xpath_run *run, struct arena *arena, const struct xpath *xpath,
                  xmlNode *at, char **out, struct error *err)
{
    CLEANUP(free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    return result && text_of(arena, xpath, result, out, err);
}

bool xpath_value(struct xpath_run *run, struct arena *arena, const struct xpath *xpath, xmlNode *at,
                 struct xpath_value *out, struct error *err)
{
    CLEANUP(free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    char *text;
    if (!result || !text_of(arena, xpath, result, &text, err))
        return false;
    *out = (struct xpath_value){.text = text, .is_number = result->type == XPATH_NUMBER};
    if (result->type == XPATH_NODESET && result->nodesetval && result->nodesetval->nodeNr) {
        xmlXPathNodeSetSort(result->nodesetval);
        xmlNode *first = result->nodesetval->nodeTab[0];
        out->node = first->type == XML_ELEMENT_NODE ? first : NULL;
    }
    return true;
}

bool xpath_nodes(struct xpath_run *run, struct arena *arena, const struct xpath *xpath, xmlNode *at,
                 xmlNode ***out, size_t *count, struct error *err)
{
    CLEANUP(free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    if (!result)
        return false;
    if (result->type != XPATH_NODESET)
        return error_set(err, ERROR_INVALID, "%.120s: gives no nodes", xpath->source);
    size_t found = result->nodesetval ? (size_t)result->nodesetval->nodeNr : 0;
    if (found)
        xmlXPathNodeSetSort(result->nodesetval);
    *out = ARENA_ARRAY(arena, found, xmlNode *);
    for (size_t i = 0; i < found; i++)
        (*out)[i] = result->nodesetval->nodeTab[i];
    *count = found;
    return true;
}

/* ---- Numbers ---- */

char *xpath_number_text(struct arena *arena, double number)
{
    if (isnan(number))
        return arena_text(arena, "NaN");
    if (isinf(number))
        return arena_text(arena, number < 0 ? "-Infinity" : "Infinity");
    if (number == 0)
        return arena_text(arena, "0");
    if (fabs(number) < 1e15 && number == trunc(number))
        return arena_printf(arena, "%.0f", number);

    int decimals = 14 - (int)floor(log10(fabs(number))); /* 15 digits say all a double surely has */
    char *text = arena_printf(arena, "%.*f",
                              decimals < 0     ? 0
                              : decimals > 300 ? 300
                                               : decimals,
                              number);
    size_t size = strlen(text);
    while (strchr(text, '.') && (text[size - 1] == '0' || text[size - 1] == '.')) {
        bool point = text[size - 1] == '.';
        text[--size] = 0;
        if (point)
            break;
    }
    return arena_text(arena, text);
}

double xpath_text_number(const char *text)
{
    double number = xmlXPathCastStringToNumber((const xmlChar *)text);
    double days;
    if (isnan(number) && xpath_days(text, &days))
        return days;
    return number;
}
