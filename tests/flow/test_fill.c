/* What becomes of answers on the way: hidden ones, rows, promises for later. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char partner_name[] = "Samboerens eller ektefellens fulle navn";

/* The text of the receipt PDF, by pdftotext. */
static const char *pdf_text(struct scene *scene, struct arena *arena)
{
    struct bytes pdf = walk_receipt_bytes(&scene->walk, arena);
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

/* soknad.xml of the receipt that the browser is at. */
static const char *sent_xml(struct scene *scene, struct arena *arena)
{
    struct browser *browser = scene->walk.browser;
    char *receipt = arena_text(arena, browser_address(browser));
    browser_visit(browser, arena_printf(arena, "%s/soknad.xml", receipt));
    assert_int_equal(browser_status(browser), 200);
    const char *xml = arena_text_of(arena, browser_content(browser));
    browser_visit(browser, receipt);
    return xml;
}

static void promise_documents(struct browser *browser, int count)
{
    for (int i = 0; i < count; i++)
        browser_press(browser, "Jeg ettersender dokumentet");
    scene_must_not_see(browser, "Mangler");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Se over og send inn");
}

/* Between the household and the documents stands who applies. */
static void back_to_household(struct browser *browser)
{
    browser_press(browser, "Forrige steg");
    scene_must_see(browser, "Kontaktopplysninger");
    browser_press(browser, "Forrige steg");
}

static void on_to_documents(struct browser *browser)
{
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Kontaktopplysninger");
    browser_press(browser, "Neste steg");
}

static void say_partner(struct browser *browser)
{
    browser_tick(browser, "Jeg har samboer");
    browser_press(browser, "Vis spørsmål som hører til svaret");
}

static void hidden_answers_are_kept_but_not_sent_and_come_back_when_shown(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    back_to_household(browser);
    say_partner(browser);
    browser_fill(browser, partner_name, "Jonas Lie Berg");
    browser_fill(browser, "Samboerens eller ektefellens fødselsnummer", "148388 12180");
    browser_fill(browser, "Samboerens eller ektefellens inntekt", "390 000");
    on_to_documents(browser);
    scene_must_see(browser, "Siste skattemelding for samboer eller ektefelle");

    back_to_household(browser);
    browser_tick(browser, "Jeg er alene");
    on_to_documents(browser);
    scene_must_not_see(browser, "Siste skattemelding for samboer eller ektefelle");
    back_to_household(browser);
    say_partner(browser);
    assert_string_equal(browser_value(browser, "husholdning-partner-navn"), "Jonas Lie Berg");
    scene_must_see(browser, "802\u00A0000\u00A0kr");
    browser_tick(browser, "Jeg er alene");
    on_to_documents(browser);
    promise_documents(browser, 2);
    scene_must_not_see(browser, "Jonas Lie Berg");
    walk_send(&scene->walk);

    const char *xml = sent_xml(scene, arena), *pdf = pdf_text(scene, arena);
    assert_non_null(strstr(xml, "Nora Fjeld Berg"));
    assert_null(strstr(xml, "Jonas"));
    assert_null(strstr(xml, "14838812180"));
    assert_null(strstr(xml, "390000"));
    assert_non_null(strstr(pdf, "Nora Fjeld Berg"));
    assert_null(strstr(pdf, "Jonas"));
    assert_null(strstr(pdf, "ektefelle"));
}

static void fill_child(struct browser *browser, int number, const char *name)
{
    char field[64];
    snprintf(field, sizeof field, "#barn-%d-navn", number);
    browser_fill(browser, field, name);
}

static const char *child(struct browser *browser, int number)
{
    char field[64];
    snprintf(field, sizeof field, "barn-%d-navn", number);
    return browser_value(browser, field); /* NULL: there is no such row */
}

static void rows_are_added_removed_and_put_back_and_keep_what_they_hold(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_start(&scene->walk, "redusert-foreldrebetaling", "Ingrid Fjeld");
    fill_child(browser, 1, "Nora");
    browser_press(browser, "Legg til");
    fill_child(browser, 2, "Emil");
    browser_press(browser, "Legg til");
    fill_child(browser, 3, "Iben");

    browser_press(browser, "Fjern barn 2");

    scene_must_see(browser, "Barn 2 er fjernet. 2 igjen.");
    assert_string_equal(child(browser, 1), "Nora");
    assert_null(child(browser, 2)); /* the others keep their ids */
    assert_string_equal(child(browser, 3), "Iben");

    fill_child(browser, 1, "Nora Fjeld");
    browser_press(browser, "Angre");

    assert_string_equal(child(browser, 1), "Nora Fjeld");
    assert_string_equal(child(browser, 2), "Emil");
    assert_string_equal(child(browser, 3), "Iben");
    assert_false(browser_has_button(browser, "Angre"));
}

static void the_same_button_pressed_in_an_old_window_removes_no_other_row(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "redusert-foreldrebetaling", "Ingrid Fjeld");
    fill_child(browser, 1, "Nora");
    browser_press(browser, "Legg til");
    fill_child(browser, 2, "Emil");
    browser_press(browser, "Legg til");
    fill_child(browser, 3, "Iben");
    char *body = arena_printf(arena, "_csrf=%s&_revisjon=%s&_handling=fjern:barn-2",
                              browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"));
    char *address = arena_text(arena, browser_address(browser));
    browser_press(browser, "Fjern barn 2");

    browser_send(browser, "POST", address, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));

    assert_int_equal(browser_status(browser), 303); /* to the page as it is now */
    browser_visit(browser, address);
    assert_string_equal(child(browser, 1), "Nora");
    assert_string_equal(child(browser, 3), "Iben");
}

static void what_is_promised_for_later_is_asked_for_on_the_receipt_and_min_side(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_press(browser, "Jeg ettersender dokumentet");
    scene_must_see(browser, "Du har sagt at du ettersender dette dokumentet");
    browser_press(browser, "Legg det ved nå likevel");
    scene_must_not_see(browser, "Du har sagt at du ettersender dette dokumentet");

    promise_documents(browser, 2);
    scene_must_see(browser, "Ettersendes");
    walk_send(&scene->walk);

    scene_must_see(browser, "ettersende «Siste skattemelding for deg»");
    assert_non_null(strstr(pdf_text(scene, arena), "Siste skattemelding for deg"));
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    browser_visit(browser, "/min-side");
    scene_must_see(browser, "Dette må du gjøre");
    scene_must_see(browser, "Ettersend: Siste skattemelding for deg");
    scene_must_see(browser, "Mangler vedlegg");
}

/* What the script posts while somebody writes says what the page calls wrong; once is enough. */
static void a_mistake_is_told_once_however_often_the_page_said_it(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "hello", "Ingrid Fjeld");
    const char *address = arena_text(arena, browser_address(browser));
    const char *body =
        arena_printf(arena,
                     "_csrf=%s&_revisjon=%s&_handling=folg&navn=&melding=&_feil=/data/navn+/data/"
                     "navn+/data/melding",
                     browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"));
    browser_send(browser, "POST", address, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF(body));
    assert_int_equal(browser_status(browser), 200);
    static const char link[] = "href=\"#navn\"";
    const char *page = arena_text_of(arena, browser_content(browser));
    const char *first = strstr(page, link);
    assert_non_null(first);
    assert_null(strstr(first + 1, link));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            hidden_answers_are_kept_but_not_sent_and_come_back_when_shown, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(rows_are_added_removed_and_put_back_and_keep_what_they_hold,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            the_same_button_pressed_in_an_old_window_removes_no_other_row, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_promised_for_later_is_asked_for_on_the_receipt_and_min_side, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(a_mistake_is_told_once_however_often_the_page_said_it,
                                        scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
