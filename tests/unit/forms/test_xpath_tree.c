#include "forms/xpath_tree.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static char *written(struct arena *arena, const char *source)
{
    struct error err = {0};
    struct xpath_tree *tree;
    if (!xpath_tree_parse(arena, source, &tree, &err))
        fail_msg("%s: %s", source, err.text);
    struct buf out;
    buf_init(&out, arena);
    xpath_tree_write(tree, &out);
    return buf_text(&out);
}

static void what_is_written_reads_the_same(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "1",
        "'a' = \"b'c\"",
        "/data/barn[navn != ''][2]/alder",
        "../../@sk:source",
        "//a[.//b]",
        "a - b - c",
        "a - (b - c)",
        "- - 1 + -x",
        "a or b and c = d < e + f * g | h",
        "(a or b) and c",
        "instance('x')/root/item[name = current()/../valg]/label",
        "(a | b)[1]/c",
        "div div mod * and",
        "* * *",
        "following-sibling::*[1]/self::node()",
        "processing-instruction('x')",
        "if(a, jr:itext('b'), concat('c', ., $d))",
        ".5 + 5. + 0.5",
        "/",
        "count(/)",
    };
    struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(sources); i++) {
        char *once = written(arena, sources[i]);
        assert_string_equal(written(arena, once), once);
    }
    assert_string_equal(written(arena, "a - (b - c)"), "a - (b - c)");
    assert_string_equal(written(arena, "(a)"), "(a)");
    arena_close(&arena);
}

static void operators_bind_as_xpath_says(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct xpath_tree *tree;
    assert_true(xpath_tree_parse(arena, "1 - 2 - 3 * 4", &tree, NULL));
    assert_int_equal(tree->kind, XPATH_SUBTRACT);
    assert_int_equal(tree->first->kind, XPATH_SUBTRACT);
    assert_int_equal(tree->first->next->kind, XPATH_MULTIPLY);

    assert_true(xpath_tree_parse(arena, "div div div", &tree, NULL));
    assert_int_equal(tree->kind, XPATH_DIVIDE);
    assert_int_equal(tree->first->kind, XPATH_PATH);
    arena_close(&arena);
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text;
    } cases[] = {
        {"", "the expression ends where a value or a path is expected"},
        {"a +", "the expression ends where a value or a path is expected"},
        {"a b", "'b' stands at character 3 where an operator or the end is expected"},
        {"count(a", "the expression ends where ',' is expected"},
        {"a[1", "the expression ends where ']' is expected"},
        {"'open", "''' stands at character 1 where a value or a path is expected"},
        {"a/count(b)", "the function count() cannot stand inside a path"},
        {"namespace::a", "'namespace' is not an axis of this language"},
        {"a = # b", "'#' stands at character 5 where a value or a path is expected"},
    };
    struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct xpath_tree *tree;
        struct error err = {0};
        assert_false(xpath_tree_parse(arena, cases[i].source, &tree, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        assert_string_equal(err.text, cases[i].text);
    }
    arena_close(&arena);
}

static char *repeated(struct arena *arena, const char *start, const char *part, int times,
                      const char *end)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add_text(&out, start);
    for (int i = 0; i < times; i++)
        buf_add_text(&out, part);
    buf_add_text(&out, end);
    return buf_text(&out);
}

static void xp_2_an_expression_is_at_most_so_long_and_deep(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct xpath_tree *tree;
    struct error err = {0};
    assert_true(xpath_tree_parse(arena, repeated(arena, "1", "+1", 2047, ""), &tree, &err));
    assert_false(xpath_tree_parse(arena, repeated(arena, "1", "+1", 2048, ""), &tree, &err));
    assert_int_equal(err.code, ERROR_LIMIT);

    char *open = repeated(arena, "", "(", XPATH_MAX_DEPTH, "1");
    char *deep = repeated(arena, open, ")", XPATH_MAX_DEPTH, "");
    assert_true(xpath_tree_parse(arena, deep, &tree, &err));
    err = (struct error){0};
    assert_false(xpath_tree_parse(arena, arena_printf(arena, "(%s)", deep), &tree, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(operators_bind_as_xpath_says),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(xp_2_an_expression_is_at_most_so_long_and_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
