#include "engine/clamd.h"

#include "fake_clamd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Its error, ERROR_NONE when it came to a verdict. */
static enum error_code scan(struct fake_clamd *fake, size_t size, int64_t timeout_ms,
                            struct clamd_verdict *verdict)
{
    unsigned char *bytes = calloc(1, size + 1);
    memset(bytes, 1, size);
    struct content content = content_of((struct bytes){bytes, size});
    fake_clamd_open(fake);
    const struct clamd clamd = {.address = fake->path, .timeout_ms = timeout_ms};
    struct error err = {0};
    bool settled = clamd_scan(&clamd, &content, verdict, &err);
    fake_clamd_close(fake);
    free(bytes);
    assert_int_equal(settled, err.code == ERROR_NONE);
    return err.code;
}

#define REPLY(text) FAKE_REPLY(text)

static void file_5_a_document_goes_in_chunks_of_64_kib_and_an_empty_one_ends_it(void **state)
{
    (void)state;
    struct fake_clamd fake = {REPLY("stream: OK")};
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
    struct fake_clamd fake = {REPLY("stream: Own.Test \"1\"\n.UNOFFICIAL FOUND")};
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
        struct fake_clamd fake;
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
        struct fake_clamd fake = cases[i].fake;
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
    struct fake_clamd fake = {.reply = endless, .reply_size = 1024};
    struct clamd_verdict verdict;

    assert_int_equal(scan(&fake, 100, 10000, &verdict), ERROR_REFUSED);
}

static void file_5_silence_is_no_verdict(void **state)
{
    (void)state;
    struct fake_clamd fake = {.silent = true};
    struct clamd_verdict verdict;

    assert_int_equal(scan(&fake, 100, 50, &verdict), ERROR_UNAVAILABLE);
}

static void file_5_a_refusal_before_the_end_is_heard(void **state)
{
    (void)state;
    struct fake_clamd fake = {REPLY("INSTREAM size limit exceeded. ERROR"), .stop_after = 65536};
    struct clamd_verdict verdict;

    assert_int_equal(scan(&fake, 5000000, 10000, &verdict), ERROR_LIMIT);
}

static void file_5_clean_before_the_end_is_not_believed(void **state)
{
    (void)state;
    struct fake_clamd fake = {REPLY("stream: OK"), .stop_after = 65536};
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
    struct fake_clamd fake = {.silent = true};
    struct content content = content_of((struct bytes){(const unsigned char *)"a", 1});
    fake_clamd_open(&fake);
    const struct clamd clamd = {.address = fake.path, .timeout_ms = 600000, .stopping = &stopping};
    struct clamd_verdict verdict;
    struct error err;

    assert_false(clamd_scan(&clamd, &content, &verdict, &err));

    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    fake_clamd_close(&fake);
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
