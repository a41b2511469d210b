/* The functions that give nodes, or tell where nodes are. */
#include "forms/xpath_functions.h"

#include "engine/base/crypto.h"
#include "engine/base/text.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <string.h>

/* ---- The place itself, and instances ---- */

static void call_current(xmlXPathParserContext *call, int count)
{
    (void)count;
    xpath_call_return_node(call, xpath_call_moment(call)->current);
}

/* What is in scope for the element the expression is written on (XForms 1.1, 7.10.4). */
static void call_context(xmlXPathParserContext *call, int count)
{
    (void)count;
    const struct xpath_moment *moment = xpath_call_moment(call);
    xpath_call_return_node(call, moment->around ? moment->around : moment->current);
}

/* No event is being handled where expressions of forms are evaluated (XForms 1.1, 7.11.2). */
static void call_event(xmlXPathParserContext *call, int count)
{
    (void)count;
    xmlXPathObject *name = valuePop(call);
    xpath_free_object(&name);
    xpath_call_return_node(call, NULL);
}

/* The document with that id; the answers when none is asked for, or it is their own. */
static xmlDoc *pop_instance(xmlXPathParserContext *call, int count)
{
    const struct xpath_moment *moment = xpath_call_moment(call);
    if (count == 0)
        return moment->doc;
    CLEANUP(xpath_free_text) xmlChar *id = xmlXPathPopString(call);
    if (!id || !id[0])
        return moment->doc;
    for (size_t i = 0; i < moment->world->instance_count; i++) {
        const struct xpath_instance *instance = &moment->world->instances[i];
        if (strcmp(instance->id, (const char *)id) == 0)
            return instance->doc ? instance->doc : moment->doc;
    }
    return NULL;
}

/* What holds the instance: its document. */
static void call_instance(xmlXPathParserContext *call, int count)
{
    xpath_call_return_node(call, (xmlNode *)pop_instance(call, count));
}

static void call_root(xmlXPathParserContext *call, int count)
{
    xmlDoc *doc = pop_instance(call, count);
    xpath_call_return_node(call, doc ? xmlDocGetRootElement(doc) : NULL);
}

struct giving {
    xmlNodeSet *nodes;
    bool failed;
};

static void give_node(xmlNode *node, void *to)
{
    struct giving *giving = to;
    giving->failed |= xmlXPathNodeSetAddUnique(giving->nodes, node) < 0;
}

/* _places(17): what a plain path finds, from who knows where it is (xpath_host.places). */
static void call_places(xmlXPathParserContext *call, int count)
{
    (void)count;
    const struct xpath_moment *moment = xpath_call_moment(call);
    int number = (int)xmlXPathPopNumber(call);
    struct giving giving = {.nodes = xmlXPathNodeSetCreate(NULL)};
    if (moment->host.places)
        moment->host.places(moment->host.context, number, give_node, &giving);
    if (giving.failed || !xpath_call_spend(call, (size_t)giving.nodes->nodeNr))
        xpath_call_fail(call, "there are too many nodes");
    valuePush(call, xmlXPathWrapNodeSet(giving.nodes));
}

static void call_answers(xmlXPathParserContext *call, int count)
{
    (void)count;
    xpath_call_return_node(call, (xmlNode *)xpath_call_moment(call)->doc);
}

/* ---- By identifier ---- */

/* Words to look for: of a text, or of each node of a set. */
struct wanted {
    struct xpath_moment *moment;
    xmlXPathObject *object;
    xmlXPathObject *found;
    xmlXPathParserContext *call;
};

static bool is_wanted(const struct wanted *wanted, const char *id)
{
    for (int i = 0;; i++) {
        CLEANUP(xpath_free_text) xmlChar *list = xpath_call_value(wanted->object, i);
        if (!list || !xpath_call_spend(wanted->call, 1))
            return false;
        if (text_has_word((const char *)list, id))
            return true;
    }
}

bool xpath_is_id(const struct xpath_world *world, const xmlAttr *attribute)
{
    const char *name = (const char *)attribute->name;
    if (attribute->atype == XML_ATTRIBUTE_ID)
        return true;
    if (attribute->ns)
        return strcmp(name, "id") == 0 && xmlStrEqual(attribute->ns->href, XML_XML_NAMESPACE);
    for (size_t i = 0; i < world->id_attribute_count; i++)
        if (strcmp(world->id_attributes[i], name) == 0)
            return true;
    return false;
}

static bool is_called(const struct wanted *wanted, const xmlNode *element)
{
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        if (!at->children || !xpath_is_id(wanted->moment->world, at))
            continue;
        CLEANUP(xpath_free_text) xmlChar *id = xmlNodeGetContent((const xmlNode *)at);
        CLEANUP(arena_close) struct arena *arena = arena_open();
        if (id && is_wanted(wanted, text_collapse(arena, (const char *)id)))
            return true;
    }
    return false;
}

static void look_below(struct wanted *wanted, xmlNode *node)
{
    if (!xpath_call_spend(wanted->call, 1))
        return;
    if (node->type == XML_ELEMENT_NODE && is_called(wanted, node))
        xmlXPathNodeSetAdd(wanted->found->nodesetval, node);
    if (node->type != XML_ELEMENT_NODE && node->type != XML_DOCUMENT_NODE)
        return;
    for (xmlNode *child = node->children; child; child = child->next)
        look_below(wanted, child);
}

/* id(words or nodes of words[, nodes to look in or below]): without the second argument, or when it
 * is empty, the whole document of the context node (XForms 1.1, 7.10.3). */
static void call_id(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    struct wanted wanted = {.call = call,
                            .moment = xpath_call_moment(call),
                            .object = arguments.items[0],
                            .found = xmlXPathNewNodeSet(NULL)};
    const xmlXPathObject *within = count > 1 ? arguments.items[1] : NULL;
    if (within && within->type == XPATH_NODESET && within->nodesetval && within->nodesetval->nodeNr)
        for (int i = 0; i < within->nodesetval->nodeNr; i++)
            look_below(&wanted, within->nodesetval->nodeTab[i]);
    else
        look_below(&wanted, (xmlNode *)call->context->node->doc);
    valuePush(call, wanted.found);
}

/* pulldata('instance', 'column', 'key column', key): the column of the first item with that key
 * (ODK: instance('instance')/root/item[key column = key]/column). */
static xmlNode *child_called(xmlNode *element, const char *name)
{
    xmlNode *child = element->children;
    while (child &&
           (child->type != XML_ELEMENT_NODE || !xmlStrEqual(child->name, (const xmlChar *)name)))
        child = child->next;
    return child;
}

static void call_pulldata(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *key = xpath_call_pop_text(call);
    CLEANUP(xpath_free_text) xmlChar *key_name = xpath_call_pop_text(call);
    CLEANUP(xpath_free_text) xmlChar *name = xpath_call_pop_text(call);
    xmlDoc *doc = pop_instance(call, 1);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    for (xmlNode *item = root ? root->children : NULL; item; item = item->next) {
        if (item->type != XML_ELEMENT_NODE || !xpath_call_spend(call, 1))
            continue;
        xmlNode *at = child_called(item, (const char *)key_name);
        CLEANUP(xpath_free_text) xmlChar *value = at ? xmlNodeGetContent(at) : NULL;
        if (!value || !xmlStrEqual(value, key))
            continue;
        xmlNode *column = child_called(item, (const char *)name);
        CLEANUP(xpath_free_text) xmlChar *text = column ? xmlNodeGetContent(column) : NULL;
        xpath_call_return_text(call, text ? (const char *)text : "");
        return;
    }
    xpath_call_return_text(call, "");
}

/* ---- Positions ---- */

/* position(node): which of its like it is among its siblings (ODK). */
static void call_position(xmlXPathParserContext *call, int count)
{
    if (count == 0) {
        xpath_call_return_number(call, call->context->proximityPosition);
        return;
    }
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    const xmlXPathObject *object = arguments.items[0];
    if (object->type != XPATH_NODESET || !object->nodesetval || object->nodesetval->nodeNr == 0) {
        xpath_call_return_number(call, NAN);
        return;
    }
    const xmlNode *node = object->nodesetval->nodeTab[0];
    int position = 1;
    for (const xmlNode *before = node->prev; before; before = before->prev)
        position += before->type == XML_ELEMENT_NODE && node->type == XML_ELEMENT_NODE &&
                    strcmp((const char *)before->name, (const char *)node->name) == 0;
    xpath_call_return_number(call, position);
}

/* The row of a repeat that is in use (XForms 1.1, 7.7.5). */
static void call_index(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *id = xmlXPathPopString(call);
    const struct xpath_host *host = &xpath_call_moment(call)->host;
    int index = host->index && id ? host->index(host->context, (const char *)id) : -1;
    if (index < 0)
        xpath_call_fail(call, "index() of '%.40s', but no repeat has that id", (const char *)id);
    else
        xpath_call_return_number(call, index);
}

/* Which of its siblings in the (sorted) set the i-th node is, from 1. */
static int place_in_set(const xmlNodeSet *set, int i, int place_before)
{
    bool sibling = i > 0 && set->nodeTab[i - 1]->parent == set->nodeTab[i]->parent;
    return sibling ? place_before + 1 : 1;
}

/* Whether the node is, or lies in, a row of that index. */
static bool is_in_row(const xmlNode *node, const xmlNodeSet *rows, double index)
{
    for (int i = 0, place = 0; i < rows->nodeNr; i++) {
        place = place_in_set(rows, i, place);
        if (place != index)
            continue;
        for (const xmlNode *at = node; at; at = at->parent)
            if (at == rows->nodeTab[i])
                return true;
    }
    return false;
}

/* indexed-repeat(nodes, rows, index, rows, index...): the first of the nodes that lies in those
 * rows (ODK). What xpath_rewrite.c can write as predicates does not come here. */
static void call_indexed_repeat(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    size_t work = 1;
    for (int i = 0; i < count; i += i ? 2 : 1) {
        if (arguments.items[i]->type != XPATH_NODESET || !arguments.items[i]->nodesetval) {
            xpath_call_return_text(call, "");
            return;
        }
        work += (size_t)arguments.items[i]->nodesetval->nodeNr;
    }
    const xmlNodeSet *nodes = arguments.items[0]->nodesetval;
    xmlNode *found = NULL;
    for (int n = 0; n < nodes->nodeNr && !found && xpath_call_spend(call, work); n++) {
        found = nodes->nodeTab[n];
        for (int i = 1; i + 1 < count && found; i += 2)
            if (!is_in_row(found, arguments.items[i]->nodesetval,
                           xpath_object_number(xpath_call_moment(call), arguments.items[i + 1])))
                found = NULL;
    }
    xpath_call_return_node(call, found);
}

static void call_count_non_empty(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    int filled = 0;
    for (int i = 0;; i++) {
        CLEANUP(xpath_free_text) xmlChar *text = xpath_call_value(arguments.items[0], i);
        if (!text)
            break;
        filled += text[0] != 0;
    }
    xpath_call_return_number(call, filled);
}

/* ---- In any order ---- */

/* A number between 0 and 1, this one left out. */
static double random_number(void)
{
    uint64_t bits;
    crypto_random((unsigned char *)&bits, sizeof bits);
    return (double)(bits >> 11) / 9007199254740992.0; /* 2^53 */
}

/* random(): the argument of XForms 1.1, 7.7.7, says whether the sequence is to be another each
 * time; it always is. */
static void call_random(xmlXPathParserContext *call, int count)
{
    if (count)
        xmlXPathFreeObject(valuePop(call));
    xpath_call_return_number(call, random_number());
}

/* S. Park and K. Miller, Random number generators: good ones are hard to find, CACM 31:10, 1988:
 * what ODK's engines shuffle with, so that an order is the same everywhere. */
enum { PARK_MILLER = 2147483647 };

/* The number's whole part; of a text that is no number the beginning of its digest (ODK). */
static int64_t seed_of(xmlXPathObject *object)
{
    double number = xmlXPathCastToNumber(object);
    if (!isnan(number))
        return number >= 9223372036854775807.0    ? INT64_MAX
               : number <= -9223372036854775808.0 ? INT64_MIN
                                                  : (int64_t)number;
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathCastToString(object);
    if (object->type == XPATH_NUMBER || !text[0])
        return 0;
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF((const char *)text));
    uint64_t seed = 0;
    for (int i = 0; i < 8; i++)
        seed = seed << 8 | digest.bytes[i];
    return (int64_t)seed;
}

static double next_number(struct xpath_moment *moment)
{
    if (!moment->has_seed)
        return random_number();
    moment->seed = moment->seed * 16807 % PARK_MILLER;
    return (double)(moment->seed - 1) / (PARK_MILLER - 1);
}

/* randomize(nodes[, seed]): libxml2 sorts what an expression gives, so the order is made of the
 * seed when that is done. */
static void call_randomize(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_free_object) xmlXPathObject *seed = count > 1 ? valuePop(call) : NULL;
    struct xpath_moment *moment = xpath_call_moment(call);
    moment->has_seed = seed != NULL;
    moment->seed = seed ? seed_of(seed) % PARK_MILLER : 0;
    if (moment->seed <= 0)
        moment->seed += PARK_MILLER - 1;
    if (!call->value || call->value->type != XPATH_NODESET)
        xpath_call_fail(call, "randomize() takes nodes");
}

void xpath_shuffle(struct xpath_moment *moment, xmlNode **nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t other = (size_t)(next_number(moment) * (double)(i + 1));
        xmlNode *node = nodes[i];
        nodes[i] = nodes[other];
        nodes[other] = node;
    }
}

static const struct xpath_function functions[] = {
    {NULL, "_document", 0, 0, call_answers}, /* written by xpath_rewrite.c */
    {NULL, "_places", 1, 1, call_places},
    {NULL, "_root", 0, 1, call_root},
    {NULL, "context", 0, 0, call_context},
    {NULL, "count-non-empty", 1, 1, call_count_non_empty},
    {NULL, "current", 0, 0, call_current},
    {NULL, "event", 1, 1, call_event},
    {NULL, "id", 1, 2, call_id},
    {NULL, "index", 1, 1, call_index},
    {NULL, "indexed-repeat", 3, -1, call_indexed_repeat},
    {NULL, "instance", 0, 1, call_instance},
    {NULL, "position", 0, 1, call_position},
    {NULL, "pulldata", 4, 4, call_pulldata},
    {NULL, "random", 0, 1, call_random},
    {NULL, "randomize", 1, 2, call_randomize},
};
const struct xpath_function_list xpath_nodes_list = XPATH_LIST(functions);
