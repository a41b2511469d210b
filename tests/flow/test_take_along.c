/* What a person takes along, and does from Min side, while a draft is open. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The text of the PDF that the browser was given, by pdftotext. */
static const char *pdf_text(const struct scene *scene, struct arena *arena)
{
    struct bytes pdf = browser_content(scene->walk.browser);
    char *path = arena_printf(arena, "%s/given.pdf", scene->server.data);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(pdf.data, 1, pdf.size, file), pdf.size);
    fclose(file);
    const char *text;
    const char *words[] = {"-layout", path, "-", NULL};
    assert_int_equal(server_run(arena, "/usr/bin/pdftotext", words, &text), 0);
    return text;
}

static void what_is_read_back_can_be_taken_along_marked_as_not_sent(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    browser_press(browser, "Last ned utkast (PDF)");

    assert_int_equal(browser_status(browser), 200);
    assert_string_equal(browser_header(browser, "Content-Type"), "application/pdf");
    assert_string_equal(browser_header(browser, "Cache-Control"), "no-store");
    struct bytes pdf = browser_content(browser);
    assert_null(memmem(pdf.data, pdf.size, "/ByteRange", strlen("/ByteRange")));
    assert_null(memmem(pdf.data, pdf.size, "/EmbeddedFile", strlen("/EmbeddedFile")));
    const char *text = pdf_text(scene, arena);
    assert_non_null(strstr(text, "Utkast – ikke sendt"));
    assert_non_null(strstr(text, "Ingrid Fjeld"));
    assert_non_null(strstr(text, "Lyset ved skolen er borte."));
    assert_null(strstr(text, "FB-20"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_back_can_be_taken_along_marked_as_not_sent),
    };
    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
