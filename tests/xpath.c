/* xpath - runs a file of XPath assertions through forms/xpath as a form's answers do.
 *
 *   xpath FILE [--set native|odk|later] [--failures]
 *
 * FILE: lines `doc N XML` and `xpath N CONTEXT KIND EXPRESSION EXPECTED SET UPSTREAM` as suite.h
 * reads them; without --set those of native and odk. With --failures a line for each; last "N
 * passed, N failed". Exit 1 on a failure, SUITE_SKIPPED when the file is not there. */
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/xpath.h"
#include "tests/suite.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PREFIXES = 32, MAX_INSTANCES = 16, MAX_DOCUMENTS = 1000 };

enum { NUMBER = 1, CONTEXT, KIND, EXPRESSION, EXPECTED, SET, FIELDS = 8 }; /* of an xpath line */

#define XFORMS "http://www.w3.org/2002/xforms"
#define XHTML "http://www.w3.org/1999/xhtml"

/* A document and how expressions see it: whole, or, when it is a form, its first instance with the
 * others beside. Nodes of instances know where they were copied from (_private). */
struct subject {
    struct arena *arena;
    xmlDoc *whole, *answers; /* the same when it is no form */
    xmlDoc *copies[MAX_INSTANCES];
    size_t copy_count;
    xmlNode *itext;
    struct xpath_prefix prefixes[MAX_PREFIXES];
    struct xpath_instance instances[MAX_INSTANCES];
    struct xpath_world world;
};

/* Arizona: seven hours behind UTC all year. */
static struct clock_time phoenix(int64_t at)
{
    struct clock_time time = clock_utc(at - 7 * 3600);
    time.offset_minutes = -7 * 60;
    return time;
}

/* ---- A document ---- */

static void add_prefix(struct subject *subject, const char *prefix, const char *uri)
{
    for (size_t i = 0; i < subject->world.prefix_count; i++)
        if (strcmp(subject->prefixes[i].prefix, prefix) == 0)
            return;
    if (subject->world.prefix_count < MAX_PREFIXES)
        subject->prefixes[subject->world.prefix_count++] = (struct xpath_prefix){prefix, uri};
}

/* Prefixes of the whole document, and its attributes named id as IDs. */
static void look_through(struct subject *subject, xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        for (const xmlNs *ns = node->nsDef; ns; ns = ns->next)
            if (ns->prefix)
                add_prefix(subject, (const char *)ns->prefix, (const char *)ns->href);
        xmlAttr *id = xmlHasNsProp(node, (const xmlChar *)"id", NULL);
        if (id && id->children)
            xmlAddID(NULL, subject->whole, id->children->content, id);
        look_through(subject, node->children);
    }
}

/* Each node of the copy learns its original, and leaves the namespace of forms. */
static void pair(xmlNode *copy, xmlNode *original)
{
    for (; copy && original; copy = copy->next, original = original->next) {
        copy->_private = original;
        if (copy->type != XML_ELEMENT_NODE)
            continue;
        if (copy->ns && strcmp((const char *)copy->ns->href, XFORMS) == 0)
            copy->ns = NULL;
        pair(copy->children, original->children);
        xmlAttr *from = original->properties;
        for (xmlAttr *to = copy->properties; to && from; to = to->next, from = from->next)
            to->_private = from;
    }
}

static void add_instance(struct subject *subject, xmlNode *instance)
{
    xmlNode *root = xml_child(instance, "*", NULL);
    if (!root || subject->copy_count == MAX_INSTANCES)
        return;
    xmlDoc *copy = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *copied = xmlDocCopyNode(root, copy, 1);
    xmlDocSetRootElement(copy, copied);
    pair(copied, root);
    copied->_private = root;
    copy->_private = instance;
    const char *id = xml_attribute(subject->arena, instance, NULL, "id");
    bool first = subject->copy_count == 0;
    if (first)
        subject->answers = copy;
    if (id)
        subject->instances[subject->world.instance_count++] =
            (struct xpath_instance){.id = id, .doc = first ? NULL : copy};
    subject->copies[subject->copy_count++] = copy;
}

static void split_form(struct subject *subject)
{
    const xmlNode *root = xmlDocGetRootElement(subject->whole);
    const xmlNode *head = xml_is(root, XHTML, "html") ? xml_child(root, XHTML, "head") : NULL;
    const xmlNode *model = head ? xml_child(head, XFORMS, "model") : NULL;
    if (!model)
        return;
    subject->itext = xml_child(model, XFORMS, "itext");
    for (xmlNode *at = xml_child(model, XFORMS, "instance"); at;
         at = xml_next(at, XFORMS, "instance"))
        add_instance(subject, at);
}

static void subject_close(struct subject *subject)
{
    for (size_t i = 0; i < subject->copy_count; i++)
        xml_close(&subject->copies[i]);
    xml_close(&subject->whole);
    if (subject->arena)
        arena_close(&subject->arena);
    *subject = (struct subject){0};
}

static bool subject_open(struct subject *subject, const char *xml, struct error *err)
{
    static const char doctype[] = "<!DOCTYPE html>"; /* our parser refuses any */
    *subject = (struct subject){.arena = arena_open()};
    xml += strspn(xml, " \t\r\n");
    if (text_starts_with(xml, doctype))
        xml += sizeof doctype - 1;
    xml += strspn(xml, " \t\r\n");
    const struct bytes bytes = {(const unsigned char *)xml, strlen(xml)};
    if (!xml_parse(bytes, "doc", &subject->whole, err))
        return false;
    subject->answers = subject->whole;
    look_through(subject, xmlDocGetRootElement(subject->whole));
    split_form(subject);
    add_prefix(subject, "xhtml", XHTML);
    add_prefix(subject, "jr", "http://openrosa.org/javarosa");
    add_prefix(subject, "sk", "urn:skjema:1");
    subject->world.prefixes = subject->prefixes;
    subject->world.instances = subject->instances;
    return true;
}

/* ---- Nodes ---- */

static void free_object(xmlXPathObject **object)
{
    if (*object)
        xmlXPathFreeObject(*object);
}

static void free_context(xmlXPathContext **context)
{
    if (*context)
        xmlXPathFreeContext(*context);
}

/* The one node of a path in the whole document, or NULL. */
static xmlNode *find(struct subject *subject, const char *path)
{
    CLEANUP(free_context) xmlXPathContext *context = xmlXPathNewContext(subject->whole);
    for (size_t i = 0; i < subject->world.prefix_count; i++)
        xmlXPathRegisterNs(context, (const xmlChar *)subject->prefixes[i].prefix,
                           (const xmlChar *)subject->prefixes[i].uri);
    CLEANUP(free_object) xmlXPathObject *result = xmlXPathEval((const xmlChar *)path, context);
    return result && result->nodesetval && result->nodesetval->nodeNr == 1
               ? result->nodesetval->nodeTab[0]
               : NULL;
}

static xmlNode *copy_of(xmlNode *at, const xmlNode *original)
{
    for (; at; at = at->next) {
        if (at->_private == original)
            return at;
        xmlNode *below = at->type == XML_ELEMENT_NODE ? copy_of(at->children, original) : NULL;
        if (below)
            return below;
    }
    return NULL;
}

/* Where an expression stands whose context is that node. */
static xmlNode *stand(struct subject *subject, xmlNode *node)
{
    for (size_t i = 0; i < subject->copy_count; i++) {
        xmlDoc *copy = subject->copies[i];
        xmlNode *found = copy->_private == node ? (xmlNode *)copy : copy_of(copy->children, node);
        if (found)
            return found;
    }
    return node;
}

static const xmlNode *original_of(const struct subject *subject, const xmlNode *node)
{
    return node->doc == subject->whole ? node : node->_private;
}

static void write_path(const xmlNode *node, struct buf *out)
{
    xmlChar *path = node ? xmlGetNodePath(node) : NULL;
    buf_add_text(out, path ? (const char *)path : "?");
    xmlFree(path);
}

/* Whether these are the nodes of the paths, in order; else *got names them. */
static bool same_nodes(struct subject *subject, xmlNode *const *nodes, size_t count,
                       const char *expected, char **got)
{
    struct arena *arena = subject->arena;
    char *rest = arena_text(arena, expected);
    size_t at = 0;
    bool same = true;
    for (const char *path; *expected && (path = strsep(&rest, "|"));)
        if (at >= count || find(subject, path) != original_of(subject, nodes[at++]))
            same = false;
    struct buf text;
    buf_init(&text, arena);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(&text, i ? "|" : "");
        write_path(original_of(subject, nodes[i]), &text);
    }
    *got = buf_text(&text);
    return same && at == count;
}

/* ---- An assertion ---- */

/* The first language is the default one. */
static xmlNode *find_itext(void *context, const char *id)
{
    struct subject *subject = context;
    const xmlNode *language =
        subject->itext ? xml_child(subject->itext, XFORMS, "translation") : NULL;
    xmlNode *text = language ? xml_child(language, XFORMS, "text") : NULL;
    while (text && !text_equal(xml_attribute(subject->arena, text, NULL, "id"), id))
        text = xml_next(text, XFORMS, "text");
    xmlNode *value = text ? xml_child(text, XFORMS, "value") : NULL;
    while (value && xml_attribute(subject->arena, value, NULL, "form"))
        value = xml_next(value, XFORMS, "value");
    return value;
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-13 * fabs(b);
}

/* What came, as text; what was expected itself when it means the same. */
static bool evaluate(struct subject *subject, struct xpath_run *run, const struct xpath *xpath,
                     xmlNode *at, const char *const *fields, const char **got, struct error *err)
{
    struct arena *arena = subject->arena;
    const char *kind = fields[KIND], *expected = fields[EXPECTED];
    char *text = NULL;
    if (strcmp(kind, "boolean") == 0) {
        bool value;
        if (!xpath_boolean(run, xpath, at, &value, err))
            return false;
        *got = value ? "true" : "false";
    } else if (strcmp(kind, "number") == 0) {
        double value;
        if (!xpath_number(run, xpath, at, &value, err))
            return false;
        *got =
            same_number(value, strtod(expected, NULL)) ? expected : xpath_number_text(arena, value);
    } else if (strcmp(kind, "nodes") == 0) {
        xmlNode **nodes;
        size_t count;
        if (!xpath_nodes(run, arena, xpath, at, &nodes, &count, err))
            return false;
        *got = same_nodes(subject, nodes, count, expected, &text) ? expected : text;
    } else {
        if (!xpath_string(run, arena, xpath, at, &text, err))
            return false;
        *got = text;
    }
    return true;
}

static void run_close(struct xpath_run **run)
{
    xpath_run_close(run);
}

static bool answer(struct subject *subject, const char *const *fields, const char **got,
                   struct error *err)
{
    xmlNode *at = find(subject, fields[CONTEXT]);
    if (!at)
        return error_set(err, ERROR_INVALID, "no such context: %.200s", fields[CONTEXT]);
    struct xpath *xpath;
    subject->world.expression_count = 0;
    if (!xpath_new(subject->arena, subject->arena, &subject->world, fields[EXPRESSION], 1, &xpath,
                   err))
        return false;
    CLEANUP(run_close) struct xpath_run *run = xpath_run_open(&subject->world);
    const struct xpath_host host = {.context = subject};
    xpath_run_itext(run, find_itext);
    xpath_run_zone(run, phoenix);
    xpath_run_use(run, subject->answers, clock_now(), &host);
    return evaluate(subject, run, xpath, stand(subject, at), fields, got, err);
}

/* ---- The file ---- */

static void ask(struct suite *suite, const struct suite_line *line, struct subject *subject)
{
    const char *got;
    struct error err = {0};
    suite->current = line->fields[EXPRESSION];
    if (answer(subject, line->fields, &got, &err))
        suite_expect(suite, line, line->fields[EXPECTED], got);
    else
        suite_fail(suite, line, err.text);
}

static void read_line(struct suite *suite, const struct suite_line *line, struct subject *documents)
{
    unsigned long number = strtoul(line->fields[NUMBER], NULL, 10);
    struct subject *subject = &documents[number < MAX_DOCUMENTS ? number : 0];
    struct error err = {0};
    if (line->count == 3 && strcmp(line->fields[0], "doc") == 0) {
        subject_close(subject);
        if (!subject_open(subject, line->fields[2], &err))
            suite_fail(suite, line, err.text);
    } else if (line->count != FIELDS || strcmp(line->fields[0], "xpath") != 0 || !subject->whole) {
        suite_fail(suite, line, "neither a document nor a question to one");
    } else if (suite->tier ? strcmp(line->fields[SET], suite->tier) == 0
                           : strcmp(line->fields[SET], "later") != 0) {
        ask(suite, line, subject);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) /* the suites' tiers are sets here */
        if (strcmp(argv[i], "--set") == 0)
            argv[i] = "--tier";
    xml_start();
    struct suite suite;
    suite_open(&suite, argc, argv);
    struct suite_line *lines;
    size_t count = suite_read(&suite, NULL, &lines);
    struct subject *documents = ARENA_ARRAY(suite.arena, MAX_DOCUMENTS, struct subject);
    for (size_t i = 0; i < count; i++)
        read_line(&suite, &lines[i], documents);
    for (size_t i = 0; i < MAX_DOCUMENTS; i++)
        subject_close(&documents[i]);
    return suite_close(&suite);
}
