#include "forms/xpath.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { NOW = 1795434000 }; /* 2026-11-23T12:40:00+01:00 */

static const char answers[] =
    "<data><her>her</her><dato>2023-12-29</dato><valg>a b c</valg>"
    "<tall><n>3</n><n>2</n><n>10</n></tall><landkode>se</landkode><tom/></data>";
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

static void world_link(struct world *world)
{
    world->prefixes[0] = (struct xpath_prefix){"jr", "http://openrosa.org/javarosa"};
    world->prefixes[1] = (struct xpath_prefix){"sk", "urn:skjema:1"};
    world->instances[0] = (struct xpath_instance){"data", NULL};
    world->instances[1] = (struct xpath_instance){"land", world->countries};
    world->world = (struct xpath_world){.prefixes = world->prefixes,
                                        .prefix_count = 2,
                                        .instances = world->instances,
                                        .instance_count = 2};
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
        {"count(/data/a) + cuont(b)", "there is no function 'cuont'"},
        {"document('/etc/passwd')", "there is no function 'document'"},
        {"id('x')", "there is no function 'id'"},
        {"if(1, 2)", "wrong number of arguments for the function 'if'"},
        {"instance('by')/root", "there is no instance with id 'by'"},
        {"x:y", "no namespace is declared for the prefix of 'x:y'"},
        {"$a", "the language has no variables, here 'a'"},
        {"indexed-repeat(/data/a, /data/b, 1)",
         "each repeat must be the beginning of the path in the function 'indexed-repeat'"},
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
    assert_string_equal(compiled(&world, "indexed-repeat(/d/r/x, /d/r, ../n)")->text,
                        "/d/r[position() = _number(current()/parent::node()/n)]/x");
    world_close(&world);
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

static void xp_2_a_text_that_grows_too_long_is_stopped(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    xmlNode *root = xmlDocGetRootElement(world.doc);
    char *big = arena_alloc(world.arena, XPATH_MAX_RESULT_BYTES + 1);
    memset(big, 'x', XPATH_MAX_RESULT_BYTES);
    xmlNewChild(root, NULL, (const xmlChar *)"stor", (const xmlChar *)big);
    char *text;
    struct error err = {0};
    assert_true(evaluate(&world, "concat(/data/stor, '')", &text, &err));
    assert_int_equal(strlen(text), XPATH_MAX_RESULT_BYTES);
    assert_false(evaluate(&world, "concat(/data/stor, 'x')", &text, &err));
    world_close(&world);
}

static void xp_3_patterns_cannot_refer_back_or_be_long(void **state)
{
    (void)state;
    struct world world = world_open();
    world_link(&world);
    char *text;
    struct error err = {0};
    assert_false(evaluate(&world, "regex('aa', '(a)\\1')", &text, &err));
    char *pattern = arena_alloc(world.arena, 300);
    memset(pattern, 'a', 257);
    assert_false(
        evaluate(&world, arena_printf(world.arena, "regex('a', '%s')", pattern), &text, &err));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_expression_of_the_table_gives_its_text),
        cmocka_unit_test(names_that_are_not_there_are_found_before_anybody_answers),
        cmocka_unit_test(only_what_must_be_is_rewritten),
        cmocka_unit_test(xp_2_an_expression_that_takes_too_long_is_stopped),
        cmocka_unit_test(xp_2_a_text_that_grows_too_long_is_stopped),
        cmocka_unit_test(xp_3_patterns_cannot_refer_back_or_be_long),
    };
    xml_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
