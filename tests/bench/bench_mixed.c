/* Sixty-four people at once, each on a connection and a draft of their own: nine looks at a step,
 * then it is saved, over and over; against a program that only answers with as many bytes. And a
 * static file. */
#include "tests/bench/bytes.h"
#include "tests/bench/load.h"
#include "tests/bench/site.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEOPLE = 64, LOOKS = 9, ANSWER_BYTES = 256 * 1024, MOST_TIMES = 60000 };
#define SECONDS 4.0
#define PAGE "husholdning"

/* One at a browser. */
struct person {
    int port, socket;
    const char *cookie, *draft; /* draft NULL: asks the floor for `size` bytes instead */
    size_t size;
    double until;
    char *answer; /* ANSWER_BYTES */
    size_t answer_size;
    double *times; /* seconds of each answer */
    size_t count, posts;
    bool failed;
};

static bool connect_person(struct person *person)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)person->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    person->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(person->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(person->socket, (struct sockaddr *)&address, sizeof address) == 0;
}

/* The whole answer, by its Content-Length; 0 when it is not one. */
static int read_answer(struct person *person)
{
    size_t size = 0, whole = 0;
    while (!whole || size < whole) {
        ssize_t some = recv(person->socket, person->answer + size, ANSWER_BYTES - 1 - size, 0);
        if (some <= 0)
            return 0;
        size += (size_t)some;
        person->answer[size] = '\0';
        char *end = whole ? NULL : strstr(person->answer, "\r\n\r\n");
        if (!end)
            continue;
        const char *length = strcasestr(person->answer, "\r\nContent-Length:");
        if (!length || length > end)
            return 0;
        whole = (size_t)(end + 4 - person->answer) + strtoul(length + 17, NULL, 10);
        if (whole >= ANSWER_BYTES)
            return 0;
    }
    person->answer_size = size;
    return atoi(person->answer + strlen("HTTP/1.1 "));
}

static bool exchange(struct person *person, const char *request, int status)
{
    double before = bench_wall_s();
    size_t size = strlen(request);
    if (send(person->socket, request, size, MSG_NOSIGNAL) != (ssize_t)size ||
        read_answer(person) != status)
        return false;
    if (person->count < MOST_TIMES)
        person->times[person->count++] = bench_wall_s() - before;
    return true;
}

/* What a hidden field of the page holds. */
static bool find_field(const struct person *person, const char *name, char *out, size_t size)
{
    char words[64];
    snprintf(words, sizeof words, "name=\"%s\" value=\"", name);
    const char *at = strstr(person->answer, words);
    if (!at)
        return false;
    at += strlen(words);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
    return true;
}

static bool save(struct person *person)
{
    char token[100], revision[24], body[300], request[1000];
    if (!find_field(person, "_csrf", token, sizeof token) ||
        !find_field(person, "_revisjon", revision, sizeof revision))
        return false;
    int size =
        snprintf(body, sizeof body, "_csrf=%s&_revisjon=%s&husholdning-inntekt=%zu&_handling=lagre",
                 token, revision, 400000 + person->posts);
    snprintf(request, sizeof request,
             "POST /utkast/%s/side/" PAGE " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
             "Cookie: __Host-sid=%s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
             "Content-Length: %d\r\n\r\n%s",
             person->draft, person->port, person->cookie, size, body);
    person->posts++;
    return exchange(person, request, 303);
}

static void look_request(const struct person *person, char *out, size_t size)
{
    if (person->draft)
        snprintf(out, size,
                 "GET /utkast/%s/side/" PAGE " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                 "Cookie: __Host-sid=%s\r\n\r\n",
                 person->draft, person->port, person->cookie);
    else
        snprintf(out, size, "GET /%zu HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", person->size);
}

static void *visit(void *context)
{
    struct person *person = context;
    char look[600];
    look_request(person, look, sizeof look);
    person->failed = !connect_person(person);
    while (!person->failed && bench_wall_s() < person->until) {
        for (int i = 0; !person->failed && i < LOOKS; i++)
            person->failed = !exchange(person, look, 200);
        if (!person->failed)
            person->failed = person->draft ? !save(person) : !exchange(person, look, 200);
    }
    close(person->socket);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

struct figures {
    double per_s, p99_ms, cpu_us;
};

/* All of them at once, for a while. */
static bool run_people(struct arena *arena, struct person *people, pid_t process,
                       struct figures *out, struct error *err)
{
    pthread_t threads[PEOPLE];
    double begun = bench_wall_s(), cpu = bytes_cpu_s(process);
    for (int i = 0; i < PEOPLE; i++) {
        people[i].until = begun + SECONDS;
        people[i].count = 0;
        pthread_create(&threads[i], NULL, visit, &people[i]);
    }
    for (int i = 0; i < PEOPLE; i++)
        pthread_join(threads[i], NULL);
    double took = bench_wall_s() - begun;
    cpu = bytes_cpu_s(process) - cpu;
    double *all = ARENA_ARRAY(arena, (size_t)PEOPLE * MOST_TIMES, double);
    size_t count = 0;
    for (int i = 0; i < PEOPLE; i++) {
        if (people[i].failed)
            return error_set(err, ERROR_UNAVAILABLE, "an answer was not the one expected: %.40s",
                             people[i].answer);
        memcpy(all + count, people[i].times, people[i].count * sizeof *all);
        count += people[i].count;
    }
    qsort(all, count, sizeof *all, by_size);
    *out = (struct figures){.per_s = (double)count / took,
                            .p99_ms = all[count * 99 / 100] * 1000,
                            .cpu_us = cpu * 1e6 / (double)count};
    return true;
}

static void print(struct arena *arena, const char *what, const struct figures *site,
                  const struct figures *floor)
{
    bench_row(what, arena_printf(arena, "%.0f pages/s", site->per_s),
              arena_printf(arena, "%.0f answers/s", floor->per_s),
              arena_printf(arena, "%.3f", site->per_s / floor->per_s));
    bench_row("  the 99th percentile of the wait", arena_printf(arena, "%.1f ms", site->p99_ms),
              arena_printf(arena, "%.1f ms", floor->p99_ms),
              arena_printf(arena, "%.1f", site->p99_ms / floor->p99_ms));
    bench_row("  the server's processor time for one",
              arena_printf(arena, "%.0f us CPU", site->cpu_us),
              arena_printf(arena, "%.1f us CPU", floor->cpu_us),
              arena_printf(arena, "%.1f", site->cpu_us / floor->cpu_us));
}

static bool measure_pages(struct arena *arena, struct site *site, struct error *err)
{
    struct person *people = ARENA_ARRAY(arena, PEOPLE, struct person);
    const char *const *drafts;
    const char *cookie;
    if (!site_prepare(arena, site, PEOPLE, &cookie, &drafts, err))
        return false;
    for (int i = 0; i < PEOPLE; i++)
        people[i] = (struct person){.port = site->port,
                                    .cookie = cookie,
                                    .draft = drafts[i],
                                    .answer = ARENA_ARRAY(arena, ANSWER_BYTES, char),
                                    .times = ARENA_ARRAY(arena, MOST_TIMES, double)};
    struct figures figures, floor;
    if (!run_people(arena, people, site->server.process, &figures, err))
        return false;
    size_t size = 14000; /* about what a look gets; a save gets less */
    for (int i = 0; i < PEOPLE; i++) {
        people[i].draft = NULL;
        people[i].port = site->floor_port;
        people[i].size = size;
    }
    if (!run_people(arena, people, site->floor, &floor, err))
        return false;
    print(arena, "64 people, nine looks at a step to one save", &figures, &floor);
    return true;
}

static bool ask(int port, pid_t process, const char *request, struct load_result *out,
                struct figures *figures, struct error *err)
{
    const struct load load = {
        .port = port, .request = request, .connections = PEOPLE, .seconds = SECONDS / 2};
    double cpu = bytes_cpu_s(process);
    if (!load_run(&load, out, err))
        return false;
    figures->per_s = (double)out->responses / out->seconds;
    figures->cpu_us = (bytes_cpu_s(process) - cpu) * 1e6 / (double)out->responses;
    return true;
}

/* The stylesheet, as the front page links it. */
static bool measure_static(struct arena *arena, struct site *site, struct error *err)
{
    const char *path;
    if (!site_find_static(arena, site, ".css", &path, err))
        return false;
    const char *request =
        arena_printf(arena, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", path, site->port);
    struct load_result result;
    struct figures figures, floor;
    if (!ask(site->port, site->server.process, request, &result, &figures, err))
        return false;
    size_t bytes = result.body_bytes;
    request = arena_printf(arena, "GET /%zu HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", bytes);
    if (!ask(site->floor_port, site->floor, request, &result, &floor, err))
        return false;
    bench_row(arena_printf(arena, "GET a static file, %zu kB, 64 connections", bytes / 1000),
              arena_printf(arena, "%.0f files/s", figures.per_s),
              arena_printf(arena, "%.0f answers/s", floor.per_s),
              arena_printf(arena, "%.3f", figures.per_s / floor.per_s));
    bench_row("  the server's processor time for one",
              arena_printf(arena, "%.1f us CPU", figures.cpu_us),
              arena_printf(arena, "%.1f us CPU", floor.cpu_us),
              arena_printf(arena, "%.1f", figures.cpu_us / floor.cpu_us));
    return true;
}

bool bench_mixed(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct site site = {0};
    struct error err = {0};
    bool good = site_open(bench, &site, &err) && measure_pages(arena, &site, &err) &&
                measure_static(arena, &site, &err);
    site_close(&site);
    return good || bench_fail("mixed", &err);
}
