/* A page while ten thousand connections say nothing, against the same page while there are none.
 * Both by the same program, one after the other, on one connection that stays open. */
#include "tests/bench/bench.h"
#include "tests/flow/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Idle ones are cut after ten seconds, so that asking must be over by then. */
enum { IDLE = 10000, OTHER_FILES = 300, PAGES = 400, ANSWER_BYTES = 128 * 1024 };
#define MOST_S 8.0

struct hostile {
    struct server_under_test server;
    struct sockaddr_in where;
    int idle[IDLE];
    double took_s[PAGES];
    size_t asked;
    char answer[ANSWER_BYTES];
};

static int dial(const struct hostile *hostile)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&hostile->where, sizeof hostile->where) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The head, and as much after it as it says. */
static bool take_answer(struct hostile *hostile, int fd)
{
    size_t size = 0, whole = 0;
    while (!whole || size < whole) {
        ssize_t got = recv(fd, hostile->answer + size, ANSWER_BYTES - 1 - size, 0);
        if (got <= 0)
            return false;
        size += (size_t)got;
        hostile->answer[size] = '\0';
        const char *end = strstr(hostile->answer, "\r\n\r\n");
        const char *length = strcasestr(hostile->answer, "\r\nContent-Length:");
        if (end && length)
            whole = (size_t)(end + 4 - hostile->answer) + strtoul(length + 17, NULL, 10);
        if (whole >= ANSWER_BYTES)
            return false;
    }
    return strncmp(hostile->answer, "HTTP/1.1 200", 12) == 0;
}

static bool ask(struct hostile *hostile, struct error *err)
{
    char request[256];
    int size = snprintf(request, sizeof request,
                        "GET /skjema/hello HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                        ntohs(hostile->where.sin_port));
    int fd = dial(hostile);
    double begun = bench_wall_s();
    bool good = fd >= 0;
    for (hostile->asked = 0; good && hostile->asked < PAGES && bench_wall_s() - begun < MOST_S;
         hostile->asked++) {
        double before = bench_wall_s();
        good = send(fd, request, (size_t)size, 0) == size && take_answer(hostile, fd);
        hostile->took_s[hostile->asked] = bench_wall_s() - before;
    }
    if (fd >= 0)
        close(fd);
    return good || error_set(err, ERROR_UNAVAILABLE, "a page was not given");
}

static int by_time(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double p99_ms(struct hostile *hostile)
{
    qsort(hostile->took_s, hostile->asked, sizeof hostile->took_s[0], by_time);
    return hostile->took_s[hostile->asked * 99 / 100] * 1000;
}

static bool there_is_room(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < IDLE + OTHER_FILES)
        return false;
    files.rlim_cur = IDLE + OTHER_FILES;
    return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

static bool fill(struct hostile *hostile, struct error *err)
{
    for (size_t i = 0; i < IDLE; i++) {
        hostile->idle[i] = dial(hostile);
        if (hostile->idle[i] < 0)
            return error_set(err, ERROR_UNAVAILABLE, "connection %zu: %s", i, strerror(errno));
    }
    return true;
}

static void empty(struct hostile *hostile)
{
    for (size_t i = 0; i < IDLE; i++)
        if (hostile->idle[i] > 0)
            close(hostile->idle[i]);
}

static bool run(const struct bench *bench, struct hostile *hostile, struct error *err)
{
    static const char *const settings[] = {"--connections_per_client", "20000", NULL};
    snprintf(hostile->server.log, sizeof hostile->server.log, "%.500s/log", hostile->server.data);
    if (!server_start(&hostile->server, bench->program, "examples", settings))
        return error_set(err, ERROR_UNAVAILABLE, "the program did not start");
    int port = (int)strtol(strrchr(hostile->server.site, ':') + 1, NULL, 10);
    hostile->where = (struct sockaddr_in){.sin_family = AF_INET,
                                          .sin_port = htons((uint16_t)port),
                                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (!ask(hostile, err))
        return false;
    double alone_ms = p99_ms(hostile);
    if (!fill(hostile, err) || !ask(hostile, err))
        return false;
    double among_ms = p99_ms(hostile);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    bench_row(arena_printf(arena, "GET a page among %d idle connections, 99th of %zu", IDLE,
                           hostile->asked),
              arena_printf(arena, "%.1f ms", among_ms),
              arena_printf(arena, "%.1f ms without", alone_ms),
              arena_printf(arena, "%.2f", among_ms / alone_ms));
    return true;
}

bool bench_hostile(const struct bench *bench)
{
    static struct hostile hostile;
    struct error err = {0};
    if (!there_is_room()) {
        printf("no more than %d open files are allowed: idle connections are left out\n", IDLE);
        return true;
    }
    server_make_folder(hostile.server.data, sizeof hostile.server.data);
    bool good = run(bench, &hostile, &err);
    empty(&hostile);
    server_stop(&hostile.server);
    server_remove_folder(hostile.server.data);
    return good || bench_fail("hostile", &err);
}
