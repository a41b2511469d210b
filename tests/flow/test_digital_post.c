/* Digital post for somebody whose mailbox is not Digipost's: Lise Strand has hers at e-Boks. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LISE_PID "17847330260"

/* How many messages the access point has taken, by the sandbox's ledger. */
static int taken(const struct scene *scene)
{
    char path[600], *line = NULL;
    size_t room = 0;
    int count = 0;
    snprintf(path, sizeof path, "%s/sandbox/ledger.jsonl", scene->server.data);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (getline(&line, &room, file) > 0)
        count += strstr(line, "\"dpi_message\"") != NULL;
    free(line);
    fclose(file);
    return count;
}

static void send_hello(struct scene *scene)
{
    scene_fill_hello(scene, "Lise Strand");
    walk_send(&scene->walk);
}

/* On Min side, after a new start too. */
static void must_read(struct scene *scene, const char *text)
{
    char url[256];
    snprintf(url, sizeof url, "%s/min-side", scene->server.site);
    browser_visit(scene->walk.browser, url);
    walk_wait_for(&scene->walk, text, 40);
}

static void must_be_delivered(struct scene *scene)
{
    must_read(scene, "Levert i postkassen");
}

/* "hello", whose letter asks to be told when it is opened; and a log in a file. */
static int set_up_asking(void **state)
{
    static char forms[600];
    char command[2400];
    scene_set_up_folder(state);
    struct scene *scene = *state;
    snprintf(forms, sizeof forms, "%s/forms", scene->server.data);
    snprintf(command, sizeof command,
             "mkdir -p %s && cp -r examples/hello %s/ && sed -i "
             "'s|</sk:about>|</sk:about><sk:letter opening-receipt=\"true\"/>|' "
             "%s/hello/form.xml",
             forms, forms, forms);
    if (system(command) != 0) /* words of ours, in a folder of ours */
        return -1;
    snprintf(scene->server.log, sizeof scene->server.log, "%.500s.log", scene->server.data);
    scene->forms = forms;
    scene_start_again(scene);
    return 0;
}

static int64_t count(struct scene *scene, struct db_sql sql)
{
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    int64_t found = hand_count(&hand, sql, DB_NO_VALUES);
    hand_draw_back(&hand);
    return found;
}

static void open_in_mailbox(struct scene *scene)
{
    char url[256];
    struct browser *lise = scene_browser();
    snprintf(url, sizeof url, "%s/postkasse/lise", scene->server.postbox);
    browser_visit(lise, url);
    browser_press(lise, "Kvittering");
    browser_press(lise, "Åpne brevet");
    browser_close(&lise);
}

static void must_name_nobody(const char *log)
{
    char *line = NULL;
    size_t room = 0;
    int lines = 0;
    FILE *file = fopen(log, "re");
    assert_non_null(file);
    while (getline(&line, &room, file) > 0) {
        lines++;
        assert_null(strstr(line, LISE_PID));
        assert_null(strstr(line, "Strand"));
    }
    assert_true(lines > 2);
    free(line);
    fclose(file);
}

static void a_letter_reaches_e_boks_is_delivered_by_its_receipt_and_opened(void **state)
{
    struct scene *scene = *state;
    send_hello(scene);
    must_be_delivered(scene);
    assert_int_equal(taken(scene), 1);
    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM outbox JOIN dpi_receipts r "
                                         "ON r.delivery = outbox.id WHERE channel = 'dpi' AND "
                                         "state = 'done' AND opened_at = 0 AND "
                                         "r.kind = 'leveringskvittering'")),
                     1);

    open_in_mailbox(scene);

    must_read(scene, "Åpnet i postkassen");
    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM audit WHERE action IN "
                                         "('receipt_delivered', 'letter_opened')")),
                     2);
    assert_int_equal(server_stop(&scene->server), 0);
    must_name_nobody(scene->server.log);
    assert_int_equal(unlink(scene->server.log), 0);
}

/* ---- killed ---- */

static void kill_now(struct scene *scene)
{
    server_kill(&scene->server);
    scene_start_again(scene);
    walk_log_in(&scene->walk, "Lise Strand");
}

static void d_8_killed_between_the_letter_and_its_answer_it_comes_once(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "slow", "DPI_SEND", 1); /* taken at once, answered after two seconds */
    send_hello(scene);
    while (taken(scene) == 0)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000L}, NULL);
    kill_now(scene);
    must_be_delivered(scene);
    assert_int_equal(taken(scene), 1);
}

static void
d_9_an_answer_that_is_lost_makes_no_second_letter_and_a_receipt_counts_once(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "answer-lost", "DPI_SEND", 1);
    scene_fault(scene, "down", "DPI_READ", 3);
    send_hello(scene);
    must_be_delivered(scene);
    kill_now(scene); /* the receipt is taken in, and still on the list */
    must_be_delivered(scene);
    assert_int_equal(taken(scene), 1);
    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM dpi_receipts")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_letter_reaches_e_boks_is_delivered_by_its_receipt_and_opened, set_up_asking,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(d_8_killed_between_the_letter_and_its_answer_it_comes_once,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            d_9_an_answer_that_is_lost_makes_no_second_letter_and_a_receipt_counts_once,
            scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
