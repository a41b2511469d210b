#include "forms/pattern.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "tests/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

typedef bool (*maker)(struct arena *arena, const char *text, struct pattern **out,
                      struct error *err);

static bool line_holds(struct arena *arena, const struct cases *cases, maker make, const char **got)
{
    const char *verdict = cases->fields[2];
    struct pattern *pattern;
    struct error err = {0};
    if (!make(arena, cases->fields[0], &pattern, &err)) {
        *got = arena_text(arena, err.text);
        return strcmp(verdict, "refused") == 0 && strcmp(err.text, cases->fields[3]) == 0;
    }
    *got = pattern_matches(arena, pattern, cases->fields[1], NULL) ? "yes" : "no";
    return strcmp(*got, verdict) == 0;
}

static void lines_hold(const char *table, maker make)
{
    struct arena *arena = arena_open();
    struct cases cases;
    cases_open(&cases, table);
    int wrong = 0;
    while (cases_next(&cases)) {
        const char *got;
        if (!line_holds(arena, &cases, make, &got)) {
            cases_complain(&cases, got);
            wrong++;
        }
    }
    cases_close(&cases);
    arena_close(&arena);
    assert_int_equal(wrong, 0);
}

static void every_line_of_the_table_holds(void **state)
{
    (void)state;
    lines_hold("tests/cases/pattern.tsv", pattern_new);
}

static void every_line_of_the_table_of_schemas_holds(void **state)
{
    (void)state;
    lines_hold("tests/cases/pattern_schema.tsv", pattern_of_schema);
}

static const struct pattern *made(struct arena *arena, const char *text)
{
    struct pattern *pattern;
    struct error err = {0};
    if (!pattern_new(arena, text, &pattern, &err))
        fail_msg("%s: %s", text, err.text);
    return pattern;
}

static char *times(struct arena *arena, char c, size_t count, const char *end)
{
    struct buf text;
    buf_init(&text, arena);
    for (size_t i = 0; i < count; i++)
        buf_add_byte(&text, (unsigned char)c);
    buf_add_text(&text, end);
    return buf_text(&text);
}

/* Patterns that take engines which try again time that doubles with each character. */
static void xp_3_no_pattern_blows_up(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "(a+)+b",
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+b",
        "(.*a){20}b",
        "(a?){500}a{500}b",
        "((a*)*)*b",
        "(([a-z])+.)+[A-Z]([a-z])+b",
        "a*a*a*a*a*a*b",
        "(.*)*(.*)*(.*)*b",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
    };
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct arena *arena = arena_open();
        const char *value = times(arena, 'a', 5000, "!");
        const struct pattern *pattern = made(arena, patterns[i]);
        int64_t begun = clock_monotonic_ms();
        size_t steps;
        assert_false(pattern_matches(arena, pattern, value, &steps));
        assert_true(steps <= (size_t)PATTERN_MAX_STATES * 2 * 5001);
        assert_true(clock_monotonic_ms() - begun < 2000); /* 1 ms to 50 ms; sanitizers are slow */
        arena_close(&arena);
    }
}

static void xp_3_the_work_grows_with_the_value_and_no_faster(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const struct pattern *pattern = made(arena, "(x+x+)+y");
    size_t once, twice;
    assert_false(pattern_matches(arena, pattern, times(arena, 'x', 1000, ""), &once));
    assert_false(pattern_matches(arena, pattern, times(arena, 'x', 2000, ""), &twice));
    assert_in_range(twice, once * 2 - 50, once * 2 + 50);

    const char *longest = times(arena, 'x', PATTERN_MAX_VALUE_BYTES - 1, "y");
    assert_true(pattern_matches(arena, pattern, longest, &twice));
    assert_in_range(twice, once * 60, once * 70);
    arena_close(&arena);
}

static void xp_3_a_pattern_is_at_most_so_long_and_has_at_most_so_many_states(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct pattern *pattern;
    struct error err = {0};
    assert_true(pattern_new(arena, times(arena, 'a', PATTERN_MAX_BYTES, ""), &pattern, &err));
    assert_false(pattern_new(arena, times(arena, 'a', PATTERN_MAX_BYTES + 1, ""), &pattern, &err));
    assert_int_equal(err.code, ERROR_LIMIT);

    assert_true(pattern_new(arena, "a{999}b{1000}", &pattern, &err)); /* and the end: 2000 */
    err = (struct error){0};
    assert_false(pattern_new(arena, "a{1000}b{1000}", &pattern, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(pattern_new(arena, "((((){1000}){1000}){1000}){1000}", &pattern, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    arena_close(&arena);
}

static void xp_3_groups_may_be_as_deep_as_the_pattern_is_long(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    char *open = times(arena, '(', PATTERN_MAX_BYTES / 2 - 1, "a");
    const struct pattern *pattern = made(
        arena, arena_printf(arena, "%s%s", open, times(arena, ')', PATTERN_MAX_BYTES / 2 - 1, "")));
    assert_true(pattern_matches(arena, pattern, "a", NULL));
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_of_the_table_holds),
        cmocka_unit_test(every_line_of_the_table_of_schemas_holds),
        cmocka_unit_test(xp_3_no_pattern_blows_up),
        cmocka_unit_test(xp_3_the_work_grows_with_the_value_and_no_faster),
        cmocka_unit_test(xp_3_a_pattern_is_at_most_so_long_and_has_at_most_so_many_states),
        cmocka_unit_test(xp_3_groups_may_be_as_deep_as_the_pattern_is_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
