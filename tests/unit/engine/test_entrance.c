/* Who is let in: a listener of its own on a unix socket or on loopback, and clients that come in
 * numbers. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

struct world {
    struct arena *arena;
    char folder[64], path[96], address[112];
    struct server *server;
};

static void handle(void *context, struct request *request, struct response *response)
{
    (void)context;
    response_text(response, 200,
                  arena_printf(request->arena, "%s asks over %s for %s by %s\n", request->client,
                               request->scheme, request->host, request->peer));
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        abort();
    world->arena = arena_open();
    snprintf(world->folder, sizeof world->folder, "/tmp/skjema-entrance-XXXXXX");
    if (!mkdtemp(world->folder))
        abort();
    snprintf(world->path, sizeof world->path, "%s/http.sock", world->folder);
    snprintf(world->address, sizeof world->address, "unix:%s", world->path);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    server_close(&world->server);
    unlink(arena_printf(world->arena, "%s.lock", world->path));
    unlink(world->path);
    assert_int_equal(rmdir(world->folder), 0);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static struct server_settings settings_of(struct world *world)
{
    return (struct server_settings){.address = world->address, .handle = handle};
}

static void start(struct world *world, const struct server_settings *settings)
{
    struct error err = {0};
    if (!server_open(settings, &world->server, &err))
        fail_msg("%s", err.text);
}

/* ---- clients ---- */

static int dial_path(const char *path)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    snprintf(where.sun_path, sizeof where.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&where, sizeof where) == 0)
        return fd;
    close(fd);
    return -1;
}

static int dial_port(const struct server *server, const char *from)
{
    struct sockaddr_in here = {.sin_family = AF_INET},
                       there = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)server_port(server)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    inet_pton(AF_INET, from, &here.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
    return fd;
}

/* What comes back for it, until the connection is closed; "" when nothing does. */
static const char *ask(struct arena *arena, int fd, const char *host, const char *headers)
{
    const char *request = arena_printf(
        arena, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", host, headers);
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        return "";
    char answer[8192];
    size_t size = 0;
    struct pollfd looked_at = {.fd = fd, .events = POLLIN};
    while (size < sizeof answer && poll(&looked_at, 1, PATIENCE_MS) > 0) {
        ssize_t got = recv(fd, answer + size, sizeof answer - size, 0);
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    return arena_text_of(arena, (struct bytes){(const unsigned char *)answer, size});
}

/* Turned away: closed without a byte. */
static bool is_closed(int fd)
{
    char byte;
    struct pollfd looked_at = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&looked_at, 1, PATIENCE_MS), 1);
    return recv(fd, &byte, 1, 0) <= 0;
}

static void wait_for_inside(const struct server *server, size_t wanted)
{
    for (int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
         server_load(server).connections != wanted && clock_monotonic_ms() < until_ms;)
        usleep(1000);
    assert_int_equal(server_load(server).connections, wanted);
}

static const char *own_host(struct world *world)
{
    return arena_printf(world->arena, "127.0.0.1:%d", server_port(world->server));
}

/* ---- a unix socket ---- */

static void tls_1_a_unix_socket_is_for_its_owner_and_group(void **state)
{
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    settings.public_host = "skjema.example";
    start(world, &settings);

    struct stat there;
    assert_int_equal(stat(world->path, &there), 0);
    assert_true(S_ISSOCK(there.st_mode));
    assert_int_equal(there.st_mode & 07777, 0660);
    assert_int_equal(server_port(world->server), 0);
    int fd = dial_path(world->path);
    assert_non_null(strstr(ask(world->arena, fd, "skjema.example", ""),
                           "unix asks over http for skjema.example by unix\n"));
    close(fd);
    server_close(&world->server);
    assert_int_equal(stat(world->path, &there), -1);
}

static void http_8_who_comes_over_the_unix_socket_is_believed_when_listed(void **state)
{
    static const char said[] = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    start(world, &settings);
    int fd = dial_path(world->path);
    assert_non_null(strstr(ask(world->arena, fd, "localhost", said), "unix asks over http for"));
    close(fd);
    server_close(&world->server);

    settings.trusted_proxies = "unix";
    start(world, &settings);
    fd = dial_path(world->path);
    assert_non_null(strstr(ask(world->arena, fd, "localhost", said),
                           "203.0.113.9 asks over https for localhost by unix\n"));
    close(fd);
}

static void a_socket_left_behind_is_replaced(void **state)
{
    struct world *world = *state;
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    snprintf(where.sun_path, sizeof where.sun_path, "%s", world->path);
    int left = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(left, (struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(left, 1), 0);
    close(left); /* as one that was killed: the file stays */

    struct server_settings settings = settings_of(world);
    start(world, &settings);
    int fd = dial_path(world->path);
    assert_true(fd >= 0);
    close(fd);
}

static void must_not_start(struct world *world, const struct server_settings *settings,
                           enum error_code code, const char *text)
{
    struct server *second = NULL;
    struct error err;
    assert_false(server_open(settings, &second, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.text, text))
        fail_msg("%s", err.text);
    (void)world;
}

static void somebodys_live_socket_is_left_alone(void **state)
{
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    start(world, &settings);
    must_not_start(world, &settings, ERROR_UNAVAILABLE, "is taken by another program");
    int fd = dial_path(world->path); /* and still there */
    assert_true(fd >= 0);
    close(fd);
    server_close(&world->server);

    /* of another kind of program, which knows nothing of our lock */
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    snprintf(where.sun_path, sizeof where.sun_path, "%s", world->path);
    int theirs = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(theirs, (struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(theirs, 1), 0);
    must_not_start(world, &settings, ERROR_UNAVAILABLE, "is taken by another program");
    fd = dial_path(world->path);
    assert_true(fd >= 0);
    close(fd);
    close(theirs);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    FILE *file = fopen(world->path, "w");
    assert_non_null(file);
    fputs("precious", file);
    fclose(file);
    must_not_start(world, &settings, ERROR_UNAVAILABLE, "is not a socket");
    struct stat there;
    assert_int_equal(stat(world->path, &there), 0);
    assert_int_equal(there.st_size, strlen("precious"));

    settings.address = "unix:http.sock";
    must_not_start(world, &settings, ERROR_INVALID, "begins with /");
    settings.address = arena_printf(world->arena, "unix:/%0120d", 0);
    must_not_start(world, &settings, ERROR_INVALID, "at most 107 characters");
    settings.address = "unix:/nowhere/at/all.sock";
    must_not_start(world, &settings, ERROR_UNAVAILABLE, "/nowhere/at/all.sock");
}

/* ---- how many ---- */

static void http_6_one_more_than_there_is_room_for_is_closed_at_once(void **state)
{
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    settings.connections = 10;
    start(world, &settings);
    int inside[10];
    for (size_t i = 0; i < COUNT(inside); i++)
        inside[i] = dial_path(world->path);
    wait_for_inside(world->server, 10);

    int over = dial_path(world->path);
    assert_true(is_closed(over));
    close(over);
    assert_int_equal(server_load(world->server).turned_away, 1);

    close(inside[3]); /* there is room again */
    wait_for_inside(world->server, 9);
    inside[3] = dial_path(world->path);
    assert_non_null(strstr(ask(world->arena, inside[3], "localhost", ""), " 200 "));
    for (size_t i = 0; i < COUNT(inside); i++)
        close(inside[i]);
    wait_for_inside(world->server, 0);
}

static void http_6_one_address_does_not_take_the_place_of_others(void **state)
{
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    settings.address = "127.0.0.1";
    settings.connections_per_peer = 3;
    settings.trusted_proxies = "127.0.0.9";
    start(world, &settings);
    int greedy[3], trusted[5];
    for (size_t i = 0; i < COUNT(greedy); i++)
        greedy[i] = dial_port(world->server, "127.0.0.5");
    wait_for_inside(world->server, 3);

    int over = dial_port(world->server, "127.0.0.5");
    assert_true(is_closed(over));
    close(over);
    int other = dial_port(world->server, "127.0.0.6");
    assert_non_null(strstr(ask(world->arena, other, own_host(world), ""), "127.0.0.6 asks"));
    close(other);
    for (size_t i = 0; i < COUNT(trusted); i++)
        trusted[i] = dial_port(world->server, "127.0.0.9");
    wait_for_inside(world->server, 8);

    for (size_t i = 0; i < COUNT(greedy); i++)
        close(greedy[i]);
    for (size_t i = 0; i < COUNT(trusted); i++)
        close(trusted[i]);
    wait_for_inside(world->server, 0);
    other = dial_port(world->server, "127.0.0.5");
    assert_non_null(strstr(ask(world->arena, other, own_host(world), ""), "127.0.0.5 asks"));
    close(other);
}

/* Whoever comes when the process has no descriptor left is sent away by the one in reserve, and
 * whoever comes later is served. */
static void http_6_whoever_comes_when_no_descriptor_is_left_is_sent_away_at_once(void **state)
{
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    start(world, &settings);
    int waiting[4], taken[64];
    for (size_t i = 0; i < COUNT(waiting); i++)
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    size_t count = 0;
    int probe = dup(0);
    close(probe);
    struct rlimit few = {(rlim_t)probe + 8, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (count < COUNT(taken) && (taken[count] = dup(0)) >= 0)
        count++;

    struct sockaddr_un where = {.sun_family = AF_UNIX};
    snprintf(where.sun_path, sizeof where.sun_path, "%s", world->path);
    bool are_closed = true;
    for (size_t i = 0; i < COUNT(waiting); i++)
        are_closed = connect(waiting[i], (struct sockaddr *)&where, sizeof where) == 0 &&
                     is_closed(waiting[i]) && are_closed;
    for (size_t i = 0; i < count; i++)
        close(taken[i]);
    setrlimit(RLIMIT_NOFILE, &before);

    assert_true(are_closed);
    assert_int_equal(server_load(world->server).turned_away, COUNT(waiting));
    int fd = dial_path(world->path);
    assert_non_null(strstr(ask(world->arena, fd, "localhost", ""), " 200 "));
    close(fd);
    for (size_t i = 0; i < COUNT(waiting); i++)
        close(waiting[i]);
}

static void http_6_the_limit_of_open_files_is_raised_as_far_as_it_goes(void **state)
{
    struct world *world = *state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit low = {200, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    struct server_settings settings = settings_of(world);
    settings.connections = 300;
    start(world, &settings);
    struct rlimit after;
    getrlimit(RLIMIT_NOFILE, &after);
    setrlimit(RLIMIT_NOFILE, &before);
    if (before.rlim_max >= 600)
        assert_true(after.rlim_cur > 300);
    else
        assert_int_equal(after.rlim_cur, before.rlim_max);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(tls_1_a_unix_socket_is_for_its_owner_and_group),
        WITH_FOLDER(http_8_who_comes_over_the_unix_socket_is_believed_when_listed),
        WITH_FOLDER(a_socket_left_behind_is_replaced),
        WITH_FOLDER(somebodys_live_socket_is_left_alone),
        WITH_FOLDER(what_is_no_socket_is_left_alone),
        WITH_FOLDER(http_6_one_more_than_there_is_room_for_is_closed_at_once),
        WITH_FOLDER(http_6_one_address_does_not_take_the_place_of_others),
        WITH_FOLDER(http_6_whoever_comes_when_no_descriptor_is_left_is_sent_away_at_once),
        WITH_FOLDER(http_6_the_limit_of_open_files_is_raised_as_far_as_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
