/* A hand or a bad disk has changed what is sealed in the database: the citizen gets a kind page and
 * none of it, the operator a line that names the place and none of the content. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
static const char tax_return[] = "Last opp siste skattemelding for deg fra enheten din";

/* One bit of what the only row that is asked for holds; put back by the same. */
static void flip(struct scene *scene, struct db_sql get, struct db_sql set)
{
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    struct db_rows *rows = hand_ask(&hand, get, DB_NO_VALUES);
    assert_int_equal(db_count(rows), 1);
    assert_true(db_next(rows));
    struct bytes bytes = arena_bytes(hand.arena, db_bytes(rows, 0));
    assert_true(bytes.size > 0);
    ((unsigned char *)(uintptr_t)bytes.data)[bytes.size / 2] ^= 4;
    hand_run(&hand, set, DB_VALUES(DB_BYTES(bytes)));
    hand_draw_back(&hand);
}

static const char *log_of(struct scene *scene, struct arena *arena)
{
    struct buf buf;
    unsigned char piece[4096];
    buf_init(&buf, arena);
    FILE *file = fopen(scene->server.log, "re");
    assert_non_null(file);
    for (size_t size; (size = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_add(&buf, (struct bytes){piece, size});
    fclose(file);
    return buf_text(&buf);
}

/* A kind page with none of it, and one line in the log that names the place. */
static void must_be_told(struct scene *scene, const char *place)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct browser *browser = scene->walk.browser;
    assert_int_equal(browser_status(browser), 500);
    scene_must_see(browser, "Feilkode 500");
    scene_must_see(browser, "Oppgi feil-ID");
    static const char *const never[] = {"sealed", "chunk", "Lyset ved skolen", "broken", "%PDF"};
    for (size_t i = 0; i < COUNT(never); i++)
        scene_must_not_see(browser, never[i]);
    const char *log = log_of(scene, arena);
    const char *line = strstr(log, " error page_failed ");
    if (!line || !strstr(line, "code=broken") || !strstr(line, place))
        fail_msg("\"%s\" is not in the log:\n%s", place, log);
    static const char *const content[] = {"Ingrid", "02878520281", "Lyset ved", "lonn.pdf", "PDF"};
    for (size_t i = 0; i < COUNT(content); i++)
        assert_null(strstr(log, content[i]));
}

static void must_be_logged(struct scene *scene, const char *event, const char *words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *log = log_of(scene, arena);
    const char *line = strstr(log, event);
    if (!line || !strstr(line, words))
        fail_msg("%s with %s is not in the log:\n%s", event, words, log);
}

static int set_up(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    scene_start_again(scene);
    return 0;
}

static void key_3_changed_answers_are_not_shown_and_the_operator_is_told(void **state)
{
    static const struct db_sql get = {"SELECT answers FROM drafts"},
                               set = {"UPDATE drafts SET answers = $1"};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    char *review = arena_text(arena, browser_address(browser));

    flip(scene, get, set);
    browser_visit(browser, review);
    must_be_told(scene, "drafts.answers");

    flip(scene, get, set);
    browser_visit(browser, review);
    scene_must_see(browser, "Lyset ved skolen er borte.");
}

static void key_3_a_changed_name_lets_nobody_in_as_somebody_else(void **state)
{
    static const struct db_sql get = {"SELECT sealed FROM citizens"},
                               set = {"UPDATE citizens SET sealed = $1"};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    scene_fill_hello(scene, "Ingrid Fjeld");

    flip(scene, get, set);
    browser_visit(browser, "/min-side");
    must_be_told(scene, "citizens.sealed");

    flip(scene, get, set);
    browser_visit(browser, "/min-side");
    scene_must_see(browser, "Ingrid Fjeld");
}

static void key_3_a_changed_receipt_is_not_handed_out(void **state)
{
    static const struct db_sql get = {"SELECT receipt FROM submissions"},
                               set = {"UPDATE submissions SET receipt = $1"};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    char *page = arena_text(arena, browser_address(browser));

    flip(scene, get, set);
    browser_press(browser, "Last ned søknaden");
    must_be_told(scene, "submissions.receipt");

    flip(scene, get, set);
    browser_visit(browser, page);
    assert_true(walk_receipt_bytes(&scene->walk, arena).size > 1000);
}

/* Two chunks of it: the second is changed. */
static void upload_large(struct scene *scene, struct arena *arena)
{
    enum { SIZE = 100000 };
    unsigned char *bytes = arena_alloc(arena, SIZE);
    memset(bytes, ' ', SIZE);
    memcpy(bytes, "%PDF-1.4\n", 9);
    memcpy(bytes + SIZE - 6, "%%EOF\n", 6);
    browser_choose_file(scene->walk.browser, pay_slips, "lonn.pdf", "application/pdf",
                        (struct bytes){bytes, SIZE});
    browser_press(scene->walk.browser, "Last opp valgt");
    scene_must_see(scene->walk.browser, "lonn.pdf er lagt ved");
}

static void
key_3_a_changed_document_is_neither_handed_out_nor_sent_and_the_rest_is_whole(void **state)
{
    static const struct db_sql get = {"SELECT sealed FROM attachment_chunks WHERE number = 1"},
                               set = {"UPDATE attachment_chunks SET sealed = $1 WHERE number = 1"};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    upload_large(scene, arena);
    char *step = arena_text(arena, browser_address(browser));
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "lonn.pdf");
    char *address = arena_text(arena, browser_link(browser, "Last ned"));

    flip(scene, get, set);
    browser_visit(browser, address);
    must_be_told(scene, "chunk 1 of attachment");

    browser_visit(browser, step);
    scene_upload(browser, tax_return, "skatt.pdf");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Se over og send inn");
    browser_tick(browser, "Jeg bekrefter at opplysningene er riktige");
    browser_press(browser, "Send søknaden");
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "lonn.pdf kan ikke legges ved");
    must_be_logged(scene, " document_failed ", "file.changed");

    browser_visit(browser, "/min-side/innsynslogg");
    scene_must_see(browser, "Dokument ble avvist");

    browser_visit(browser, step); /* nothing else is lost */
    scene_must_see(browser, "Filen er ikke lenger slik den var da vi fikk den");
    scene_must_see(browser, "Kontrollen feilet");
    scene_must_see(browser, "skatt.pdf");
    browser_press(browser, "Fjern lonn.pdf");
    upload_large(scene, arena);
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
}

static void key_3_a_fetched_document_that_is_changed_is_not_sent_and_the_rest_is_whole(void **state)
{
    static const struct db_sql
        get = {"SELECT k.sealed FROM attachment_chunks k JOIN attachments a ON a.id = k.attachment "
               "WHERE a.source = 'postbox' AND a.requirement LIKE '%lonn%' AND k.number = 0"},
        set = {"UPDATE attachment_chunks SET sealed = $1 WHERE number = 0 AND attachment = "
               "(SELECT id FROM attachments WHERE requirement LIKE '%lonn%')"};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_review(&scene->walk);
    char *review = arena_text(arena, browser_address(browser));
    browser_press(browser, "Forrige steg");
    char *step = arena_text(arena, browser_address(browser));
    browser_visit(browser, review);

    flip(scene, get, set);
    browser_tick(browser, "Jeg bekrefter at opplysningene er riktige");
    browser_press(browser, "Send søknaden");

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "kan ikke legges ved");
    must_be_logged(scene, " attachment_broken ", "chunk 0 of attachments.content");
    must_be_logged(scene, " document_failed ", "file.changed");
    browser_visit(browser, "/min-side/innsynslogg");
    scene_must_see(browser, "Dokument ble avvist");

    browser_visit(browser, step); /* the other one is as it was */
    scene_must_see(browser, "Filen er ikke lenger slik den var da vi fikk den");
    scene_must_see(browser, "Kontrollen feilet");
    scene_must_see(browser, "Bekreftet fra avsender");
    browser_press(browser, "Fjern Lønnsslipp");
    scene_must_not_see(browser, "Kontrollen feilet");
    scene_upload(browser, pay_slips, "lonn.pdf");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            key_3_changed_answers_are_not_shown_and_the_operator_is_told, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(key_3_a_changed_name_lets_nobody_in_as_somebody_else,
                                        set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(key_3_a_changed_receipt_is_not_handed_out, set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            key_3_a_changed_document_is_neither_handed_out_nor_sent_and_the_rest_is_whole, set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            key_3_a_fetched_document_that_is_changed_is_not_sent_and_the_rest_is_whole, set_up,
            scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
