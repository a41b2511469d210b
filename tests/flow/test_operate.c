/* The page of who runs the site: what was given up is seen there and sent again; and stopping. */
#include "tests/flow/scene.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

enum { STOP_MOST_S = 20, DEAD_MOST_S = 30 };
#define INGRID "02878520281"

static int set_up_with(void **state, const char *const *more)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    const char *const page[] = {"--operate_address=127.0.0.1", "--operate_port=0"};
    size_t count = 0;
    for (; count < COUNT(page); count++)
        scene->more[count] = page[count];
    for (size_t i = 0; more && more[i]; i++)
        scene->more[count++] = more[i];
    scene_start_again(scene);
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, NULL);
}

/* What is called out may take a minute: stopping does not wait for it. */
static int set_up_patient(void **state)
{
    static const char *const more[] = {"--outbound_timeout_ms=60000", "--lease_s=130", NULL};
    return set_up_with(state, more);
}

static void ask(struct browser *operator, const struct scene * scene, const char *path)
{
    char url[256];
    snprintf(url, sizeof url, "%s%s", scene->server.operate, path);
    browser_send(operator, "GET", url, NULL, NULL, (struct bytes){0});
}

/* The answer, which is no page, says so. */
static void must_say(struct browser *operator, const char * text)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said = arena_text_of(arena, browser_content(operator));
    if (!strstr(said, text))
        fail_msg("not \"%s\" but: %s", text, said);
}

static void send_hello(struct scene *scene)
{
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
}

/* Reloads the page until it says so. */
static void wait_to_see(struct browser *operator, const struct scene * scene, const char *text)
{
    int64_t until = clock_monotonic_ms() + DEAD_MOST_S * 1000;
    do {
        nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL);
        browser_visit(operator, scene->server.operate);
    } while (!browser_sees(operator, text) && clock_monotonic_ms() < until);
    scene_must_see(operator, text);
}

static const char *run_outbox(struct arena *arena, const struct scene *scene, const char *act,
                              const char *word)
{
    const char *words[] = {"outbox", "--data", scene->server.data, act, word, NULL}, *said;
    assert_int_equal(server_run(arena, scene_program(), words, &said), 0);
    return said;
}

static void the_operator_sees_what_was_given_up_and_sends_it_again(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *operator= scene_browser();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fault(scene, "refuse", "CREATE_MESSAGE", 1);
    send_hello(scene);

    wait_to_see(operator, scene, "BROKER_NOT_AUTHORIZED");
    scene_must_see(operator, "receipt");
    scene_must_not_see(operator, "Ingrid");
    scene_must_not_see(operator, INGRID);
    const char *said = run_outbox(arena, scene, "list", "dead");
    assert_non_null(strstr(said, "BROKER_NOT_AUTHORIZED"));
    assert_null(strstr(said, "Ingrid"));
    char *id = arena_printf(arena, "%.*s", (int)strcspn(said, " "), said);
    assert_non_null(strstr(run_outbox(arena, scene, "show", id), "state       dead"));

    browser_press(operator, "Try again");
    scene_must_see(operator, "Taken up again: 1.");
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 20);
    wait_to_see(operator, scene, "Nothing is stuck.");
    ask(operator, scene, "/metrics");
    must_say(operator, "skjema_outbox_deliveries{state=\"done\",channel=\"digipost\"} 1\n");
}

static void all_of_one_reason_are_sent_again_by_a_command(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *operator= scene_browser();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fault(scene, "refuse", "CREATE_MESSAGE", 1);
    send_hello(scene);
    wait_to_see(operator, scene, "BROKER_NOT_AUTHORIZED");
    const char *said = run_outbox(arena, scene, "list", "dead");
    const char *reason = strstr(said, "BROKER_NOT_AUTHORIZED");

    const char *words[] = {
        "outbox", "--data",   scene->server.data,
        "retry",  "--all-of", arena_printf(arena, "%.*s", (int)strcspn(reason, "\n"), reason),
        NULL};
    assert_int_equal(server_run(arena, scene_program(), words, &said), 0);
    assert_string_equal(said, "1 are taken up again\n");
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 20);
    const char *again[] = {"outbox", "--data", scene->server.data, "retry", "nosuch", NULL};
    assert_int_equal(server_run(arena, scene_program(), again, &said), 1);
}

static void only_the_page_itself_can_press_its_button(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *operator= scene_browser();
    char url[256], body[256];
    browser_visit(operator, scene->server.operate);
    assert_non_null(
        strstr(browser_header(operator, "Content-Security-Policy"), "frame-ancestors 'none'"));
    snprintf(url, sizeof url, "%s/retry", scene->server.operate);
    browser_send(operator, "POST", url, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF("reason=down"));
    assert_int_equal(browser_status(operator), 403);

    static const char *const elsewhere[] = {"Origin: http://evil.example",
                                            "Sec-Fetch-Site: cross-site", NULL};
    snprintf(body, sizeof body, "_csrf=%s&reason=down", "AAAA");
    browser_send(operator, "POST", url, elsewhere, "application/x-www-form-urlencoded",
                 BYTES_OF(body));
    assert_int_equal(browser_status(operator), 403);
}

static void a_password_is_asked_for_when_there_is_one_and_elsewhere_there_must_be(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said, *path = arena_printf(arena, "%s/password", scene->server.data);
    const char *open_words[] = {"serve",
                                "--sandbox",
                                "--data",
                                arena_printf(arena, "%s/other", scene->server.data),
                                "--operate_address",
                                "0.0.0.0",
                                "--listen_port",
                                "0",
                                "--sandbox_api_port",
                                "0",
                                "--sandbox_mailbox_port",
                                "0",
                                NULL};
    assert_int_equal(server_run(arena, scene_program(), open_words, &said), 1);
    assert_non_null(strstr(said, "operate_password must name a file"));

    assert_int_equal(server_stop(&scene->server), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("a long enough password\n", file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    scene->more[2] = "--operate_password";
    scene->more[3] = path;
    scene_start_again(scene);
    CLEANUP(browser_close) struct browser *operator= scene_browser();
    ask(operator, scene, "/");
    assert_int_equal(browser_status(operator), 401);
    ask(operator, scene, "/metrics");
    assert_int_equal(browser_status(operator), 401);
    ask(operator, scene, "/ready");
    assert_int_equal(browser_status(operator), 200);
    static const char *const bearer[] = {"Authorization: Bearer a long enough password", NULL};
    browser_send(operator, "GET", scene->server.operate, bearer, NULL, (struct bytes){0});
    assert_int_equal(browser_status(operator), 200);
    static const char *const wrong[] = {"Authorization: Bearer a long enough passwore", NULL};
    browser_send(operator, "GET", scene->server.operate, wrong, NULL, (struct bytes){0});
    assert_int_equal(browser_status(operator), 401);
    /* "who:a long enough password" */
    static const char *const basic[] = {"Authorization: Basic d2hvOmEgbG9uZyBlbm91Z2ggcGFzc3dvcmQ=",
                                        NULL};
    browser_send(operator, "GET", scene->server.operate, basic, NULL, (struct bytes){0});
    assert_int_equal(browser_status(operator), 200);
}

/* Neither listener knows the other's pages, names or cookies. */
static void http_12_the_operators_page_is_another_site_than_the_citizens(void **state)
{
    static const char *const operators[] = {"/metrics", "/ready", "/live", "/retry"};
    static const char *const citizens[] = {"/min-side", "/logg-inn", "/skjema/hello",
                                           "/statisk/app.css"};
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    for (size_t i = 0; i < COUNT(operators); i++) {
        browser_visit(browser, arena_printf(arena, "%s%s", scene->server.site, operators[i]));
        assert_int_equal(browser_status(browser), 404);
    }
    for (size_t i = 0; i < COUNT(citizens); i++) {
        browser_visit(browser, arena_printf(arena, "%s%s", scene->server.operate, citizens[i]));
        assert_int_equal(browser_status(browser), 404);
    }
    const char *host = strstr(scene->server.site, "//") + 2;
    const char *const named[] = {arena_printf(arena, "Host: %s", host), NULL};
    browser_send(browser, "GET", scene->server.operate, named, NULL, (struct bytes){0});
    assert_int_equal(browser_status(browser), 400);

    walk_start(&scene->walk, "hello", "Ingrid Fjeld"); /* a citizen's cookie opens nothing there */
    struct browser *citizen = scene->walk.browser;
    ask(citizen, scene, "/");
    assert_int_equal(browser_status(citizen), 200);
    assert_null(browser_header(citizen, "Set-Cookie"));
    scene_must_not_see(citizen, "Ingrid");
}

/* Ends by itself in the time it has; its exit status, or -1. */
static int wait_for_end(struct scene *scene)
{
    int64_t until = clock_monotonic_ms() + STOP_MOST_S * 1000;
    int status = 0;
    pid_t ended = 0;
    while (!ended && clock_monotonic_ms() < until) {
        ended = waitpid(scene->server.process, &status, WNOHANG);
        nanosleep(&(struct timespec){.tv_nsec = 20000000L}, NULL);
    }
    if (!ended)
        fail_msg("it was not over within %d s", STOP_MOST_S);
    scene->server.process = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The letter is on its way to a postbox that does not answer. */
static void send_into_silence(struct scene *scene)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fault(scene, "hang", "CREATE_MESSAGE", 1);
    send_hello(scene);
    int64_t until = clock_monotonic_ms() + DEAD_MOST_S * 1000;
    while (!strstr(run_outbox(arena, scene, "list", "underway"), "sending") &&
           clock_monotonic_ms() < until)
        nanosleep(&(struct timespec){.tv_nsec = 50000000L}, NULL);
}

static void d_13_ready_fails_at_once_and_a_silent_postbox_does_not_hold_up_the_stop(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *operator= scene_browser();
    ask(operator, scene, "/ready");
    assert_int_equal(browser_status(operator), 200);
    send_into_silence(scene);

    kill(scene->server.process, SIGTERM);
    int64_t until = clock_monotonic_ms() + 3000; /* while it still waits for the postbox */
    do
        ask(operator, scene, "/ready");
    while (browser_status(operator) == 200 && clock_monotonic_ms() < until);
    assert_int_equal(browser_status(operator), 503);
    must_say(operator, "stopping");
    ask(operator, scene, "/live");
    assert_int_equal(browser_status(operator), 200);
    assert_int_equal(wait_for_end(scene), 0);
    struct stat about;
    char log[600];
    snprintf(log, sizeof log, "%s/skjema.db-wal", scene->server.data);
    assert_true(stat(log, &about) != 0 || about.st_size == 0); /* checkpointed */

    scene->more[2] = NULL; /* not patient any more: a lease of 3 s */
    scene_start_again(scene);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 60);
}

static void d_13_a_second_signal_ends_it_at_once_and_loses_nothing(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *operator= scene_browser();
    send_into_silence(scene);

    kill(scene->server.process, SIGTERM);
    do
        ask(operator, scene, "/ready");
    while (browser_status(operator) == 200);
    kill(scene->server.process, SIGTERM);
    wait_for_end(scene);

    scene->more[2] = NULL; /* not patient any more: a lease of 3 s */
    scene_start_again(scene);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 60);
}

static void d_14_a_silent_postbox_holds_up_no_page(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *operator= scene_browser();
    scene_fault(scene, "hang", NULL, 50);
    send_hello(scene);
    ask(operator, scene, "/ready");
    assert_int_equal(browser_status(operator), 200);
    CLEANUP(browser_close) struct browser *another = scene_browser();
    for (int i = 0; i < 20; i++) {
        browser_visit(another, scene->server.site);
        assert_int_equal(browser_status(another), 200);
    }
    ask(operator, scene, "/metrics");
    must_say(operator, "skjema_queue_length 0\n");
}

#define OPERATED(test) cmocka_unit_test_setup_teardown(test, set_up, scene_tear_down)
#define PATIENT(test) cmocka_unit_test_setup_teardown(test, set_up_patient, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPERATED(the_operator_sees_what_was_given_up_and_sends_it_again),
        OPERATED(all_of_one_reason_are_sent_again_by_a_command),
        OPERATED(only_the_page_itself_can_press_its_button),
        OPERATED(http_12_the_operators_page_is_another_site_than_the_citizens),
        OPERATED(a_password_is_asked_for_when_there_is_one_and_elsewhere_there_must_be),
        PATIENT(d_13_ready_fails_at_once_and_a_silent_postbox_does_not_hold_up_the_stop),
        PATIENT(d_13_a_second_signal_ends_it_at_once_and_loses_nothing),
        OPERATED(d_14_a_silent_postbox_holds_up_no_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
