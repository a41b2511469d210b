/* Who has no mailbox that documents can be fetched from, or none at all: told so, and applying all
 * the same, with documents uploaded and with documents promised. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_S = 30 };

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
static const char not_found[] = "Vi finner ikke en postkasse i Digipost for deg";
static const char file_input[] = "Last opp siste skattemelding for deg fra enheten din";
static const char task[] = "Ettersend: Siste skattemelding for deg";

/* How answers come, said where it is said what happens next. */
static const char on_paper[] = "Brev fra oss kommer på papir, i posten til adressen din.";
static const char in_mailbox[] = "Brev fra oss kommer i den digitale postkassen din.";
static const char either_way[] = "eller på papir hvis du ikke får digital post.";

/* Who it is, and which way the letters go: as the contact register says. */
static const struct absent {
    const char *name, *channel, *shown, *listed, *answers;
} nobody_there = {"Kari Solvang", "print", "Kopien er lagt til utskrift", "Sendes på papir",
                  on_paper},
  at_e_boks = {"Lise Strand", "dpi", "Kopien ligger i postkassen din (e-Boks)",
               "Levert i postkassen (e-Boks)", in_mailbox},
  reserved = {"Einar Dahl", "print", "eller at du er reservert mot digital post", "Sendes på papir",
              on_paper};

/* From the documents step through "Hent fra digital postkasse", and back there. */
static void ask_in_vain(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    walk_consent(&scene->walk);
    walk_wait_for(&scene->walk, not_found, WAIT_S);
    scene_must_see(browser, "Vi kan bare hente fra Digipost");
    scene_must_see(browser, "Har du e-Boks");
    scene_must_see(browser, "reservert mot digital post");
    scene_must_see(browser, "ingen digital postkasse");
    scene_must_see(browser, "Det påvirker ikke søknaden");
    scene_must_not_see(browser, "http-equiv");
    browser_press(browser, "Last opp selv i stedet");
    scene_must_see(browser, not_found);
    browser_visit(browser, "/min-side");
    scene_must_see(browser, "Legg ved dokumenter selv");
    scene_must_see(browser, not_found);
    browser_press(browser, "Fortsett på søknaden");
    assert_true(browser_has_button(browser, "Last opp"));
}

/* One document promised and one uploaded; the browser is at the receipt, whose address it is. */
static const char *send_with_one_of_each(struct scene *scene, struct arena *arena)
{
    struct browser *browser = scene->walk.browser;
    browser_press(browser, "Jeg ettersender dokumentet");
    scene_upload(browser, pay_slips, "lønn.pdf");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
    return arena_text(arena, browser_address(browser));
}

/* The postbox was asked for documents once and knows nobody; the letters went their way. */
static void must_have_gone(struct scene *scene, const struct absent *absent, int64_t letters)
{
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    hand_wait(&hand,
              DB_SQL("SELECT count(*) FROM outbox WHERE state = 'dead' AND kind = 'share_request' "
                     "AND attempts = 1 AND reason LIKE 'UNKNOWN_RECIPIENT%'"),
              1);
    hand_wait(&hand, DB_SQL("SELECT count(*) FROM outbox WHERE state = 'done'"), letters);
    assert_int_equal(hand_count(&hand,
                                DB_SQL("SELECT count(*) FROM outbox WHERE state = 'done' AND "
                                       "channel = $1"),
                                DB_VALUES(DB_TEXT(absent->channel))),
                     letters);
    assert_int_equal(hand_count(&hand, DB_SQL("SELECT count(*) FROM outbox"), DB_NO_VALUES),
                     letters + 1);
    hand_draw_back(&hand);
}

static void must_have_the_receipt(struct scene *scene, struct arena *arena,
                                  const struct absent *absent, const char *receipt)
{
    struct browser *browser = scene->walk.browser;
    browser_visit(browser, receipt);
    walk_wait_for(&scene->walk, absent->shown, WAIT_S);
    scene_must_see(browser, absent->answers);
    scene_must_not_see(browser, either_way);
    if (absent->answers == on_paper)
        scene_must_not_see(browser, "i den digitale postkassen din");
    browser_visit(browser, "/min-side");
    scene_must_see(browser, absent->listed);
    scene_must_see(browser, task);
    browser_visit(browser, arena_printf(arena, "%s/kvittering.pdf", receipt));
    assert_int_equal(browser_status(browser), 200);
    assert_memory_equal(browser_content(browser).data, "%PDF-", 5);
}

/* One order a letter, whole, with name and address, for the operator's eyes only. */
static void must_lie_in_print(struct scene *scene, struct arena *arena, const struct absent *absent,
                              int orders)
{
    const char *command = arena_printf(
        arena,
        "test $(ls %s/print | wc -l) = %d && test $(grep -l '\"name\": \"%s\"' "
        "%s/print/*/ordre.json | wc -l) = %d && test $(grep -l '\"postcode\": \"9999\"' "
        "%s/print/*/ordre.json | wc -l) = %d && test $(find %s/print -name brev.pdf -perm 0600 | "
        "wc -l) = %d",
        scene->server.data, orders, absent->name, scene->server.data, orders, scene->server.data,
        orders, scene->server.data, orders);
    assert_int_equal(system(command), 0);
}

/* What was promised, sent from the task on Min side. */
static void keep_the_promise(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    browser_visit(browser, "/min-side");
    browser_press(browser, task);
    browser_choose_file(browser, file_input, "skattemelding.pdf", "application/pdf",
                        BYTES_OF("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"));
    browser_press(browser, "Last opp valgt");
    browser_press(browser, "Send dokumentet");
    scene_must_see(browser, "Vi har mottatt dokumentet");
    browser_visit(browser, "/min-side");
    scene_must_not_see(browser, task);
    scene_must_see(browser, "Ettersendt: Siste skattemelding for deg");
}

static void who_has_no_mailbox_here_applies_all_the_same(struct scene *scene,
                                                         const struct absent *absent)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    enum { RECEIPT = 1, SUPPLEMENT = 1 };
    walk_to_documents(&scene->walk, absent->name);
    ask_in_vain(scene);
    must_have_gone(scene, absent, 0);
    const char *receipt = send_with_one_of_each(scene, arena);
    must_have_the_receipt(scene, arena, absent, receipt);
    must_have_gone(scene, absent, RECEIPT);
    keep_the_promise(scene);
    must_have_gone(scene, absent, RECEIPT + SUPPLEMENT);
    if (text_equal(absent->channel, "print"))
        must_lie_in_print(scene, arena, absent, RECEIPT + SUPPLEMENT);
}

static void outb_5_who_has_no_digital_mailbox_gets_the_letter_on_paper(void **state)
{
    who_has_no_mailbox_here_applies_all_the_same(*state, &nobody_there);
}

static void outb_5_who_has_e_boks_gets_the_letter_there(void **state)
{
    who_has_no_mailbox_here_applies_all_the_same(*state, &at_e_boks);
}

static void outb_5_who_is_reserved_against_digital_post_gets_the_letter_on_paper(void **state)
{
    who_has_no_mailbox_here_applies_all_the_same(*state, &reserved);
}

static void register_becomes(struct scene *scene, const char *mode)
{
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    char url[1024], body[64];
    snprintf(url, sizeof url, "%s/control/register", scene->server.postbox);
    snprintf(body, sizeof body, "register=krr&mode=%s", mode);
    browser_send(browser, "POST", url, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(browser), 200);
}

/* Nobody knows where it may go, so it goes nowhere, and then where it should. */
static void d_10_a_letter_waits_for_the_contact_register_and_goes_its_way(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    struct hand hand;
    walk_to_documents(&scene->walk, reserved.name);
    register_becomes(scene, "down");
    browser_press(browser, "Jeg ettersender dokumentet");
    scene_upload(browser, pay_slips, "lønn.pdf");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);

    hand_reach_in(&scene->server, &hand);
    hand_wait(&hand,
              DB_SQL("SELECT count(*) FROM outbox WHERE state = 'pending' AND channel = '' AND "
                     "reason LIKE 'the contact register%'"),
              1);
    scene_must_see(browser, "Kopien er på vei til deg");
    scene_must_see(browser, either_way);
    scene_must_not_see(browser, "Sendt til din digitale postkasse");
    scene_must_not_see(browser, "til postkassen");
    register_becomes(scene, "normal");

    walk_wait_for(&scene->walk, "Kopien er lagt til utskrift", WAIT_S);
    scene_must_see(browser, on_paper);
    hand_wait(&hand, DB_SQL("SELECT count(*) FROM audit WHERE action = 'letter_on_paper'"), 1);
    hand_draw_back(&hand);
}

/* A consent leads to the application it was given for, as long as that is there. */
static void a_consent_leads_to_its_draft_and_then_to_the_receipt(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, nobody_there.name);
    char *documents = arena_text(arena, browser_address(browser));
    walk_consent(&scene->walk);
    browser_visit(browser, "/min-side/samtykker");
    browser_press(browser, "Se samtykket");
    char *consent = arena_text(arena, browser_address(browser));

    browser_press(browser, "Fortsett på utkastet");
    assert_string_equal(browser_address(browser), documents);
    const char *receipt = send_with_one_of_each(scene, arena);

    browser_visit(browser, consent);
    scene_must_not_see(browser, "Fortsett på utkastet");
    browser_press(browser, "Se kvitteringen");
    assert_string_equal(browser_address(browser), receipt);
}

static void a_consent_whose_draft_is_deleted_leads_nowhere(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, nobody_there.name);
    walk_consent(&scene->walk);
    browser_visit(browser, "/min-side");
    browser_press(browser, "Slett");
    browser_press(browser, "Slett");

    browser_visit(browser, "/min-side/samtykker");
    browser_press(browser, "Se samtykket");
    scene_must_see(browser, "Dette sa du ja til");
    assert_false(browser_has_button(browser, "Fortsett på utkastet"));
    assert_false(browser_has_button(browser, "Se kvitteringen"));
}

#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCENE(outb_5_who_has_no_digital_mailbox_gets_the_letter_on_paper),
        WITH_SCENE(outb_5_who_has_e_boks_gets_the_letter_there),
        WITH_SCENE(outb_5_who_is_reserved_against_digital_post_gets_the_letter_on_paper),
        WITH_SCENE(d_10_a_letter_waits_for_the_contact_register_and_goes_its_way),
        WITH_SCENE(a_consent_leads_to_its_draft_and_then_to_the_receipt),
        WITH_SCENE(a_consent_whose_draft_is_deleted_leads_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
