/* Every act and its row in the log of who did what are there together, or not at all (security.md
 * S-AUD-1); and what the citizen sees of it (S-AUD-3), and nobody (S-AUD-4). */
#include "tests/flow/agency.h"
#include "tests/flow/hand.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FORM_TYPE "application/x-www-form-urlencoded"

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";

/* Ingrid's draft of reduced parental payment, and where its documents step is. */
struct acting {
    struct scene *scene;
    struct browser *browser;
    struct hand hand;
    char documents[512], review[512], receipt[512];
};

static void visit(struct acting *acting, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(acting->browser,
                  *path == '/' ? arena_printf(arena, "%s%s", acting->scene->server.site, path)
                               : path);
}

/* ---- acts ---- */

static void log_in(struct acting *acting)
{
    visit(acting, "/logg-inn");
    (void)walk_through_login(acting->browser, "Ingrid Fjeld", NULL);
    if (strstr(browser_address(acting->browser), "/logg-inn") &&
        browser_status(acting->browser) == 200) /* an attempt is for one use */
        log_in(acting);
}

static void add_document(struct acting *acting)
{
    visit(acting, acting->documents);
    browser_choose_file(acting->browser, pay_slips, "Hemmelig lønn.pdf", "application/pdf",
                        BYTES_OF("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"));
    browser_press(acting->browser, "Last opp valgt");
}

static void read_document(struct acting *acting)
{
    visit(acting, "/min-side/dokumenter");
    browser_press(acting->browser, "Last ned");
}

static void remove_document(struct acting *acting)
{
    visit(acting, acting->documents);
    browser_press(acting->browser, "Fjern Hemmelig lønn.pdf");
}

static void give_consent(struct acting *acting)
{
    visit(acting, acting->documents);
    browser_press(acting->browser, "Hent fra digital postkasse");
    browser_press(acting->browser, "Gå til postkassen");
}

static void withdraw_consent(struct acting *acting)
{
    visit(acting, "/min-side/samtykker");
    browser_press(acting->browser, "Trekk samtykket");
}

static void delete_draft(struct acting *acting)
{
    visit(acting, "/min-side");
    browser_press(acting->browser, "Slett");
    browser_press(acting->browser, "Slett utkastet");
}

static void submit(struct acting *acting)
{
    if (*acting->review)
        visit(acting, acting->review);
    else
        scene_fill_hello(acting->scene, "Ingrid Fjeld");
    snprintf(acting->review, sizeof acting->review, "%s", browser_address(acting->browser));
    browser_tick(acting->browser, "Jeg bekrefter at opplysningene er riktige");
    browser_press(acting->browser, "Send");
    if (browser_status(acting->browser) == 200)
        snprintf(acting->receipt, sizeof acting->receipt, "%s", browser_address(acting->browser));
}

static void take_receipt(struct acting *acting)
{
    visit(acting, acting->receipt);
    browser_press(acting->browser, "Last ned");
}

static void log_out(struct acting *acting)
{
    visit(acting, "/min-side");
    browser_press(acting->browser, "Logg ut");
}

/* In the order in which they can be done. */
static const struct act {
    const char *action;
    void (*act)(struct acting *acting);
    struct db_sql made; /* what it makes, counted: one more afterwards; none: it is a reading */
} acts[] = {
    {"logout", log_out, {"SELECT -count(*) FROM sessions"}},
    {"login", log_in, {"SELECT count(*) FROM sessions"}},
    {"document_added", add_document, {"SELECT count(*) FROM attachments"}},
    {"document_read", read_document, {NULL}},
    {"document_removed", remove_document, {"SELECT -count(*) FROM attachments"}},
    {"consent_given", give_consent, {"SELECT count(*) FROM consents"}},
    {"consent_withdrawn",
     withdraw_consent,
     {"SELECT count(*) FROM consents WHERE state = 'withdrawn'"}},
    {"draft_deleted", delete_draft, {"SELECT -count(*) FROM drafts WHERE state = 'open'"}},
    {"submitted", submit, {"SELECT count(*) FROM submissions"}},
    {"submission_read", take_receipt, {NULL}},
};

static int64_t rows_of(struct acting *acting, const char *action)
{
    return hand_count(&acting->hand, DB_SQL("SELECT count(*) FROM audit WHERE action = $1"),
                      DB_VALUES(DB_TEXT(action)));
}

static int64_t made_by(struct acting *acting, const struct act *act)
{
    return act->made.text ? hand_count(&acting->hand, act->made, DB_NO_VALUES) : 0;
}

/* After a row with that action nothing can be committed: what a disk does that is full just then.
 */
static void break_after(struct acting *acting, const char *action)
{
    hand_run(&acting->hand, DB_SQL("DELETE FROM broken"), DB_NO_VALUES);
    hand_run(&acting->hand, DB_SQL("INSERT INTO broken VALUES ($1)"), DB_VALUES(DB_TEXT(action)));
}

static void set_traps(struct acting *acting)
{
    static const struct db_sql traps[] = {
        {"CREATE TABLE broken (action TEXT NOT NULL)"},
        {"CREATE TABLE lenders (id INTEGER PRIMARY KEY)"},
        {"CREATE TABLE debts (id INTEGER REFERENCES lenders (id) DEFERRABLE INITIALLY DEFERRED)"},
        {"CREATE TRIGGER trap AFTER INSERT ON audit "
         "WHEN NEW.action IN (SELECT action FROM broken) "
         "BEGIN INSERT INTO debts VALUES (1); END"},
    };
    for (size_t i = 0; i < COUNT(traps); i++)
        hand_run(&acting->hand, traps[i], DB_NO_VALUES);
}

static void start_acting(struct scene *scene, struct acting *acting)
{
    *acting = (struct acting){.scene = scene, .browser = scene->walk.browser};
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    snprintf(acting->documents, sizeof acting->documents, "%s",
             browser_address(scene->walk.browser));
    hand_reach_in(&scene->server, &acting->hand);
}

static void aud_1_an_act_and_its_row_are_there_together_or_not_at_all(void **state)
{
    struct acting acting;
    start_acting(*state, &acting);
    set_traps(&acting);
    for (size_t i = 0; i < COUNT(acts); i++) {
        const struct act *act = &acts[i];
        int64_t rows = rows_of(&acting, act->action), made = made_by(&acting, act);

        break_after(&acting, act->action);
        act->act(&acting);
        if (browser_status(acting.browser) < 400)
            fail_msg("%s went well without its row", act->action);
        if (rows_of(&acting, act->action) != rows || made_by(&acting, act) != made)
            fail_msg("%s: half of it is there", act->action);

        break_after(&acting, "");
        act->act(&acting);
        assert_int_equal(browser_status(acting.browser), 200);
        if (rows_of(&acting, act->action) != rows + 1 ||
            made_by(&acting, act) != made + (act->made.text ? 1 : 0))
            fail_msg("%s: not one row and one of what it makes", act->action);
    }
    hand_draw_back(&acting.hand);
}

/* ---- who was refused ---- */

static void post(struct browser *browser, struct acting *acting, const char *path, const char *body)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *headers[] = {arena_printf(arena, "Origin: %s", acting->scene->server.site), NULL};
    browser_send(browser, "POST", arena_printf(arena, "%s%s", acting->scene->server.site, path),
                 headers, FORM_TYPE, BYTES_OF(body));
}

static void aud_1_who_was_refused_is_in_the_log(void **state)
{
    struct acting acting;
    start_acting(*state, &acting);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *other = scene_browser();
    struct walk theirs = {
        .server = &acting.scene->server, .browser = other, .failed = acting.scene->walk.failed};
    walk_log_in(&theirs, "Kari Solvang");
    assert_int_equal(rows_of(&acting, "access_refused"), 0);

    browser_visit(other, acting.documents); /* somebody else's draft */
    assert_int_equal(browser_status(other), 404);
    assert_int_equal(rows_of(&acting, "access_refused"), 1);
    browser_visit(other, arena_printf(arena, "%.*s/samtykke",
                                      (int)(strstr(acting.documents, "/side/") - acting.documents),
                                      acting.documents));
    assert_int_equal(browser_status(other), 404);
    assert_int_equal(rows_of(&acting, "access_refused"), 2);
    browser_visit(other, "/utkast/09879011261"); /* what is typed into an address is not kept */
    assert_int_equal(rows_of(&acting, "access_refused"), 3);
    post(other, &acting, "/logg-ut", "_csrf=not-ours");
    assert_int_equal(browser_status(other), 403);
    assert_int_equal(rows_of(&acting, "access_refused"), 4);
    assert_int_equal(hand_count(&acting.hand,
                                DB_SQL("SELECT count(DISTINCT citizen) FROM audit "
                                       "WHERE action = 'access_refused' AND outcome = 'failed' "
                                       "AND object_id NOT LIKE '%0987%'"),
                                DB_NO_VALUES),
                     1);

    for (int i = 0; i < 120; i++)
        browser_visit(other, "/kvittering/x");
    assert_int_equal(rows_of(&acting, "access_refused"), 100); /* nobody fills the log */
    hand_draw_back(&acting.hand);
}

static void aud_1_an_agency_that_was_refused_is_in_the_log(void **state)
{
    struct scene *scene = *state;
    struct acting acting = {.scene = scene};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    hand_reach_in(&scene->server, &acting.hand);
    agency_open(&agency, scene, arena, "organisation=974761076&scope=skjema:annet");

    assert_int_equal(agency_ask(&agency, "02878520281", "serveringsbevilling", "sak-1"), 403);
    assert_int_equal(hand_count(&acting.hand,
                                DB_SQL("SELECT count(*) FROM audit WHERE actor = 'agency' "
                                       "AND actor_id = '974761076' AND citizen = '' "
                                       "AND action = 'access_refused' AND outcome = 'failed'"),
                                DB_NO_VALUES),
                     1);
    hand_draw_back(&acting.hand);
}

static void aud_1_a_login_that_did_not_succeed_is_in_the_log(void **state)
{
    struct scene *scene = *state;
    struct acting acting = {.scene = scene, .browser = scene->walk.browser};
    hand_reach_in(&scene->server, &acting.hand);
    visit(&acting, "/logg-inn");
    browser_press(acting.browser, "Logg inn med ID-porten");
    browser_press(acting.browser, "Avbryt innlogging");

    assert_int_equal(browser_status(acting.browser), 403);
    assert_int_equal(hand_count(&acting.hand,
                                DB_SQL("SELECT count(*) FROM audit WHERE action = 'login' "
                                       "AND outcome = 'failed' AND citizen = ''"),
                                DB_NO_VALUES),
                     1);
    hand_draw_back(&acting.hand);
}

/* ---- what is seen of it ---- */

/* Fetched from the postbox, sent, and the receipt taken home. */
static void send_with_documents(struct scene *scene)
{
    walk_to_review(&scene->walk);
    walk_send(&scene->walk);
    browser_press(scene->walk.browser, "Last ned");
    browser_visit(scene->walk.browser, "/min-side/innsynslogg");
}

static void aud_3_a_citizen_sees_who_did_what_and_nobody_elses(void **state)
{
    static const char *const seen[] = {
        "Kvittering eller søknad ble lastet ned: Søknad om redusert foreldrebetaling",
        "Søknad eller skjema ble sendt: Søknad om redusert foreldrebetaling",
        "Dokumenter hentet med samtykke ble sendt inn",
        "Dokument ble hentet fra postkassen: Skattemelding for",
        "Fjordvik kommune, på vegne av deg",
        "Samtykke ble gitt",
        "Dokumenter ble delt i postkassen",
        "Samtykket du ga",
        "Innlogging",
    };
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    send_with_documents(scene);
    for (size_t i = 0; i < COUNT(seen); i++)
        scene_must_see(browser, seen[i]);
    browser_press(browser, "Samtykket du ga");
    scene_must_see(browser, "Dette sa du ja til");
    browser_visit(browser, "/min-side/innsynslogg?lang=se");
    scene_must_see(browser, "Geahččanlogga");

    CLEANUP(browser_close) struct browser *other = scene_browser();
    struct walk theirs = {.server = &scene->server, .browser = other, .failed = scene->walk.failed};
    walk_log_in(&theirs, "Kari Solvang");
    browser_visit(other, "/min-side/innsynslogg");
    scene_must_see(other, "Innlogging");
    scene_must_not_see(other, "foreldrebetaling");
    scene_must_not_see(other, "postkassen");
}

static void aud_3_a_long_log_is_read_a_page_at_a_time(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *pdf = arena_text(arena, browser_link(browser, "Last ned"));
    for (int i = 0; i < 20; i++)
        browser_visit(browser, pdf);

    browser_visit(browser, arena_printf(arena, "%s/min-side/innsynslogg", scene->server.site));
    scene_must_not_see(browser, "Innlogging");
    assert_false(browser_has_button(browser, "De nyeste hendelsene"));
    browser_press(browser, "Eldre hendelser");
    scene_must_see(browser, "Innlogging");
    assert_false(browser_has_button(browser, "Eldre hendelser"));
    browser_press(browser, "De nyeste hendelsene");
    scene_must_not_see(browser, "Innlogging");
}

/* What nobody may find in a log: of the person, of what was answered, of what was sent. */
static const char *const secrets[] = {"02878520281", "Ingrid",        "Fjeld",  "Nora",
                                      "Emil",        "Hemmelig",      "412000", "412 000",
                                      "80 prosent",  "Skattemelding", ".pdf"};

static void must_not_hold(const char *text, const char *what)
{
    for (size_t i = 0; i < COUNT(secrets); i++)
        if (strstr(text, secrets[i]))
            fail_msg("\"%s\" is in %s: %.300s", secrets[i], what, text);
}

static void aud_4_log_1_neither_log_holds_anything_of_a_person(void **state)
{
    struct scene *scene = *state;
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    scene_start_again(scene);
    struct acting acting;
    start_acting(scene, &acting);
    for (size_t i = 0; i < COUNT(acts); i++)
        acts[i].act(&acting);
    visit(&acting, "/min-side/dokumenter/02878520281");
    assert_int_equal(browser_status(acting.browser), 404);
    hand_wait(&acting.hand, DB_SQL("SELECT count(*) FROM audit WHERE action = 'receipt_delivered'"),
              1);

    struct db_rows *rows = hand_ask(
        &acting.hand,
        DB_SQL("SELECT actor || ' ' || actor_id || ' ' || citizen || ' ' || action || ' ' || "
               "object_id || ' ' || consent || ' ' || outcome || ' ' || request_id FROM audit"),
        DB_NO_VALUES);
    assert_true(db_count(rows) > COUNT(acts));
    while (db_next(rows))
        must_not_hold(db_text(rows, 0), "the log of who did what");
    FILE *log = fopen(scene->server.log, "re");
    assert_non_null(log);
    int lines = 0;
    for (char line[8192]; fgets(line, sizeof line, log); lines++)
        must_not_hold(line, "the program's log");
    fclose(log);
    assert_true(lines > 3);
    hand_draw_back(&acting.hand);
}

#define WITH_SITE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SITE(aud_1_an_act_and_its_row_are_there_together_or_not_at_all),
        WITH_SITE(aud_1_who_was_refused_is_in_the_log),
        WITH_SITE(aud_1_an_agency_that_was_refused_is_in_the_log),
        WITH_SITE(aud_1_a_login_that_did_not_succeed_is_in_the_log),
        WITH_SITE(aud_3_a_citizen_sees_who_did_what_and_nobody_elses),
        WITH_SITE(aud_3_a_long_log_is_read_a_page_at_a_time),
        cmocka_unit_test_setup_teardown(aud_4_log_1_neither_log_holds_anything_of_a_person,
                                        scene_set_up_folder, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
