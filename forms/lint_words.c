/* Elements and attributes of form.xml against form.rng. libxml2 can validate with it, but tells
 * that a group "has extra content" where an author has written one wrong letter; here the grammar
 * is walked along the document, and asked at each element what may stand in it. What must stand
 * there, and what values may be, is told by loading. */
#include "forms/lint_inside.h"

#include "engine/base/text.h"
#include "forms/likeness.h"
#include "forms/schema.h"

#include <assert.h>
#include <string.h>

#define RELAX_NG "http://relaxng.org/ns/structure/1.0"

extern const unsigned char lint_grammar[], lint_grammar_end[];

/* A name looked for among those that may stand at a place. */
struct wanted {
    const char *kind; /* "element" or "attribute" */
    const char *uri;  /* "": none */
    const char *name;
    struct likeness likeness;
};

static bool is_ours(const char *uri)
{
    static const char *const ours[] = {"",
                                       FORM_NAMESPACE,
                                       FORM_NAMESPACE_HTML,
                                       FORM_NAMESPACE_JR,
                                       FORM_NAMESPACE_ORX,
                                       FORM_NAMESPACE_ODK,
                                       FORM_NAMESPACE_SK};
    for (size_t i = 0; i < COUNT(ours); i++)
        if (strcmp(ours[i], uri) == 0)
            return true;
    return false;
}

/* "sk:name" in the grammar, by the prefixes declared there; names without prefix are XForms' own
 * elements, or attributes in no namespace. */
static const char *uri_of(const xmlNode *pattern, const char *qualified, bool is_element)
{
    const char *colon = strchr(qualified, ':');
    if (!colon)
        return is_element ? FORM_NAMESPACE : "";
    char prefix[8] = "";
    assert((size_t)(colon - qualified) < sizeof prefix);
    memcpy(prefix, qualified, (size_t)(colon - qualified));
    const xmlNs *ns = xmlSearchNs(pattern->doc, (xmlNode *)pattern, (const xmlChar *)prefix);
    assert(ns);
    return (const char *)ns->href;
}

/* A pattern without a name takes many: <anyName>, perhaps but ours, or a whole <nsName>. */
static bool takes_many(const xmlNode *pattern, const char *uri)
{
    const xmlNode *any = xml_child(pattern, RELAX_NG, "anyName");
    if (any)
        return !xml_child(any, RELAX_NG, "except") || !is_ours(uri);
    const xmlNode *whole = xml_child(pattern, RELAX_NG, "nsName");
    const xmlChar *ns = whole ? xmlHasProp(whole, (const xmlChar *)"ns")->children->content : NULL;
    return ns && strcmp((const char *)ns, uri) == 0;
}

static bool is_match(struct linting *linting, const xmlNode *pattern, struct wanted *wanted)
{
    const char *qualified = xml_attribute(linting->arena, pattern, NULL, "name");
    if (!qualified)
        return takes_many(pattern, wanted->uri);
    const char *uri = uri_of(pattern, qualified, strcmp(wanted->kind, "element") == 0);
    const char *name = xpath_tree_local(qualified);
    if (strcmp(uri, wanted->uri) != 0)
        return false;
    likeness_compare(&wanted->likeness, name);
    return strcmp(name, wanted->name) == 0;
}

static const xmlNode *definition(struct linting *linting, const xmlNode *ref)
{
    const char *name = xml_attribute(linting->arena, ref, NULL, "name");
    const xmlNode *define = xml_child(xmlDocGetRootElement(ref->doc), RELAX_NG, "define");
    while (!text_equal(xml_attribute(linting->arena, define, NULL, "name"), name))
        define = xml_next(define, RELAX_NG, "define");
    return define;
}

/* The pattern of what is wanted, directly below a pattern of an element; NULL when it may not stand
 * there. References end: RELAX NG allows them in a circle only through an element. */
static const xmlNode *find(struct linting *linting, const xmlNode *pattern, struct wanted *wanted)
{
    const xmlNode *at = xml_child(pattern, RELAX_NG, NULL);
    for (; at; at = xml_next(at, RELAX_NG, NULL)) {
        const xmlNode *found = NULL;
        if (xml_is(at, RELAX_NG, wanted->kind))
            found = is_match(linting, at, wanted) ? at : NULL;
        else if (xml_is(at, RELAX_NG, "ref"))
            found = find(linting, definition(linting, at), wanted);
        else if (!xml_is(at, RELAX_NG, "element") && !xml_is(at, RELAX_NG, "attribute"))
            found = find(linting, at, wanted);
        if (found)
            return found;
    }
    return NULL;
}

static struct wanted wanted_of(const char *kind, const xmlNs *ns, const xmlChar *name)
{
    return (struct wanted){.kind = kind,
                           .uri = ns ? (const char *)ns->href : "",
                           .name = (const char *)name,
                           .likeness = {.wanted = (const char *)name}};
}

static const char *written(struct linting *linting, const xmlNs *ns, const xmlChar *name)
{
    const char *prefix = ns && ns->prefix ? (const char *)ns->prefix : "";
    return arena_printf(linting->arena, "%s%s%s", prefix, *prefix ? ":" : "", (const char *)name);
}

/* Loading has told of this line: once is enough. */
static bool is_told(const struct linting *linting, int line)
{
    for (size_t i = 0; i < linting->findings->count; i++) {
        const struct finding *finding = &linting->findings->items[i];
        if (finding->line == line && text_ends_with(finding->code, ".unknown"))
            return true;
    }
    return false;
}

static void check_attributes(struct linting *linting, const xmlNode *element,
                             const xmlNode *pattern)
{
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        struct wanted wanted = wanted_of("attribute", at->ns, at->name);
        if (!is_ours(wanted.uri) || find(linting, pattern, &wanted) ||
            is_told(linting, source_element(linting->source, element).line))
            continue;
        lint_add(linting, "attribute.unknown",
                 source_attribute(linting->source, element, at->ns ? wanted.uri : NULL,
                                  (const char *)at->name),
                 "<%s> takes no attribute '%s'%s", written(linting, element->ns, element->name),
                 written(linting, at->ns, at->name),
                 likeness_suggestion(linting->arena, &wanted.likeness));
    }
}

static void check_element(struct linting *linting, const xmlNode *element, const xmlNode *pattern)
{
    if (xml_child(pattern, RELAX_NG, "anyName"))
        return;
    check_attributes(linting, element, pattern);
    const xmlNode *at = xml_child(element, "*", NULL);
    for (; at; at = xml_next(at, "*", NULL)) {
        struct wanted wanted = wanted_of("element", at->ns, at->name);
        const xmlNode *found = find(linting, pattern, &wanted);
        if (found)
            check_element(linting, at, found);
        if (xml_is(at, SCHEMA_NAMESPACE, "schema")) /* judged by who makes its types */
            continue;
        if (!is_ours(wanted.uri))
            lint_add(linting, "element.foreign", source_element(linting->source, at),
                     "<%s> is not of the form language and is left out",
                     written(linting, at->ns, at->name));
        else if (!found && !is_told(linting, source_element(linting->source, at).line))
            lint_add(linting, "element.unknown", source_element(linting->source, at),
                     "<%s> may not stand in <%s>%s", written(linting, at->ns, at->name),
                     written(linting, element->ns, element->name),
                     likeness_suggestion(linting->arena, &wanted.likeness));
    }
}

void lint_words(struct linting *linting)
{
    struct bytes source = {lint_grammar, (size_t)(lint_grammar_end - lint_grammar)};
    CLEANUP(xml_close) xmlDoc *grammar = NULL;
    struct error err;
    bool read = xml_parse(source, "form.rng", &grammar, &err);
    assert(read);

    const xmlNode *root = xmlDocGetRootElement((xmlDoc *)(uintptr_t)linting->doc);
    struct wanted wanted = wanted_of("element", root->ns, root->name);
    const xmlNode *start = xml_child(xmlDocGetRootElement(grammar), RELAX_NG, "start");
    const xmlNode *pattern = find(linting, start, &wanted);
    if (pattern)
        check_element(linting, root, pattern);
    else if (!is_told(linting, source_element(linting->source, root).line))
        lint_add(linting, "element.unknown", source_element(linting->source, root),
                 "a form is an <h:html> in the namespace " FORM_NAMESPACE_HTML);
}
