/* Bytes that two servers might read as one request or as two: the whole program gives one
 * answer. */
#include "tests/flow/scene.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "Host: 127.0.0.1:%PORT%\r\n"
#define SECOND "GET /finnes-ikke HTTP/1.1\r\n" HOST "\r\n"

/* All that comes back until the other side closes; it is given so long. */
static char *answer_to(struct scene *scene, struct arena *arena, const char *bytes)
{
    const char *port = strrchr(scene->server.site, ':') + 1;
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), 0);
    struct timeval patience = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct buf filled;
    buf_init(&filled, arena);
    for (const char *hole; (hole = strstr(bytes, "%PORT%")); bytes = hole + 6)
        buf_printf(&filled, "%.*s%s", (int)(hole - bytes), bytes, port);
    buf_add_text(&filled, bytes);
    assert_int_equal(send(fd, filled.data, filled.size, MSG_NOSIGNAL), filled.size);
    struct buf answer;
    buf_init(&answer, arena);
    unsigned char piece[4096];
    for (ssize_t size; (size = recv(fd, piece, sizeof piece, 0)) > 0;)
        buf_add(&answer, (struct bytes){piece, (size_t)size});
    close(fd);
    return buf_text(&answer);
}

static int count_answers(const char *text)
{
    int count = 0;
    for (; (text = strstr(text, "HTTP/1.1 ")); text++)
        count++;
    return count;
}

/* The library writes the head of some of its own refusals twice before it closes: so the first
 * status may come again, but never that of the second request, 404. */
static bool is_one_refusal(const char *answer)
{
    bool refused = text_starts_with(answer, "HTTP/1.1 4") || text_starts_with(answer, "HTTP/1.1 5");
    if (!refused || text_starts_with(answer, "HTTP/1.1 404"))
        return false;
    for (const char *at = answer; (at = strstr(at, "HTTP/1.1 ")); at++)
        if (strncmp(at, answer, strlen("HTTP/1.1 400")) != 0)
            return false;
    return true;
}

static void http_1_what_may_be_read_in_two_ways_is_refused_as_one(void **state)
{
    static const char *const doubtful[] = {
        "POST /logg-inn HTTP/1.1\r\n" HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n" SECOND,
        "POST /logg-inn HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 52\r\n\r\n" SECOND,
        "POST /logg-inn HTTP/1.1\r\n" HOST "Content-Length: +0\r\n\r\n" SECOND,
        "POST /logg-inn HTTP/1.1\r\n" HOST "Content-Length : 0\r\n\r\n" SECOND,
        "POST /logg-inn HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n" SECOND,
        "POST /logg-inn HTTP/1.1\r\n" HOST "Transfer-Encoding:\tchunked, identity\r\n\r\n"
        "0\r\n\r\n" SECOND,
        "GET / HTTP/1.1\r\n" HOST HOST "\r\n" SECOND,
        "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n" SECOND,
        "GET / HTTP/1.1\r\n\r\n" SECOND,
        "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n" SECOND,
        "GET /\t HTTP/1.1\r\n" HOST "\r\n" SECOND,
        "GET http://example.org/ HTTP/1.1\r\n" HOST "\r\n" SECOND,
        "TRACE / HTTP/1.1\r\n" HOST "\r\n" SECOND,
    };
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(doubtful); i++) {
        const char *answer = answer_to(scene, arena, doubtful[i]);
        if (!is_one_refusal(answer))
            fail_msg("%s\ngot:\n%.600s", doubtful[i], answer);
    }
}

static void http_1_two_plain_requests_get_two_answers(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    const char *answer = answer_to(scene, arena, "GET / HTTP/1.1\r\n" HOST "\r\n" SECOND);

    assert_int_equal(count_answers(answer), 2);
    assert_true(text_starts_with(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "HTTP/1.1 404"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(http_1_what_may_be_read_in_two_ways_is_refused_as_one,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(http_1_two_plain_requests_get_two_answers, scene_set_up,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
