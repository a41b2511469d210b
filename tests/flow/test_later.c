/* Documents that are sent afterwards: a task on Min side, the page, the receipt in the postbox. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "forms/locale.h"
#include "storage/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A_PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"

static const char tax_return[] = "Siste skattemelding for deg";
static const char file_input[] = "Last opp siste skattemelding for deg fra enheten din";

/* Sends the application with all documents promised; the browser is at the receipt. */
static void apply_with_promises(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    for (int i = 0; i < 2; i++)
        browser_press(browser, "Jeg ettersender dokumentet");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
}

/* The page of the first task; its address. */
static const char *open_task(struct scene *scene, struct arena *arena)
{
    struct browser *browser = scene->walk.browser;
    browser_visit(browser, arena_printf(arena, "%s/min-side", scene->server.site));
    browser_press(browser, "Ettersend: Siste skattemelding for deg");
    scene_must_see(browser, "Ettersend: Siste skattemelding for deg");
    return arena_text(arena, browser_address(browser));
}

static void upload(struct browser *browser, const char *name, const char *content)
{
    browser_choose_file(browser, file_input, name, "application/pdf", BYTES_OF(content));
    browser_press(browser, "Last opp valgt");
}

/* The text of a PDF that the site gives, by pdftotext. */
static const char *pdf_text(struct scene *scene, struct arena *arena, struct bytes pdf)
{
    char *path = arena_printf(arena, "%s/receipt.pdf", scene->server.data);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(pdf.data, 1, pdf.size, file), pdf.size);
    fclose(file);
    const char *text;
    const char *words[] = {"-layout", path, "-", NULL};
    assert_int_equal(server_run(arena, "/usr/bin/pdftotext", words, &text), 0);
    return text;
}

static struct bytes download(struct scene *scene, struct arena *arena, const char *address)
{
    browser_visit(scene->walk.browser, address);
    assert_int_equal(browser_status(scene->walk.browser), 200);
    return arena_bytes(arena, browser_content(scene->walk.browser));
}

static void a_promise_is_kept_from_min_side_and_the_receipt_comes_to_the_postbox(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    scene_must_see(browser, "Du må ettersende «Siste skattemelding for deg» innen");
    scene_must_see(browser, "Ettersend «Siste skattemelding for deg»");
    const char *page = open_task(scene, arena);
    scene_must_see(browser, "Fristen er");

    browser_press(browser, "Send dokumentet"); /* without one */
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "Legg ved dokumentet før du sender");
    upload(browser, "feil.pdf", A_PDF "1");
    scene_must_see(browser, "feil.pdf er lagt ved");
    browser_press(browser, "Fjern feil.pdf");
    scene_must_not_see(browser, "feil.pdf");
    upload(browser, "skattemelding.exe", "MZ");
    assert_int_equal(browser_status(browser), 422);
    upload(browser, "skattemelding.pdf", A_PDF);
    browser_press(browser, "Send dokumentet");

    scene_must_see(browser, "Vi har mottatt dokumentet");
    assert_string_equal(browser_address(browser), page);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    struct bytes receipt = download(scene, arena, arena_printf(arena, "%s/kvittering.pdf", page));
    char uuid[64];
    assert_int_equal(walk_letters(&scene->walk, "ingrid", "Ettersending", uuid, sizeof uuid), 1);
    struct bytes held = walk_letter_bytes(&scene->walk, arena, uuid);
    assert_int_equal(held.size, receipt.size);
    assert_memory_equal(held.data, receipt.data, held.size);

    const char *text = pdf_text(scene, arena, receipt);
    assert_non_null(strstr(text, "Kvittering for ettersending"));
    assert_non_null(strstr(text, "FB-2026-000001"));
    assert_non_null(strstr(text, "skattemelding.pdf"));
    assert_non_null(strstr(text, crypto_sha256_hex(arena, BYTES_OF(A_PDF))));
    assert_null(strstr(text, "etter fristen"));

    browser_visit(browser, "/min-side");
    scene_must_not_see(browser, "Ettersend: Siste skattemelding for deg");
    scene_must_see(browser, "Ettersendt: Siste skattemelding for deg");
    browser_press(browser, "Søknad om redusert foreldrebetaling");
    scene_must_see(browser, "Du ettersendte «Siste skattemelding for deg»");
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "skattemelding.pdf");
}

/* The receipt and what was sent say what is missing and until when, and the letter leads to it. */
static void what_was_promised_is_told_with_its_day_wherever_it_was_sent(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    const char *receipt = arena_text(arena, browser_address(browser));
    enum { DAYS = 21 }; /* later_days: the form does not say */
    struct clock_time due = clock_oslo(clock_now());
    clock_date(clock_days(due.year, due.month, due.day) + DAYS, &due.year, &due.month, &due.day);
    const char *day = arena_printf(arena, "%04d-%02d-%02d", due.year, due.month, due.day);

    const char *text = pdf_text(
        scene, arena, download(scene, arena, arena_printf(arena, "%s/kvittering.pdf", receipt)));
    assert_non_null(
        strstr(text, arena_printf(arena, "Ettersendes innen %s", locale_date(arena, day, "nb"))));
    struct bytes sent = download(scene, arena, arena_printf(arena, "%s/soknad.xml", receipt));
    assert_non_null(strstr((const char *)sent.data,
                           arena_printf(arena, "sk:source=\"later\" sk:expected=\"%s\"", day)));

    browser_visit(browser, receipt);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    CLEANUP(browser_close) struct browser *postbox = scene_browser();
    browser_visit(postbox, arena_printf(arena, "%s/postkasse/ingrid", scene->server.postbox));
    browser_press(postbox, "Kvittering: Søknad om redusert foreldrebetaling");
    assert_true(text_starts_with(browser_link(postbox, "Ettersend dokumenter"),
                                 arena_printf(arena, "%s/brev/", scene->server.site)));
}

static void d_4_pressing_send_twice_sends_one_letter(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    const char *page = open_task(scene, arena);
    upload(browser, "skattemelding.pdf", A_PDF);
    char *body = arena_printf(arena, "_csrf=%s&_vist=%s&_handling=send",
                              browser_value(browser, "_csrf"), browser_value(browser, "_vist"));
    for (int i = 0; i < 2; i++) {
        browser_send(browser, "POST", page, NULL, "application/x-www-form-urlencoded",
                     BYTES_OF(body));
        assert_int_equal(browser_status(browser), 303);
    }

    browser_visit(browser, page);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    scene_wait_for_letters(scene, "ingrid", "Ettersending", 1, 5);
}

static void d_8_killed_right_after_sending_afterwards_the_letter_comes_once(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    open_task(scene, arena);
    upload(scene->walk.browser, "skattemelding.pdf", A_PDF);
    browser_press(scene->walk.browser, "Send dokumentet");
    scene_must_see(scene->walk.browser, "Vi har mottatt dokumentet");
    server_kill(&scene->server);

    scene_start_again(scene);

    scene_wait_for_letters(scene, "ingrid", "Ettersending", 1, 40);
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    scene_must_see(scene->walk.browser, "Ettersendt: Siste skattemelding for deg");
}

/* What the worker or another window changed since the page was shown is shown before it is sent. */
static void documents_that_changed_since_the_page_was_shown_are_shown_again(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    const char *page = open_task(scene, arena);
    upload(browser, "skattemelding.pdf", A_PDF);
    char *body = arena_printf(arena, "_csrf=%s&_vist=%064d&_handling=send",
                              browser_value(browser, "_csrf"), 0);

    browser_send(browser, "POST", page, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));

    assert_int_equal(browser_status(browser), 422);
    assert_true(browser_sees(browser, "Dokumentene er endret siden du leste gjennom"));
    scene_must_see(browser, "skattemelding.pdf");
}

static void what_is_laid_up_is_among_the_documents_and_leads_to_where_it_is_sent(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    open_task(scene, arena);
    upload(browser, "skattemelding.pdf", A_PDF);
    browser_visit(browser, arena_printf(arena, "%s/min-side/data", scene->server.site));
    browser_press(browser, "Last ned alt");
    struct bytes zip = arena_bytes(arena, browser_content(browser));
    const char *path = arena_printf(arena, "%s/alt.zip", scene->server.data);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(zip.data, 1, zip.size, file), zip.size);
    fclose(file);
    browser_visit(browser, arena_printf(arena, "%s/min-side/dokumenter", scene->server.site));

    scene_must_see(browser, "skattemelding.pdf");
    scene_must_see(browser, "Ikke sendt ennå, til FB-2026-000001");
    browser_press(browser, "Send eller fjern skattemelding.pdf");
    scene_must_see(browser, "Ettersend: Siste skattemelding for deg");
    const char *list;
    assert_int_equal(server_run(arena, "/usr/bin/unzip",
                                (const char *[]){"-p", path, "own-data.xml", NULL}, &list),
                     0);
    assert_non_null(strstr(list, "laid-up-for=\""));
    const char *held;
    assert_int_equal(
        server_run(arena, "/usr/bin/unzip",
                   (const char *[]){"-p", path, "soknader/*/vedlegg/*skattemelding.pdf", NULL},
                   &held),
        0);
    assert_non_null(strstr(held, "%PDF"));

    browser_press(browser, "Send dokumentet");
    browser_visit(browser, arena_printf(arena, "%s/min-side/dokumenter", scene->server.site));
    scene_must_see(browser, "Brukt i FB-2026-000001");
    scene_must_not_see(browser, "Ikke sendt ennå");
}

/* It is no document of a draft: it is taken back where it was laid up. */
static void what_is_laid_up_is_not_taken_out_among_the_documents(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    const char *page = open_task(scene, arena);
    upload(browser, "skattemelding.pdf", A_PDF);
    char *body = arena_printf(arena, "_csrf=%s", browser_value(browser, "_csrf"));
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    struct db_rows *rows = hand_ask(
        &hand, DB_SQL("SELECT id FROM attachments WHERE promise IS NOT NULL"), DB_NO_VALUES);
    assert_true(db_next(rows));
    char *address = arena_printf(arena, "%s/min-side/dokumenter/%s/fjern", scene->server.site,
                                 db_text(rows, 0));
    hand_draw_back(&hand);

    browser_send(browser, "POST", address, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));

    assert_int_equal(browser_status(browser), 404);
    browser_visit(browser, page);
    scene_must_see(browser, "skattemelding.pdf");
}

static void move_the_deadline(struct scene *scene, int64_t to)
{
    struct error err;
    struct db_pool *pool = NULL;
    char url[600];
    snprintf(url, sizeof url, "sqlite:%s/skjema.db", scene->server.data);
    const struct db_options options = {.url = url, .connections = 1, .wait_ms = 5000};
    if (!db_pool_open(&options, &pool, &err))
        fail_msg("%s", err.text);
    {
        CLEANUP(db_return) struct db *db = NULL;
        if (!db_borrow(pool, &db, &err) ||
            !db_exec(db, DB_SQL("UPDATE attachments SET expected_by = $1 WHERE source = 'later'"),
                     DB_VALUES(DB_INTEGER(to)), NULL, &err))
            fail_msg("%s", err.text);
    }
    db_pool_close(&pool);
}

static void after_its_day_a_document_is_still_taken_and_marked_as_late(void **state)
{
    enum { DAY_2_JANUARY_2026 = 1767394799 }; /* its end in Norway */
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    server_stop(&scene->server);
    move_the_deadline(scene, DAY_2_JANUARY_2026);
    scene_start_again(scene);
    struct browser *browser = scene->walk.browser;
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    scene_must_see(browser, "Fristen var 2. januar 2026");
    scene_must_see(browser, "Du kan fortsatt gjøre dette");

    const char *page = open_task(scene, arena);
    scene_must_see(browser, "Fristen var 2. januar 2026, men du kan fortsatt sende dokumentet her");
    upload(browser, "skattemelding.pdf", A_PDF);
    browser_press(browser, "Send dokumentet");

    scene_must_see(browser, "Dokumentet er registrert som kommet etter fristen");
    const char *text = pdf_text(
        scene, arena, download(scene, arena, arena_printf(arena, "%s/kvittering.pdf", page)));
    assert_non_null(strstr(text, "Fristen var 2. januar 2026"));
}

static void anothers_promise_is_as_missing_as_none(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply_with_promises(scene);
    const char *page = open_task(scene, arena);
    CLEANUP(browser_close) struct browser *other = scene_browser();
    struct walk walk = scene->walk;
    walk.browser = other;
    walk_log_in(&walk, "Jonas Lie Berg");
    char *csrf = arena_text(arena, browser_value(other, "_csrf"));
    char *body = arena_printf(arena, "_csrf=%s&_handling=send", csrf);
    const char *const addresses[] = {
        page,
        arena_printf(arena, "%s/kvittering.pdf", page),
        arena_printf(arena, "%s/min-side/ettersend/AAAAAAAAAAAAAAAAAAAAAA", scene->server.site),
    };

    for (size_t i = 0; i < COUNT(addresses); i++) {
        browser_send(other, "GET", addresses[i], NULL, NULL, (struct bytes){0});
        assert_int_equal(browser_status(other), 404);
    }
    browser_send(other, "POST", page, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(other), 404);
    browser_visit(scene->walk.browser, page);
    scene_must_see(scene->walk.browser, "Ettersend: Siste skattemelding for deg");
    scene_must_see(scene->walk.browser, tax_return);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_promise_is_kept_from_min_side_and_the_receipt_comes_to_the_postbox, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(what_was_promised_is_told_with_its_day_wherever_it_was_sent,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(d_4_pressing_send_twice_sends_one_letter, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            d_8_killed_right_after_sending_afterwards_the_letter_comes_once, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            documents_that_changed_since_the_page_was_shown_are_shown_again, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_laid_up_is_among_the_documents_and_leads_to_where_it_is_sent, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(what_is_laid_up_is_not_taken_out_among_the_documents,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(after_its_day_a_document_is_still_taken_and_marked_as_late,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(anothers_promise_is_as_missing_as_none, scene_set_up,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
