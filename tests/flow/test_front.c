/* What a stranger to the program may try at its pages, and what happens to a draft when the form
 * changes under it. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FORM_TYPE "application/x-www-form-urlencoded"

/* Three pages; the middle one is there only for who says "ja" on the first. */
static const char gate[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'"
    " xmlns:jr='http://openrosa.org/javarosa' xmlns:sk='urn:skjema:1'><h:head>"
    "<h:title>Porten</h:title><model>"
    "<instance><data id='porten' version='1'><en><a/></en><to><b/></to><tre><c/></tre></data>"
    "</instance><bind nodeset='/data/to' relevant=\"/data/en/a = 'ja'\"/>"
    "</model><sk:about prefix='PO'/></h:head><h:body class='pages'>"
    "<group ref='/data/en' appearance='field-list'><label>En</label>"
    "<input ref='/data/en/a'><label>Mer?</label></input></group>"
    "<group ref='/data/to' appearance='field-list'><label>To</label>"
    "<input ref='/data/to/b'><label>Hva mer?</label></input></group>"
    "<group ref='/data/tre' appearance='field-list'><label>Tre</label>"
    "<input ref='/data/tre/c'><label>%s</label></input></group>"
    "</h:body></h:html>";

static char *form_file(const struct scene *scene, struct arena *arena)
{
    return arena_printf(arena, "%s/porten/form.xml", scene->forms);
}

static void write_gate(const struct scene *scene, const char *last_label)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    FILE *file = fopen(form_file(scene, arena), "we");
    assert_non_null(file);
    assert_true(fprintf(file, gate, last_label) > 0);
    assert_int_equal(fclose(file), 0);
}

static void tell_why(const char *why)
{
    fail_msg("%s", why);
}

/* With "porten" as the only form. */
static int set_up_gate(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    static char forms[600];
    char path[700];
    snprintf(forms, sizeof forms, "%s/forms", scene->server.data);
    snprintf(path, sizeof path, "%s/porten", forms);
    if (mkdir(forms, 0700) != 0 || mkdir(path, 0700) != 0)
        return -1;
    scene->forms = forms;
    write_gate(scene, "Til slutt");
    scene_start_again(scene);
    return 0;
}

static int set_up_look(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    scene->more[0] = "--agency_look";
    scene->more[1] = "examples/utseende";
    scene_start_again(scene);
    return 0;
}

static int set_up_not_started(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    scene->walk =
        (struct walk){.server = &scene->server, .browser = scene_browser(), .failed = tell_why};
    return 0;
}

static char *address_on_site(const struct scene *scene, struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s%s", scene->server.site, path);
}

static void visit(struct scene *scene, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(scene->walk.browser, address_on_site(scene, arena, path));
}

/* POST by hand of name=value pairs, with the token and revision of the page the browser is at. */
static void post(struct browser *browser, const char *address, const char *pairs)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *revision = browser_value(browser, "_revisjon");
    char *body = arena_printf(arena, "_csrf=%s&_revisjon=%s%s%s", browser_value(browser, "_csrf"),
                              revision ? revision : "", *pairs ? "&" : "", pairs);
    browser_send(browser, "POST", arena_text(arena, address), NULL, FORM_TYPE, BYTES_OF(body));
}

/* A draft of "porten" that has been to its middle page, which is hidden since. */
static void hide_the_page_that_was_reached(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    walk_start(&scene->walk, "porten", "Ingrid Fjeld");
    browser_fill(browser, "Mer?", "ja");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Hva mer?");
    browser_press(browser, "Forrige steg");
    browser_fill(browser, "Mer?", "nei");
    browser_press(browser, "Lagre og fortsett senere");
}

static void a_draft_goes_on_when_the_page_it_had_reached_is_hidden(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    hide_the_page_that_was_reached(scene);

    browser_press(browser, "Fortsett");

    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "Mer?");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Til slutt");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Se over og send inn");
}

static void val_1_nobody_gets_past_a_step_by_posting_to_a_later_one(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "porten", "Ingrid Fjeld");
    char *first = arena_text(arena, browser_address(browser));
    char *last = arena_printf(arena, "%.*s/tre", (int)(strrchr(first, '/') - first), first);
    char *unknown = arena_printf(arena, "%.*s/fire", (int)(strrchr(first, '/') - first), first);

    post(browser, last, "tre-c=hei&_handling=neste");
    assert_int_equal(browser_status(browser), 303);
    assert_true(text_ends_with(first, browser_header(browser, "Location")));
    browser_visit(browser, first);
    post(browser, unknown, "tre-c=hei&_handling=neste");
    assert_int_equal(browser_status(browser), 404);

    browser_visit(browser, last);
    scene_must_see(browser, "Mer?");
    assert_string_equal(browser_value(browser, "_revisjon"), "1");
}

static void a_receipt_and_a_draft_stay_when_their_form_is_not_offered_any_more(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "porten", "Ingrid Fjeld");
    browser_press(scene->walk.browser, "Neste steg");
    browser_press(scene->walk.browser, "Neste steg");
    walk_send(&scene->walk);
    char *receipt = arena_text(arena, strstr(browser_address(scene->walk.browser), "/kvittering/"));
    visit(scene, "/skjema/porten");
    browser_press(scene->walk.browser, "Start søknaden");
    assert_int_equal(server_stop(&scene->server), 0);
    assert_int_equal(unlink(form_file(scene, arena)), 0);
    scene_start_again(scene);
    struct browser *browser = scene->walk.browser;
    walk_log_in(&scene->walk, "Ingrid Fjeld");

    visit(scene, receipt);
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "PO-20");
    visit(scene, arena_printf(arena, "%s/kvittering.pdf", receipt));
    assert_int_equal(browser_status(browser), 200);

    visit(scene, "/min-side");
    scene_must_see(browser, "Skjemaet er ikke tilgjengelig nå.");
    browser_press(browser, "Slett");
    assert_int_equal(browser_status(browser), 200);
    browser_press(browser, "Slett");
    scene_must_see(browser, "Utkastet er slettet");
    scene_must_not_see(browser, "Skjemaet er ikke tilgjengelig nå.");
}

static void what_is_sent_is_what_was_asked_though_the_form_is_another_by_now(void **state)
{
    struct scene *scene = *state;
    walk_start(&scene->walk, "porten", "Ingrid Fjeld");
    browser_press(scene->walk.browser, "Neste steg");
    browser_press(scene->walk.browser, "Neste steg");
    assert_int_equal(server_stop(&scene->server), 0);
    write_gate(scene, "Til slutt, og hvorfor");
    scene_start_again(scene);
    struct browser *browser = scene->walk.browser;
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    visit(scene, "/min-side");
    browser_press(browser, "Fortsett");

    scene_must_see(browser, "Til slutt");
    scene_must_not_see(browser, "og hvorfor");
    walk_send(&scene->walk);
}

static void csrf_3_a_login_that_was_begun_elsewhere_changes_nobody(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    visit(scene, "/min-side");

    browser_send(browser, "GET",
                 address_on_site(scene, arena, "/logg-inn/tilbake?code=somebody&state=else"), NULL,
                 NULL, (struct bytes){0}); /* no login cookie */
    assert_int_equal(browser_status(browser), 303);
    assert_string_equal(browser_header(browser, "Location"), "/min-side");

    visit(scene, "/min-side");
    scene_must_see(browser, "Ingrid Fjeld");
}

static void who_is_logged_out_already_may_log_out(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *stranger = scene_browser();
    CLEANUP(arena_close) struct arena *arena = arena_open();

    browser_send(stranger, "POST", address_on_site(scene, arena, "/logg-ut"), NULL, FORM_TYPE,
                 BYTES_OF("_csrf=of-a-session-that-ended"));

    assert_int_equal(browser_status(stranger), 303);
    assert_string_equal(browser_header(stranger, "Location"), "/");
    assert_null(browser_header(stranger, "Set-Cookie"));
}

static void con_1_a_yes_counts_only_for_what_was_read(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_press(browser, "Hent fra digital postkasse");
    char *consent = arena_text(arena, browser_address(browser));
    browser_visit(browser, arena_printf(arena, "%s?lang=nn", consent)); /* read in another window */
    char *nynorsk = arena_text(arena, browser_value(browser, "_vist"));
    browser_visit(browser, arena_printf(arena, "%s?lang=nb", consent));
    assert_string_not_equal(browser_value(browser, "_vist"), nynorsk);

    post(browser, consent, arena_printf(arena, "_vist=%s", nynorsk));
    assert_int_equal(browser_status(browser), 409);
    scene_must_see(browser, "Det vi ber om, er endret siden du åpnet siden.");
    visit(scene, "/min-side/samtykker");
    scene_must_see(browser, "Du har ingen aktive samtykker.");

    browser_visit(browser, consent);
    browser_press(browser, "Gå til postkassen");
    assert_int_equal(browser_status(browser), 200);
    assert_non_null(strstr(browser_address(browser), "/henter"));
}

static void a_consent_withdrawn_twice_is_withdrawn(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    visit(scene, "/min-side/samtykker");
    const char *page = arena_text_of(arena, browser_content(browser));
    const char *consent = strstr(page, "/min-side/samtykker/");
    assert_non_null(consent);
    int length = (int)strcspn(consent, "\"");
    char *withdraw =
        address_on_site(scene, arena, arena_printf(arena, "%.*s/trekk", length, consent));
    visit(scene, arena_printf(arena, "%.*s", length, consent));
    char *body = arena_printf(arena, "_csrf=%s", browser_value(browser, "_csrf"));

    for (int i = 0; i < 2; i++) {
        browser_send(browser, "POST", withdraw, NULL, FORM_TYPE, BYTES_OF(body));
        assert_int_equal(browser_status(browser), 303);
    }

    visit(scene, "/min-side/samtykker");
    scene_must_see(browser, "Trukket av deg");
}

/* Nothing of a person stands in the log of a whole application (S-LOG-1). */
static void log_1_a_whole_application_leaves_nothing_of_the_person_in_the_log(void **state)
{
    static const char *const theirs[] = {"Ingrid",    "Fjeld",     "Nora",          "Emil",
                                         "Solbakken", "solbakken", "Skattemelding", "skattemelding",
                                         "425000",    "__Host-",   "_csrf",         "kvittering"};
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_int_equal(server_stop(&scene->server), 0);
    snprintf(scene->server.log, sizeof scene->server.log, "%.500s/log", scene->server.data);
    scene_start_again(scene);

    walk_to_review(&scene->walk);
    walk_send(&scene->walk);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    char *cookies = arena_text(arena, browser_cookies(scene->walk.browser, arena));

    FILE *file = fopen(scene->server.log, "re");
    assert_non_null(file);
    char log[32 * 1024];
    log[fread(log, 1, sizeof log - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(log, "delivery"));
    for (size_t i = 0; i < COUNT(theirs); i++)
        if (strstr(log, theirs[i]))
            fail_msg("\"%s\" is in the log: %s", theirs[i], log);
    char *session = strstr(cookies, "__Host-sid=");
    assert_non_null(session);
    session += strlen("__Host-sid=");
    session[strcspn(session, ";")] = '\0';
    assert_null(strstr(log, session));
    for (const char *at = log; *at; at++)
        assert_true(strspn(at, "0123456789") < 11);
}

static void file_2_the_files_of_all_ones_drafts_have_a_limit_together(void **state)
{
    static const char *const little_room[] = {"--citizen_bytes", "1500", NULL};
    static const char *const uploads[] = {"Last opp siste skattemelding for deg fra enheten din",
                                          "Last opp lønnsslipper fra enheten din"};
    static const char pdf[1000] = "%PDF-1.4\n";
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    struct bytes content = {(const unsigned char *)pdf, sizeof pdf};
    assert_true(server_start(&scene->server, scene_program(), scene->forms, little_room));
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_choose_file(browser, uploads[0], "en.pdf", "application/pdf", content);
    browser_press(browser, "Last opp valgt");
    assert_int_equal(browser_status(browser), 200);

    browser_choose_file(browser, uploads[1], "to.pdf", "application/pdf", content);
    browser_press(browser, "Last opp valgt");

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "Vedleggene i utkastene dine er for store til sammen");
}

static void http_11_too_many_drafts_in_an_hour_are_told_so(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "hello", "Ingrid Fjeld");
    visit(scene, "/skjema/hello");
    char *start = address_on_site(scene, arena, "/skjema/hello/start");
    char *body = arena_printf(arena, "_csrf=%s", browser_value(browser, "_csrf"));

    int started = 1;
    for (browser_send(browser, "POST", start, NULL, FORM_TYPE, BYTES_OF(body));
         browser_status(browser) == 303 && started < 100; started++)
        browser_send(browser, "POST", start, NULL, FORM_TYPE, BYTES_OF(body));

    assert_int_equal(started, 20);
    assert_int_equal(browser_status(browser), 429);
    assert_non_null(browser_header(browser, "Retry-After"));
    scene_must_see(browser, "Du har sendt for mange forespørsler");
}

static void what_is_refused_stands_in_the_log_with_the_id_that_was_shown(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_int_equal(server_stop(&scene->server), 0);
    snprintf(scene->server.log, sizeof scene->server.log, "%.500s/log", scene->server.data);
    scene_start_again(scene);
    struct browser *browser = scene->walk.browser;

    visit(scene, "/finnes-ikke");

    assert_int_equal(browser_status(browser), 404);
    const char *id = strstr(browser_text(browser), "feil-ID ");
    assert_non_null(id);
    id = arena_printf(arena, "request=%.16s ", id + strlen("feil-ID "));
    FILE *file = fopen(scene->server.log, "re");
    assert_non_null(file);
    char log[4096];
    log[fread(log, 1, sizeof log - 1, file)] = '\0';
    fclose(file);
    if (!strstr(log, id))
        fail_msg("%s is not in %s", id, log);
}

/* The address of what stands after that in the page; it begins with /statisk/. */
static char *address_after(const struct scene *scene, struct arena *arena, const char *before)
{
    const char *page = arena_text_of(arena, browser_content(scene->walk.browser));
    const char *at = strstr(page, before);
    if (!at)
        fail_msg("%s is not in %s", before, page);
    at += strlen(before);
    return arena_printf(arena, "%.*s", (int)strcspn(at, "\""), at);
}

static void must_be(const struct browser *browser, const char *name, const char *value)
{
    const char *header = browser_header(browser, name);
    if (!header || !strstr(header, value))
        fail_msg("%s of %s is %s", name, browser_address(browser), header ? header : "not there");
}

static void hdr_1_the_agencys_own_pictures_and_colours_carry_the_headers_too(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    visit(scene, "/");
    const struct {
        const char *path, *type, *policy;
    } files[] = {
        {address_after(scene, arena, "class=\"app-brand__logo\" src=\""), "image/svg+xml",
         "default-src 'none'; frame-ancestors 'none'; sandbox"},
        {address_after(scene, arena, "srcset=\""), "image/svg+xml", "sandbox"},
        {address_after(scene, arena, "rel=\"icon\" type=\"image/svg+xml\" href=\""),
         "image/svg+xml", "sandbox"},
        {arena_printf(arena, "/statisk/etat.%s",
                      address_after(scene, arena, "href=\"/statisk/etat.")),
         "text/css; charset=utf-8", "default-src 'none'"},
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        visit(scene, files[i].path);
        assert_int_equal(browser_status(browser), 200);
        must_be(browser, "Content-Type", files[i].type);
        must_be(browser, "Content-Security-Policy", files[i].policy);
        must_be(browser, "X-Content-Type-Options", "nosniff");
        must_be(browser, "Referrer-Policy", "same-origin");
        must_be(browser, "Cross-Origin-Resource-Policy", "same-origin");
        must_be(browser, "Strict-Transport-Security", "max-age=31536000");
        must_be(browser, "Cache-Control", "public, max-age=31536000, immutable"); /* hdr_3 */
        assert_null(browser_header(browser, "Set-Cookie"));
        assert_null(browser_header(browser, "Access-Control-Allow-Origin"));
    }
    visit(scene, "/statisk/etat-logo.00000000.svg"); /* as it was before, perhaps */
    assert_int_equal(browser_status(browser), 404);
    must_be(browser, "Cache-Control", "no-store");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_receipt_and_a_draft_stay_when_their_form_is_not_offered_any_more, set_up_gate,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_sent_is_what_was_asked_though_the_form_is_another_by_now, set_up_gate,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(csrf_3_a_login_that_was_begun_elsewhere_changes_nobody,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(who_is_logged_out_already_may_log_out, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(con_1_a_yes_counts_only_for_what_was_read, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(a_consent_withdrawn_twice_is_withdrawn, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            log_1_a_whole_application_leaves_nothing_of_the_person_in_the_log, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(file_2_the_files_of_all_ones_drafts_have_a_limit_together,
                                        set_up_not_started, scene_tear_down),
        cmocka_unit_test_setup_teardown(http_11_too_many_drafts_in_an_hour_are_told_so,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_refused_stands_in_the_log_with_the_id_that_was_shown, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(a_draft_goes_on_when_the_page_it_had_reached_is_hidden,
                                        set_up_gate, scene_tear_down),
        cmocka_unit_test_setup_teardown(val_1_nobody_gets_past_a_step_by_posting_to_a_later_one,
                                        set_up_gate, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            hdr_1_the_agencys_own_pictures_and_colours_carry_the_headers_too, set_up_look,
            scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
