/* What the power cut leaves: killed between sending and delivery, one letter all the same. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Sends "hello", kills the program so long after the receipt page began to come, starts it again.
 */
static void send_and_kill(struct scene *scene, int after_ms)
{
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    nanosleep(&(struct timespec){.tv_nsec = after_ms * 1000000L}, NULL);
    server_kill(&scene->server);
    scene_start_again(scene);
}

/* The letter is there once, and is the receipt that the site gives. */
static void must_hold_one_letter(struct scene *scene)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 40);
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    walk_wait_for(&scene->walk, "Levert i postkassen", 40);
    browser_press(scene->walk.browser, "Si fra om noe i nærmiljøet");
    struct bytes receipt = walk_receipt_bytes(&scene->walk, arena);
    char uuid[64];
    assert_int_equal(walk_letters(&scene->walk, "ingrid", "Kvittering", uuid, sizeof uuid), 1);
    struct bytes held = walk_letter_bytes(&scene->walk, arena, uuid);
    assert_int_equal(held.size, receipt.size);
    assert_memory_equal(held.data, receipt.data, held.size);
}

static void d_8_killed_right_after_sending_the_letter_comes_once(void **state)
{
    struct scene *scene = *state;
    send_and_kill(scene, 0);
    must_hold_one_letter(scene);
}

static void d_8_killed_while_the_letter_goes_out_it_comes_once(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "slow", "CREATE_MESSAGE", 1);
    send_and_kill(scene, 300);
    must_hold_one_letter(scene);
}

static void d_8_killed_after_the_letter_arrived_but_before_the_answer_it_comes_once(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "answer-lost", "CREATE_MESSAGE", 1);
    send_and_kill(scene, 200);
    must_hold_one_letter(scene);
}

static void d_8_a_letter_is_not_sent_twice_when_the_answer_is_lost(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "answer-lost", "CREATE_MESSAGE", 1);

    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);

    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 40);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 5);
}

static void d_10_a_postbox_that_is_down_for_a_while_loses_nothing(void **state)
{
    struct scene *scene = *state;
    scene_fault(scene, "gateway", NULL, 3);

    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);

    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 60);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 5);
}

static void d_13_stopped_right_after_sending_it_ends_cleanly_and_the_letter_comes(void **state)
{
    struct scene *scene = *state;
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);

    assert_int_equal(server_stop(&scene->server), 0);
    scene_start_again(scene);

    must_hold_one_letter(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(d_8_killed_right_after_sending_the_letter_comes_once,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(d_8_killed_while_the_letter_goes_out_it_comes_once,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            d_8_killed_after_the_letter_arrived_but_before_the_answer_it_comes_once, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(d_8_a_letter_is_not_sent_twice_when_the_answer_is_lost,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(d_10_a_postbox_that_is_down_for_a_while_loses_nothing,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            d_13_stopped_right_after_sending_it_ends_cleanly_and_the_letter_comes, scene_set_up,
            scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
