/* A form that changes while people write: their drafts stay on the version they began with, or go
 * over with a page that shows what changed. The program is stopped and started with another form.
 */
#include "tests/flow/scene.h"

#include "engine/base/text.h"
#include "storage/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD                                                                                       \
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "        \
    "xmlns:sk='urn:skjema:1'><h:head><h:title>Klage på gebyr</h:title><model>"
#define ABOUT(more)                                                                                \
    "</model><sk:about prefix='KG' retention='P1Y'" more "/></h:head><h:body class='pages'>"
#define END "</h:body></h:html>"
#define ITEM(value, label) "<item><label>" label "</label><value>" value "</value></item>"
#define INSTANCE                                                                                   \
    "<instance><data id='klage'><om><navn/><telefaks/><gebyr/></om><hva><grunn/></hva>"            \
    "</data></instance>"
#define WHY                                                                                        \
    "<group ref='/data/hva'><label>Hvorfor</label>"                                                \
    "<textarea ref='/data/hva/grunn'><label>Begrunnelse</label></textarea></group>"

static const char first[] = HEAD INSTANCE ABOUT(
    "") "<group ref='/data/om'><label>Om deg</label>"
        "<input ref='/data/om/navn'><label>Navn</label></input>"
        "<input ref='/data/om/telefaks'><label>Telefaks</label></input>"
        "<select1 ref='/data/om/gebyr'><label>Hvilket gebyr</label>" ITEM("vann", "Vann")
            ITEM("torv", "Torvplass") "</select1></group>" WHY END;

/* One question in other words: nothing that a draft must know of. */
static const char reworded[] = HEAD INSTANCE ABOUT(
    "") "<group ref='/data/om'><label>Om deg</label>"
        "<input ref='/data/om/navn'><label>Fullt navn</label></input>"
        "<input ref='/data/om/telefaks'><label>Telefaks</label></input>"
        "<select1 ref='/data/om/gebyr'><label>Hvilket gebyr</label>" ITEM("vann", "Vann")
            ITEM("torv", "Torvplass") "</select1></group>" WHY END;

/* One question gone, one new, one choice away: drafts are to go over. */
static const char changed[] = HEAD
    "<instance><data id='klage'><om><navn/><mobil/><gebyr/></om><hva><grunn/></hva></data>"
    "</instance><bind nodeset='/data/om/mobil' required='true()'/>" ABOUT(
        " earlier-drafts='move'") "<group ref='/data/om'><label>Om deg</label>"
                                  "<input ref='/data/om/navn'><label>Fullt navn</label></input>"
                                  "<input ref='/data/om/mobil'><label>Mobilnummer</label></input>"
                                  "<select1 ref='/data/om/gebyr'><label>Hvilket gebyr</label>" ITEM(
                                      "vann", "Vann")
                                      ITEM("avlop", "Avløp") "</select1></group>" WHY END;

/* A misprint put right after that. */
static const char later[] =
    HEAD "<instance><data id='klage'><om><navn/><mobil/><gebyr/></om><hva><grunn/></hva></data>"
         "</instance><bind nodeset='/data/om/mobil' required='true()'/>" ABOUT(
             "") "<group ref='/data/om'><label>Om deg</label>"
                 "<input ref='/data/om/navn'><label>Fullt navn</label></input>"
                 "<input ref='/data/om/mobil'><label>Nummeret til mobilen</label></input>"
                 "<select1 ref='/data/om/gebyr'><label>Hvilket gebyr</label>" ITEM("vann", "Vann")
                     ITEM("avlop", "Avløp") "</select1></group>" WHY END;

/* The folder of forms lies in that of the data, which goes when the test is over. */
struct office {
    struct scene *scene;
    char forms[600];
    struct arena *arena;
};

static void publish(struct office *office, const char *form)
{
    char path[700];
    snprintf(path, sizeof path, "%s/klage/form.xml", office->forms);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(form, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* On the same port as before, so that windows that are open go on. */
static void start(struct office *office)
{
    struct server_under_test *server = &office->scene->server;
    const char *port = *server->site ? strrchr(server->site, ':') + 1 : "0";
    const char *more[] = {"--listen_port", port, "--poll_ms", "200", NULL};
    if (!server_start(server, scene_program(), office->forms, more))
        fail_msg("the program did not start");
}

static void republish(struct office *office, const char *form)
{
    assert_int_equal(server_stop(&office->scene->server), 0);
    publish(office, form);
    start(office);
}

static void failed(const char *why)
{
    fail_msg("%s", why);
}

static int set_up(void **state)
{
    struct office *office = calloc(1, sizeof *office);
    if (!office || scene_set_up_folder(state) != 0)
        return -1;
    office->scene = *state;
    office->arena = arena_open();
    snprintf(office->forms, sizeof office->forms, "%s-skjema", office->scene->server.data);
    char folder[700];
    snprintf(folder, sizeof folder, "%s/klage", office->forms);
    if (mkdir(office->forms, 0700) != 0 || mkdir(folder, 0700) != 0)
        return -1;
    publish(office, first);
    start(office);
    office->scene->walk = (struct walk){
        .server = &office->scene->server, .browser = scene_browser(), .failed = failed};
    *state = office;
    return 0;
}

static int tear_down(void **state)
{
    struct office *office = *state;
    void *scene = office->scene;
    server_remove_folder(office->forms);
    arena_close(&office->arena);
    free(office);
    return scene_tear_down(&scene);
}

/* A new draft of Ingrid's, its first page answered and the second in front of her. */
static struct browser *begin(struct office *office)
{
    struct browser *browser = office->scene->walk.browser;
    walk_start(&office->scene->walk, "klage", "Ingrid Fjeld");
    browser_fill(browser, "Navn", "Ingrid Fjeld");
    browser_fill(browser, "Telefaks", "22 33 44 55");
    browser_tick(browser, "Torvplass");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Begrunnelse");
    return browser;
}

/* What a query over the database of the stopped program gives first. */
static const char *asked(struct office *office, struct db_sql sql)
{
    struct error err = {0};
    struct db_pool *pool = NULL;
    struct db_rows *rows = NULL;
    char url[600];
    snprintf(url, sizeof url, "sqlite:%s/skjema.db", office->scene->server.data);
    const struct db_options options = {.url = url, .connections = 1, .wait_ms = 5000};
    if (!db_pool_open(&options, &pool, &err))
        fail_msg("%s", err.text);
    const char *found = NULL;
    {
        CLEANUP(db_return) struct db *db = NULL;
        if (!db_borrow(pool, &db, &err) ||
            !db_query(office->arena, db, sql, DB_NO_VALUES, &rows, &err))
            fail_msg("%s", err.text);
        found = db_next(rows) ? db_text(rows, 0) : NULL;
    }
    db_pool_close(&pool);
    return found;
}

static void a_draft_stays_on_the_version_it_began_with(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    republish(office, reworded);

    browser_visit(browser, "/min-side");
    browser_press(browser, "Fortsett");
    scene_must_see(browser, "Begrunnelse");
    browser_fill(browser, "Begrunnelse", "Det var feil.");
    browser_press(browser, "Forrige steg");
    scene_must_not_see(browser, "Fullt navn");
    browser_press(browser, "Neste steg");
    browser_press(browser, "Neste steg");
    walk_send(&office->scene->walk);
    scene_must_see(browser, "KG-20");

    browser_visit(browser, "/skjema/klage");
    browser_press(browser, "Start søknaden");
    scene_must_see(browser, "Fullt navn");
    assert_int_equal(server_stop(&office->scene->server), 0);
    assert_string_equal(asked(office, DB_SQL("SELECT CAST(number AS TEXT) FROM form_packages p, "
                                             "submissions s WHERE p.digest = s.form_version")),
                        "1");
}

static void a_draft_goes_over_with_a_page_that_shows_what_changed(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    const char *page = arena_text(office->arena, browser_address(browser));
    republish(office, changed);

    browser_visit(browser, page);
    scene_must_see(browser, "Skjemaet er endret");
    scene_must_see(browser, "Spørsmål vi ikke stiller lenger");
    scene_must_see(browser, "22 33 44 55"); /* nothing goes silently */
    scene_must_see(browser, "Nye spørsmål");
    scene_must_see(browser, "Mobilnummer");
    scene_must_see(browser, "Før: Navn");
    scene_must_see(browser, "Svar som ikke passer lenger");
    scene_must_see(browser, "Torvplass");

    browser_press(browser, "Fortsett med det nye skjemaet");
    scene_must_see(browser, "Mobilnummer"); /* the page that is not right now */
    assert_string_equal(browser_value(browser, "om-navn"), "Ingrid Fjeld");
    browser_press(browser, "Neste steg");
    assert_int_equal(browser_status(browser), 422);
    browser_fill(browser, "Mobilnummer", "99 99 99 99");
    browser_tick(browser, "Avløp");
    browser_press(browser, "Neste steg");
    browser_fill(browser, "Begrunnelse", "Det var feil.");
    browser_press(browser, "Neste steg");

    assert_int_equal(server_stop(&office->scene->server), 0);
    assert_non_null(asked(office, DB_SQL("SELECT draft FROM earlier_answers")));
    assert_string_equal(
        asked(office, DB_SQL("SELECT action FROM audit WHERE action LIKE 'draft%'")),
        "draft_moved");
    start(office);
    browser_visit(browser, browser_address(browser));
    walk_send(&office->scene->walk);
    assert_int_equal(server_stop(&office->scene->server), 0);
    assert_null(asked(office, DB_SQL("SELECT draft FROM earlier_answers"))); /* sent: it goes */
}

static void what_was_typed_when_the_form_changed_is_kept(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    browser_fill(browser, "Begrunnelse", "Skrevet før endringen.");
    republish(office, changed);

    browser_press(browser, "Neste steg"); /* of the page as it was before */
    scene_must_see(browser, "Skjemaet er endret");
    browser_press(browser, "Fortsett med det nye skjemaet");
    browser_fill(browser, "Mobilnummer", "99 99 99 99");
    browser_press(browser, "Neste steg");
    assert_non_null(memmem(browser_content(browser).data, browser_content(browser).size,
                           "Skrevet før endringen.", strlen("Skrevet før endringen.")));
}

static void nothing_is_sent_on_a_version_that_must_be_left(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    browser_fill(browser, "Begrunnelse", "Det var feil.");
    browser_press(browser, "Neste steg");
    republish(office, changed);

    browser_tick(browser, "Jeg bekrefter");
    browser_press(browser, "Send søknaden");
    scene_must_see(browser, "Skjemaet er endret");
    assert_int_equal(server_stop(&office->scene->server), 0);
    assert_null(asked(office, DB_SQL("SELECT id FROM submissions")));
}

static void a_draft_from_before_versions_were_kept_is_read_once_more_before_it_is_sent(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    browser_press(browser, "Neste steg");
    assert_int_equal(server_stop(&office->scene->server), 0);
    asked(office, DB_SQL("DELETE FROM form_packages RETURNING digest"));
    publish(office, reworded);
    start(office);

    browser_tick(browser, "Jeg bekrefter");
    browser_press(browser, "Send søknaden");
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "Skjemaet er endret siden du lagret sist.");
    scene_must_see(browser, "Fullt navn");
    walk_send(&office->scene->walk);
}

static void a_version_after_the_one_that_moves_drafts_moves_them_too(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    const char *page = arena_text(office->arena, browser_address(browser));
    republish(office, changed);
    republish(office, later);

    browser_visit(browser, page);
    scene_must_see(browser, "Nummeret til mobilen");
    browser_press(browser, "Fortsett med det nye skjemaet");
    page = arena_text(office->arena, browser_address(browser));
    republish(office, changed); /* the author takes the last one back: drafts do not follow */
    browser_visit(browser, page);
    scene_must_see(browser, "Nummeret til mobilen");
    scene_must_not_see(browser, "Skjemaet er endret");
}

static void a_yes_is_to_what_was_read(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    const char *page = arena_text(office->arena, browser_address(browser));
    republish(office, changed);
    browser_visit(browser, page);
    scene_must_see(browser, "Mobilnummer");
    republish(office, later);

    browser_press(browser, "Fortsett med det nye skjemaet");
    scene_must_see(browser, "Skjemaet er endret");
    scene_must_see(browser, "Nummeret til mobilen");
}

static void quit(const char *why)
{
    (void)why;
    _exit(0); /* the answer never came */
}

/* Another process presses the button, and the program is ended so much later. */
static void press_and_kill(struct office *office, int after_us)
{
    struct browser *browser = office->scene->walk.browser;
    pid_t hand = fork();
    if (hand == 0) {
        struct arena *arena = arena_open();
        const char *body = arena_printf(
            arena, "_csrf=%s&_revisjon=%s&_versjon=%s", browser_value(browser, "_csrf"),
            browser_value(browser, "_revisjon"), browser_value(browser, "_versjon"));
        const char *cookie = arena_printf(arena, "Cookie: %s", browser_cookies(browser, arena));
        browser_send(browser_open(quit), "POST", browser_address(browser),
                     (const char *const[]){cookie, NULL}, "application/x-www-form-urlencoded",
                     BYTES_OF(body));
        _exit(0);
    }
    nanosleep(&(struct timespec){.tv_nsec = after_us * 1000L}, NULL);
    server_kill(&office->scene->server);
    waitpid(hand, NULL, 0);
}

static void killed_while_a_draft_goes_over_it_has_gone_or_not(void **state)
{
    struct office *office = *state;
    struct browser *browser = begin(office);
    const char *page = arena_text(office->arena, browser_address(browser));
    republish(office, changed);

    const char *moved = "0";
    for (int after_us = 300; *moved == '0' && after_us < 200000; after_us = after_us * 3 / 2) {
        browser_visit(browser, page);
        scene_must_see(browser, "22 33 44 55");
        press_and_kill(office, after_us);
        moved = asked(office, DB_SQL("SELECT CAST(COUNT(*) AS TEXT) FROM drafts d "
                                     "JOIN form_packages p ON p.digest = d.form_version "
                                     "WHERE p.number = 2"));
        assert_string_equal(
            asked(office, DB_SQL("SELECT CAST(COUNT(*) AS TEXT) FROM earlier_answers")), moved);
        assert_string_equal(asked(office, DB_SQL("SELECT CAST(COUNT(*) AS TEXT) FROM audit "
                                                 "WHERE action = 'draft_moved'")),
                            moved);
        start(office);
    }
    assert_string_equal(moved, "1"); /* the last was killed after it had been written */
    browser_visit(browser, page);
    scene_must_not_see(browser, "Skjemaet er endret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_draft_stays_on_the_version_it_began_with, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_draft_goes_over_with_a_page_that_shows_what_changed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_typed_when_the_form_changed_is_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_sent_on_a_version_that_must_be_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_draft_from_before_versions_were_kept_is_read_once_more_before_it_is_sent, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(a_version_after_the_one_that_moves_drafts_moves_them_too,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_yes_is_to_what_was_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_while_a_draft_goes_over_it_has_gone_or_not, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
