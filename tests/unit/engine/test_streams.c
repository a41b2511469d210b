/* Files in and documents out of a real listener, a stretch at a time. */
#include "engine/base/buf.h"
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

enum { MEGABYTE = 1024 * 1024, FILE_BYTES = 2 * MEGABYTE, QUOTA = 5 * MEGABYTE };

struct world {
    char folder[64];
    struct arena *arena;
    struct spools *spools;
    struct server *server;
    atomic_int handled, asked, closed;
    atomic_llong held_when_asked;
    atomic_llong broken_at; /* of the document, from where it cannot be read; -1: nowhere */
    pthread_mutex_t gate;   /* reading past a megabyte takes it */
};

/* ---- what is served ---- */

static unsigned char byte_at(int64_t at)
{
    return (unsigned char)(at * 31 + at / 251);
}

static bool read_document(void *context, int64_t at, unsigned char *to, size_t size,
                          struct error *err)
{
    struct world *world = context;
    if (at >= MEGABYTE) {
        pthread_mutex_lock(&world->gate);
        pthread_mutex_unlock(&world->gate);
    }
    int64_t broken_at = atomic_load(&world->broken_at);
    if (broken_at >= 0 && at + (int64_t)size > broken_at)
        return error_set(err, ERROR_BROKEN, "a chunk that is not what it was");
    for (size_t i = 0; i < size; i++)
        to[i] = byte_at(at + (int64_t)i);
    return true;
}

static void close_document(void *context)
{
    struct world *world = context;
    atomic_fetch_add(&world->closed, 1);
}

enum { DOCUMENT_BYTES = 3 * MEGABYTE + 17 };

static void send_document(struct world *world, const struct request *request,
                          struct response *response)
{
    const struct response_stream stream = {
        .content = {.size_bytes = DOCUMENT_BYTES, .read = read_document, .context = world},
        .close = close_document,
        .context = world};
    response_download_stream(response, request, "s\xC3\xB8knad.pdf", "application/pdf", &stream);
}

static bool is_whole(const struct request_file *file)
{
    unsigned char piece[4096];
    struct error err;
    for (int64_t at = 0; at < file->content.size_bytes; at += (int64_t)sizeof piece) {
        int64_t left = file->content.size_bytes - at;
        size_t size = left < (int64_t)sizeof piece ? (size_t)left : sizeof piece;
        if (!content_read(&file->content, at, piece, size, &err))
            return false;
        for (size_t i = 0; i < size; i++)
            if (piece[i] != byte_at(at + (int64_t)i))
                return false;
    }
    return true;
}

static void handle(void *context, struct request *request, struct response *response)
{
    struct world *world = context;
    atomic_fetch_add(&world->handled, 1);
    if (text_equal(request->path, "/document") || text_equal(request->path, "/broken")) {
        send_document(world, request, response);
        if (text_equal(request->path, "/broken"))
            response_text(response, 500, "something else failed\n");
        return;
    }
    struct buf page;
    buf_init(&page, request->arena);
    for (size_t i = 0; i < request->fields.count; i++)
        buf_printf(&page, "field %s=%s\n", request->fields.items[i].name,
                   request->fields.items[i].value);
    for (size_t i = 0; i < request->file_count; i++)
        buf_printf(&page, "file %s state=%d size=%lld kept=%lld %s\n", request->files[i].name,
                   request->files[i].state, (long long)request->files[i].size_bytes,
                   (long long)request->files[i].content.size_bytes,
                   is_whole(&request->files[i]) ? "whole" : "broken");
    response_text(response, 200, buf_text(&page));
}

static bool admit(void *context, struct request *request, struct response *response)
{
    struct world *world = context;
    atomic_fetch_add(&world->asked, 1);
    atomic_store(&world->held_when_asked, spools_held_bytes(world->spools));
    const char *token = request_field(request, "_csrf");
    if (text_equal(request->first_field, "_csrf") && text_equal(token, "right"))
        return true;
    response_text(response, 403, "denied\n");
    return false;
}

static size_t body_limit(void *context, const struct request *request)
{
    (void)context, (void)request;
    return 20 * MEGABYTE;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    strcpy(world->folder, "/tmp/test_streams.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->arena = arena_open();
    atomic_store(&world->broken_at, -1);
    pthread_mutex_init(&world->gate, NULL);
    spools_open(world->folder, QUOTA, &world->spools);
    struct server_settings settings = {.worker_threads = 2,
                                       .io_threads = 1,
                                       .held_bytes = 2 * MEGABYTE,
                                       .spools = world->spools,
                                       .file_bytes = FILE_BYTES,
                                       .handle = handle,
                                       .admit = admit,
                                       .body_limit = body_limit,
                                       .context = world};
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
    spools_close(&world->spools); /* asserts that none is left */
    arena_close(&world->arena);
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
    return 0;
}

/* ---- a client ---- */

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int dial(struct world *world)
{
    struct sockaddr_in where = address_of(server_port(world->server));
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
static struct bytes read_all(struct world *world, int fd)
{
    struct buf got;
    buf_init(&got, world->arena);
    unsigned char piece[4096];
    ssize_t size;
    while ((size = recv(fd, piece, sizeof piece, 0)) > 0)
        buf_add(&got, (struct bytes){piece, (size_t)size});
    close(fd);
    buf_text(&got);
    return buf_bytes(&got);
}

static int status_of(struct bytes got)
{
    return got.size > 12 ? atoi((const char *)got.data + 9) : 0;
}

static struct bytes body_of(struct bytes got)
{
    const unsigned char *end = got.size ? memmem(got.data, got.size, "\r\n\r\n", 4) : NULL;
    assert_non_null(end);
    size_t head = (size_t)(end - got.data) + 4;
    return (struct bytes){got.data + head, got.size - head};
}

static bool has_header(struct bytes got, const char *line)
{
    size_t head = (size_t)(body_of(got).data - got.data);
    const char *wanted = line;
    return memmem(got.data, head, wanted, strlen(wanted)) != NULL;
}

static struct bytes get_from(struct world *world, const char *path, const char *method,
                             const char *lines)
{
    int fd = dial(world);
    send_bytes(fd, BYTES_OF(arena_printf(world->arena,
                                         "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s"
                                         "Connection: close\r\n\r\n",
                                         method, path, server_port(world->server), lines)));
    return read_all(world, fd);
}

static struct bytes get(struct world *world, const char *method, const char *lines)
{
    return get_from(world, "/document", method, lines);
}

#define TOKEN "--B\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\nright\r\n"

static void add_file(struct buf *body, const char *name, size_t size)
{
    buf_printf(body, "--B\r\nContent-Disposition: form-data; name=\"fil\"; filename=\"%s\"\r\n\r\n",
               name);
    buf_reserve(body, size);
    for (size_t i = 0; i < size; i++)
        buf_add_byte(body, byte_at((int64_t)i));
    buf_add_text(body, "\r\n");
}

static char *post_head(struct world *world, const char *lines)
{
    return arena_printf(world->arena,
                        "POST /form HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n"
                        "Content-Type: multipart/form-data; boundary=B\r\n%s\r\n",
                        server_port(world->server), lines);
}

static struct bytes post(struct world *world, const struct buf *body)
{
    int fd = dial(world);
    send_bytes(fd, BYTES_OF(post_head(
                       world, arena_printf(world->arena, "Content-Length: %zu\r\n", body->size))));
    send_bytes(fd, buf_bytes(body));
    return read_all(world, fd);
}

static struct buf form(struct world *world, const char *begins)
{
    struct buf body;
    buf_init(&body, world->arena);
    buf_add_text(&body, begins);
    return body;
}

static void says(struct bytes got, const char *line)
{
    assert_int_equal(status_of(got), 200);
    if (!strstr((const char *)got.data, line))
        fail_msg("%s is not in %s", line, (const char *)got.data);
}

/* ---- files in ---- */

static void a_file_that_is_many_windows_comes_whole(void **state)
{
    struct world *world = *state;
    struct buf body = form(world, TOKEN);
    add_file(&body, "a.pdf", FILE_BYTES);
    buf_add_text(&body, "--B\r\nContent-Disposition: form-data; name=\"navn\"\r\n\r\nKari\r\n");
    add_file(&body, "b.pdf", 100);
    buf_add_text(&body, "--B--\r\n");
    struct bytes got = post(world, &body);
    says(got, "file a.pdf state=0 size=2097152 kept=2097152 whole\n");
    says(got, "field navn=Kari\n");
    says(got, "file b.pdf state=0 size=100 kept=100 whole\n");
    assert_int_equal(spools_held_bytes(world->spools), 0);
    assert_int_equal(atomic_load(&world->asked), 1);
}

static void so_does_one_in_chunks_of_odd_sizes(void **state)
{
    struct world *world = *state;
    struct buf body = form(world, TOKEN),
               sent = form(world, post_head(world, "Transfer-Encoding: chunked\r\n"));
    add_file(&body, "a.pdf", MEGABYTE + 1);
    buf_add_text(&body, "--B--\r\n");
    static const size_t sizes[] = {1, 70000, 3, 128 * 1024, 33, 4096, 262144};
    for (size_t at = 0, i = 0; at < body.size; i++) {
        size_t size = sizes[i % COUNT(sizes)];
        size = size < body.size - at ? size : body.size - at;
        buf_printf(&sent, "%zx\r\n", size);
        buf_add(&sent, (struct bytes){body.data + at, size});
        buf_add_text(&sent, "\r\n");
        at += size;
    }
    buf_add_text(&sent, "0\r\n\r\n");
    int fd = dial(world);
    send_bytes(fd, buf_bytes(&sent));
    says(read_all(world, fd), "file a.pdf state=0 size=1048577 kept=1048577 whole\n");
}

static void file_2_what_is_too_large_is_counted_and_not_kept(void **state)
{
    struct world *world = *state;
    struct buf body = form(world, TOKEN);
    add_file(&body, "a.pdf", FILE_BYTES + 1);
    add_file(&body, "b.pdf", MEGABYTE);
    buf_add_text(&body, "--B--\r\n");
    struct bytes got = post(world, &body);
    says(got, "file a.pdf state=1 size=2097153 kept=0 whole\n");
    says(got, "file b.pdf state=0 size=1048576 kept=1048576 whole\n");
}

static void file_2_what_there_is_no_room_for_is_told_of(void **state)
{
    struct world *world = *state;
    struct buf body = form(world, TOKEN);
    add_file(&body, "a.pdf", FILE_BYTES);
    add_file(&body, "b.pdf", FILE_BYTES);
    add_file(&body, "c.pdf", FILE_BYTES);
    buf_add_text(&body, "--B--\r\n");
    struct bytes got = post(world, &body);
    says(got, "file b.pdf state=0 size=2097152 kept=2097152 whole\n");
    says(got, "file c.pdf state=3 size=2097152 kept=0 whole\n");
    assert_int_equal(spools_held_bytes(world->spools), 0);
}

static void csrf_1_without_the_token_first_nothing_is_kept(void **state)
{
    static const char *const begins[] = {
        "--B\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\nwrong\r\n",
        ("--B\r\nContent-Disposition: form-data; name=\"navn\"\r\n\r\nKari\r\n" TOKEN), ""};
    struct world *world = *state;
    static const size_t sizes[] = {100, MEGABYTE}; /* both ways: whole at once, and in windows */
    for (size_t i = 0; i < COUNT(begins); i++)
        for (size_t j = 0; j < COUNT(sizes); j++) {
            struct buf body = form(world, begins[i]);
            add_file(&body, "a.pdf", sizes[j]);
            buf_add_text(&body, TOKEN "--B--\r\n");
            atomic_store(&world->held_when_asked, -1);
            struct bytes got = post(world, &body);
            assert_int_equal(status_of(got), 403);
            assert_non_null(strstr((const char *)got.data, "denied\n"));
            assert_int_equal(atomic_load(&world->held_when_asked), 0);
            assert_int_equal(spools_held_bytes(world->spools), 0);
        }
    assert_int_equal(atomic_load(&world->handled), 0);
}

static void a_form_that_goes_wrong_in_the_middle_is_refused_and_nothing_kept(void **state)
{
    struct world *world = *state;
    struct buf body = form(world, TOKEN);
    add_file(&body, "a.pdf", MEGABYTE);
    buf_add_text(&body, "--B\r\nWrong: header\r\n\r\n");
    add_file(&body, "b.pdf", MEGABYTE);
    buf_add_text(&body, "--B--\r\n");
    assert_int_equal(status_of(post(world, &body)), 400);
    assert_int_equal(atomic_load(&world->handled), 0);
    assert_int_equal(spools_held_bytes(world->spools), 0);
}

static void d_2_a_connection_that_ends_in_the_middle_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct buf body = form(world, TOKEN);
    add_file(&body, "a.pdf", FILE_BYTES);
    int fd = dial(world);
    send_bytes(fd, BYTES_OF(post_head(world, "Content-Length: 9000000\r\n")));
    send_bytes(fd, buf_bytes(&body));
    shutdown(fd, SHUT_WR);
    read_all(world, fd); /* until the server has let go */
    server_close(&world->server);
    assert_int_equal(spools_held_bytes(world->spools), 0);
    assert_int_equal(atomic_load(&world->handled), 0);
}

/* ---- documents out ---- */

static void is_run(struct bytes got, int64_t from, size_t size)
{
    assert_int_equal(got.size, size);
    for (size_t i = 0; i < size; i++)
        if (got.data[i] != byte_at(from + (int64_t)i))
            fail_msg("byte %zu is another", i);
}

static void file_4_a_document_is_sent_whole_with_headers_that_make_it_inert(void **state)
{
    struct world *world = *state;
    struct bytes got = get(world, "GET", "");
    assert_int_equal(status_of(got), 200);
    is_run(body_of(got), 0, DOCUMENT_BYTES);
    assert_true(has_header(got, "Content-Length: 3145745\r\n"));
    assert_true(has_header(got, "Accept-Ranges: bytes\r\n"));
    assert_true(has_header(got, "Content-Type: application/pdf\r\n"));
    assert_true(has_header(got, "X-Content-Type-Options: nosniff\r\n"));
    assert_true(has_header(got, "Cross-Origin-Resource-Policy: same-origin\r\n"));
    assert_true(has_header(got, "Content-Security-Policy: sandbox; default-src 'none'\r\n"));
    assert_true(has_header(got, "Content-Disposition: attachment; filename=\"s_knad.pdf\"; "
                                "filename*=UTF-8''s%C3%B8knad.pdf\r\n"));
    server_close(&world->server);
    assert_int_equal(atomic_load(&world->closed), 1);
}

static void file_4_one_range_at_most_is_given(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *range;
        int status;
        int64_t from;
        size_t size;
        const char *header;
    } ranges[] = {
        {"bytes=0-0", 206, 0, 1, "Content-Range: bytes 0-0/3145745\r\n"},
        {"bytes=100-299", 206, 100, 200, "Content-Range: bytes 100-299/3145745\r\n"},
        {"bytes=3145000-", 206, 3145000, 745, "Content-Range: bytes 3145000-3145744/3145745\r\n"},
        {"bytes=3145000-9999999", 206, 3145000, 745,
         "Content-Range: bytes 3145000-3145744/3145745\r\n"},
        {"bytes=-17", 206, 3145728, 17, "Content-Range: bytes 3145728-3145744/3145745\r\n"},
        {"bytes=-9999999", 206, 0, DOCUMENT_BYTES, "Content-Range: bytes 0-3145744/3145745\r\n"},
        {"bytes=500000-1200000", 206, 500000, 700001,
         "Content-Range: bytes 500000-1200000/3145745\r\n"},
        {"bytes=3145745-", 416, 0, 0, "Content-Range: bytes */3145745\r\n"},
        {"bytes=-0", 416, 0, 0, "Content-Range: bytes */3145745\r\n"},
        /* what is something else is as none */
        {"bytes=0-1,5-6", 200, 0, DOCUMENT_BYTES, "Content-Length: 3145745\r\n"},
        {"bytes=9-1", 200, 0, DOCUMENT_BYTES, "Content-Length: 3145745\r\n"},
        {"bytes=-", 200, 0, DOCUMENT_BYTES, "Content-Length: 3145745\r\n"},
        {"bytes=0-99999999999999999999", 200, 0, DOCUMENT_BYTES, "Content-Length: 3145745\r\n"},
        {"lines=0-1", 200, 0, DOCUMENT_BYTES, "Content-Length: 3145745\r\n"},
    };
    for (size_t i = 0; i < COUNT(ranges); i++) {
        struct bytes got =
            get(world, "GET", arena_printf(world->arena, "Range: %s\r\n", ranges[i].range));
        assert_int_equal(status_of(got), ranges[i].status);
        assert_true(has_header(got, ranges[i].header));
        if (ranges[i].status != 416)
            is_run(body_of(got), ranges[i].from, ranges[i].size);
        arena_reset(world->arena);
    }
    server_close(&world->server);
    assert_int_equal(atomic_load(&world->closed), COUNT(ranges));
}

static void head_gets_the_size_of_a_document_without_it(void **state)
{
    struct world *world = *state;
    struct bytes got = get(world, "HEAD", "");
    assert_true(has_header(got, "Content-Length: 3145745\r\n"));
    assert_int_equal(body_of(got).size, 0);
    server_close(&world->server);
    assert_int_equal(atomic_load(&world->closed), 1);
}

static void a_page_about_a_failure_takes_the_place_of_a_document(void **state)
{
    struct world *world = *state;
    struct bytes got = get_from(world, "/broken", "GET", "");
    assert_int_equal(status_of(got), 500);
    assert_string_equal((const char *)body_of(got).data, "something else failed\n");
    server_close(&world->server);
    assert_int_equal(atomic_load(&world->closed), 1);
}

static void key_3_a_document_that_breaks_in_the_middle_is_cut_before_the_broken_part(void **state)
{
    struct world *world = *state;
    atomic_store(&world->broken_at, 500000);
    struct bytes got = get(world, "GET", "");
    assert_true(has_header(got, "Content-Length: 3145745\r\n"));
    assert_true(body_of(got).size <= 500000);
    is_run(body_of(got), 0, body_of(got).size);
    server_close(&world->server);
    assert_int_equal(atomic_load(&world->closed), 1);
}

static void a_client_that_hangs_up_closes_the_document(void **state)
{
    struct world *world = *state;
    pthread_mutex_lock(&world->gate); /* so that it is certainly not sent */
    int fd = dial(world);
    send_bytes(fd, BYTES_OF(arena_printf(world->arena,
                                         "GET /document HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                                         server_port(world->server))));
    unsigned char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    close(fd);
    pthread_mutex_unlock(&world->gate);
    server_close(&world->server);
    assert_int_equal(atomic_load(&world->closed), 1);
}

static void *close_server(void *context)
{
    struct world *world = context;
    server_close(&world->server);
    return NULL;
}

/* Returns when the server has begun to close: nobody new is let in. */
static void wait_until_closing(int port)
{
    struct sockaddr_in where = address_of(port);
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool is_refused = connect(fd, (struct sockaddr *)&where, sizeof where) != 0;
        close(fd);
        if (is_refused)
            return;
    }
}

static void d_13_closing_lets_a_document_be_sent(void **state)
{
    struct world *world = *state;
    int port = server_port(world->server);
    pthread_mutex_lock(&world->gate);
    int fd = dial(world);
    send_bytes(fd, BYTES_OF(arena_printf(world->arena,
                                         "GET /document HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                                         "Connection: close\r\n\r\n",
                                         port)));
    unsigned char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_PEEK), 1);

    pthread_t closing;
    assert_int_equal(pthread_create(&closing, NULL, close_server, world), 0);
    wait_until_closing(port);
    pthread_mutex_unlock(&world->gate);

    is_run(body_of(read_all(world, fd)), 0, DOCUMENT_BYTES);
    pthread_join(closing, NULL);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_file_that_is_many_windows_comes_whole),
        WITH_WORLD(so_does_one_in_chunks_of_odd_sizes),
        WITH_WORLD(file_2_what_is_too_large_is_counted_and_not_kept),
        WITH_WORLD(file_2_what_there_is_no_room_for_is_told_of),
        WITH_WORLD(csrf_1_without_the_token_first_nothing_is_kept),
        WITH_WORLD(a_form_that_goes_wrong_in_the_middle_is_refused_and_nothing_kept),
        WITH_WORLD(d_2_a_connection_that_ends_in_the_middle_leaves_nothing),
        WITH_WORLD(file_4_a_document_is_sent_whole_with_headers_that_make_it_inert),
        WITH_WORLD(file_4_one_range_at_most_is_given),
        WITH_WORLD(head_gets_the_size_of_a_document_without_it),
        WITH_WORLD(a_page_about_a_failure_takes_the_place_of_a_document),
        WITH_WORLD(key_3_a_document_that_breaks_in_the_middle_is_cut_before_the_broken_part),
        WITH_WORLD(a_client_that_hangs_up_closes_the_document),
        WITH_WORLD(d_13_closing_lets_a_document_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
