/* Documents that say who made them, from the postbox to the receipt: signed, changed since, signed
 * in part, by a stranger, past their time, and with a byte changed on the wire. */
#include "tests/flow/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_S = 30 };

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
static const char tax_return[] = "Last opp siste skattemelding for deg fra enheten din";
static const char stream[] = "GET_SHARED_DOCUMENT_CONTENT_STREAM";

/* Shares those, whose titles begin so, and attaches what fits. */
static void share(struct scene *scene, const char *person, const char *const *titles, size_t count)
{
    walk_consent(&scene->walk);
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, person);
    for (size_t i = 0; i < count; i++)
        browser_tick(postbox, titles[i]);
    browser_press(postbox, "Del dokumenter");
    scene_must_see(postbox, "Du deler dokumenter");
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);
    scene_must_see(scene->walk.browser, "Kom digitalt fra avsender"); /* and no verdict before */
    scene_must_not_see(scene->walk.browser, "Bekreftet fra avsender");
    scene_must_not_see(scene->walk.browser, "Kontrollen feilet");
}

/* What the citizen reads on Min side. */
static void must_be_in_the_log(struct scene *scene, const char *title)
{
    browser_visit(scene->walk.browser, "/min-side/innsynslogg");
    scene_must_see(scene->walk.browser, "Dokument ble avvist");
    scene_must_see(scene->walk.browser, title);
}

static void must_come_to_see(struct scene *scene, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        walk_wait_for(&scene->walk, texts[i], WAIT_S);
}

static void
who_signed_a_document_is_seen_with_it_and_one_that_was_changed_does_not_come(void **state)
{
    static const char *const titles[] = {"Skatteattest med signatur",
                                         "Skatteattest endret etter signering",
                                         "Husleiekontrakt signert av utleier"};
    static const char *const seen[] = {
        "Bekreftet fra avsender",
        "Signert av Skatteetaten",
        "Ikke bekreftet avsender",
        "Signert av Solbakken Utleie AS",
        "Skatteattest endret etter signering kunne ikke hentes: filen er endret etter at den",
    };
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Siri Vik");
    share(scene, "siri", titles, COUNT(titles));
    browser_press(browser, "Legg ved valgte dokumenter");
    must_come_to_see(scene, seen, COUNT(seen));

    scene_upload(browser, tax_return, "skattemelding.pdf");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Signert av Solbakken Utleie AS"); /* where the answers are read back */
    walk_send(&scene->walk);
}

static void
what_is_signed_in_part_or_past_its_time_does_not_come_and_the_page_says_why(void **state)
{
    static const char *const titles[] = {"Skatteattest med noe lagt til",
                                         "Skatteattest som har gått ut på dato"};
    static const char *const seen[] = {
        "Skatteattest med noe lagt til etter signering kunne ikke hentes: filen er endret etter at "
        "den ble signert, eller signaturen dekker ikke hele filen",
        "Skatteattest som har gått ut på dato kunne ikke hentes: beviset er ikke lenger gyldig",
    };
    struct scene *scene = *state;
    walk_to_documents(&scene->walk, "Siri Vik");
    share(scene, "siri", titles, COUNT(titles));
    browser_press(scene->walk.browser, "Legg ved valgte dokumenter");

    must_come_to_see(scene, seen, COUNT(seen));
    scene_must_not_see(scene->walk.browser, "Bekreftet fra avsender");
    must_be_in_the_log(scene, titles[1]);
}

static void a_byte_changed_on_the_wire_is_noticed_by_the_signature(void **state)
{
    static const char *const titles[] = {"Skattemelding for"};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    share(scene, "ingrid", titles, COUNT(titles));
    scene_fault(scene, "flipped", stream, 1);
    browser_press(browser, "Legg ved valgte dokumenter");

    walk_wait_for(&scene->walk, "filen er endret etter at den ble signert", WAIT_S);
    scene_must_not_see(browser, "Bekreftet fra avsender");
    char *step = arena_text(arena, browser_address(browser));
    must_be_in_the_log(scene, titles[0]);

    browser_visit(browser, step); /* nothing else is lost */
    scene_upload(browser, tax_return, "skattemelding.pdf");
    scene_upload(browser, pay_slips, "lønn.pdf");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
}

static void outb_3_a_byte_that_does_not_fit_its_digest_is_fetched_again(void **state)
{
    static const char *const titles[] = {"Skattemelding for"};
    struct scene *scene = *state;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    share(scene, "ingrid", titles, COUNT(titles));
    scene_fault(scene, "wrong-hash", stream, 1);
    browser_press(scene->walk.browser, "Legg ved valgte dokumenter");

    walk_wait_for(&scene->walk, "1 av 2 krav er oppfylt", WAIT_S);
    scene_must_see(scene->walk.browser, "Signert av Skatteetaten");
}

/* As somebody has it who saved it from the mailbox. */
static void choose_from_mailbox(struct scene *scene, struct arena *arena, const char *title)
{
    char uuid[64];
    assert_int_equal(walk_letters(&scene->walk, "siri", title, uuid, sizeof uuid), 1);
    browser_choose_file(scene->walk.browser, pay_slips, "attest.pdf", "application/pdf",
                        walk_letter_bytes(&scene->walk, arena, uuid));
    browser_press(scene->walk.browser, "Last opp valgt");
}

static void what_is_uploaded_is_judged_by_its_signature_too(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Siri Vik");

    choose_from_mailbox(scene, arena, "Skatteattest endret");
    scene_must_see(browser, "attest.pdf er endret etter at den ble signert");
    choose_from_mailbox(scene, arena, "Skatteattest som har");
    scene_must_see(browser, "attest.pdf er et bevis som har gått ut på dato");
    scene_must_not_see(browser, "Lastet opp av deg");

    choose_from_mailbox(scene, arena, "Husleiekontrakt signert");
    scene_must_see(browser, "Lastet opp av deg");
    scene_must_see(browser, "Signert av Solbakken Utleie AS");
    scene_must_not_see(browser, "Bekreftet fra avsender");

    choose_from_mailbox(scene, arena, "Skatteattest med signatur");
    scene_must_see(browser, "Bekreftet fra avsender");
    scene_must_see(browser, "Fra Skatteetaten");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            who_signed_a_document_is_seen_with_it_and_one_that_was_changed_does_not_come,
            scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_signed_in_part_or_past_its_time_does_not_come_and_the_page_says_why,
            scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_byte_changed_on_the_wire_is_noticed_by_the_signature,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(outb_3_a_byte_that_does_not_fit_its_digest_is_fetched_again,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(what_is_uploaded_is_judged_by_its_signature_too,
                                        scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
