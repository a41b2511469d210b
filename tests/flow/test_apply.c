/* A citizen's whole way, and what may go wrong on it. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void documents_from_the_postbox_are_sent_and_the_receipt_comes_back(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    walk_to_review(&scene->walk);
    walk_send(&scene->walk);

    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    struct bytes receipt = walk_receipt_bytes(&scene->walk, arena);
    char uuid[64];
    assert_int_equal(walk_letters(&scene->walk, "ingrid", "Kvittering", uuid, sizeof uuid), 1);
    struct bytes held = walk_letter_bytes(&scene->walk, arena, uuid);
    assert_int_equal(held.size, receipt.size);
    assert_memory_equal(held.data, receipt.data, held.size);
}

static void d_4_pressing_send_twice_sends_once(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    char *review = arena_text(arena, browser_address(browser));
    char *csrf = arena_text(arena, browser_value(browser, "_csrf"));
    char *revision = arena_text(arena, browser_value(browser, "_revisjon"));
    char *body = arena_printf(arena, "_csrf=%s&_revisjon=%s&bekreft=ja", csrf, revision);

    browser_send(browser, "POST", review, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));
    assert_int_equal(browser_status(browser), 303);
    char *first = arena_text(arena, browser_header(browser, "Location"));
    browser_send(browser, "POST", review, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));

    assert_int_equal(browser_status(browser), 303);
    assert_string_equal(browser_header(browser, "Location"), first);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 20);
}

static void the_receipt_page_has_the_answers_as_they_were_read_back_and_sent(void **state)
{
    static const struct {
        const char *from, *to; /* of a section, without its heading and link */
    } sections[] = {
        {"Barnehage Solbakken barnehage", "Husholdning og inntekt"},
        {"Hvem bor du sammen med?", "Kontaktopplysninger"},
        {"Navn Ingrid Fjeld Hentet fra", "Dokumentasjon"},
        {"Siste skattemelding for deg Skattemelding for 2025", "Før du sender inn"},
    };
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_review(&scene->walk);
    const char *read_back = arena_text(arena, browser_text(scene->walk.browser));
    walk_send(&scene->walk);

    for (size_t i = 0; i < COUNT(sections); i++) {
        const char *from = strstr(read_back, sections[i].from);
        assert_non_null(from);
        const char *to = strstr(from, sections[i].to);
        assert_non_null(to);
        scene_must_see(scene->walk.browser,
                       arena_printf(arena, "%.*s", (int)(to - from - 1), from));
    }
}

static void documents_that_changed_since_they_were_read_are_shown_again_before_sending(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    char *review = arena_text(arena, browser_address(browser));
    char *body =
        arena_printf(arena, "_csrf=%s&_revisjon=%s&bekreft=ja&_vist=%064d",
                     browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"), 0);

    browser_send(browser, "POST", review, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));

    assert_int_equal(browser_status(browser), 422);
    assert_true(browser_sees(browser, "Dokumentene er endret siden du leste gjennom"));
    walk_send(&scene->walk); /* once read again it goes */
}

static void what_is_missing_is_told_with_a_way_to_it_and_nothing_typed_is_lost(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    scene_fill_hello(scene, "Ingrid Fjeld");
    browser_press(browser, "Forrige steg");
    browser_fill(browser, "Navn", "");

    browser_press(browser, "Neste steg");

    assert_int_equal(browser_status(browser), 422);
    assert_true(browser_sees(browser, "For å gå videre må du rette opp 1 feil"));
    assert_true(browser_sees(browser, "Lyset ved skolen er borte."));
    assert_non_null(strstr((const char *)browser_content(browser).data, "href=\"#navn\""));
}

static void a_draft_is_there_again_after_logging_out_and_after_a_restart(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    scene_fill_hello(scene, "Ingrid Fjeld");
    browser_press(browser, "Forrige steg");
    browser_fill(browser, "Melding", "Det er et hull i Strandgata.");
    browser_press(browser, "Lagre og fortsett senere");
    assert_true(browser_sees(browser, "Si fra om noe i nærmiljøet"));
    browser_press(browser, "Logg ut");

    assert_int_equal(server_stop(&scene->server), 0);
    scene_start_again(scene);
    browser = scene->walk.browser;
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_press(browser, "Fortsett");
    if (browser_has_button(browser, "Send søknaden"))
        browser_press(browser, "Forrige steg");

    assert_true(browser_sees(browser, "Det er et hull i Strandgata."));
}

static void the_session_of_one_does_not_open_what_another_has(void **state)
{
    struct scene *scene = *state;
    struct browser *ingrid = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    char *draft = arena_text(arena, browser_address(ingrid));
    CLEANUP(browser_close) struct browser *other = scene_browser();
    struct walk walk = scene->walk;
    walk.browser = other;
    walk_log_in(&walk, "Jonas Lie Berg");

    browser_visit(other, draft);
    int status = browser_status(other);
    browser_visit(other, arena_printf(arena, "%s/utkast/AAAAAAAAAAAAAAAAAAAAAA/oppsummering",
                                      scene->server.site));

    assert_int_equal(status, 404);
    assert_int_equal(browser_status(other), 404);
}

static void csrf_1_a_post_without_our_token_changes_nothing(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    char *review = arena_text(arena, browser_address(browser));
    const char *body = "bekreft=ja&_revisjon=1";

    browser_send(browser, "POST", review, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));

    assert_int_equal(browser_status(browser), 403);
    browser_visit(browser, review);
    assert_true(browser_sees(browser, "Se over og send inn"));
}

static void two_windows_do_not_overwrite_each_other_silently(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    browser_press(browser, "Forrige steg");
    char *address = arena_text(arena, browser_address(browser));
    char *csrf = arena_text(arena, browser_value(browser, "_csrf"));
    char *old = arena_text(arena, browser_value(browser, "_revisjon"));
    browser_fill(browser, "Melding", "Fra det første vinduet");
    browser_press(browser, "Neste steg");

    char *body = arena_printf(arena, "_csrf=%s&_revisjon=%s&navn=Ingrid&melding=gammel", csrf, old);
    browser_send(browser, "POST", address, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));

    assert_int_equal(browser_status(browser), 409);
    browser_visit(browser, address); /* until it is settled (test_never_lost.c) */
    assert_true(browser_sees(browser, "Lagret fra før: Fra det første vinduet"));
    assert_true(browser_sees(browser, "Du skrev: gammel"));
}

static void the_pages_are_there_in_nynorsk_too(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    char url[256];
    snprintf(url, sizeof url, "%s/skjema/hello?lang=nn", scene->server.site);

    browser_visit(browser, url);

    assert_true(browser_sees(browser, "Sei frå om noko i nærmiljøet"));
    assert_non_null(strstr((const char *)browser_content(browser).data, "<html lang=\"nn\""));
}

static void hdr_1_every_page_carries_the_security_headers(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    static const char *const paths[] = {"/", "/skjema/hello", "/logg-inn", "/finnes-ikke"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        char url[256];
        snprintf(url, sizeof url, "%s%s", scene->server.site, paths[i]);
        browser_visit(browser, url);
        assert_non_null(
            strstr(browser_header(browser, "Content-Security-Policy"), "default-src 'none'"));
        assert_string_equal(browser_header(browser, "X-Content-Type-Options"), "nosniff");
        assert_string_equal(browser_header(browser, "Referrer-Policy"), "same-origin");
        assert_non_null(strstr(browser_header(browser, "Cache-Control"), "no-store"));
        assert_non_null(browser_header(browser, "Strict-Transport-Security"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            documents_from_the_postbox_are_sent_and_the_receipt_comes_back, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(d_4_pressing_send_twice_sends_once, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            the_receipt_page_has_the_answers_as_they_were_read_back_and_sent, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            documents_that_changed_since_they_were_read_are_shown_again_before_sending,
            scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_missing_is_told_with_a_way_to_it_and_nothing_typed_is_lost, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            a_draft_is_there_again_after_logging_out_and_after_a_restart, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(the_session_of_one_does_not_open_what_another_has,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(csrf_1_a_post_without_our_token_changes_nothing,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(two_windows_do_not_overwrite_each_other_silently,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(the_pages_are_there_in_nynorsk_too, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(hdr_1_every_page_carries_the_security_headers, scene_set_up,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
