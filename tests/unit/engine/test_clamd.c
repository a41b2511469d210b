#include "engine/clamd.h"

#include "engine/base/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

/* A scanner that is not one: takes one document by the protocol, and answers as it was told. */
struct fake {
    const char *reply;
    size_t reply_size;
    size_t stop_after; /* bytes of the document: then it answers without the rest; 0: all of it */
    bool silent;       /* says nothing until we go */

    char folder[64], path[96];
    int listener;
    pthread_t thread;
    bool spoke_well; /* we: zINSTREAM, chunks of at most 64 KiB, an empty one */
    size_t largest, total;
    unsigned sum; /* of the bytes that came */
};

static bool take(int fd, unsigned char *to, size_t size)
{
    while (size) {
        ssize_t got = read(fd, to, size);
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}

static bool take_document(struct fake *fake, int fd)
{
    unsigned char head[10], length[4], *chunk = malloc(1 << 20);
    bool well = take(fd, head, sizeof head) && memcmp(head, "zINSTREAM", 10) == 0;
    while (well) {
        well = take(fd, length, 4);
        size_t size =
            (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
        if (!well || !size)
            break;
        well = size <= 1 << 20 && take(fd, chunk, size);
        for (size_t i = 0; well && i < size; i++)
            fake->sum += chunk[i];
        fake->total += size;
        fake->largest = size > fake->largest ? size : fake->largest;
        if (fake->stop_after && fake->total >= fake->stop_after)
            break;
    }
    free(chunk);
    return well;
}

static void *answer(void *self)
{
    struct fake *fake = self;
    int fd = accept(fake->listener, NULL, NULL);
    fake->spoke_well = take_document(fake, fd);
    unsigned char gone;
    if (fake->silent)
        (void)!read(fd, &gone, 1);
    else
        (void)!write(fd, fake->reply, fake->reply_size);
    close(fd);
    return NULL;
}

static void open_fake(struct fake *fake)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(fake->folder, sizeof fake->folder, "/tmp/skjema-clamd-XXXXXX");
    assert_non_null(mkdtemp(fake->folder));
    snprintf(fake->path, sizeof fake->path, "%s/s", fake->folder);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", fake->path);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fake->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fake->listener, 1), 0);
    assert_int_equal(pthread_create(&fake->thread, NULL, answer, fake), 0);
}

static void close_fake(struct fake *fake)
{
    pthread_join(fake->thread, NULL);
    close(fake->listener);
    unlink(fake->path);
    rmdir(fake->folder);
}

/* Its error, ERROR_NONE when it came to a verdict. */
static enum error_code scan(struct fake *fake, size_t size, int64_t timeout_ms,
                            struct clamd_verdict *verdict)
{
    unsigned char *bytes = calloc(1, size + 1);
    memset(bytes, 1, size);
    struct content content = content_of((struct bytes){bytes, size});
    open_fake(fake);
    const struct clamd clamd = {.address = fake->path, .timeout_ms = timeout_ms};
    struct error err = {0};
    bool settled = clamd_scan(&clamd, &content, verdict, &err);
    close_fake(fake);
    free(bytes);
    assert_int_equal(settled, err.code == ERROR_NONE);
    return err.code;
}

#define REPLY(text) .reply = (text), .reply_size = sizeof(text)

static void file_5_a_document_goes_in_chunks_of_64_kib_and_an_empty_one_ends_it(void **state)
{
    (void)state;
    struct fake fake = {REPLY("stream: OK")};
    struct clamd_verdict verdict = {.infected = true};

    assert_int_equal(scan(&fake, 200001, 10000, &verdict), ERROR_NONE);

    assert_false(verdict.infected);
    assert_true(fake.spoke_well);
    assert_int_equal(fake.largest, 64 * 1024);
    assert_int_equal(fake.total, 200001);
    assert_int_equal(fake.sum, 200001);
}

static void file_5_what_is_found_is_told_by_its_name(void **state)
{
    (void)state;
    struct fake fake = {REPLY("stream: Own.Test \"1\"\n.UNOFFICIAL FOUND")};
    struct clamd_verdict verdict = {0};

    assert_int_equal(scan(&fake, 100, 10000, &verdict), ERROR_NONE);

    assert_true(verdict.infected);
    assert_string_equal(verdict.signature, "Own.Test__1__.UNOFFICIAL");
}

static void file_5_anything_else_is_no_verdict(void **state)
{
    (void)state;
    static const char half[] = "stream: OK", nothing[] = "";
    static const struct {
        struct fake fake;
        enum error_code code;
    } cases[] = {
        {{REPLY("stream: Can't allocate memory ERROR")}, ERROR_REFUSED},
        {{REPLY("INSTREAM size limit exceeded. ERROR")}, ERROR_LIMIT},
        {{REPLY("stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND")}, ERROR_LIMIT},
        {{REPLY("UNKNOWN COMMAND")}, ERROR_REFUSED},
        {{REPLY("stream: ok")}, ERROR_REFUSED},
        {{REPLY("stream: OK ")}, ERROR_REFUSED},
        {{REPLY("stream:  FOUND")}, ERROR_REFUSED},
        {{REPLY("stream: FOUND")}, ERROR_REFUSED},
        {{REPLY("FOUND")}, ERROR_REFUSED},
        {{REPLY("")}, ERROR_REFUSED},
        {{REPLY("stream: OK\0stream: Virus FOUND")}, ERROR_REFUSED},
        {{.reply = half, .reply_size = sizeof half - 1}, ERROR_UNAVAILABLE}, /* no NUL: cut off */
        {{.reply = half, .reply_size = 6}, ERROR_UNAVAILABLE},
        {{.reply = nothing, .reply_size = 0}, ERROR_UNAVAILABLE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake fake = cases[i].fake;
        struct clamd_verdict untouched = {.signature = "as before"};
        enum error_code code = scan(&fake, 100, 10000, &untouched);
        if (code != cases[i].code)
            fail_msg("case %zu: %s", i, error_name(code));
        assert_string_equal(untouched.signature, "as before");
    }
}

static void file_5_a_scanner_that_never_stops_speaking_is_left(void **state)
{
    (void)state;
    static char endless[100000];
    memset(endless, 'x', sizeof endless);
    struct fake fake = {.reply = endless, .reply_size = 1024};
    struct clamd_verdict verdict;

    assert_int_equal(scan(&fake, 100, 10000, &verdict), ERROR_REFUSED);
}

static void file_5_silence_is_no_verdict(void **state)
{
    (void)state;
    struct fake fake = {.silent = true};
    struct clamd_verdict verdict;

    assert_int_equal(scan(&fake, 100, 50, &verdict), ERROR_UNAVAILABLE);
}

static void file_5_a_refusal_before_the_end_is_heard(void **state)
{
    (void)state;
    struct fake fake = {REPLY("INSTREAM size limit exceeded. ERROR"), .stop_after = 65536};
    struct clamd_verdict verdict;

    assert_int_equal(scan(&fake, 5000000, 10000, &verdict), ERROR_LIMIT);
}

static void file_5_clean_before_the_end_is_not_believed(void **state)
{
    (void)state;
    struct fake fake = {REPLY("stream: OK"), .stop_after = 65536};
    struct clamd_verdict verdict;

    assert_int_equal(scan(&fake, 5000000, 10000, &verdict), ERROR_REFUSED);
}

static void file_5_that_nobody_listens_is_told_apart(void **state)
{
    (void)state;
    struct content content = content_of((struct bytes){(const unsigned char *)"a", 1});
    const struct clamd no_socket = {.address = "/tmp/skjema-no-such-socket", .timeout_ms = 10000};
    const struct clamd no_port = {.address = "127.0.0.1:1", .timeout_ms = 10000};
    struct clamd_verdict verdict;
    struct error err;

    assert_false(clamd_scan(&no_socket, &content, &verdict, &err));
    assert_int_equal(err.code, ERROR_MISSING);
    assert_false(clamd_scan(&no_port, &content, &verdict, &err));
    assert_int_equal(err.code, ERROR_MISSING);
}

static void a_scan_ends_when_the_program_does(void **state)
{
    (void)state;
    atomic_bool stopping = true;
    struct fake fake = {.silent = true};
    struct content content = content_of((struct bytes){(const unsigned char *)"a", 1});
    open_fake(&fake);
    const struct clamd clamd = {.address = fake.path, .timeout_ms = 600000, .stopping = &stopping};
    struct clamd_verdict verdict;
    struct error err;

    assert_false(clamd_scan(&clamd, &content, &verdict, &err));

    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    close_fake(&fake);
}

static void an_address_is_a_path_or_a_host_with_a_port(void **state)
{
    (void)state;
    static const char *const good[] = {"/run/clamav/clamd.ctl", "127.0.0.1:3310", "[::1]:3310",
                                       "clamd.internal:3310"};
    static const char *const bad[] = {"clamd.ctl",  "127.0.0.1", ":3310",
                                      "127.0.0.1:", "::1:3310",  "a:33x",
                                      "a:333333",   "[]:3310",   ""};
    struct error err;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(clamd_check_address(good[i], &err));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (clamd_check_address(bad[i], &err) || err.code != ERROR_INVALID)
            fail_msg("taken: \"%s\"", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_5_a_document_goes_in_chunks_of_64_kib_and_an_empty_one_ends_it),
        cmocka_unit_test(file_5_what_is_found_is_told_by_its_name),
        cmocka_unit_test(file_5_anything_else_is_no_verdict),
        cmocka_unit_test(file_5_a_scanner_that_never_stops_speaking_is_left),
        cmocka_unit_test(file_5_silence_is_no_verdict),
        cmocka_unit_test(file_5_a_refusal_before_the_end_is_heard),
        cmocka_unit_test(file_5_clean_before_the_end_is_not_believed),
        cmocka_unit_test(file_5_that_nobody_listens_is_told_apart),
        cmocka_unit_test(a_scan_ends_when_the_program_does),
        cmocka_unit_test(an_address_is_a_path_or_a_host_with_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
