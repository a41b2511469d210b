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
static void must_be_delivered(struct scene *scene)
{
    char url[256];
    snprintf(url, sizeof url, "%s/min-side", scene->server.site);
    browser_visit(scene->walk.browser, url);
    walk_wait_for(&scene->walk, "Levert i postkassen", 40);
}

static void a_letter_reaches_e_boks_and_its_receipt_is_kept(void **state)
{
    struct scene *scene = *state;
    send_hello(scene);

    must_be_delivered(scene);

    assert_int_equal(taken(scene), 1);
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    assert_int_equal(hand_count(&hand,
                                DB_SQL("SELECT COUNT(*) FROM outbox JOIN dpi_receipts r "
                                       "ON r.delivery = outbox.id WHERE channel = 'dpi' AND "
                                       "state = 'done' AND r.kind = 'leveringskvittering'"),
                                DB_NO_VALUES),
                     1);
    assert_int_equal(hand_count(&hand,
                                DB_SQL("SELECT COUNT(*) FROM audit "
                                       "WHERE action = 'receipt_delivered'"),
                                DB_NO_VALUES),
                     1);
    hand_draw_back(&hand);
}

/* ---- killed ---- */

static void kill_after(struct scene *scene, int after_ms)
{
    nanosleep(&(struct timespec){.tv_nsec = after_ms * 1000000L}, NULL);
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
    kill_after(scene, 0);
    must_be_delivered(scene);
    assert_int_equal(taken(scene), 1);
}

static void d_9_an_answer_that_is_lost_makes_no_second_letter(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "answer-lost", "DPI_SEND", 1);
    send_hello(scene);
    must_be_delivered(scene);
    assert_int_equal(taken(scene), 1);
}

static void d_8_killed_before_a_receipt_is_taken_off_it_is_taken_in_once(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "down", "DPI_READ", 3);
    send_hello(scene);
    must_be_delivered(scene);
    kill_after(scene, 0);
    must_be_delivered(scene);
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    assert_int_equal(hand_count(&hand, DB_SQL("SELECT COUNT(*) FROM dpi_receipts"), DB_NO_VALUES),
                     1);
    hand_draw_back(&hand);
}

/* ---- nothing about a person ---- */

static void a_log_names_nobody(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(server_stop(&scene->server), 0);
    snprintf(scene->server.log, sizeof scene->server.log, "%.500s.log", scene->server.data);
    scene_start_again(scene);
    send_hello(scene);
    must_be_delivered(scene);
    server_stop(&scene->server);
    char *line = NULL;
    size_t room = 0;
    int lines = 0;
    FILE *file = fopen(scene->server.log, "re");
    assert_non_null(file);
    while (getline(&line, &room, file) > 0) {
        lines++;
        assert_null(strstr(line, LISE_PID));
        assert_null(strstr(line, "Strand"));
    }
    assert_true(lines > 2);
    free(line);
    fclose(file);
    assert_int_equal(unlink(scene->server.log), 0);
    scene->server.log[0] = '\0';
    scene_start_again(scene);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_reaches_e_boks_and_its_receipt_is_kept),
        TEST(d_8_killed_between_the_letter_and_its_answer_it_comes_once),
        TEST(d_9_an_answer_that_is_lost_makes_no_second_letter),
        TEST(d_8_killed_before_a_receipt_is_taken_off_it_is_taken_in_once),
        TEST(a_log_names_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
