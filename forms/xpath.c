#include "forms/xpath.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/xpath_functions.h"
#include "forms/xpath_rewrite.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

bool xpath_new(struct arena *text, struct arena *scratch, struct xpath_world *world,
               const char *source, int line, struct xpath **out, struct error *err)
{
    struct xpath_tree *tree;
    if (!xpath_tree_parse(scratch, source, &tree, err))
        return false;
    struct xpath_tree *written;
    if (!xpath_rewrite(scratch, world, tree, &written, err))
        return false;

    struct xpath *xpath = ARENA_NEW(text, struct xpath);
    *xpath = (struct xpath){.source = arena_text(text, source),
                            .tree = tree,
                            .constant = xpath_rewrite_truth(tree),
                            .is_positional = xpath_tree_is_positional(tree),
                            .is_shuffled =
                                tree->kind == XPATH_CALL && strcmp(tree->text, "randomize") == 0,
                            .operations = XPATH_MAX_OPERATIONS,
                            .number = world->expression_count++,
                            .line = line};
    xpath->text = xpath->source;
    if (written) {
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
    unsigned long spent;      /* operations since the last refresh */
    unsigned long look_again; /* at the clock, when so many are spent */
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
    run->moment.zone = clock_oslo;
    run->context = xmlXPathNewContext(NULL);
    run->context->error = keep_quiet;
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

void xpath_run_zone(struct xpath_run *run, struct clock_time (*zone)(int64_t at))
{
    run->moment.zone = zone;
}

/* East of UTC, outside summer time. */
static int standard_minutes(struct clock_time (*zone)(int64_t at))
{
    enum { JANUARY = 1767225600, JULY = 1782864000 }; /* 2026 */
    int winter = zone(JANUARY).offset_minutes, summer = zone(JULY).offset_minutes;
    return winter < summer ? winter : summer;
}

void xpath_run_itext(struct xpath_run *run, xmlNode *(*find)(void *context, const char *id))
{
    run->moment.itext = find;
}

void xpath_run_speak(struct xpath_run *run, const char *language)
{
    run->moment.language = language;
}

void xpath_run_use(struct xpath_run *run, xmlDoc *doc, int64_t now, const struct xpath_host *host)
{
    run->context->doc = doc;
    run->moment.doc = doc;
    run->moment.host = host ? *host : (struct xpath_host){0};
    run->moment.language = NULL;
    struct clock_time time = run->moment.zone(now);
    run->moment.standard_minutes = standard_minutes(run->moment.zone);
    run->moment.now_minutes = time.offset_minutes;
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
    run->spent = run->look_again = 0;
}

/* Of this thread's processor time; 0: never. */
static _Thread_local int64_t time_ends_at_ms;

static int64_t thread_time_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

void xpath_limit_time(int processor_ms)
{
    time_ends_at_ms = processor_ms ? thread_time_ms() + processor_ms : 0;
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

void xpath_run_around(struct xpath_run *run, xmlNode *around)
{
    run->moment.around = around;
}

/* Where it is among those its bind is about, or among the rows: only when the expression asks. */
static void stand(struct xpath_run *run, const struct xpath *xpath, xmlNode *at)
{
    xmlXPathContext *context = run->context;
    const struct xpath_host *host = &run->moment.host;
    context->node = at;
    context->contextSize = 1;
    context->proximityPosition = 1;
    context->opCount = 0;
    context->opLimit = (unsigned long)xpath->operations;
    run->moment.current = at;
    run->moment.why[0] = 0;
    if (!xpath->is_positional || !host->standing)
        return;
    size_t work = 0;
    host->standing(host->context, xpath, at, &context->proximityPosition, &context->contextSize,
                   &work);
    context->opCount = work;
}

static bool fail_evaluation(struct xpath_run *run, const struct xpath *xpath, struct error *err)
{
    const xmlXPathContext *context = run->context;
    if (context->opCount >= context->opLimit)
        return error_set(err, ERROR_LIMIT, "%.120s: takes more than %d operations", xpath->source,
                         xpath->operations);
    return error_set(err, ERROR_INVALID, "%.120s: %s", xpath->source,
                     run->moment.why[0] ? run->moment.why : "cannot be evaluated");
}

/* Looked at every so often: the clock costs as much as a short expression. */
static bool time_is_up(struct xpath_run *run)
{
    enum { LOOK_EVERY = 10000 }; /* operations: a tenth of a millisecond */
    if (!time_ends_at_ms || run->spent < run->look_again)
        return false;
    if (thread_time_ms() > time_ends_at_ms)
        return true;
    run->look_again = run->spent + LOOK_EVERY;
    return false;
}

/* The result is the caller's; NULL on failure. */
static xmlXPathObject *evaluate(struct xpath_run *run, const struct xpath *xpath, xmlNode *at,
                                struct error *err)
{
    if (run->spent > XPATH_MAX_TOTAL_OPERATIONS || time_is_up(run)) {
        (void)error_set(err, ERROR_LIMIT, "%.120s: all expressions together took too long",
                        xpath->source);
        return NULL;
    }
    if (!compile(run, xpath, err))
        return NULL;
    stand(run, xpath, at);
    xmlResetError(&run->context->lastError);
    xmlXPathObject *result = xmlXPathCompiledEval(run->compiled[xpath->number], run->context);
    run->spent += run->context->opCount + 1;
    xpath_free_object(&run->moment.kept);
    run->moment.kept = NULL;
    if (!result)
        (void)fail_evaluation(run, xpath, err);
    return result;
}

bool xpath_boolean(struct xpath_run *run, const struct xpath *xpath, xmlNode *at, bool *out,
                   struct error *err)
{
    if (xpath->constant != XPATH_VARIES) {
        *out = xpath->constant == XPATH_IS_TRUE;
        return true;
    }
    CLEANUP(xpath_free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    if (!result)
        return false;
    *out = xmlXPathCastToBoolean(result);
    return true;
}

bool xpath_number(struct xpath_run *run, const struct xpath *xpath, xmlNode *at, double *out,
                  struct error *err)
{
    CLEANUP(xpath_free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    if (!result)
        return false;
    *out = xpath_object_number(&run->moment, result);
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
    CLEANUP(xpath_free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
    return result && text_of(arena, xpath, result, out, err);
}

bool xpath_value(struct xpath_run *run, struct arena *arena, const struct xpath *xpath, xmlNode *at,
                 struct xpath_value *out, struct error *err)
{
    CLEANUP(xpath_free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
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
    CLEANUP(xpath_free_object) xmlXPathObject *result = evaluate(run, xpath, at, err);
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
    if (xpath->is_shuffled)
        xpath_shuffle(&run->moment, *out, found);
    *count = found;
    return true;
}

/* ---- Numbers ---- */

/* Digits after the point of the shortest number that reads back as this one. */
static int decimals_of(double number)
{
    char text[40];
    int digits = 15;
    for (; digits < 17; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number)
            break;
    }
    int decimals = digits - 1 - (int)floor(log10(fabs(number)));
    return decimals < 0 ? 0 : decimals > 330 ? 330 : decimals;
}

char *xpath_number_text(struct arena *arena, double number)
{
    if (xpath_is_no_date(number))
        return arena_text(arena, "Invalid Date");
    if (isnan(number))
        return arena_text(arena, "NaN");
    if (isinf(number))
        return arena_text(arena, number < 0 ? "-Infinity" : "Infinity");
    if (number == 0)
        return arena_text(arena, "0");
    if (number == trunc(number))
        return arena_printf(arena, "%.0f", number);

    char *text = arena_printf(arena, "%.*f", decimals_of(number), number);
    size_t size = strlen(text);
    while (text[size - 1] == '0')
        text[--size] = 0;
    if (text[size - 1] == '.')
        text[--size] = 0;
    return text;
}

bool xpath_says_nothing(const char *text)
{
    return strcmp(text, "NaN") == 0 || strcmp(text, "Invalid Date") == 0;
}

bool xpath_number_date(double number, struct clock_time (*zone)(int64_t at), int *year, int *month,
                       int *day)
{
    if (!(fabs(number) < 2.9e6)) /* also NaN */
        return false;
    double seconds = floor(number * 86400 + 0.5) + standard_minutes(zone) * 60;
    clock_date((int64_t)floor(seconds / 86400), year, month, day);
    return *year >= 0 && *year <= 9999;
}
