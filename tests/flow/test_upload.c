/* Files from a citizen's own machine, and how they come back. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define A_PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
#define A_LOCKED_PDF "%PDF-1.6\ntrailer\n<< /Root 1 0 R /Encrypt 5 0 R >>\n%%EOF\n"
/* As much of a JPEG as says how large it is: 8 by 8. */
#define A_JPEG                                                                                     \
    "\xFF\xD8\xFF\xC0\x00\x11\x08\x00\x08\x00\x08\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01"

/* As much of a PNG as says how large it is: 8 by 8, and as many as 46341 by 46341. */
#define PNG_OF(side) "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0" side "\0\0" side "\x08\x02\0\0\0"
#define A_PNG PNG_OF("\0\x08")
#define A_HUGE_PNG PNG_OF("\xB5\x05")
#define A_PDF_WITH_A_SCRIPT                                                                        \
    "%PDF-1.4\n1 0 obj\n<< /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> "               \
    ">>\nendobj\n%%EOF\n"

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
        {"IMG_0042.HEIC", "image/heic",
         "\0\0\0\x18"
         "ftypheic\0\0\0\0",
         16, "Velg JPEG i innstillingene for kameraet (på iPhone: Formater, «Mest kompatibel»)"},
        {"budsjett.xlsx", "", "PK\3\4", 4,
         "budsjett.xlsx kan ikke brukes slik den er. Lagre den som PDF, og last opp PDF-en."},
        {"alt.zip", "application/zip", "PK\3\4", 4, "alt.zip kan ikke brukes."},
        {"lønn.pdf.exe", "application/pdf", A_PDF, sizeof A_PDF - 1,
         "lønn.pdf.exe kan ikke brukes."},
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

static void file_2_a_picture_of_too_many_pixels_is_refused_by_its_header(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");

    upload(browser, pay_slips, "plakat.png", "image/png",
           bytes_of(A_HUGE_PNG, sizeof A_HUGE_PNG - 1));

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "plakat.png har for mange bildepunkter");
    upload(browser, pay_slips, "foto.png", "image/png", bytes_of(A_PNG, sizeof A_PNG - 1));
    assert_int_equal(browser_status(browser), 200);
}

/* What the postbox takes is less than what an office may allow. */
static void file_2_the_limit_of_the_postbox_is_said_and_held(void **state)
{
    enum { SIZE = 17000000 };
    static const char *const generous[] = {"--draft_bytes", "200000000", "--file_bytes",
                                           "52000000"};
    struct scene *scene = *state;
    memcpy(scene->more, generous, sizeof generous);
    scene_start_again(scene);
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char *content = ARENA_ARRAY(arena, SIZE, unsigned char);
    memcpy(content, A_PDF, sizeof A_PDF);
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    scene_must_see(browser, "så mye som den digitale postkassen tar imot.");

    upload(browser, pay_slips, "en.pdf", "application/pdf", (struct bytes){content, SIZE});
    upload(browser, pay_slips, "to.pdf", "application/pdf", (struct bytes){content, SIZE});
    scene_must_see(browser, "34\u00A0MB er brukt");
    upload(browser, pay_slips, "tre.pdf", "application/pdf", (struct bytes){content, SIZE});

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser,
                   "Vedleggene er for store til sammen (51 MB). De kan være inntil 50 MB.");
}

static void file_3_a_name_is_only_a_label(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");

    upload(browser, pay_slips, "../../etc/<b>lønn.pdf", "application/pdf", BYTES_OF(A_PDF));
    upload(browser, pay_slips, "faktura\u202Efdp.exe.pdf", "application/pdf", BYTES_OF(A_PDF));

    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "lønn.pdf");
    scene_must_see(browser, "faktura_fdp.exe.pdf");
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

static void file_6_a_pdf_that_acts_by_itself_is_marked(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");

    upload(browser, tax_return, "skatt.pdf", "application/pdf", BYTES_OF(A_PDF_WITH_A_SCRIPT));

    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "Inneholder skript eller filer");
}

static void file_6_a_form_may_refuse_a_pdf_that_acts_by_itself(void **state)
{
    static const char form[] =
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
        "xmlns:sk='urn:skjema:1'><h:head><h:title>Klage</h:title><model><instance>"
        "<data id='klage'><v><bilag/></v></data></instance></model>"
        "<sk:about prefix='KG' retention='P1Y'/></h:head><h:body class='pages'>"
        "<group ref='/data/v'><label>Vedlegg</label><upload ref='/data/v/bilag' "
        "accept='application/pdf' sk:sources='disk' sk:refuse='active-content'>"
        "<label>Bilag</label></upload></group></h:body></h:html>";
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene->forms = arena_printf(arena, "%s/forms", scene->server.data);
    assert_int_equal(mkdir(scene->forms, 0700), 0);
    assert_int_equal(mkdir(arena_printf(arena, "%s/klage", scene->forms), 0700), 0);
    FILE *file = fopen(arena_printf(arena, "%s/klage/form.xml", scene->forms), "we");
    assert_non_null(file);
    assert_true(fputs(form, file) >= 0);
    assert_int_equal(fclose(file), 0);
    scene_start_again(scene);
    struct browser *browser = scene->walk.browser;
    walk_start(&scene->walk, "klage", "Ingrid Fjeld");

    upload(browser, "Last opp", "skript.pdf", "application/pdf", BYTES_OF(A_PDF_WITH_A_SCRIPT));

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser,
                   "skript.pdf inneholder skript eller andre filer, og kan ikke brukes her");
    upload(browser, "Last opp", "bilag.pdf", "application/pdf", BYTES_OF(A_PDF));
    scene_must_see(browser, "bilag.pdf er lagt ved");
}

static void file_7_nothing_of_a_picture_is_in_the_receipt_but_its_name(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    upload(browser, pay_slips, "foto.png", "image/png", bytes_of(A_PNG, sizeof A_PNG - 1));
    upload(browser, tax_return, "skatt.pdf", "application/pdf", BYTES_OF(A_PDF));
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "foto.png");
    walk_send(&scene->walk);

    struct bytes receipt = walk_receipt_bytes(&scene->walk, arena);

    assert_memory_equal(receipt.data, "%PDF-", 5);
    assert_null(memmem(receipt.data, receipt.size, "/Subtype /Image", 15));
    assert_null(memmem(receipt.data, receipt.size, "IHDR", 4));
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
        cmocka_unit_test_setup_teardown(
            file_2_a_picture_of_too_many_pixels_is_refused_by_its_header, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(file_2_the_limit_of_the_postbox_is_said_and_held,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(file_3_a_name_is_only_a_label, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(file_6_a_pdf_that_acts_by_itself_is_marked, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(file_6_a_form_may_refuse_a_pdf_that_acts_by_itself,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(file_7_nothing_of_a_picture_is_in_the_receipt_but_its_name,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            file_4_a_document_comes_back_to_its_owner_only_and_as_a_download, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(a_removed_file_is_gone, scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
