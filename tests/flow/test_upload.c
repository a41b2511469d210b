/* Files from a citizen's own machine, and how they come back. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A_PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
#define A_LOCKED_PDF "%PDF-1.6\ntrailer\n<< /Root 1 0 R /Encrypt 5 0 R >>\n%%EOF\n"
/* As much of a JPEG as says how large it is: 8 by 8. */
#define A_JPEG                                                                                     \
    "\xFF\xD8\xFF\xC0\x00\x11\x08\x00\x08\x00\x08\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01"

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
static const char tax_return[] = "Last opp siste skattemelding for deg fra enheten din";

static struct bytes bytes_of(const char *data, size_t size)
{
    return (struct bytes){(const unsigned char *)data, size};
}

static void upload(struct browser *browser, const char *label, const char *name, const char *type,
                   struct bytes content)
{
    browser_choose_file(browser, label, name, type, content);
    browser_press(browser, "Last opp valgt");
}

static void file_1_an_upload_is_what_it_says_or_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *name, *type;
        const char *content;
        size_t size;
        const char *sentence;
    } bad[] = {
        {"program.exe", "application/x-msdownload", "MZ\x90", 3,
         "program.exe kan ikke brukes. Last opp lønnsslipper som PDF, JPG eller PNG."},
        {"tom.pdf", "application/pdf", "", 0, "tom.pdf er tom. Velg en annen fil."},
        {"bilde.pdf", "application/pdf", A_JPEG, sizeof A_JPEG - 1,
         "Innholdet i bilde.pdf passer ikke til filtypen."},
        {"side.pdf", "text/html", A_PDF, sizeof A_PDF - 1,
         "Innholdet i side.pdf passer ikke til filtypen."},
        {"låst.pdf", "application/pdf", A_LOCKED_PDF, sizeof A_LOCKED_PDF - 1,
         "låst.pdf er beskyttet med passord. Last opp en fil uten passord."},
    };
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    upload(browser, pay_slips, "Lønn i mars.pdf", "application/pdf", BYTES_OF(A_PDF));
    scene_must_see(browser, "Lønn i mars.pdf er lagt ved");

    for (size_t i = 0; i < COUNT(bad); i++) {
        upload(browser, pay_slips, bad[i].name, bad[i].type, bytes_of(bad[i].content, bad[i].size));
        assert_int_equal(browser_status(browser), 422);
        scene_must_see(browser, bad[i].sentence);
        scene_must_see(browser, "Lønn i mars.pdf");
    }

    browser_visit(browser, browser_address(browser));
    scene_must_see(browser, "Lønn i mars.pdf");
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(browser_sees(browser, bad[i].name));
}

static void file_1_a_form_that_wants_pdf_gets_no_pictures(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");

    upload(browser, tax_return, "skatt.jpg", "image/jpeg", bytes_of(A_JPEG, sizeof A_JPEG - 1));

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser,
                   "skatt.jpg kan ikke brukes. Last opp siste skattemelding for deg som PDF.");
}

static void file_2_what_is_too_large_or_too_many_is_refused_and_the_others_stay(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char *content = ARENA_ARRAY(arena, 10000001, unsigned char);
    memcpy(content, A_PDF, sizeof A_PDF);
    struct bytes large = {content, 10000001};
    upload(browser, pay_slips, "stor.pdf", "application/pdf", large);
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "stor.pdf er for stor (10,1 MB). Filer kan være inntil 10 MB.");
    large.size--;
    upload(browser, pay_slips, "akkurat.pdf", "application/pdf", large);
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "akkurat.pdf");

    static const char *const names[] = {"to.pdf", "tre.pdf", "fire.pdf"};
    for (size_t i = COUNT(names); i-- > 0;) /* they are sent in the order last chosen first */
        browser_choose_file(browser, pay_slips, names[i], "application/pdf", BYTES_OF(A_PDF));
    browser_press(browser, "Last opp valgt");

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "Du kan legge ved høyst 3 filer under lønnsslipper");
    browser_visit(browser, browser_address(browser));
    scene_must_see(browser, "akkurat.pdf");
    scene_must_see(browser, "to.pdf");
    scene_must_see(browser, "tre.pdf");
    assert_false(browser_sees(browser, "fire.pdf"));
}

static void file_3_a_name_is_only_a_label(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");

    upload(browser, pay_slips, "../../etc/<b>lønn.pdf", "application/pdf", BYTES_OF(A_PDF));

    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "lønn.pdf");
    assert_false(browser_sees(browser, "etc"));
    assert_null(memmem(browser_content(browser).data, browser_content(browser).size, "<b>", 3));
}

static void file_4_a_document_comes_back_to_its_owner_only_and_as_a_download(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    upload(browser, pay_slips, "Lønn i mars.pdf", "application/pdf", BYTES_OF(A_PDF));
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "Lønn i mars.pdf");
    char *address = arena_text(arena, browser_link(browser, "Last ned"));

    browser_visit(browser, address);

    assert_int_equal(browser_status(browser), 200);
    struct bytes content = browser_content(browser);
    assert_int_equal(content.size, strlen(A_PDF));
    assert_memory_equal(content.data, A_PDF, content.size);
    assert_string_equal(browser_header(browser, "Content-Type"), "application/pdf");
    assert_string_equal(browser_header(browser, "Content-Disposition"),
                        "attachment; filename=\"L_nn i mars.pdf\"; "
                        "filename*=UTF-8''L%C3%B8nn%20i%20mars.pdf");
    assert_string_equal(browser_header(browser, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(browser_header(browser, "Cross-Origin-Resource-Policy"), "same-origin");
    assert_string_equal(browser_header(browser, "Cache-Control"), "no-store");
    const char *policy = browser_header(browser, "Content-Security-Policy");
    assert_non_null(strstr(policy, "sandbox"));
    assert_non_null(strstr(policy, "default-src 'none'"));

    CLEANUP(browser_close) struct browser *other = scene_browser();
    browser_send(other, "GET", address, NULL, NULL, (struct bytes){0});
    assert_int_not_equal(browser_status(other), 200);
    struct walk walk = {.server = &scene->server, .browser = other, .failed = scene->walk.failed};
    walk_log_in(&walk, "Jonas Lie Berg");
    browser_send(other, "GET", address, NULL, NULL, (struct bytes){0});
    assert_int_equal(browser_status(other), 404);
}

static void a_removed_file_is_gone(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    upload(browser, pay_slips, "feil.pdf", "application/pdf", BYTES_OF(A_PDF));
    char *step = arena_text(arena, browser_address(browser));
    browser_visit(browser, "/min-side/dokumenter");
    char *address = arena_text(arena, browser_link(browser, "Last ned"));
    browser_visit(browser, step);

    browser_press(browser, "Fjern feil.pdf");

    scene_must_see(browser, "feil.pdf er fjernet");
    browser_visit(browser, address);
    assert_int_equal(browser_status(browser), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            file_1_an_upload_is_what_it_says_or_is_refused_with_the_reason, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(file_1_a_form_that_wants_pdf_gets_no_pictures, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            file_2_what_is_too_large_or_too_many_is_refused_and_the_others_stay, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(file_3_a_name_is_only_a_label, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            file_4_a_document_comes_back_to_its_owner_only_and_as_a_download, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(a_removed_file_is_gone, scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
