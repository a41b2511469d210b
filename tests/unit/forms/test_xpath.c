#include "forms/xpath.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/pattern.h"
#include "forms/xpath_functions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { NOW = 1795434000 }; /* 2026-11-23T12:40:00+01:00 */

static const char answers[] = "<data><her>her</her><dato>2023-12-29</dato><valg>a b c</valg>"
                              "<tall><n xml:id='en'>3</n><n xml:id='to'>2</n><n "
                              "nummer='tre'>10</n></tall><landkode>se</landkode><tom/></data>";
static const char countries[] = "<root><item><kode>no</kode><navn>Norge</navn></item>"
                                "<item><kode>se</kode><navn>Sverige</navn></item></root>";

struct world {
    struct arena *arena;
    xmlDoc *doc, *countries;
    struct xpath_prefix prefixes[2];
    struct xpath_instance instances[2];
    struct xpath_world world;
    struct xpath_run *run; /* opened when all expressions are known */
};

static struct world world_open(void)
{
    struct world world = {.arena = arena_open()};
    assert_true(xml_parse(BYTES_OF(answers), "answers", &world.doc, NULL));
    assert_true(xml_parse(BYTES_OF(countries), "countries", &world.countries, NULL));
    return world;
}

static const char *const id_attributes[] = {"nummer"};

static void world_link(struct world *world)
{
    world->prefixes[0] = (struct xpath_prefix){"jr", "http://openrosa.org/javarosa"};
    world->prefixes[1] = (struct xpath_prefix){"sk", "urn:skjema:1"};
    world->instances[0] = (struct xpath_instance){.id = "data"};
    world->instances[1] = (struct xpath_instance){.id = "land", .doc = world->countries};
    world->world = (struct xpath_world){.prefixes = world->prefixes,
                                        .prefix_count = 2,
                                        .instances = world->instances,
                                        .instance_count = 2,
                                        .id_attributes = id_attributes,
                                        .id_attribute_count = 1};
}

static void world_close(struct world *world)
{
    xpath_run_close(&world->run);
    xml_close(&world->doc);
    xml_close(&world->countries);
    arena_close(&world->arena);
}

static const struct xpath *compiled(struct world *world, const char *source)
{
    struct xpath *xpath = NULL;
    struct error err = {0};
    if (!xpath_new(world->arena, world->arena, &world->world, source, 1, &xpath, &err))
        fail_msg("%s: %s", source, err.text);
    xpath_run_close(&world->run);
    world->run = xpath_run_open(&world->world);
    xpath_run_use(world->run, world->doc, NOW, NULL);
    return xpath;
}

static bool evaluate(struct world *world, const char *source, char **out, struct error *err)
{
    const struct xpath *xpath = compiled(world, source);
    xmlNode *at = xml_child(xmlDocGetRootElement(world->doc), NULL, "her");
    return xpath_string(world->run, world->arena, xpath, at, out, err);
}

static void every_expression_of_the_table_gives_its_text(void **state)
{
    (void)state;
    FILE *file = fopen("tests/cases/xpath.tsv", "r");
    assert_non_null(file);
    struct world world = world_open();
    world_link(&world);
    char line[512];
    int count = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *expected = strchr(line, '\t');
        if (line[0] == '#' || !expected)
            continue;
        *expected++ = 0;
        char *text = NULL;
        struct error err = {0};
        if (!evaluate(&world, line, &text, &err))
            fail_msg("%s: %s", line, err.text);
        if (strcmp(text, expected) != 0)
            fail_msg("%s: '%s' instead of '%s'", line, text, expected);
        count++;
    }
    fclose(file);
    assert_true(count > 60);
    world_close(&world);
}

static void names_that_are_not_there_are_found_before_anybody_answers(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text;
    } cases[] = {
        {"count(/data/a) + cuont(b)", "there is no function 'cuont', did you mean 'count'"},
        {"document('/etc/passwd')", "there is no function 'document'"},
        {"if(1, 2)", "wrong number of arguments for the function 'if'"},
        {"instance('by')/root", "there is no instance with id 'by'"},
        {"x:y", "no namespace is declared for the prefix of 'x:y'"},
        {"$a", "the language has no variables, here 'a'"},
        {"true() and cuont(b)", "there is no function 'cuont', did you mean 'count'"},
        {"indexed-repeat(/data/a, /data/b, 1, 2)",
         "a repeat without its index in the function 'indexed-repeat'"},
        {"regex(a, '(a')", "the pattern has a ( that is not closed at character 3"},
        {"digest(a, 'SHA-3')",
         "digest() knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not 'SHA-3'"},
        {"hmac(a, b, 'MD5', 'octal')", "hmac() gives hex or base64, not 'octal'"},
        {"property('colour')", "there is no property 'colour'"},
        {"regex(a, '(a)\\1')", "the pattern has an escape that is not known at character 5"},
    };
    struct world world = world_open();
    world_link(&world);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct xpath *xpath;
        struct error err = {0};
        assert_false(
            xpath_new(world.arena, world.arena, &world.world, cases[i].source, 1, &xpath, &err));
        assert_string_equal(err.text, cases[i].text);
    }
    world_close(&world);
}

static void only_what_must_be_is_rewritten(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    assert_string_equal(compiled(&world, "count(a) > 2 and b = 'c'")->text,
                        "count(a) > 2 and b = 'c'");
    assert_string_equal(compiled(&world, "a < 2")->text, "_less(a, 2)");
    assert_string_equal(compiled(&world, "a - 1")->text, "_number(a) - 1");
    assert_string_equal(compiled(&world, "a - b")->text, "_minus(a, b)");
    assert_string_equal(compiled(&world, "a = 1")->text, "a = 1");
    assert_string_equal(compiled(&world, "a = b + 1")->text, "_equal(a, _number(b) + 1)");
    assert_string_equal(compiled(&world, "instance('land')/root/item")->text,
                        "instance('land')/root/item");
    assert_string_equal(compiled(&world, "instance('land')/item")->text, "_root('land')/item");
    assert_string_equal(compiled(&world, "if(a = 1, b, 'c')")->text, "if(a = 1, b, 'c')");
    assert_string_equal(compiled(&world, "if(a = 1, sum(b), 'c')")->text,
                        "_chosen(((a = 1) and _keep(sum(b))) or _keep('c'))");
    assert_string_equal(compiled(&world, "indexed-repeat(/d/r/x, /d/r, ../n)")->text,
                        "/d/r[position() = _number(current()/parent::node()/n)]/x");
    world_close(&world);
}

/* The part of the README between two headings. */
static char *readme_functions(struct arena *arena)
{
    FILE *file = fopen("forms/README.md", "r");
    assert_non_null(file);
    char *text = arena_alloc(arena, 256 * 1024);
    text[fread(text, 1, 256 * 1024 - 1, file)] = 0;
    fclose(file);
    char *from = strstr(text, "### Functions");
    char *to = strstr(text, "### Limits");
    assert_true(from && to && from < to);
    *to = 0;
    return from;
}

static void the_readme_has_a_row_for_every_function_and_no_other(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *table = readme_functions(arena);
    static const struct xpath_function_list *const lists[] = {
        &xpath_nodes_list, &xpath_choices_list, &xpath_texts_list,
        &xpath_dates_list, &xpath_numbers_list, &xpath_geo_list};
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t f = 0; f < lists[i]->count; f++) {
            const struct xpath_function *function = &lists[i]->items[f];
            const char *prefix = text_equal(function->uri, XPATH_JR)   ? "jr:"
                                 : text_equal(function->uri, XPATH_SK) ? "sk:"
                                                                       : "";
            if (function->name[0] != '_' &&
                !strstr(table, arena_printf(arena, "`%s%s(", prefix, function->name)))
                fail_msg("forms/README.md has no row for %s()", function->name);
        }
    for (char *row = table; (row = strstr(row, "\n| `")) != NULL; row++) {
        size_t size = strcspn(row + 4, "(");
        char *name = arena_printf(arena, "%.*s", (int)size, row + 4);
        const char *uri = text_starts_with(name, "jr:")   ? XPATH_JR
                          : text_starts_with(name, "sk:") ? XPATH_SK
                                                          : NULL;
        if (!xpath_function_find(uri, xpath_tree_local(name)))
            fail_msg("forms/README.md has a row for %s(), which is not there", name);
    }
}

static void xp_2_an_expression_that_takes_too_long_is_stopped(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    xmlNode *root = xmlDocGetRootElement(world.doc);
    for (int i = 0; i < 400; i++)
        xmlNewChild(root, NULL, (const xmlChar *)"n", (const xmlChar *)"1");
    char *text;
    struct error err = {0};
    assert_false(evaluate(&world, "count(//*[count(//*[count(//*) > 1]) > 1])", &text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);

    assert_true(evaluate(&world, "count(//*)", &text, &err)); /* the count begins anew */
    assert_string_equal(text, "410");
    world_close(&world);
}

static void what_a_function_cannot_do_is_told(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    char *text;
    struct error err = {0};
    assert_false(evaluate(&world, "digest('a', /data/her)", &text, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(err.text, "digest('a', /data/her): digest() knows MD5, SHA-1, SHA-256, "
                                  "SHA-384 and SHA-512, not 'her'");
    assert_false(evaluate(&world, "index('barn')", &text, &err));
    assert_string_equal(err.text, "index('barn'): index() of 'barn', but no repeat has that id");
    world_close(&world);
}

static void one_seed_gives_one_order(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    xmlNode *root = xmlDocGetRootElement(world.doc);
    for (int i = 0; i < 6; i++) {
        const char number[] = {(char)('A' + i), 0};
        xmlNewChild(root, NULL, (const xmlChar *)"v", (const xmlChar *)number);
    }
    static const struct {
        const char *expression, *order;
    } cases[] = {
        {"randomize(/data/v, 42)", "AFCBDE"},
        {"randomize(/data/v, '42')", "AFCBDE"},
        {"randomize(/data/v, 42.9)", "AFCBDE"},
        {"randomize(/data/v, 11)", "DAFCEB"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct xpath *xpath = compiled(&world, cases[i].expression);
        xmlNode **nodes;
        size_t count;
        assert_true(xpath_nodes(world.run, world.arena, xpath, root, &nodes, &count, NULL));
        assert_int_equal(count, 6);
        char order[7] = "";
        for (size_t n = 0; n < count; n++)
            order[n] = (char)nodes[n]->children->content[0];
        assert_string_equal(order, cases[i].order);
    }
    world_close(&world);
}

static void xp_2_functions_count_what_they_look_at(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    xmlNode *root = xmlDocGetRootElement(world.doc);
    for (int i = 0; i < 400; i++)
        xmlNewChild(root, NULL, (const xmlChar *)"m", (const xmlChar *)"1");
    static const char *const expressions[] = {
        "/data/m < /data/m",
        "indexed-repeat(../m, /data/m, 401)",
    };
    for (size_t i = 0; i < COUNT(expressions); i++) {
        char *text;
        struct error err = {0};
        assert_false(evaluate(&world, expressions[i], &text, &err));
        assert_int_equal(err.code, ERROR_LIMIT);
    }
    world_close(&world);
}

/* One evaluation is within its limit; many together are not. */
static void xp_2_all_expressions_together_have_a_limit(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    xmlNode *root = xmlDocGetRootElement(world.doc);
    for (int i = 0; i < 250; i++)
        xmlNewChild(root, NULL, (const xmlChar *)"m", (const xmlChar *)"1");
    const struct xpath *xpath = compiled(&world, "/data/m < /data/m");
    struct error err = {0};
    int done = 0;
    bool out;
    while (done < 1000 && xpath_boolean(world.run, xpath, root, &out, &err))
        done++;
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_in_range(done, XPATH_MAX_TOTAL_OPERATIONS / XPATH_MAX_OPERATIONS,
                    XPATH_MAX_TOTAL_OPERATIONS / (250 * 250));

    xpath_run_refresh(world.run);
    assert_true(xpath_boolean(world.run, xpath, root, &out, &err));
    world_close(&world);
}

static xmlNode *add_text_of(struct world *world, const char *name, size_t size)
{
    char *text = arena_alloc(world->arena, size + 1);
    memset(text, 'x', size);
    text[size] = 0;
    return xmlNewChild(xmlDocGetRootElement(world->doc), NULL, (const xmlChar *)name,
                       (const xmlChar *)text);
}

static void xp_2_a_text_that_grows_too_long_is_stopped(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    add_text_of(&world, "stor", XPATH_MAX_RESULT_BYTES);
    add_text_of(&world, "for", XPATH_MAX_RESULT_BYTES + 1);
    char *text;
    struct error err = {0};
    assert_true(evaluate(&world, "concat(/data/stor, '')", &text, &err));
    assert_int_equal(strlen(text), XPATH_MAX_RESULT_BYTES);
    assert_false(evaluate(&world, "concat(/data/stor, 'x')", &text, &err));
    assert_false(evaluate(&world, "join('x', /data/stor, '')", &text, &err));
    assert_true(evaluate(&world, "/data/stor", &text, &err));
    err = (struct error){0};
    assert_false(evaluate(&world, "/data/for", &text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    world_close(&world);
}

static void xp_3_patterns_and_what_they_match_are_bounded(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    add_text_of(&world, "stor", PATTERN_MAX_VALUE_BYTES);
    add_text_of(&world, "for", PATTERN_MAX_VALUE_BYTES + 1);
    char *text;
    struct error err = {0};
    assert_true(evaluate(&world, "regex(/data/stor, 'x*')", &text, &err));
    assert_string_equal(text, "true");
    assert_false(evaluate(&world, "regex(/data/for, 'x*')", &text, &err));
    assert_false(evaluate(&world, "regex('a', concat('(', 'a'))", &text, &err));
    err = (struct error){0};
    assert_false(evaluate(&world, "regex(/data/stor, '(x?){900}y')", &text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    world_close(&world);
}

static void a_date_begins_at_midnight_where_the_clock_hangs(void **state)
{
    (void)state;
    static const struct {
        struct clock_time (*zone)(int64_t at);
        const char *source, *text;
    } cases[] = {
        {clock_utc, "decimal-date-time('1970-01-02')", "1"},
        {clock_utc, "date('2026-01-01') + 1", "20455"},
        {clock_utc, "date(0.5)", "1970-01-01T12:00:00.000+00:00"},
        {clock_oslo, "decimal-date-time('1970-01-02T00:00:00+01:00')", "0.9583333333333334"},
        {clock_oslo, "decimal-date-time('1970-01-02')", "0.9583333333333334"},
        {clock_oslo, "date(0.5)", "1970-01-01T13:00:00.000+01:00"},
    };
    struct world world = world_open();
    world_link(&world);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct xpath *xpath = compiled(&world, cases[i].source);
        xpath_run_zone(world.run, cases[i].zone);
        xpath_run_use(world.run, world.doc, NOW, NULL);
        char *text;
        struct error err = {0};
        assert_true(xpath_string(world.run, world.arena, xpath, (xmlNode *)world.doc, &text, &err));
        assert_string_equal(text, cases[i].text);
    }
    world_close(&world);
}

static void a_number_becomes_the_day_it_lies_in(void **state)
{
    (void)state;
    static const struct {
        double number;
        int day; /* of November 2026; 0: none */
    } cases[] = {
        {20780, 23}, {20780 - 1 / 24.0, 23}, {20780.9, 23}, {20781 - 1 / 24.0, 24}, {1e9, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int year, month, day = 0;
        if (xpath_number_date(cases[i].number, clock_oslo, &year, &month, &day))
            assert_true(year == 2026 && month == 11);
        assert_int_equal(day, cases[i].day);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_expression_of_the_table_gives_its_text),
        cmocka_unit_test(names_that_are_not_there_are_found_before_anybody_answers),
        cmocka_unit_test(only_what_must_be_is_rewritten),
        cmocka_unit_test(xp_2_an_expression_that_takes_too_long_is_stopped),
        cmocka_unit_test(the_readme_has_a_row_for_every_function_and_no_other),
        cmocka_unit_test(what_a_function_cannot_do_is_told),
        cmocka_unit_test(one_seed_gives_one_order),
        cmocka_unit_test(xp_2_functions_count_what_they_look_at),
        cmocka_unit_test(xp_2_all_expressions_together_have_a_limit),
        cmocka_unit_test(xp_2_a_text_that_grows_too_long_is_stopped),
        cmocka_unit_test(xp_3_patterns_and_what_they_match_are_bounded),
        cmocka_unit_test(a_date_begins_at_midnight_where_the_clock_hangs),
        cmocka_unit_test(a_number_becomes_the_day_it_lies_in),
    };
    xml_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
