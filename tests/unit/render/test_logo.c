#include "render/logo.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPEN "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 80 40'>\n"

static bool takes(struct arena *arena, const char *text, struct logo *logo, struct error *err)
{
    *err = (struct error){0};
    return logo_check(arena, BYTES_OF(text), "logo.svg", logo, err);
}

static void shapes_gradients_clips_and_masks_are_taken(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct logo logo;
    struct error err;

    assert_true(takes(arena,
                      "<?xml version='1.0' encoding='UTF-8'?><!-- ours -->\n" OPEN
                      "<title>Fjordvik</title><defs>"
                      "<linearGradient id='a'><stop offset='0' stop-color='#fff'/></linearGradient>"
                      "<linearGradient id='b' xmlns:l='http://www.w3.org/1999/xlink' l:href='#a'/>"
                      "<clipPath id='c'><circle r='4'/></clipPath></defs>"
                      "<g transform='translate(2 3) scale(.5)' clip-path='url(#c)'>"
                      "<path d='M0 0h4z' fill='url(#b)' stroke='rgb(10%, 2%, 3%)'/></g></svg>",
                      &logo, &err));

    assert_true(logo.width > 79.9 && logo.width < 80.1 && logo.height < 40.1);
    assert_non_null(strstr(arena_text_of(arena, logo.svg), "url(#b)"));
}

/* What a picture from anybody may carry, and the line it stands on. */
static const struct {
    const char *inside;
    const char *about;
} refused[] = {
    {"<script>alert(1)</script>", "script"},
    {"<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>", "foreignObject"},
    {"<style>path{fill:red}</style>", "style"},
    {"<path style='fill:red' d='M0 0'/>", "style"},
    {"<path class='a' d='M0 0'/>", "class"},
    {"<path onload='alert(1)' d='M0 0'/>", "onload"},
    {"<path onclick='alert(1)' d='M0 0'/>", "onclick"},
    {"<a href='https://example.net'><path d='M0 0'/></a>", "element a"},
    {"<image href='data:image/png;base64,AA'/>", "image"},
    {"<use href='#a'/>", "use"},
    {"<use href='https://example.net/a.svg#a'/>", "use"},
    {"<animate attributeName='href'/>", "animate"},
    {"<set attributeName='onload' to='x'/>", "set"},
    {"<text>Fjordvik</text>", "text"},
    {"<filter id='f'/>", "filter"},
    {"<iframe xmlns='http://www.w3.org/1999/xhtml'/>", "iframe"},
    {"<path xmlns='' d='M0 0'/>", "path"},
    {"<linearGradient id='a' href='https://example.net/a.svg#b'/>", "href"},
    {"<linearGradient id='a' href='javascript:alert(1)'/>", "href"},
    {"<path href='#a' d='M0 0'/>", "href"},
    {"<path fill='url(https://example.net/a.svg#b)' d='M0 0'/>", "fill"},
    {"<path fill='url(#b) url(https://example.net)' d='M0 0'/>", "fill"},
    {"<path fill='url(\"https://example.net\")' d='M0 0'/>", "fill"},
    {"<path fill='UR\\4c(https://example.net)' d='M0 0'/>", "fill"},
    {"<path fill='image-set(\"https://example.net\")' d='M0 0'/>", "fill"},
    {"<g mask='url(//example.net/a#b)'/>", "mask"},
    {"<g transform='url(#a)'/>", "transform"},
    {"<g xml:base='https://example.net/'/>", "base"},
    {"<g xmlns:i='urn:i' i:label='Layer 1'/>", "label"},
    {"<?xml-stylesheet href='https://example.net/a.css'?>", "processing instruction"},
    {"words", "words"},
    {"<g><![CDATA[words]]></g>", "not allowed"},
};

static void what_else_may_be_in_a_picture_is_refused_with_its_line(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct logo logo;
        struct error err;
        const char *text = arena_printf(arena, OPEN "%s</svg>", refused[i].inside);

        if (takes(arena, text, &logo, &err))
            fail_msg("taken: %s", refused[i].inside);
        if (!strstr(err.text, refused[i].about))
            fail_msg("%s: %s", refused[i].inside, err.text);
        assert_string_equal(err.file, "logo.svg");
        assert_in_range(err.line, 1, 2);
    }
}

static void a_document_type_or_something_round_the_picture_is_refused(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const texts[] = {
        "<!DOCTYPE svg [<!ENTITY a 'b'>]>" OPEN "</svg>",
        "<?xml-stylesheet href='a.css'?>" OPEN "</svg>",
        OPEN "</svg><?php echo 1 ?>",
        "<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>",
        "<svg viewBox='0 0 4 4'/>",
        "",
        "not XML",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct logo logo;
        struct error err;
        assert_false(takes(arena, texts[i], &logo, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void a_picture_says_how_wide_it_is_and_is_no_stripe(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const views[] = {"",        "0 0 80",   "0 0 80 0", "0 0 -1 4",
                                        "a b c d", "0 0 81 9", "0 0 9 81", "0 0 nan 4"};
    for (size_t i = 0; i < COUNT(views); i++) {
        struct logo logo;
        struct error err;
        const char *text =
            arena_printf(arena, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='%s'/>", views[i]);
        assert_false(takes(arena, text, &logo, &err));
        assert_non_null(strstr(err.text, "viewBox"));
    }
}

static void a_large_picture_is_refused(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char *large = ARENA_ARRAY(arena, LOGO_MAX_BYTES + 1, unsigned char);
    memset(large, ' ', LOGO_MAX_BYTES + 1);
    struct logo logo;
    struct error err = {0};
    assert_false(logo_check(arena, (struct bytes){large, LOGO_MAX_BYTES + 1}, "l", &logo, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

/* A browser would read by the declaration what we read as UTF-8. */
static void what_is_served_is_what_was_checked(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct logo logo;
    struct error err;

    assert_true(takes(arena,
                      "<?xml version='1.0' encoding='UTF-7'?>" OPEN
                      "<title>+ADw-script+AD4-</title></svg>",
                      &logo, &err));

    char *served = arena_text_of(arena, logo.svg);
    assert_null(strstr(served, "UTF-7"));
    assert_non_null(strstr(served, "encoding=\"UTF-8\""));
}

int main(void)
{
    xml_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_gradients_clips_and_masks_are_taken),
        cmocka_unit_test(what_else_may_be_in_a_picture_is_refused_with_its_line),
        cmocka_unit_test(a_document_type_or_something_round_the_picture_is_refused),
        cmocka_unit_test(a_picture_says_how_wide_it_is_and_is_no_stripe),
        cmocka_unit_test(a_large_picture_is_refused),
        cmocka_unit_test(what_is_served_is_what_was_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
