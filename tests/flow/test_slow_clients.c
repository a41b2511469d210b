/* Clients that hold what they have: while they are there, whoever asks for a page gets it
 * (security.md S-HTTP-5, S-HTTP-6). How soon is measured by tests/bench. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SLOW_TEST "/usr/bin/slowhttptest"

enum { SLOW = 150, IDLE = 10000, OTHER_FILES = 300, PATIENCE_TURNS = 200, PAUSE_NS = 50000000 };

static void tell_why(const char *why)
{
    fail_msg("%s", why);
}

/* With its operator's page, whose figures tell how many connections there are. */
static void start(struct scene *scene)
{
    static const char *const settings[] = {"--connections_per_client",
                                           "20000",
                                           "--operate_address",
                                           "127.0.0.1",
                                           "--operate_port",
                                           "0",
                                           NULL};
    scene->walk =
        (struct walk){.server = &scene->server, .browser = scene_browser(), .failed = tell_why};
    assert_true(server_start(&scene->server, scene_program(), scene->forms, settings));
}

static void visit(struct browser *browser, const char *site, const char *path)
{
    char url[256];
    snprintf(url, sizeof url, "%s%s", site, path);
    browser_visit(browser, url);
    assert_int_equal(browser_status(browser), 200);
}

static long open_connections(struct scene *scene, struct browser *operator)
{
    visit(operator, scene->server.operate, "/metrics");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char name[] = "\nskjema_connections ";
    const char *line = strstr(arena_text_of(arena, browser_content(operator)), name);
    return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

static void wait_for_connections(struct scene *scene, long least)
{
    struct browser *operator= scene_browser();
    long there = 0;
    for (int i = 0; i < PATIENCE_TURNS && (there = open_connections(scene, operator)) < least; i++)
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    browser_close(&operator);
    if (there < least)
        fail_msg("%ld connections are open, not %ld", there, least);
}

/* ---- slowhttptest ---- */

static pid_t run_slow_test(struct scene *scene, const char *const *how)
{
    char url[256];
    snprintf(url, sizeof url, "%s/", scene->server.site);
    const char *words[24] = {SLOW_TEST, "-c", "150", "-r", "1000", "-l",
                             "60",      "-v", "0",   "-u", url,    NULL};
    for (size_t count = 11; *how; how++)
        words[count++] = *how;
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!freopen("/dev/null", "w", stdout))
            _exit(126);
        execv(words[0], (char *const *)words);
        _exit(127);
    }
    return child;
}

static void a_page_is_served_while(void **state, const char *const *how)
{
    struct scene *scene = *state;
    if (access(SLOW_TEST, X_OK) != 0) {
        print_message(SLOW_TEST " is not installed: skipped\n");
        skip();
    }
    start(scene);
    pid_t slow = run_slow_test(scene, how);
    wait_for_connections(scene, SLOW);
    for (int i = 0; i < 5; i++)
        visit(scene->walk.browser, scene->server.site, "/skjema/hello");
    kill(slow, SIGKILL);
    waitpid(slow, NULL, 0);
    visit(scene->walk.browser, scene->server.site, "/");
}

static void http_5_slow_headers_hold_up_nobody(void **state)
{
    static const char *const how[] = {"-H", "-i", "1", "-x", "8", NULL};
    a_page_is_served_while(state, how);
}

static void http_5_slow_bodies_hold_up_nobody(void **state)
{
    static const char *const how[] = {"-B", "-i", "1", "-x", "8", "-s", "8192", NULL};
    a_page_is_served_while(state, how);
}

static void http_5_slow_readers_hold_up_nobody(void **state)
{
    static const char *const how[] = {"-X", "-n", "5", "-z", "1", "-w",
                                      "1",  "-y", "2", "-k", "3", NULL};
    a_page_is_served_while(state, how);
}

/* ---- very many ---- */

/* This process and the program each need a descriptor for every one. */
static bool there_is_room(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < IDLE + OTHER_FILES)
        return false;
    files.rlim_cur = IDLE + OTHER_FILES;
    return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

static void http_6_ten_thousand_idle_connections_leave_room_for_a_page(void **state)
{
    struct scene *scene = *state;
    if (!there_is_room()) {
        print_message("no more than %d open files are allowed: skipped\n", IDLE);
        skip();
    }
    start(scene);
    struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(strrchr(scene->server.site, ':') + 1, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static int idle[IDLE];
    for (size_t i = 0; i < IDLE; i++) {
        idle[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(idle[i], (struct sockaddr *)&where, sizeof where), 0);
    }
    visit(scene->walk.browser, scene->server.site, "/skjema/hello");
    for (size_t i = 0; i < IDLE; i++)
        close(idle[i]);
}

int main(void)
{
#define NOT_STARTED(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, scene_set_up_folder, scene_tear_down)
    const struct CMUnitTest tests[] = {
        NOT_STARTED(http_5_slow_headers_hold_up_nobody),
        NOT_STARTED(http_5_slow_bodies_hold_up_nobody),
        NOT_STARTED(http_5_slow_readers_hold_up_nobody),
        NOT_STARTED(http_6_ten_thousand_idle_connections_leave_room_for_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
