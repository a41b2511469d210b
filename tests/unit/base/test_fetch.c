/* Against a listener that answers with bytes given by the test and keeps what it was sent. */
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/fetch.h"
#include "engine/base/text.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

struct world {
    struct arena *arena;
    int listener;
    char base_url[64];
    struct fetch_destination destination;
    pthread_t thread;
    bool answering;
    struct bytes answer;
    bool drips; /* when that is sent: a byte now and then until the other side has had enough */
    char asked[16384]; /* by the one who called */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_open();
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof where;
    world->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(world->listener, (struct sockaddr *)&where, size) != 0 ||
        listen(world->listener, 5) != 0 ||
        getsockname(world->listener, (struct sockaddr *)&where, &size) != 0)
        return -1;
    snprintf(world->base_url, sizeof world->base_url, "http://127.0.0.1:%d/api",
             ntohs(where.sin_port));
    world->destination = (struct fetch_destination){world->base_url, NULL, true};
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    if (world->answering)
        pthread_join(world->thread, NULL);
    close(world->listener);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static bool has_whole_request(const char *asked)
{
    const char *end = strstr(asked, "\r\n\r\n"), *length = strstr(asked, "Content-Length: ");
    return end && (!length || strlen(end + 4) >= strtoul(length + 16, NULL, 10));
}

static void *answer_once(void *context)
{
    struct world *world = context;
    int fd = accept(world->listener, NULL, NULL);
    size_t got = 0;
    while (!has_whole_request(world->asked)) {
        ssize_t size = recv(fd, world->asked + got, sizeof world->asked - 1 - got, 0);
        if (size <= 0)
            break;
        got += (size_t)size;
    }
    for (size_t at = 0; at < world->answer.size;) {
        ssize_t sent = send(fd, world->answer.data + at, world->answer.size - at, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        at += (size_t)sent;
    }
    while (world->drips && send(fd, "x", 1, MSG_NOSIGNAL) == 1)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    close(fd);
    return NULL;
}

static void will_answer(struct world *world, const char *text)
{
    if (world->answering)
        pthread_join(world->thread, NULL);
    memset(world->asked, 0, sizeof world->asked);
    world->answer = BYTES_OF(text);
    world->answering = pthread_create(&world->thread, NULL, answer_once, world) == 0;
}

/* What was asked, once the listener is done. */
static const char *asked(struct world *world)
{
    pthread_join(world->thread, NULL);
    world->answering = false;
    return world->asked;
}

static struct fetch_request get(struct world *world, const char *path)
{
    return (struct fetch_request){
        .method = "GET",
        .url = arena_printf(world->arena, "%s%s", world->base_url, path),
        .max_bytes = 1000,
        .timeout_ms = 5000,
    };
}

static void a_request_goes_out_as_given_and_nothing_more(void **state)
{
    struct world *world = *state;
    const struct fetch_header headers[] = {{"Date", "Mon, 02 Mar 2026 09:15:30 GMT"},
                                           {"X-Content-SHA256", "abc="},
                                           {"X-Empty", ""},
                                           {"Content-Type", "application/xml"}};
    struct fetch_request request = get(world, "/Messages?Id=%C3%B8");
    request.method = "POST";
    request.headers = headers;
    request.header_count = COUNT(headers);
    request.body = BYTES_OF("<a/>");
    request.has_body = true;
    will_answer(world, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    struct fetch_answer answer;
    struct error err;

    assert_true(fetch_send(world->arena, &world->destination, &request, &answer, &err));

    const char *expected =
        arena_printf(world->arena,
                     "POST /api/Messages?Id=%%C3%%B8 HTTP/1.1\r\nHost: %.*s\r\n"
                     "Date: Mon, 02 Mar 2026 09:15:30 GMT\r\nX-Content-SHA256: abc=\r\n"
                     "X-Empty:\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<a/>",
                     (int)strcspn(world->base_url + 7, "/"), world->base_url + 7);
    assert_string_equal(asked(world), expected);
}

static void an_empty_body_is_something_else_than_none(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    struct fetch_answer answer;
    struct error err;
    request.method = "PUT";
    request.has_body = true;
    will_answer(world, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_true(fetch_send(world->arena, &world->destination, &request, &answer, &err));
    assert_int_equal(answer.status, 204);
    assert_non_null(strstr(asked(world), "\r\nContent-Length: 0\r\n"));

    request.has_body = false;
    request.method = "DELETE";
    will_answer(world, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_true(fetch_send(world->arena, &world->destination, &request, &answer, &err));
    const char *text = asked(world);
    assert_true(text_starts_with(text, "DELETE /api/x HTTP/1.1\r\n"));
    assert_null(strstr(text, "Content-"));
}

static void the_answer_comes_back_with_status_headers_and_body(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    will_answer(world, "HTTP/1.1 100 Continue\r\nX-First: no\r\n\r\n"
                       "HTTP/1.1 409 Conflict\r\nX-Content-SHA256:  abc= \r\nLocation: /a\r\n"
                       "location: /b\r\nContent-Length: 5\r\n\r\nhello");
    struct fetch_answer answer;
    struct error err;

    assert_true(fetch_send(world->arena, &world->destination, &request, &answer, &err));

    assert_int_equal(answer.status, 409);
    assert_int_equal(answer.header_count, 4);
    assert_string_equal(answer.headers[0].name, "X-Content-SHA256");
    assert_string_equal(fetch_header(&answer, "x-content-sha256"), "abc=");
    assert_string_equal(fetch_header(&answer, "Location"), "/b");
    assert_null(fetch_header(&answer, "X-First"));
    assert_int_equal(answer.body.size, 5);
    assert_memory_equal(answer.body.data, "hello", 5);
}

static void outb_2_a_redirect_is_an_answer_not_followed(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    will_answer(world, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n"
                       "Content-Length: 0\r\n\r\n");
    struct fetch_answer answer;
    struct error err;
    assert_true(fetch_send(world->arena, &world->destination, &request, &answer, &err));
    assert_int_equal(answer.status, 307);
}

static void outb_2_nothing_is_unpacked(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    will_answer(world, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
    struct fetch_answer answer;
    struct error err;
    assert_true(fetch_send(world->arena, &world->destination, &request, &answer, &err));
    assert_int_equal(answer.body.size, 3);
}

static void assert_fails(struct world *world, const struct fetch_request *request,
                         enum error_code code)
{
    struct fetch_answer answer = {0};
    struct error err = {0};
    assert_false(fetch_send(world->arena, &world->destination, request, &answer, &err));
    if (err.code != code)
        print_message("%s: %s\n", error_name(err.code), err.text);
    assert_int_equal(err.code, code);
    assert_int_equal(answer.status, 0);
}

static char *answer_of(struct world *world, size_t size, bool declared)
{
    struct buf buf;
    buf_init(&buf, world->arena);
    buf_add_text(&buf, "HTTP/1.1 200 OK\r\nConnection: close\r\n");
    if (declared)
        buf_printf(&buf, "Content-Length: %zu\r\n", size);
    buf_add_text(&buf, "\r\n");
    for (size_t i = 0; i < size; i++)
        buf_add_byte(&buf, 'x');
    return buf_text(&buf);
}

static void outb_2_an_answer_past_its_limit_is_not_kept(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    struct fetch_answer answer;
    struct error err;
    for (int declared = 0; declared < 2; declared++) {
        will_answer(world, answer_of(world, 1000, declared));
        assert_true(fetch_send(world->arena, &world->destination, &request, &answer, &err));
        assert_int_equal(answer.body.size, 1000);
        will_answer(world, answer_of(world, 1001, declared));
        assert_fails(world, &request, ERROR_LIMIT);
    }
}

static void outb_5_what_is_cut_short_or_no_http_tells_nothing(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    static const char *const answers[] = {
        "",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        will_answer(world, answers[i]);
        assert_fails(world, &request, ERROR_UNAVAILABLE);
    }
}

static void a_call_ends_when_its_time_is_up(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    request.timeout_ms = 200;
    assert_fails(world, &request, ERROR_UNAVAILABLE); /* nobody accepts: it would wait for ever */
}

/* ---- documents ---- */

static bool is_asked_to_end(void *context, struct error *err)
{
    int *left = context;
    return (*left)-- > 0 || error_set(err, ERROR_DENIED, "no longer ours to have");
}

struct document {
    struct spools *spools;
    struct spool *spool;
    struct fetch_stream stream;
    struct fetch_request request;
};

/* Room for 200,000 bytes in all. */
static struct document document(struct world *world, size_t max_bytes)
{
    struct document document = {.request = get(world, "/document")};
    spools_open("/tmp", 200000, &document.spools);
    spool_open(document.spools, (int64_t)max_bytes, &document.spool);
    document.stream.spool = document.spool;
    document.request.max_bytes = max_bytes;
    return document;
}

static void close_document(struct document *document)
{
    spool_close(&document->spool);
    spools_close(&document->spools);
}

static bool fetch(struct world *world, struct document *document, struct fetch_answer *out,
                  struct error *err)
{
    document->request.stream = &document->stream;
    return fetch_send(world->arena, &world->destination, &document->request, out, err);
}

static void a_document_goes_to_the_spool_and_not_to_memory(void **state)
{
    enum { SIZE = 150000 };
    struct world *world = *state;
    struct error err;
    for (int declared = 0; declared < 2; declared++) {
        CLEANUP(close_document) struct document got = document(world, SIZE);
        struct fetch_answer answer;
        char *sent = answer_of(world, SIZE, declared);
        will_answer(world, sent);

        assert_true(fetch(world, &got, &answer, &err));

        assert_true(answer.is_streamed);
        assert_int_equal(answer.body.size, 0);
        assert_int_equal(answer.body_bytes, SIZE);
        struct bytes body = {(unsigned char *)strstr(sent, "\r\n\r\n") + 4, SIZE};
        struct crypto_sha256 digest = crypto_sha256(body);
        assert_memory_equal(answer.body_sha256.bytes, digest.bytes, sizeof digest.bytes);
        assert_true(spool_finish(got.spool, &err));
        struct content content = spool_content(got.spool);
        struct bytes read;
        assert_true(content_whole(world->arena, &content, SIZE, &read, &err));
        assert_memory_equal(read.data, body.data, SIZE);
    }
}

static void a_document_of_nothing_is_one_all_the_same(void **state)
{
    struct world *world = *state;
    CLEANUP(close_document) struct document got = document(world, 10);
    struct fetch_answer answer;
    struct error err;
    will_answer(world, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_true(fetch(world, &got, &answer, &err));
    assert_true(answer.is_streamed);
    assert_int_equal(answer.body_bytes, 0);
}

static void a_no_instead_of_a_document_comes_in_memory(void **state)
{
    struct world *world = *state;
    CLEANUP(close_document) struct document got = document(world, 3);
    struct fetch_answer answer;
    struct error err;
    will_answer(world, "HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\n<error/>");
    assert_true(fetch(world, &got, &answer, &err));
    assert_false(answer.is_streamed);
    assert_int_equal(answer.body.size, 8);
    assert_int_equal(spool_size_bytes(got.spool), 0);
}

static void assert_document_fails(struct world *world, struct document *document,
                                  enum error_code code)
{
    struct fetch_answer answer = {0};
    struct error err = {0};
    assert_false(fetch(world, document, &answer, &err));
    if (err.code != code)
        print_message("%s: %s\n", error_name(err.code), err.text);
    assert_int_equal(err.code, code);
    assert_int_equal(answer.status, 0);
}

static void outb_2_a_document_past_its_limit_is_stopped_while_it_comes(void **state)
{
    struct world *world = *state;
    for (int declared = 0; declared < 2; declared++) {
        CLEANUP(close_document) struct document got = document(world, 100000);
        will_answer(world, answer_of(world, 100001, declared));
        assert_document_fails(world, &got, ERROR_LIMIT);
        assert_true(spool_size_bytes(got.spool) <= (declared ? 0 : 100000));
    }
}

static void file_2_a_document_that_there_is_no_room_for_comes_later(void **state)
{
    struct world *world = *state;
    CLEANUP(close_document) struct document got = document(world, 300000);
    will_answer(world, answer_of(world, 250000, true));
    assert_document_fails(world, &got, ERROR_UNAVAILABLE);
}

static void outb_2_a_sender_that_drips_is_cut_when_the_time_is_up(void **state)
{
    struct world *world = *state;
    CLEANUP(close_document) struct document got = document(world, 100000);
    got.request.timeout_ms = 300;
    world->drips = true; /* for ever, were it not cut */
    will_answer(world, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    assert_document_fails(world, &got, ERROR_UNAVAILABLE);
    asked(world); /* the sender has noticed */
}

/* Only a document is too long; a no that is too long says nothing of it. */
static void a_no_past_its_limit_is_no_word_about_the_document(void **state)
{
    struct world *world = *state;
    CLEANUP(close_document) struct document got = document(world, 100000);
    will_answer(world, arena_printf(world->arena,
                                    "HTTP/1.1 503 Busy\r\nContent-Length: %d\r\n\r\n<error/>",
                                    FETCH_NO_BYTES + 1));
    assert_document_fails(world, &got, ERROR_UNAVAILABLE);
}

static void con_1_a_document_that_is_no_longer_ours_stops_coming(void **state)
{
    struct world *world = *state;
    CLEANUP(close_document) struct document got = document(world, 100000);
    int times = 1; /* it may begin */
    got.stream.go_on = is_asked_to_end;
    got.stream.context = &times;
    world->drips = true;
    will_answer(world, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    assert_document_fails(world, &got, ERROR_DENIED);
    asked(world);
}

static void outb_5_a_document_cut_short_is_none(void **state)
{
    struct world *world = *state;
    CLEANUP(close_document) struct document got = document(world, 100000);
    will_answer(world, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n%PDF-1.7");
    assert_document_fails(world, &got, ERROR_UNAVAILABLE);
}

static void nobody_there_is_unavailable(void **state)
{
    struct world *world = *state;
    struct fetch_request request = get(world, "/x");
    shutdown(world->listener, SHUT_RDWR);
    assert_fails(world, &request, ERROR_UNAVAILABLE);
}

static void outb_3_a_private_address_is_not_dialled_unless_allowed(void **state)
{
    struct world *world = *state;
    world->destination.allow_private = false;
    struct fetch_request request = get(world, "/x");
    assert_fails(world, &request, ERROR_DENIED);

    static const char *const addresses[] = {
        "https://127.0.0.1:1",
        "https://127.1:1",
        "https://2130706433:1",
        "https://0x7f000001:1",
        "https://0177.0.0.1:1",
        "https://0.0.0.0:1",
        "https://10.1.2.3:1",
        "https://172.16.0.1:1",
        "https://172.31.255.255:1",
        "https://192.168.1.1:1",
        "https://169.254.169.254:1",
        "https://100.64.0.1:1",
        "https://224.0.0.1:1",
        "https://255.255.255.255:1",
        "https://[::1]:1",
        "https://[::]:1",
        "https://[::ffff:127.0.0.1]:1",
        "https://[::ffff:10.0.0.1]:1",
        "https://[fe80::1]:1",
        "https://[fc00::1]:1",
        "https://[ff02::1]:1",
        "https://[64:ff9b::7f00:1]:1",
        "https://[2002:7f00:1::]:1",
        "https://localhost:1",
    };
    for (size_t i = 0; i < COUNT(addresses); i++) {
        world->destination.base_url = addresses[i];
        request.url = addresses[i];
        struct fetch_answer answer;
        struct error err = {0};
        assert_false(fetch_send(world->arena, &world->destination, &request, &answer, &err));
        if (err.code != ERROR_DENIED)
            print_message("%s: %s\n", addresses[i], err.text);
        assert_int_equal(err.code, ERROR_DENIED);
    }
}

static void outb_1_only_what_lies_under_the_destination_is_asked_for(void **state)
{
    (void)state;
    const struct fetch_destination api = {"https://api.example.no/sti", NULL, false};
    static const char *const good[] = {
        "https://api.example.no/sti",        "https://api.example.no/sti/",
        "https://api.example.no/sti/a?b=c",  "https://API.example.no:443/sti/a",
        "https://api.example.no/sti/a.b",    "https://api.example.no/sti/...",
        "https://api.example.no/sti?b=../x", "HTTPS://api.example.no/sti/a",
    };
    static const char *const bad[] = {
        "http://api.example.no/sti",
        "https://api.example.no/stig",
        "https://api.example.no/",
        "https://api.example.no",
        "https://api.example.no:444/sti",
        "https://evil.example/sti",
        "https://api.example.no.evil.example/sti",
        "https://api.example.no@evil.example/sti",
        "https://user@api.example.no/sti",
        "https://user:pw@api.example.no/sti",
        "https://api.example.no/sti/../x",
        "https://api.example.no/sti/%2e%2e/x",
        "https://api.example.no/sti/.%2E/x",
        "https://api.example.no/sti/..",
        "https://api.example.no/sti/./x",
        "https://api.example.no/sti/..%2fx",
        "https://api.example.no/sti/..\\x",
        "https://api.example.no/sti/%5c..%5cx",
        "https://api.example.no\\@evil.example/sti",
        "https://evil.example#@api.example.no/sti",
        "//api.example.no/sti",
        "/sti/a",
        "api.example.no/sti",
        "file:///sti",
        "ftp://api.example.no/sti",
        "",
        "https://api.example.no/sti/a b",
        "https://api.example.no/sti/a\r\nX: y",
        " https://api.example.no/sti",
        "https://api.example.no./sti",
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!fetch_is_under(&api, good[i]))
            print_message("%s\n", good[i]);
        assert_true(fetch_is_under(&api, good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (fetch_is_under(&api, bad[i]))
            print_message("%s\n", bad[i]);
        assert_false(fetch_is_under(&api, bad[i]));
    }
}

static void outb_2_plain_http_goes_to_loopback_only(void **state)
{
    (void)state;
    static const char *const bad[] = {"http://example.no", "http://127.evil.example",
                                      "http://localhost.example", "http://127.0.0.1@example.no",
                                      "http://10.0.0.1", "http://[::2]"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct fetch_destination destination = {bad[i], NULL, true};
        assert_false(fetch_is_under(&destination, bad[i]));
        assert_false(fetch_is_here(bad[i]));
    }
    static const char *const good[] = {"http://127.0.0.1:8082", "http://localhost:8082",
                                       "http://[::1]:8082"};
    for (size_t i = 0; i < COUNT(good); i++) {
        struct fetch_destination destination = {good[i], NULL, true};
        assert_true(fetch_is_under(&destination, good[i]));
        assert_true(fetch_is_here(good[i]));
    }
}

static void a_header_cannot_smuggle_another(void **state)
{
    struct world *world = *state;
    const struct fetch_header header = {"X-A", "b\r\nX-C: d"};
    struct fetch_request request = get(world, "/x");
    request.headers = &header;
    request.header_count = 1;
    assert_fails(world, &request, ERROR_INVALID);
}

static int start(void **state)
{
    (void)state;
    fetch_start();
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* outb_2: is not looked at */
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    return 0;
}

int main(void)
{
#define WITH_LISTENER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_LISTENER(a_request_goes_out_as_given_and_nothing_more),
        WITH_LISTENER(an_empty_body_is_something_else_than_none),
        WITH_LISTENER(the_answer_comes_back_with_status_headers_and_body),
        WITH_LISTENER(outb_2_a_redirect_is_an_answer_not_followed),
        WITH_LISTENER(outb_2_nothing_is_unpacked),
        WITH_LISTENER(outb_2_an_answer_past_its_limit_is_not_kept),
        WITH_LISTENER(outb_5_what_is_cut_short_or_no_http_tells_nothing),
        WITH_LISTENER(a_call_ends_when_its_time_is_up),
        WITH_LISTENER(a_document_goes_to_the_spool_and_not_to_memory),
        WITH_LISTENER(a_document_of_nothing_is_one_all_the_same),
        WITH_LISTENER(a_no_instead_of_a_document_comes_in_memory),
        WITH_LISTENER(outb_2_a_document_past_its_limit_is_stopped_while_it_comes),
        WITH_LISTENER(file_2_a_document_that_there_is_no_room_for_comes_later),
        WITH_LISTENER(outb_2_a_sender_that_drips_is_cut_when_the_time_is_up),
        WITH_LISTENER(a_no_past_its_limit_is_no_word_about_the_document),
        WITH_LISTENER(con_1_a_document_that_is_no_longer_ours_stops_coming),
        WITH_LISTENER(outb_5_a_document_cut_short_is_none),
        WITH_LISTENER(nobody_there_is_unavailable),
        WITH_LISTENER(outb_3_a_private_address_is_not_dialled_unless_allowed),
        cmocka_unit_test(outb_1_only_what_lies_under_the_destination_is_asked_for),
        cmocka_unit_test(outb_2_plain_http_goes_to_loopback_only),
        WITH_LISTENER(a_header_cannot_smuggle_another),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
