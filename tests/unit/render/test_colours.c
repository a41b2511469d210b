#include "render/colours.h"
#include "render/static.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool reads(struct arena *arena, const char *text, char **css, struct error *err)
{
    struct bytes made;
    *err = (struct error){0};
    if (!colours_read(arena, BYTES_OF(text), "colours", &made, err))
        return false;
    *css = arena_text_of(arena, made);
    return true;
}

/* The colour of a token in a stylesheet, from there on. */
static uint32_t colour_in(struct arena *arena, const char *css, const char *token)
{
    const char *at = strstr(css, arena_printf(arena, "--ds-color-%s:#", token));
    assert_non_null(at);
    const char *hex = strchr(at, '#') + 1;
    size_t size = strspn(hex, "0123456789abcdef");
    uint32_t short_form = (uint32_t)strtoul(hex, NULL, 16);
    if (size == 6)
        return short_form;
    assert_int_equal(size, 3);
    return (short_form >> 8) * 0x110000 + (short_form >> 4 & 15) * 0x1100 +
           (short_form & 15) * 0x11;
}

static void contrast_is_as_wcag_counts_it(void **state)
{
    (void)state;
    assert_true(colours_contrast(0x000000, 0xFFFFFF) > 20.99);
    assert_true(colours_contrast(0x767676, 0xFFFFFF) > 4.5);
    assert_true(colours_contrast(0x777777, 0xFFFFFF) < 4.5);
    assert_true(colours_contrast(0x0062BA, 0x0062BA) < 1.01);
}

static void one_colour_makes_a_scale_for_light_and_dark(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *css;
    struct error err;

    assert_true(reads(arena, "# ours\naccent = #0B6A53 # green\n\n", &css, &err));

    assert_int_equal(colour_in(arena, css, "accent-base-default"), 0x0B6A53);
    const char *dark = strstr(css, "prefers-color-scheme:dark");
    assert_non_null(dark);
    uint32_t button = colour_in(arena, dark, "accent-base-default");
    assert_true((button >> 8 & 255) > (button >> 16 & 255)); /* still green */
    assert_true(colours_contrast(button, 0x17181A) > 3);
}

/* Designsystemet's own blue gives Designsystemet's own scale, as nearly as one sees. */
static void the_scale_is_as_designsystemet_makes_it(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *css;
    struct error err;
    assert_true(reads(arena, "accent = #0062ba", &css, &err));
    char *theirs = arena_text_of(arena, static_find(static_path("app.css"))->content);
    static const char *const tokens[] = {"surface-tinted", "surface-active", "border-default",
                                         "text-subtle",    "text-default",   "base-active"};
    for (size_t i = 0; i < COUNT(tokens); i++) {
        char *token = arena_printf(arena, "accent-%s", tokens[i]);
        uint32_t made = colour_in(arena, css, token), known = colour_in(arena, theirs, token);
        for (int shift = 0; shift < 24; shift += 8)
            assert_in_range((made >> shift & 255) + 24, known >> shift & 255,
                            (known >> shift & 255) + 48);
    }
}

static void one_token_may_be_said_by_itself(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *css;
    struct error err;

    assert_true(
        reads(arena, "accent = #0b6a53\ndark  accent-base-default = #4fb096\n", &css, &err));

    assert_int_equal(colour_in(arena, css, "accent-base-default"), 0x0B6A53);
    assert_int_equal(colour_in(arena, strstr(css, "dark"), "accent-base-default"), 0x4FB096);
}

static void colours_that_cannot_be_read_are_refused_with_both(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const struct {
        const char *text, *said[2];
        int line;
    } cases[] = {
        {"accent = #ffcc00", {"light: accent-base-default #ffcc00", "3:1 is the least"}, 1},
        {"accent = #0b6a53\nlight accent-text-subtle = #8aa89f",
         {"light: accent-text-subtle #8aa89f on ", "4.5:1 is the least"},
         2},
        {"accent = #0b6a53\n\ndark accent-base-contrast-default = #ffffff",
         {"dark: accent-base-contrast-default #ffffff on accent-base-default", "4.5:1"},
         3},
        {"accent = #0b6a53\ndark accent-border-default = #30363d",
         {"dark: accent-border-default #30363d", "3:1 is the least"},
         2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *css;
        struct error err;
        assert_false(reads(arena, cases[i].text, &css, &err));
        for (size_t k = 0; k < COUNT(cases[i].said); k++)
            if (!strstr(err.text, cases[i].said[k]))
                fail_msg("%s: %s", cases[i].text, err.text);
        assert_int_equal(err.line, cases[i].line);
    }
}

static void a_line_that_is_wrong_is_named(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const texts[] = {
        "\naccent = green",
        "\naccent = #0b6",
        "\naccent #0b6a53",
        "\nbrand = #0b6a53",
        "\ndark accent-base-default = #4fb096",
        "accent = #0b6a53\naccent = #0b6a53",
        "accent = #0b6a53\ndark accent-nothing = #0b6a53",
        "accent = #0b6a53\naccent-base-default = #0b6a53",
        "accent = #0b6a53\nlight accent-text-subtle = #0b6a53;}body{display:none",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *css;
        struct error err;
        if (reads(arena, texts[i], &css, &err))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(err.line, 2);
    }
    char *css;
    struct error err;
    assert_false(reads(arena, "", &css, &err));
    assert_false(reads(arena, "accent = \xff", &css, &err));
}

static void grey_grounds_are_those_of_designsystemet(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *light = arena_text_of(arena, static_find(static_path("app.css"))->content);
    const char *dark = strstr(light, "prefers-color-scheme:dark");
    assert_non_null(dark);
    size_t count;
    const struct colours_ground *grounds = colours_grounds(&count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(grounds[i].light, colour_in(arena, light, grounds[i].token));
        assert_int_equal(grounds[i].dark, colour_in(arena, dark, grounds[i].token));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrast_is_as_wcag_counts_it),
        cmocka_unit_test(one_colour_makes_a_scale_for_light_and_dark),
        cmocka_unit_test(the_scale_is_as_designsystemet_makes_it),
        cmocka_unit_test(one_token_may_be_said_by_itself),
        cmocka_unit_test(colours_that_cannot_be_read_are_refused_with_both),
        cmocka_unit_test(a_line_that_is_wrong_is_named),
        cmocka_unit_test(grey_grounds_are_those_of_designsystemet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
