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
    browser_visit(browser, "/min-side");
    scene_must_see(browser, "Kommet til: Oppsummering");
}

static const char *own_csv(struct browser *browser, struct arena *arena)
{
    browser_visit(browser, "/min-side/innsynslogg");
    browser_press(browser, "Last ned loggen (CSV)");
    assert_int_equal(browser_status(browser), 200);
    assert_string_equal(browser_header(browser, "Cache-Control"), "no-store");
    assert_string_equal(browser_header(browser, "Content-Type"),
                        "text/csv; charset=utf-8; header=present");
    return arena_text_of(arena, browser_content(browser));
}

static void a_document_is_taken_out_of_its_draft_on_min_side_and_the_log_tells_of_it(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, "/min-side");
    browser_press(browser, "Logg ut");
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    scene_upload(browser, "Last opp lønnsslipper fra enheten din", "=feil.pdf");
    const char *step = arena_text(arena, browser_address(browser));
    browser_visit(browser, "/min-side/dokumenter?vis=lastet-opp");
    const char *document = arena_text(arena, browser_link(browser, "Last ned"));

    browser_press_only(browser, "Fjern =feil.pdf");
    assert_true(text_ends_with(browser_header(browser, "Location"), "fjernet=ja&vis=lastet-opp"));
    browser_visit(browser, browser_header(browser, "Location"));
    scene_must_see(browser, "Dokumentet er fjernet fra utkastet");
    assert_false(browser_has_button(browser, "Fjern"));
    browser_press_again(browser); /* by somebody in a hurry */
    assert_int_equal(browser_status(browser), 404);
    browser_visit(browser, document);
    assert_int_equal(browser_status(browser), 404);
    browser_visit(browser, step);
    scene_must_not_see(browser, "feil.pdf");

    const char *csv = own_csv(browser, arena);
    assert_true(text_starts_with(csv, "\uFEFF\"Tidspunkt\","));
    assert_non_null(strstr(csv, "\"Dokument ble fjernet\""));
    assert_non_null(strstr(csv, "\"Innlogging"));
}

static void sql_3_nobody_takes_a_document_out_of_anothers_draft(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct browser *ingrid = scene->walk.browser;
    browser_visit(ingrid, "/min-side");
    browser_press(ingrid, "Fortsett: Søknad om redusert foreldrebetaling");
    scene_upload(ingrid, "Last opp lønnsslipper fra enheten din", "min.pdf");
    browser_visit(ingrid, "/min-side/dokumenter");
    const char *document = arena_text(arena, browser_link(ingrid, "Last ned"));

    struct walk other = {
        .server = &scene->server, .browser = scene_browser(), .failed = scene->walk.failed};
    browser_visit(other.browser, arena_printf(arena, "%s/min-side", scene->server.site));
    walk_log_in(&other, "Oddny Hauge");
    const char *body = arena_printf(arena, "_csrf=%s", browser_value(other.browser, "_csrf"));
    browser_send(other.browser, "POST", arena_printf(arena, "%s/fjern", document), NULL,
                 "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(other.browser), 404);
    browser_close(&other.browser);

    browser_visit(ingrid, document);
    assert_int_equal(browser_status(ingrid), 200);
}

static void ses_3_who_is_logged_out_when_pressing_is_led_to_a_page_that_is_there(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    const char *url =
        arena_printf(arena, "%s/min-side/dokumenter/nobodys/fjern", scene->server.site);
    browser_send(browser, "POST", url, NULL, "application/x-www-form-urlencoded", BYTES_OF(""));
    assert_int_equal(browser_status(browser), 401);
    assert_true(text_ends_with(browser_link(browser, "Logg inn"), "/min-side"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_back_can_be_taken_along_marked_as_not_sent),
        cmocka_unit_test(a_document_is_taken_out_of_its_draft_on_min_side_and_the_log_tells_of_it),
        cmocka_unit_test(ses_3_who_is_logged_out_when_pressing_is_led_to_a_page_that_is_there),
        cmocka_unit_test(sql_3_nobody_takes_a_document_out_of_anothers_draft),
    };
    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
