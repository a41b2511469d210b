/* What a form's author says of documents from the postbox, seen over HTTP: one document for several
 * uploads, asked for at once, and how long sharing lasts. */
#include "tests/flow/scene.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { WAIT_S = 30 };

static const char request_title[] = "Fjordvik kommune ber deg dele dokumenter";

#define TAX_PURPOSE "Vi bruker skattemeldingen til å beregne inntekten."
#define PAY_PURPOSE "Vi bruker lønnsslippene til å se hva inntekten er nå."

/* Two uploads that a tax return may serve. %s: how long sharing lasts. */
static const char form[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:sk='urn:skjema:1'><h:head><h:title>Redusert betaling</h:title><model>"
    "<instance><data id='betaling'><skatt/><lonn/></data></instance>"
    "<bind nodeset='/data/skatt' type='binary' required='true()'/>"
    "<bind nodeset='/data/lonn' type='binary' required='true()'/></model>"
    "<sk:about prefix='RB' retention='P1Y'/></h:head><h:body>"
    "<group appearance='field-list'><label>Dokumentasjon</label>"
    "<upload ref='/data/skatt' accept='application/pdf' sk:sources='postbox disk' sk:share='%s'>"
    "<label>Skattemelding</label><sk:name>skattemelding</sk:name>"
    "<sk:match issuer='974761076' subject='skattemelding'/>"
    "<sk:purpose>" TAX_PURPOSE "</sk:purpose></upload>"
    "<upload ref='/data/lonn' accept='application/pdf' sk:sources='postbox disk' sk:max-files='3' "
    "sk:share='%s'><label>Inntekt</label><sk:name>noe som viser inntekten</sk:name>"
    "<sk:match max-age='P3Y'/>"
    "<sk:purpose>" PAY_PURPOSE "</sk:purpose></upload></group></h:body></h:html>";

static void start(struct scene *scene, struct arena *arena, const char *lasts)
{
    const char *folder = arena_printf(arena, "%s/forms", scene->server.data);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(arena_printf(arena, "%s/betaling", folder), 0700), 0);
    FILE *file = fopen(arena_printf(arena, "%s/betaling/form.xml", folder), "we");
    assert_non_null(file);
    fprintf(file, form, lasts, lasts);
    fclose(file);
    scene->forms = folder;
    scene_start_again(scene);
    walk_start(&scene->walk, "betaling", "Ingrid Fjeld");
}

/* To the waiting page, with last year's tax return shared. */
static void ask_and_share(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    browser_press(browser, "Hent fra digital postkasse");
    scene_must_see(browser, TAX_PURPOSE " " PAY_PURPOSE);
    browser_press(browser, "Gå til postkassen");
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, "ingrid");
    scene_must_see(postbox, TAX_PURPOSE " " PAY_PURPOSE);
    char title[64];
    snprintf(title, sizeof title, "Skattemelding for %d", clock_oslo(clock_now()).year - 1);
    browser_tick(postbox, title);
    browser_press(postbox, "Del dokumenter");
}

static int count_lines_with(struct scene *scene, struct arena *arena, const char *text)
{
    FILE *file = fopen(arena_printf(arena, "%s/sandbox/ledger.jsonl", scene->server.data), "re");
    char line[8192];
    int count = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, text) != NULL;
    fclose(file);
    return count;
}

static void one_request_for_two_uploads_and_one_document_for_both(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    start(scene, arena, "PT1H");
    struct browser *browser = scene->walk.browser;
    ask_and_share(scene);
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);

    browser_tick(browser, "Bruk «Skattemelding for");
    browser_press(browser, "Legg ved valgte dokumenter");

    walk_wait_for(&scene->walk, "2 av 2 krav er oppfylt", WAIT_S);
    assert_int_equal(walk_letters(&scene->walk, "ingrid", request_title, NULL, 0), 1);
    assert_int_equal(count_lines_with(scene, arena, "GET_SHARED_DOCUMENT_CONTENT_STREAM"), 1);
    browser_press(browser, "Fjern"); /* from one of them */
    scene_must_see(browser, "1 av 2 krav er oppfylt");
    scene_must_see(browser, "Bekreftet fra avsender");
}

static void con_1_a_sharing_that_ran_out_is_told_and_can_be_asked_for_again(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    start(scene, arena, "PT1S");
    struct browser *browser = scene->walk.browser;
    char *documents = arena_text(arena, browser_address(browser));
    ask_and_share(scene);

    browser_visit(browser, "/min-side/samtykker");
    walk_wait_for(&scene->walk, "Utløp ", WAIT_S);

    scene_must_see(browser, "Du har ingen aktive samtykker");
    browser_visit(browser, documents);
    scene_must_see(browser, "Tiden for delingen gikk ut");
    browser_press(browser, "Hent fra digital postkasse");
    scene_must_see(browser, "Dette samtykker du til");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_request_for_two_uploads_and_one_document_for_both,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            con_1_a_sharing_that_ran_out_is_told_and_can_be_asked_for_again, scene_set_up_folder,
            scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
