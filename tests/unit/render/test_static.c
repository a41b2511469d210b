#include "render/static.h"

#include "engine/base/arena.h"
#include "engine/base/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_path_carries_the_digest_of_what_is_there(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    size_t count = 0;
    const struct static_file *files = static_files(&count);
    assert_true(count >= 5);
    for (size_t i = 0; i < count; i++) {
        char *digest = crypto_sha256_hex(arena, files[i].content);
        digest[8] = '\0';
        assert_non_null(strstr(files[i].path, digest));
    }
}

static void a_file_is_found_by_the_path_it_is_linked_with(void **state)
{
    (void)state;
    const struct static_file *file = static_find(static_path("app.css"));
    assert_non_null(file);
    assert_string_equal(file->media_type, "text/css; charset=utf-8");
    assert_true(file->gzip.size > 0 && file->gzip.size < file->content.size);
}

static void a_path_with_another_digest_is_not_there(void **state)
{
    (void)state;
    assert_null(static_find("/statisk/app.00000000.css"));
    assert_null(static_find("/statisk/app.css"));
    assert_null(static_find("/statisk/../app.css"));
}

static void the_stylesheet_names_fonts_that_are_there(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *css = arena_text_of(arena, static_find(static_path("app.css"))->content);
    static const char *const fonts[] = {"inter-latin.woff2", "inter-latin-ext.woff2"};
    for (size_t i = 0; i < COUNT(fonts); i++) {
        const char *name = static_path(fonts[i]) + strlen("/statisk/");
        assert_non_null(strstr(css, arena_printf(arena, "url(\"%s\")", name)));
    }
}

static void hdr_2_the_stylesheet_fetches_nothing_from_elsewhere(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *css = arena_text_of(arena, static_find(static_path("app.css"))->content);
    assert_null(strstr(css, "@import"));
    assert_null(strstr(css, "url(http"));
    assert_null(strstr(css, "url(\"http"));
    assert_null(strstr(css, "url(//"));
}

static void scripts_evaluate_nothing(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const names[] = {"app.js", "live.js", "upload.js"};
    static const char *const refused[] = {"eval(",        "Function(", "innerHTML",
                                          "localStorage", "http:",     "https:"};
    for (size_t k = 0; k < COUNT(names); k++) {
        const struct static_file *file = static_find(static_path(names[k]));
        char *script = arena_text_of(arena, file->content);
        for (size_t i = 0; i < COUNT(refused); i++)
            assert_null(strstr(script, refused[i]));
    }
}

/* design.md, sections 1 and 9. */
static void files_are_no_larger_than_the_design_says(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t most;
    } files[] = {{"app.js", 5000},
                 {"live.js", 5000},
                 {"upload.js", 5000},
                 {"htmx.js", 37500},
                 {"app.css", 189000}}; /* theme and components together */
    for (size_t i = 0; i < COUNT(files); i++)
        assert_in_range(static_find(static_path(files[i].name))->content.size, 1, files[i].most);
}

static void htmx_is_the_one_that_the_pages_are_written_for(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct static_file *file = static_find(static_path("htmx.js"));
    char *script = arena_text_of(arena, file->content);
    assert_non_null(strstr(script, "\"4.0.1\""));
    assert_true(file->gzip.size > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_carries_the_digest_of_what_is_there),
        cmocka_unit_test(a_file_is_found_by_the_path_it_is_linked_with),
        cmocka_unit_test(a_path_with_another_digest_is_not_there),
        cmocka_unit_test(the_stylesheet_names_fonts_that_are_there),
        cmocka_unit_test(hdr_2_the_stylesheet_fetches_nothing_from_elsewhere),
        cmocka_unit_test(scripts_evaluate_nothing),
        cmocka_unit_test(files_are_no_larger_than_the_design_says),
        cmocka_unit_test(htmx_is_the_one_that_the_pages_are_written_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
