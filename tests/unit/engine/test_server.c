/* A real listener on loopback, spoken to with raw sockets: what a stranger may send. */
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/http/server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

struct world {
    struct arena *arena;
    struct server *server;
    atomic_int handled;
    pthread_mutex_t gate; /* a request for /wait takes it: the test holds it as long as it likes */
    atomic_int waiting;
    atomic_int refused;
};

/* Says what it was asked, a line each. */
static void echo(void *context, struct request *request, struct response *response)
{
    struct world *world = context;
    atomic_fetch_add(&world->handled, 1);
    struct buf page;
    buf_init(&page, request->arena);
    buf_printf(&page, "%s %s from %s\n", request->method, request->path, request->client);
    buf_printf(&page, "target=%s body=%zu\n", request->target, request->body.size);
    for (size_t i = 0; i < request->query.count; i++)
        buf_printf(&page, "query %s=%s\n", request->query.items[i].name,
                   request->query.items[i].value);
    for (size_t i = 0; i < request->fields.count; i++)
        buf_printf(&page, "field %s=%s\n", request->fields.items[i].name,
                   request->fields.items[i].value);
    for (size_t i = 0; i < request->file_count; i++)
        buf_printf(&page, "file %s=%s %zu\n", request->files[i].field, request->files[i].name,
                   (size_t)request->files[i].content.size_bytes);
    response_bytes(response, 200, "text/plain; charset=utf-8", buf_bytes(&page));
}

enum { LARGE_BYTES = 16 * 1024 * 1024 };

static void handle(void *context, struct request *request, struct response *response)
{
    struct world *world = context;
    echo(context, request, response);
    if (text_equal(request->path, "/wait")) {
        atomic_fetch_add(&world->waiting, 1);
        pthread_mutex_lock(&world->gate);
        pthread_mutex_unlock(&world->gate);
    } else if (text_equal(request->path, "/drop")) {
        response_drop(response);
    } else if (text_equal(request->path, "/plain")) {
        response_plain(response);
        response_header(response, "Date", "Mon, 02 Mar 2026 09:15:30 GMT");
        response_header(response, "X-Content-SHA256", "abc=");
    } else if (text_equal(request->path, "/chunked")) {
        response->is_chunked = true;
    } else if (text_equal(request->path, "/large")) {
        response->body = (struct bytes){arena_alloc(request->arena, LARGE_BYTES), LARGE_BYTES};
        memset((void *)response->body.data, 'x', LARGE_BYTES);
    } else if (text_equal(request->path, "/away")) {
        response_redirect(response, "/away/we/go");
    } else if (text_equal(request->path, "/download")) {
        response_download(response, "søknad \"1\"/..\\x.pdf", "application/pdf",
                          BYTES_OF("%PDF-1.7"));
    }
}

static size_t body_limit(void *context, const struct request *request)
{
    (void)context;
    return text_equal(request->path, "/upload") ? 3 * 1024 * 1024 : 64 * 1024;
}

static void refuse(void *context, int status, struct request *request, struct response *response)
{
    struct world *world = context;
    atomic_fetch_add(&world->refused, 1);
    response_text(response, status, arena_printf(request->arena, "refused %d\n", status));
}

static bool yields(void *context, const struct request *request)
{
    (void)context;
    return text_equal(request->path, "/new");
}

static bool waits_for_nothing(void *context, const struct request *request)
{
    (void)context;
    return text_equal(request->path, "/quick");
}

static struct server_settings settings_of(struct world *world)
{
    return (struct server_settings){
        .worker_threads = 2,
        .io_threads = 2,
        .queue_length = 2,
        .held_bytes = 8 * 1024 * 1024,
        .file_bytes = 3 * 1024 * 1024,
        .handle = handle,
        .body_limit = body_limit,
        .refuse = refuse,
        .yields = yields,
        .at_once = waits_for_nothing,
        .context = world,
    };
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_open();
    pthread_mutex_init(&world->gate, NULL);
    struct server_settings settings = settings_of(world);
    struct error err;
    if (!server_open(&settings, &world->server, &err))
        return -1;
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    server_close(&world->server);
    arena_close(&world->arena);
    free(world);
    return 0;
}

/* ---- a client that knows nothing of HTTP ---- */

static int dial(struct world *world)
{
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)server_port(world->server)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), 0);
    return fd;
}

static void send_bytes(int fd, struct bytes bytes)
{
    for (size_t at = 0; at < bytes.size;) {
        ssize_t sent = send(fd, bytes.data + at, bytes.size - at, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the server has had enough; what it answered is looked at */
        at += (size_t)sent;
    }
}

/* Everything until the server closes the connection. */
static char *read_all(struct world *world, int fd)
{
    struct buf got;
    buf_init(&got, world->arena);
    unsigned char piece[4096];
    ssize_t size;
    while ((size = recv(fd, piece, sizeof piece, 0)) > 0)
        buf_add(&got, (struct bytes){piece, (size_t)size});
    close(fd);
    return buf_text(&got);
}

static char *talk_bytes(struct world *world, struct bytes bytes)
{
    int fd = dial(world);
    send_bytes(fd, bytes);
    return read_all(world, fd);
}

static char *talk(struct world *world, const char *text)
{
    return talk_bytes(world, BYTES_OF(text));
}

static char *host(struct world *world)
{
    return arena_printf(world->arena, "Host: 127.0.0.1:%d\r\n", server_port(world->server));
}

/* GET of a target with more header lines, after which the server closes. */
static char *get(struct world *world, const char *target, const char *lines)
{
    return talk(world,
                arena_printf(world->arena, "GET %s HTTP/1.1\r\n%s%sConnection: close\r\n\r\n",
                             target, host(world), lines));
}

static int count_answers(const char *got)
{
    int count = 0;
    for (const char *at = got; (at = strstr(at, "HTTP/1.1 ")); at++)
        count++;
    return count;
}

static int status_of(const char *got)
{
    return strncmp(got, "HTTP/1.1 ", 9) == 0 ? atoi(got + 9) : 0;
}

static int count_lines_starting(const char *got, const char *start)
{
    int count = 0;
    for (const char *at = got; (at = strstr(at, start)); at++)
        count += at == got || at[-1] == '\n';
    return count;
}

/* The bytes as the first request of a connection, with a good one behind: one refusal, no more. */
static void assert_refused_once(struct world *world, int status, const char *first)
{
    int handled = atomic_load(&world->handled);
    const char *second = arena_printf(world->arena, "GET /second HTTP/1.1\r\n%s\r\n", host(world));
    const char *got = talk(world, arena_printf(world->arena, "%s%s", first, second));
    if (status_of(got) != status || count_answers(got) != 1)
        print_message("asked:\n%s\ngot:\n%s\n", first, got);
    assert_int_equal(status_of(got), status);
    assert_int_equal(count_answers(got), 1);
    assert_int_equal(atomic_load(&world->handled), handled);
}

/* ---- tests ---- */

static void a_request_reaches_its_handler_and_the_answer_its_client(void **state)
{
    struct world *world = *state;

    const char *got = get(world, "/sk%C3%B8yter?farge=bl%C3%A5+og+r%C3%B8d", "");

    assert_int_equal(status_of(got), 200);
    assert_non_null(strstr(got, "GET /skøyter from 127.0.0.1\n"));
    assert_non_null(strstr(got, "target=/sk%C3%B8yter?farge=bl%C3%A5+og+r%C3%B8d body=0\n"));
    assert_non_null(strstr(got, "query farge=blå og rød\n"));
}

static void a_connection_serves_several_requests(void **state)
{
    struct world *world = *state;
    const char *one = arena_printf(world->arena, "GET /a HTTP/1.1\r\n%s\r\n", host(world));
    const char *last =
        arena_printf(world->arena, "GET /b HTTP/1.1\r\n%sConnection: close\r\n\r\n", host(world));

    const char *got = talk(world, arena_printf(world->arena, "%s%s%s", one, one, last));

    assert_int_equal(count_answers(got), 3);
    assert_non_null(strstr(got, "GET /b from"));
}

static void http_1_doubtful_framing_is_refused_with_one_answer(void **state)
{
    struct world *world = *state;
    static const char *const heads[] = {
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length : 5\r\n",
        "Bad Name: x\r\n",
        "Bad(Name): x\r\n",
        "X-Control: a\x01z\r\n",
        "X-Control: a\x7Fz\r\n",
        "Content-Type: text/plain\r\nContent-Type: text/html\r\n",
        "Origin: https://a\r\nOrigin: https://b\r\n",
        "no colon\r\n",
        "Content-Length\r\n",
    };
    for (size_t i = 0; i < COUNT(heads); i++)
        assert_refused_once(
            world, 400,
            arena_printf(world->arena, "POST /x HTTP/1.1\r\n%s%s\r\nhello", host(world), heads[i]));
}

/* These the library refuses itself, and in 0.9.75 it writes the head of that refusal twice. What
 * matters: it is nothing but refusals, and the connection ends there. */
static void http_1_a_length_that_is_no_number_is_refused(void **state)
{
    struct world *world = *state;
    static const char *const lengths[] = {
        "+5", "-5", "0x5", "5, 5", "5 5", "99999999999999999999", "18446744073709551616", "",
    };
    for (size_t i = 0; i < COUNT(lengths); i++) {
        const char *got =
            talk(world, arena_printf(world->arena,
                                     "POST /x HTTP/1.1\r\n%sContent-Length: %s\r\n\r\nhello"
                                     "GET /second HTTP/1.1\r\n%s\r\n",
                                     host(world), lengths[i], host(world)));
        assert_true(status_of(got) == 400 || status_of(got) == 413);
        assert_int_equal(count_answers(got), count_lines_starting(got, "HTTP/1.1 4"));
        assert_null(strstr(got, "/second"));
    }
    assert_int_equal(atomic_load(&world->handled), 0);
}

/* %s stands for a good Host line; a NUL is written as ~. What the library would let pass. */
static void http_1_a_head_that_is_not_plainly_written_is_refused(void **state)
{
    struct world *world = *state;
    static const char *const heads[] = {
        "GET / HTTP/1.1\n%s\n",
        "GET / HTTP/1.1\r\n%sX-A: b\n\r\n",
        "GET / HTTP/1.1\r\n%sX-A: b\r\n\n",
        "GET / HTTP/1.1\r\n%sX-A: b\rX-C: d\r\n\r\n",
        "GET / HTTP/1.1\r\n%sX-A: b\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\n%sX-A: b\r\n\tfolded\r\nX-C: d\r\n\r\n",
        "GET / HTTP/1.1\r\n folded: x\r\n%s\r\n",
        "GET / HTTP/1.1\r\n: x\r\n%s\r\n",
        "GET / HTTP/1.1\r\n%s: x\r\n\r\n",
        "GET / HTTP/1.1\r\n%s: x\r\nX-A: b\r\n\r\n",
        "GET / HTTP/1.1\r\n%s: x\r\nContent-Length: 4\r\n\r\n",
        "GET / HTTP/1.1\r\n%sX-A: b~c\r\n\r\n",
        "GET / HTTP/1.1\r\n%sX~A: b\r\n\r\n",
        "GET / HTTP/1.1\r\n%sX-A~: b\r\n\r\n",
        "GET /a~b HTTP/1.1\r\n%s\r\n",
        "GET /a~?b HTTP/1.1\r\n%s\r\n",
        "GET  / HTTP/1.1\r\n%s\r\n",
        "GET /  HTTP/1.1\r\n%s\r\n",
        "GET /\r\n%s\r\n",
    };
    const char *second = arena_printf(world->arena, "GET /second HTTP/1.1\r\n%s\r\n", host(world));
    for (size_t i = 0; i < COUNT(heads); i++) {
        const char *hole = strstr(heads[i], "%s");
        char *bytes = arena_printf(world->arena, "%.*s%s%s%s", (int)(hole - heads[i]), heads[i],
                                   host(world), hole + 2, second);
        size_t size = strlen(bytes);
        for (char *nul = bytes; (nul = strchr(nul, '~')); nul++)
            *nul = '\0';
        const char *got = talk_bytes(world, (struct bytes){(unsigned char *)bytes, size});
        if (status_of(got) != 400 || count_answers(got) != 1)
            print_message("head %zu got:\n%s\n", i, got);
        assert_int_equal(status_of(got), 400);
        assert_int_equal(count_answers(got), 1);
    }
    assert_int_equal(atomic_load(&world->handled), 0);
}

static void a_head_may_be_blank_where_http_says_so(void **state)
{
    static const char *const lines[] = {"X:y\r\n", "X: \t y\r\n", "X: y \r\n", "X:\r\n", "X: \r\n"};
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(status_of(get(*state, "/", lines[i])), 200);
}

static void http_1_a_host_that_is_not_ours_is_refused(void **state)
{
    struct world *world = *state;
    const char *ours = host(world);
    const char *const heads[] = {
        "",
        "Host: evil.example\r\n",
        "Host:\r\n",
        arena_printf(world->arena, "%s%s", ours, ours),
        arena_printf(world->arena, "%sHost: evil.example\r\n", ours),
        "Host: 127.0.0.1\r\n",
    };
    for (size_t i = 0; i < COUNT(heads); i++)
        assert_refused_once(world, 400,
                            arena_printf(world->arena, "GET / HTTP/1.1\r\n%s\r\n", heads[i]));

    const char *old = talk(world, "GET / HTTP/1.0\r\n\r\n");
    assert_int_equal(status_of(old), 400);
}

static void http_2_odd_targets_are_refused_with_one_answer(void **state)
{
    struct world *world = *state;
    static const char *const targets[] = {
        "/a%00b",
        "/a%0Ab",
        "/a%7Fb",
        "/a%C3",
        "/a%ED%A0%80",
        "/%C0%AF",
        "/a%5Cb",
        "/a\\b",
        "/../x",
        "/a/../b",
        "/a/..",
        "/%2e%2e/x",
        "/./x",
        "/a/.",
        "//x",
        "/a//b",
        "/a%2F%2Fb",
        "/%2e",
        "/a%2",
        "/a%zz",
        "/a%",
        "x",
        "*",
        "/a?b=%00",
        "/a?b=%",
        "/a?b=1&b=2",
        "/a#b",
        "/a\x80",
        "http://127.0.0.1/a",
        "/a?b=%FF",
        "/a/%2E%2E%2Fb",
    };
    for (size_t i = 0; i < COUNT(targets); i++)
        assert_refused_once(
            world, 400,
            arena_printf(world->arena, "GET %s HTTP/1.1\r\n%s\r\n", targets[i], host(world)));
}

static void http_2_a_path_is_decoded_exactly_once(void **state)
{
    const char *got = get(*state, "/a%2541?b=%2541", "");
    assert_non_null(strstr(got, "GET /a%41 from"));
    assert_non_null(strstr(got, "query b=%41\n"));
}

static void http_3_trace_and_connect_are_not_allowed(void **state)
{
    struct world *world = *state;
    assert_refused_once(world, 405,
                        arena_printf(world->arena, "TRACE / HTTP/1.1\r\n%s\r\n", host(world)));
    const char *got =
        talk(world, arena_printf(world->arena, "TRACE / HTTP/1.1\r\n%s\r\n", host(world)));
    assert_non_null(strstr(got, "\r\nAllow: GET, HEAD, POST\r\n"));
}

static char *repeat(struct arena *arena, const char *text, int times)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (int i = 0; i < times; i++)
        buf_add_text(&buf, text);
    return buf_text(&buf);
}

static void http_4_a_target_past_its_limit_is_refused(void **state)
{
    struct world *world = *state;
    const char *fits = arena_printf(world->arena, "/%s", repeat(world->arena, "a", 4095));
    assert_int_equal(status_of(get(world, fits, "")), 200);
    assert_refused_once(
        world, 414, arena_printf(world->arena, "GET %sa HTTP/1.1\r\n%s\r\n", fits, host(world)));
}

static void http_4_headers_past_a_limit_are_refused(void **state)
{
    struct world *world = *state;
    char *lines = repeat(world->arena, "X: y\r\n", 62); /* and Host and Connection */
    assert_int_equal(status_of(get(world, "/", lines)), 200);
    assert_int_equal(status_of(get(world, "/", repeat(world->arena, "X: y\r\n", 63))), 431);

    char *block = arena_printf(world->arena, "X: %s\r\n", repeat(world->arena, "y", 16000));
    assert_int_equal(status_of(get(world, "/", block)), 200);
    block = arena_printf(world->arena, "X: %s\r\n", repeat(world->arena, "y", 16400));
    assert_int_equal(status_of(get(world, "/", block)), 431);

    char *cookies =
        arena_printf(world->arena, "Cookie: %sa=b\r\n", repeat(world->arena, "a=b; ", 31));
    assert_int_equal(status_of(get(world, "/", cookies)), 200);
    cookies = arena_printf(world->arena, "Cookie: %sa=b\r\n", repeat(world->arena, "a=b; ", 32));
    assert_int_equal(status_of(get(world, "/", cookies)), 431);
}

/* Far past every limit: the library answers or closes by itself, nothing is handled. */
static void http_4_a_head_without_end_is_cut(void **state)
{
    struct world *world = *state;
    const char *got = talk(world, arena_printf(world->arena, "GET / HTTP/1.1\r\n%sX: %s",
                                               host(world), repeat(world->arena, "y", 1000000)));
    assert_true(status_of(got) == 431 || status_of(got) == 0);
    got = talk(world, arena_printf(world->arena, "GET /%s", repeat(world->arena, "y", 1000000)));
    assert_true(status_of(got) == 414 || status_of(got) == 431 || status_of(got) == 0);
    assert_int_equal(atomic_load(&world->handled), 0);
}

static char *post(struct world *world, const char *path, const char *type, const char *body)
{
    return talk(world, arena_printf(world->arena,
                                    "POST %s HTTP/1.1\r\n%sConnection: close\r\nContent-Type: "
                                    "%s\r\nContent-Length: %zu\r\n\r\n%s",
                                    path, host(world), type, strlen(body), body));
}

static void http_4_a_body_past_its_limit_is_refused_with_a_page(void **state)
{
    struct world *world = *state;
    const char *fits = repeat(world->arena, "x", 64 * 1024);

    assert_int_equal(status_of(post(world, "/x", "text/plain", fits)), 200);
    const char *got = post(world, "/x", "text/plain", arena_printf(world->arena, "%sx", fits));

    assert_int_equal(status_of(got), 413);
    assert_non_null(strstr(got, "refused 413\n"));
    assert_int_equal(atomic_load(&world->refused), 1);
}

static void http_4_a_chunked_body_past_its_limit_is_refused(void **state)
{
    struct world *world = *state;
    const char *piece =
        arena_printf(world->arena, "1000\r\n%s\r\n", repeat(world->arena, "x", 4096));
    const char *head = arena_printf(world->arena,
                                    "POST /x HTTP/1.1\r\n%sConnection: close\r\n"
                                    "Transfer-Encoding: chunked\r\n\r\n",
                                    host(world));
    const char *got = talk(
        world, arena_printf(world->arena, "%s%s0\r\n\r\n", head, repeat(world->arena, piece, 16)));
    assert_non_null(strstr(got, "body=65536\n"));
    got = talk(world,
               arena_printf(world->arena, "%s%s0\r\n\r\n", head, repeat(world->arena, piece, 17)));
    assert_int_equal(status_of(got), 413);
}

static void http_4_a_huge_declared_length_is_refused_unread(void **state)
{
    struct world *world = *state;
    assert_refused_once(world, 413,
                        arena_printf(world->arena,
                                     "POST /x HTTP/1.1\r\n%sContent-Length: 999999999999\r\n\r\n",
                                     host(world)));
}

static void http_4_bad_chunks_reach_nobody(void **state)
{
    struct world *world = *state;
    static const char *const bodies[] = {
        "ffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "zz\r\nx\r\n0\r\n\r\n",
        "1ffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        int fd = dial(world);
        const char *text =
            arena_printf(world->arena, "POST /x HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%s",
                         host(world), bodies[i]);
        send_bytes(fd, BYTES_OF(text));
        shutdown(fd, SHUT_WR);
        const char *got = read_all(world, fd);
        assert_true(count_answers(got) <= 1);
        assert_int_not_equal(status_of(got), 200);
    }
    assert_int_equal(atomic_load(&world->handled), 0);
}

static void an_upload_may_be_larger_where_its_route_says_so(void **state)
{
    struct world *world = *state;
    const char *file = repeat(world->arena, "0123456789abcdef", 128 * 1024); /* 2 MiB */
    const char *body =
        arena_printf(world->arena,
                     "--b\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\ntoken\r\n"
                     "--b\r\nContent-Disposition: form-data; name=\"fil\"; filename=\"a.pdf\"\r\n"
                     "Content-Type: application/pdf\r\n\r\n%s\r\n--b--\r\n",
                     file);

    const char *got = post(world, "/upload", "multipart/form-data; boundary=b", body);

    assert_non_null(strstr(got, "field _csrf=token\n"));
    assert_non_null(strstr(got, "file fil=a.pdf 2097152\n"));
}

static void a_form_that_cannot_be_read_is_refused(void **state)
{
    const char *got = post(*state, "/x", "application/x-www-form-urlencoded", "a=%zz");
    assert_int_equal(status_of(got), 400);
    assert_non_null(strstr(got, "refused 400\n"));
}

static void bodies_held_are_bounded_for_all_requests_together(void **state)
{
    struct world *world = *state;
    server_close(&world->server);
    struct server_settings settings = settings_of(world);
    settings.held_bytes = 10000;
    struct error err;
    assert_true(server_open(&settings, &world->server, &err));

    assert_int_equal(status_of(post(world, "/x", "text/plain", repeat(world->arena, "x", 9000))),
                     200);
    const char *got = post(world, "/x", "text/plain", repeat(world->arena, "x", 11000));
    assert_int_equal(status_of(got), 503);
    assert_non_null(strstr(got, "\r\nRetry-After: "));
    assert_int_equal(status_of(post(world, "/x", "text/plain", repeat(world->arena, "x", 9000))),
                     200);
}

static void hdr_1_every_answer_has_the_safe_headers(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {
        "Content-Security-Policy: default-src 'none'; ",
        "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: same-origin\r\n",
        "Strict-Transport-Security: max-age=31536000",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n",
        "Permissions-Policy: ",
        "Cache-Control: no-store\r\n",
    };
    const char *const answers[] = {get(world, "/", ""), get(world, "//", ""),
                                   get(world, "/away", ""),
                                   post(world, "/x", "application/x-www-form-urlencoded", "%")};
    for (size_t i = 0; i < COUNT(answers); i++)
        for (size_t j = 0; j < COUNT(names); j++)
            assert_int_equal(count_lines_starting(answers[i], names[j]), 1);
}

static void a_plain_answer_has_only_its_own_headers_and_one_date(void **state)
{
    const char *got = get(*state, "/plain", "");
    assert_null(strstr(got, "Content-Security-Policy"));
    assert_int_equal(count_lines_starting(got, "Date:"), 1);
    assert_non_null(strstr(got, "\r\nDate: Mon, 02 Mar 2026 09:15:30 GMT\r\n"));
    assert_non_null(strstr(got, "\r\nX-Content-SHA256: abc=\r\n"));
    assert_non_null(strstr(got, "\r\nContent-Length: "));

    const char *usual = get(*state, "/", "");
    assert_int_equal(count_lines_starting(usual, "Date:"), 1);
}

static void a_chunked_answer_has_no_content_length(void **state)
{
    const char *got = get(*state, "/chunked", "");
    assert_int_equal(status_of(got), 200);
    assert_null(strstr(got, "Content-Length"));
    assert_non_null(strstr(got, "GET /chunked from"));
}

static void a_dropped_request_gets_no_answer(void **state)
{
    assert_string_equal(get(*state, "/drop", ""), "");
}

static void head_gets_the_headers_of_get_without_a_body(void **state)
{
    struct world *world = *state;
    const char *got =
        talk(world, arena_printf(world->arena, "HEAD / HTTP/1.1\r\n%sConnection: close\r\n\r\n",
                                 host(world)));
    assert_int_equal(status_of(got), 200);
    assert_true(text_ends_with(got, "\r\n\r\n"));
    assert_int_equal(count_lines_starting(got, "Content-Length: "), 1);
}

static void a_redirect_is_a_303(void **state)
{
    const char *got = get(*state, "/away", "");
    assert_int_equal(status_of(got), 303);
    assert_non_null(strstr(got, "\r\nLocation: /away/we/go\r\n"));
}

static void file_4_a_download_has_both_names_and_is_inert(void **state)
{
    const char *got = get(*state, "/download", "");
    assert_non_null(strstr(got, "\r\nContent-Disposition: attachment; "
                                "filename=\"s_knad _1__.._x.pdf\"; filename*="
                                "UTF-8''s%C3%B8knad%20%221%22_.._x.pdf\r\n"));
    assert_non_null(strstr(got, "\r\nContent-Security-Policy: sandbox; default-src 'none'\r\n"));
    assert_int_equal(count_lines_starting(got, "Content-Security-Policy"), 1);
}

static void http_8_headers_of_untrusted_proxies_are_not_seen(void **state)
{
    const char *got = get(*state, "/", "X-Forwarded-For: 10.1.2.3\r\nForwarded: for=10.1.2.3\r\n");
    assert_non_null(strstr(got, "from 127.0.0.1\n"));
}

struct asker {
    struct world *world;
    pthread_t thread;
    int status;
    bool retry_after;
};

static void *ask_wait(void *context)
{
    struct asker *asker = context;
    struct arena *arena = arena_open();
    struct world own = {.arena = arena, .server = asker->world->server};
    const char *got = get(&own, "/wait", "");
    asker->status = status_of(got);
    asker->retry_after = strstr(got, "\r\nRetry-After: ") != NULL;
    arena_close(&arena);
    return NULL;
}

static void wait_for(atomic_int *count, int wanted)
{
    for (int64_t until_ms = clock_monotonic_ms() + 10000;
         atomic_load(count) < wanted && clock_monotonic_ms() < until_ms;)
        usleep(1000);
    assert_true(atomic_load(count) >= wanted);
}

/* Two workers and two places in the queue: of seven, three are told to come again. */
static void d_14_requests_over_the_queue_are_told_to_come_again(void **state)
{
    struct world *world = *state;
    struct asker askers[7];
    pthread_mutex_lock(&world->gate);

    for (size_t i = 0; i < COUNT(askers); i++) {
        askers[i] = (struct asker){.world = world};
        pthread_create(&askers[i].thread, NULL, ask_wait, &askers[i]);
        if (i == 1)
            wait_for(&world->waiting, 2);
    }
    wait_for(&world->refused, 3);
    pthread_mutex_unlock(&world->gate);

    int served = 0, refused = 0;
    for (size_t i = 0; i < COUNT(askers); i++) {
        pthread_join(askers[i].thread, NULL);
        served += askers[i].status == 200;
        refused += askers[i].status == 503 && askers[i].retry_after;
    }
    assert_int_equal(served, 4);
    assert_int_equal(refused, 3);
}

/* Two run and one of two places is taken: what begins something new is refused, the rest is not. */
static void d_14_when_the_queue_is_half_full_what_begins_something_is_refused_first(void **state)
{
    struct world *world = *state;
    struct asker askers[4];
    assert_int_equal(status_of(get(world, "/new", "")), 200);
    pthread_mutex_lock(&world->gate);
    for (size_t i = 0; i < COUNT(askers); i++) {
        if (i == 3) {
            while (server_load(world->server).waiting < 1)
                usleep(1000);
            const char *got = get(world, "/new", "");
            assert_int_equal(status_of(got), 503);
            assert_non_null(strstr(got, "\r\nRetry-After: "));
        }
        askers[i] = (struct asker){.world = world};
        pthread_create(&askers[i].thread, NULL, ask_wait, &askers[i]);
        if (i == 1)
            wait_for(&world->waiting, 2);
    }
    while (server_load(world->server).waiting < 2)
        usleep(1000);
    pthread_mutex_unlock(&world->gate);

    for (size_t i = 0; i < COUNT(askers); i++) {
        pthread_join(askers[i].thread, NULL);
        assert_int_equal(askers[i].status, 200);
    }
    assert_int_equal(status_of(get(world, "/new", "")), 200);
}

/* Two run and both places are taken: what waits for nothing needs neither. */
static void what_waits_for_nothing_is_answered_past_the_queue(void **state)
{
    struct world *world = *state;
    struct asker askers[4];
    pthread_mutex_lock(&world->gate);
    for (size_t i = 0; i < COUNT(askers); i++) {
        askers[i] = (struct asker){.world = world};
        pthread_create(&askers[i].thread, NULL, ask_wait, &askers[i]);
        if (i == 1)
            wait_for(&world->waiting, 2);
    }
    while (server_load(world->server).waiting < 2)
        usleep(1000);
    assert_int_equal(status_of(get(world, "/other", "")), 503);
    for (int i = 0; i < 3; i++) {
        const char *got = get(world, "/quick", "");
        assert_int_equal(status_of(got), 200);
        assert_non_null(strstr(got, "GET /quick"));
    }
    pthread_mutex_unlock(&world->gate);

    for (size_t i = 0; i < COUNT(askers); i++) {
        pthread_join(askers[i].thread, NULL);
        assert_int_equal(askers[i].status, 200);
    }
}

struct closer {
    struct world *world;
    pthread_t thread;
};

static void *close_server(void *context)
{
    struct world *world = context;
    server_close(&world->server);
    return NULL;
}

static void d_13_closing_lets_running_requests_finish(void **state)
{
    struct world *world = *state;
    pthread_mutex_lock(&world->gate);
    struct asker asker = {.world = world};
    pthread_create(&asker.thread, NULL, ask_wait, &asker);
    wait_for(&world->waiting, 1);

    pthread_t closing;
    pthread_create(&closing, NULL, close_server, world);
    usleep(50000); /* so that it is closing; the test holds without it too */
    pthread_mutex_unlock(&world->gate);
    pthread_join(closing, NULL);
    pthread_join(asker.thread, NULL);

    assert_int_equal(asker.status, 200);
    assert_null(world->server);
}

static void closing_does_not_wait_for_those_who_never_finish_asking(void **state)
{
    struct world *world = *state;
    int fd = dial(world);
    const char *half =
        arena_printf(world->arena, "POST / HTTP/1.1\r\n%sContent-Length: 5\r\n\r\nhe", host(world));
    send_bytes(fd, BYTES_OF(half));
    int64_t began_ms = clock_monotonic_ms();

    server_close(&world->server);

    assert_true(clock_monotonic_ms() - began_ms < 25000); /* a body may take 30 s */
    const char *got = read_all(world, fd);
    assert_true(status_of(got) == 0 || status_of(got) == 503); /* it may come after the closing */
}

/* The same server with little patience. */
static void reopen_impatient(struct world *world)
{
    server_close(&world->server);
    struct server_settings settings = settings_of(world);
    settings.head_ms = settings.body_ms = settings.answer_ms = settings.idle_ms = 400;
    settings.bytes_per_ms = 1000 * 1000;
    struct error err;
    assert_true(server_open(&settings, &world->server, &err));
}

/* Sends a byte each 20 ms until the server closes; true when it did so in time, not at once. */
static bool drip_until_cut(int fd)
{
    int64_t began_ms = clock_monotonic_ms();
    bool cut = false;
    while (!cut && clock_monotonic_ms() - began_ms < 10000) {
        char byte;
        cut = send(fd, "y", 1, MSG_NOSIGNAL) < 0 || recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
        usleep(20000);
    }
    close(fd);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    return cut && took_ms > 300;
}

static void http_5_a_client_that_drips_its_head_is_cut(void **state)
{
    struct world *world = *state;
    reopen_impatient(world);
    int fd = dial(world);
    send_bytes(fd, BYTES_OF("GET / HTTP/1.1\r\nX: "));
    assert_true(drip_until_cut(fd));
}

static void http_5_a_client_that_drips_its_body_is_cut(void **state)
{
    struct world *world = *state;
    reopen_impatient(world);
    int fd = dial(world);
    const char *head = arena_printf(
        world->arena, "POST / HTTP/1.1\r\n%sContent-Length: 20000\r\n\r\n", host(world));
    send_bytes(fd, BYTES_OF(head));
    assert_true(drip_until_cut(fd));
    assert_int_equal(atomic_load(&world->handled), 0);
}

static void http_5_a_large_body_that_comes_too_slowly_is_cut_long_before_its_time(void **state)
{
    struct world *world = *state;
    server_close(&world->server);
    struct server_settings settings = settings_of(world);
    settings.slow_ms = 400; /* all of it may take half a minute */
    struct error err;
    assert_true(server_open(&settings, &world->server, &err));
    int fd = dial(world);
    const char *head = arena_printf(
        world->arena, "POST /upload HTTP/1.1\r\n%sContent-Length: 2000000\r\n\r\n", host(world));
    send_bytes(fd, BYTES_OF(head));
    assert_true(drip_until_cut(fd));
    assert_int_equal(atomic_load(&world->handled), 0);
}

static void http_5_a_connection_that_says_nothing_is_closed(void **state)
{
    struct world *world = *state;
    reopen_impatient(world);
    int silent = dial(world), between = dial(world);
    const char *one = arena_printf(world->arena, "GET / HTTP/1.1\r\n%s\r\n", host(world));
    send_bytes(between, BYTES_OF(one));
    int64_t began_ms = clock_monotonic_ms();

    assert_string_equal(read_all(world, silent), "");
    assert_int_equal(count_answers(read_all(world, between)), 1);

    assert_true(clock_monotonic_ms() - began_ms < 10000); /* as said, not after the usual 15 s */
}

/* The answer is larger than what the system holds for a client that does not read. */
static void http_5_a_client_that_does_not_take_its_answer_is_cut(void **state)
{
    struct world *world = *state;
    reopen_impatient(world);
    int fd = dial(world);
    const char *ask = arena_printf(world->arena, "GET /large HTTP/1.1\r\n%s\r\n", host(world));
    send_bytes(fd, BYTES_OF(ask));
    wait_for(&world->handled, 1);
    usleep(1500000); /* without reading */
    size_t got = strlen(read_all(world, fd));
    assert_true(got < LARGE_BYTES);
}

/* A worker may take longer than a client may. */
static void http_5_a_running_request_is_not_cut(void **state)
{
    struct world *world = *state;
    reopen_impatient(world);
    pthread_mutex_lock(&world->gate);
    struct asker asker = {.world = world};
    pthread_create(&asker.thread, NULL, ask_wait, &asker);
    wait_for(&world->waiting, 1);
    usleep(1000000);
    pthread_mutex_unlock(&world->gate);
    pthread_join(asker.thread, NULL);
    assert_int_equal(asker.status, 200);
}

static void a_busy_port_is_told_in_one_sentence(void **state)
{
    struct world *world = *state;
    struct server_settings settings = settings_of(world);
    settings.port = server_port(world->server);
    struct server *second = NULL;
    struct error err = {0};

    assert_false(server_open(&settings, &second, &err));

    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "is taken by another program"));
    assert_null(second);
}

static void an_address_that_is_none_is_refused(void **state)
{
    struct server_settings settings = settings_of(*state);
    settings.address = "not-an-address";
    struct server *second = NULL;
    struct error err = {0};
    assert_false(server_open(&settings, &second, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_request_reaches_its_handler_and_the_answer_its_client),
        WITH_SERVER(a_connection_serves_several_requests),
        WITH_SERVER(http_1_doubtful_framing_is_refused_with_one_answer),
        WITH_SERVER(http_1_a_length_that_is_no_number_is_refused),
        WITH_SERVER(http_1_a_head_that_is_not_plainly_written_is_refused),
        WITH_SERVER(a_head_may_be_blank_where_http_says_so),
        WITH_SERVER(http_1_a_host_that_is_not_ours_is_refused),
        WITH_SERVER(http_2_odd_targets_are_refused_with_one_answer),
        WITH_SERVER(http_2_a_path_is_decoded_exactly_once),
        WITH_SERVER(http_3_trace_and_connect_are_not_allowed),
        WITH_SERVER(http_4_a_target_past_its_limit_is_refused),
        WITH_SERVER(http_4_headers_past_a_limit_are_refused),
        WITH_SERVER(http_4_a_head_without_end_is_cut),
        WITH_SERVER(http_4_a_body_past_its_limit_is_refused_with_a_page),
        WITH_SERVER(http_4_a_chunked_body_past_its_limit_is_refused),
        WITH_SERVER(http_4_a_huge_declared_length_is_refused_unread),
        WITH_SERVER(http_4_bad_chunks_reach_nobody),
        WITH_SERVER(an_upload_may_be_larger_where_its_route_says_so),
        WITH_SERVER(a_form_that_cannot_be_read_is_refused),
        WITH_SERVER(bodies_held_are_bounded_for_all_requests_together),
        WITH_SERVER(hdr_1_every_answer_has_the_safe_headers),
        WITH_SERVER(a_plain_answer_has_only_its_own_headers_and_one_date),
        WITH_SERVER(a_chunked_answer_has_no_content_length),
        WITH_SERVER(a_dropped_request_gets_no_answer),
        WITH_SERVER(head_gets_the_headers_of_get_without_a_body),
        WITH_SERVER(a_redirect_is_a_303),
        WITH_SERVER(file_4_a_download_has_both_names_and_is_inert),
        WITH_SERVER(http_8_headers_of_untrusted_proxies_are_not_seen),
        WITH_SERVER(d_14_requests_over_the_queue_are_told_to_come_again),
        WITH_SERVER(d_14_when_the_queue_is_half_full_what_begins_something_is_refused_first),
        WITH_SERVER(what_waits_for_nothing_is_answered_past_the_queue),
        WITH_SERVER(d_13_closing_lets_running_requests_finish),
        WITH_SERVER(closing_does_not_wait_for_those_who_never_finish_asking),
        WITH_SERVER(http_5_a_client_that_drips_its_head_is_cut),
        WITH_SERVER(http_5_a_client_that_drips_its_body_is_cut),
        WITH_SERVER(http_5_a_large_body_that_comes_too_slowly_is_cut_long_before_its_time),
        WITH_SERVER(http_5_a_connection_that_says_nothing_is_closed),
        WITH_SERVER(http_5_a_client_that_does_not_take_its_answer_is_cut),
        WITH_SERVER(http_5_a_running_request_is_not_cut),
        WITH_SERVER(a_busy_port_is_told_in_one_sentence),
        WITH_SERVER(an_address_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
