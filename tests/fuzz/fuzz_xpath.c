/* An expression. '0' to '3' and an expression: evaluated at that node of a fixed document. 'a' to
 * 'g' and an expression: a form calculates, shows, requires, counts or offers by it; then, after a
 * line feed, a byte for each change of an answer: which, and to what. Whatever changes, what was
 * brought up to date piece by piece is what a calculation from scratch gives, so a place that an
 * expression reads and forms/reads.c does not see is found here. */
#include "agree.h"
#include "fuzz.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/parse.h"
#include "forms/validate.h"
#include "forms/xpath.h"

#include <math.h>
#include <string.h>

/* ---- On its own ---- */

static const char document[] =
    "<data><a>1</a><b/><g><c>her</c><d>x y z</d></g><dato>2023-12-29</dato><tid>14:30:00</tid>"
    "<r><n>2</n><k><m>1</m></k><k><m>7</m></k></r><r sk:row='2' "
    "xmlns:sk='urn:skjema:1'><n>5</n></r>"
    "<tekst xml:lang='nb'>Blåbærsyltetøy &lt;</tekst></data>";
static const char list[] = "<root><item><v>1</v><w>en</w></item><item><v>2</v><w>to</w></item>"
                           "<item><v>x</v><w>2026-01-01</w></item></root>";

struct world {
    struct arena *arena;
    xmlDoc *doc, *list;
    struct xpath_prefix prefixes[2];
    struct xpath_instance instances[2];
    struct xpath_world world;
};

static void world_open(struct world *world)
{
    *world = (struct world){
        .arena = arena_open(),
        .prefixes = {{"jr", FORM_NAMESPACE_JR}, {"sk", FORM_NAMESPACE_SK}},
    };
    if (!xml_parse(BYTES_OF(document), "answers", &world->doc, NULL) ||
        !xml_parse(BYTES_OF(list), "list", &world->list, NULL))
        fuzz_promise(false, "the documents of this file are XML", NULL);
    world->instances[0] = (struct xpath_instance){.id = "data"};
    world->instances[1] = (struct xpath_instance){.id = "l", .doc = world->list};
    world->world = (struct xpath_world){.prefixes = world->prefixes,
                                        .prefix_count = COUNT(world->prefixes),
                                        .instances = world->instances,
                                        .instance_count = COUNT(world->instances)};
}

static void world_close(struct world *world)
{
    xml_close(&world->doc);
    xml_close(&world->list);
    arena_close(&world->arena);
}

/* The root, a field without text, a text, a row. */
enum { PLACES = 4 };
static xmlNode *node_at(struct world *world, int place)
{
    static const char *const paths[PLACES][2] = {{NULL}, {"b"}, {"g", "d"}, {"r"}};
    xmlNode *node = xmlDocGetRootElement(world->doc);
    for (size_t i = 0; i < 2 && paths[place][i]; i++)
        node = xml_child(node, NULL, paths[place][i]);
    return node;
}

static void check_refusal(const struct error *err)
{
    fuzz_promise(err->code == ERROR_INVALID || err->code == ERROR_LIMIT,
                 "an expression is refused as wrong or as too much", err->text);
    fuzz_promise(*err->text && text_is_utf8(BYTES_OF(err->text)), "a refusal is a sentence",
                 err->text);
}

static char *written(struct arena *arena, const struct xpath_tree *tree)
{
    struct buf buf;
    buf_init(&buf, arena);
    xpath_tree_write(tree, &buf);
    return buf_text(&buf);
}

static void check_tree(struct arena *arena, const struct xpath *xpath)
{
    const char *once = written(arena, xpath->tree);
    struct xpath_tree *again;
    struct error err = {0};
    if (!xpath_tree_parse(arena, once, &again, &err)) {
        fuzz_promise(err.code == ERROR_LIMIT, "an expression that is written can be read", once);
        return;
    }
    fuzz_promise_same(BYTES_OF(once), BYTES_OF(written(arena, again)),
                      "an expression that is written reads as the same");
}

static void check_boolean(struct xpath_run *run, const struct xpath *xpath, xmlNode *at)
{
    bool boolean = false;
    struct error err = {0};
    if (!xpath_boolean(run, xpath, at, &boolean, &err))
        check_refusal(&err);
    else
        fuzz_promise(xpath->constant == XPATH_VARIES ||
                         boolean == (xpath->constant == XPATH_IS_TRUE),
                     "what is always true is true", xpath->source);
}

static bool is_chance(struct bytes source)
{
    return memmem(source.data, source.size, "uuid", 4) ||
           memmem(source.data, source.size, "random", 6);
}

static void check_string(struct xpath_run *run, struct arena *arena, const struct xpath *xpath,
                         xmlNode *at)
{
    char *one, *two;
    struct error err = {0};
    if (!xpath_string(run, arena, xpath, at, &one, &err)) {
        check_refusal(&err);
        return;
    }
    fuzz_promise(strlen(one) <= XPATH_MAX_RESULT_BYTES, "no result is above its limit", NULL);
    fuzz_promise(text_is_utf8(BYTES_OF(one)), "a result is UTF-8", one);
    xpath_run_refresh(run);
    if (!is_chance(BYTES_OF(xpath->source)) && xpath_string(run, arena, xpath, at, &two, &err))
        fuzz_promise_same(BYTES_OF(one), BYTES_OF(two), "an expression gives the same twice");
}

static void check_nodes(struct xpath_run *run, struct arena *arena, const struct xpath *xpath,
                        xmlNode *at)
{
    xmlNode **nodes;
    size_t count;
    double number;
    struct error err = {0};
    if (!xpath_nodes(run, arena, xpath, at, &nodes, &count, &err)) {
        check_refusal(&err);
        return;
    }
    for (size_t i = 0; i < count; i++)
        fuzz_promise(nodes[i] != NULL, "a node-set holds nodes", NULL);
    if (!xpath_number(run, xpath, at, &number, &err))
        check_refusal(&err);
}

static void evaluate(const char *source, int place)
{
    CLEANUP(world_close) struct world world;
    world_open(&world);
    struct xpath *xpath;
    struct error err = {0};
    if (!xpath_new(world.arena, world.arena, &world.world, source, 1, &xpath, &err)) {
        check_refusal(&err);
        return;
    }
    check_tree(world.arena, xpath);
    CLEANUP(xpath_run_close) struct xpath_run *run = xpath_run_open(&world.world);
    xpath_run_use(run, world.doc, FUZZ_NOW, NULL);
    xmlNode *at = node_at(&world, place);
    check_boolean(run, xpath, at);
    check_string(run, world.arena, xpath, at);
    check_nodes(run, world.arena, xpath, at);
}

/* ---- In a form ---- */

/* What is between them is the expression's. */
struct frame_of {
    const char *before, *after;
};

static const struct frame_of uses[] = {
    {"<bind nodeset='/data/svar' calculate=\"", "\"/>"},
    {"<bind nodeset='/data/g/c' relevant=\"", "\"/>"},
    {"<bind nodeset='/data/r/s' calculate=\"", "\"/>"},
    {"<bind nodeset='/data/r/k' relevant=\"", "\"/><bind nodeset='/data/svar' type='int' "
                                              "calculate='sum(/data/r/k/m) + count(/data/t)'/>"},
    {"<bind nodeset='/data/r/k/m' type='int' readonly='false()' required=\"", "\"/>"},
};
enum { USE_COUNT = 5, USE_CHOICES = USE_COUNT, USES };

static const char model[] =
    "<instance><data id='x'><a>1</a><b/><g><c>0</c><d>x y</d></g><dato>2026-11-20</dato>"
    "<r><n>2</n><s/><k><m>1</m></k></r><r><n>5</n><s/><k><m/></k></r>"
    "<svar/><etter/><t jr:template=''><u>1</u></t><valg/></data></instance>"
    "<instance id='l'><root><item><v>1</v><w>en</w></item><item><v>2</v><w>to</w></item>"
    "<item><v>x</v><w>2026-01-01</w></item></root></instance>"
    "<bind nodeset='/data/g' relevant=\"/data/a != '2'\"/>"
    "<bind nodeset='/data/dato' type='date'/>"
    "<bind nodeset='/data/etter' calculate=\"concat(/data/svar, ' ', /data/g/c, ' ', "
    "count(/data/t), ' ', /data/valg, ' ', join('-', /data/r/s))\"/>";

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (strchr("&<\"'", *text))
            buf_printf(out, "&#%d;", *text);
        else
            buf_add_byte(out, (unsigned char)*text);
}

static struct bytes form_with(struct arena *arena, const char *expression, int use)
{
    struct buf xml;
    buf_init(&xml, arena);
    buf_printf(&xml,
               "<h:html xmlns='http://www.w3.org/2002/xforms' "
               "xmlns:h='http://www.w3.org/1999/xhtml' xmlns:jr='http://openrosa.org/javarosa' "
               "xmlns:sk='urn:skjema:1'><h:head><h:title>T</h:title><model>%s",
               model);
    if (use < USE_COUNT) {
        buf_add_text(&xml, uses[use].before);
        add_escaped(&xml, expression);
        buf_add_text(&xml, uses[use].after);
    }
    buf_add_text(&xml, "</model></h:head><h:body><input ref='/data/a'><label>A</label></input>"
                       "<repeat nodeset='/data/r'><input ref='/data/r/n'><label>N</label></input>"
                       "<repeat nodeset='/data/r/k'><input ref='/data/r/k/m'><label>M</label>"
                       "</input></repeat></repeat><repeat nodeset='/data/t' jr:count=\"");
    add_escaped(&xml, use == USE_COUNT ? expression : "2");
    buf_add_text(&xml, "\"><input ref='/data/t/u'><label>U</label></input></repeat>"
                       "<select1 ref='/data/valg'><label>V</label>"
                       "<itemset nodeset=\"instance('l')/root/item[");
    add_escaped(&xml, use == USE_CHOICES ? expression : "true()");
    buf_add_text(&xml,
                 "]\"><value ref='v'/><label ref='w'/></itemset></select1></h:body></h:html>");
    return buf_bytes(&xml);
}

static const struct form_control *repeat_of(struct answers *answers, const char *path)
{
    size_t count;
    const struct form_control *const *controls = form_controls(answers_form(answers), &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_REPEAT && text_equal(controls[i]->field->path, path))
            return controls[i];
    return NULL;
}

static void change(struct answers *answers, unsigned char how)
{
    static const char *const paths[] = {"/data/a",      "/data/b",      "/data/g/c", "/data/g/d",
                                        "/data/r[1]/n", "/data/r[2]/n", "/data/valg"};
    static const char *const values[] = {"", "1", "2", "x y", "2026-11-23", "-3.5"};
    struct error err = {0};
    struct place *place, *row = answers_find(answers, "/data/r[2]");
    unsigned which = how % (COUNT(paths) + 2), value = how / (COUNT(paths) + 2) % COUNT(values);
    if (which == COUNT(paths)) {
        (void)!answers_add(answers, repeat_of(answers, "/data/r"), NULL, &place, &err);
    } else if (which > COUNT(paths)) {
        if (row)
            answers_remove(answers, row);
    } else if ((place = answers_find(answers, paths[which]))) {
        fuzz_promise(answers_set(answers, place, values[value], &err), "an answer can be set",
                     err.text);
    }
}

static void use(const char *expression, int how, struct bytes changes)
{
    enum { MOST_CHANGES = 8 };
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes source = form_with(arena, expression, how);
    struct finding_list findings;
    finding_list_init(&findings, arena);
    CLEANUP(form_close) struct form *form = parse_form(source, "form.xml", &findings);
    if (!form)
        return;
    CLEANUP(answers_close) struct answers *answers = answers_open(form, FUZZ_NOW);
    agree_check(answers, source);
    static const unsigned char usual[] = {10, 18, 31, 7, 22, 8};
    if (!changes.size)
        changes = (struct bytes){usual, sizeof usual};
    for (size_t i = 0; i < changes.size && i < MOST_CHANGES; i++) {
        change(answers, changes.data[i]);
        agree_check(answers, source);
    }
    finding_list_init(&findings, arena);
    validate_all(answers, "nb", &findings);
}

void fuzz_one(struct bytes input)
{
    struct bytes left = input;
    unsigned char way = fuzz_take_byte(&left);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *expression = arena_text_of(arena, fuzz_take(&left, "\n"));
    if (!text_is_utf8(BYTES_OF(expression)))
        return; /* a form is UTF-8 before its expressions are looked at */
    if (way < 'a')
        evaluate(expression, way % PLACES);
    else
        use(expression, (way - 'a') % USES, left);
}
