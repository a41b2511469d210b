#include "engine/base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Standard error goes to a file while a test logs. */
struct catch
{
    int old;
    FILE *file;
    char text[16384];
};

static void catch_begin(struct catch *catch)
{
    catch->file = tmpfile();
    catch->old = dup(STDERR_FILENO);
    dup2(fileno(catch->file), STDERR_FILENO);
}

static const char *catch_end(struct catch *catch)
{
    dup2(catch->old, STDERR_FILENO);
    close(catch->old);
    rewind(catch->file);
    size_t size = fread(catch->text, 1, sizeof catch->text - 1, catch->file);
    catch->text[size] = '\0';
    fclose(catch->file);
    return catch->text;
}

static const char *logged(struct catch *catch, const char *pairs)
{
    catch_begin(catch);
    log_event(LOG_LEVEL_INFO, "event", "%s", pairs);
    return catch_end(catch);
}

static void an_event_is_one_line_with_time_level_and_name(void **state)
{
    (void)state;
    struct catch catch;
    const char *line = logged(&catch, "id=abc status=200");
    assert_int_equal(strspn(line, "0123456789-T:.Z"), 24);
    assert_string_equal(line + 24, " info event id=abc status=200\n");
}

static void log_1_line_breaks_and_controls_are_escaped(void **state)
{
    (void)state;
    struct catch catch;
    const char *line = logged(&catch, "a=b\r\n2026 error forged\x1b[31m\x7f\t.");
    assert_non_null(strstr(line, "a=b\\x0d\\x0a2026 error forged\\x1b[31m\\x7f\\x09.\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void log_1_identity_numbers_are_masked(void **state)
{
    (void)state;
    static const struct {
        const char *pairs, *shown;
    } cases[] = {
        {"pid=01818012345", "pid=***********"},
        {"x=01818012345.", "x=***********."},
        {"x=018180 12345 y", "x=************ y"},
        {"x=01.81.80-12345", "x=**************"},
        {"line 3 01818012345", "line 3 ***********"},
        {"01818012345 5", "*********** 5"},
        {"a=01818012345 b=02818012345", "a=*********** b=***********"},
        {"%30%31%38%31%38%30%31%32%33%34%35", "*********************************"},
        {"\xEF\xBC\x90"
         "1818012345",
         "*************"},
        {"n=123456789012", "n=123456789012"}, /* twelve digits are something else */
        {"n=1234567890", "n=1234567890"},
        {"orgnr=987654321 port=8080", "orgnr=987654321 port=8080"},
        {"t=2026-11-23T12:00:00Z", "t=2026-11-23T12:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct catch catch;
        const char *line = logged(&catch, cases[i].pairs);
        const char *shown = strstr(line, " event ") + 7;
        assert_int_equal(strlen(shown), strlen(cases[i].shown) + 1);
        assert_memory_equal(shown, cases[i].shown, strlen(cases[i].shown));
    }
}

static void log_1_tokens_cookies_and_codes_are_masked(void **state)
{
    (void)state;
    static const struct {
        const char *pairs, *shown;
    } cases[] = {
        {"h=\"Authorization: Bearer abc.d-_~+/=\"", "h=\"Authorization: Bearer ***********\""},
        {"bearer x1", "bearer **"},
        {"cookie=__Host-sid=aB3 next=1", "cookie=__Host-******* next=1"},
        {"at=/tilbake?code=a%2Fb&state=xyz end", "at=/tilbake?code=*****&state=*** end"},
        {"q=&access_token=1 assertion=2", "q=&access_token=* assertion=*"},
        {"token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln!",
         "token *****************************************!"},
        {"code=broken state=done", "code=broken state=done"}, /* words of our own */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct catch catch;
        const char *shown = strstr(logged(&catch, cases[i].pairs), " event ") + 7;
        if (strlen(shown) != strlen(cases[i].shown) + 1 ||
            strncmp(shown, cases[i].shown, strlen(cases[i].shown)) != 0)
            fail_msg("%s became %s", cases[i].pairs, shown);
    }
}

static void log_1_a_line_has_at_most_4096_bytes(void **state)
{
    (void)state;
    char *pairs = calloc(1, 20001);
    memset(pairs, 'x', 20000);
    struct catch catch;
    size_t size = strlen(logged(&catch, pairs));
    assert_true(size > 3000 && size <= 4096);
    assert_int_equal(catch.text[size - 1], '\n');

    memset(pairs, '\x01', 20000);
    size = strlen(logged(&catch, pairs));
    assert_true(size > 3000 && size <= 4096);

    catch_begin(&catch);
    memset(pairs, 'e', 5000);
    pairs[5000] = '\0';
    log_event(LOG_LEVEL_INFO, pairs, "a=b");
    size = strlen(catch_end(&catch));
    assert_true(size <= 4096);
    assert_int_equal(catch.text[size - 1], '\n');
    free(pairs);
}

static void lines_below_the_level_are_dropped(void **state)
{
    (void)state;
    struct catch catch;
    catch_begin(&catch);
    log_event(LOG_LEVEL_DEBUG, "event", "a=b");
    log_set_level(LOG_LEVEL_ERROR);
    log_event(LOG_LEVEL_WARNING, "event", "a=b");
    log_set_level(LOG_LEVEL_INFO);
    assert_string_equal(catch_end(&catch), "");
}

static void a_failure_is_told_with_code_place_and_text(void **state)
{
    (void)state;
    struct error err;
    struct catch catch;
    error_at(&err, ERROR_INVALID, "hello/form.xml", 7, "no %s", "title");
    catch_begin(&catch);
    log_error("form_refused", &err);
    const char *line = catch_end(&catch);
    assert_string_equal(
        line + 24, " error form_refused code=invalid file=hello/form.xml:7 text=\"no title\"\n");

    error_set(&err, ERROR_UNAVAILABLE, "down");
    catch_begin(&catch);
    log_error("delivery_later", &err);
    line = catch_end(&catch);
    assert_string_equal(line + 24, " warning delivery_later code=unavailable text=\"down\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_one_line_with_time_level_and_name),
        cmocka_unit_test(log_1_line_breaks_and_controls_are_escaped),
        cmocka_unit_test(log_1_identity_numbers_are_masked),
        cmocka_unit_test(log_1_tokens_cookies_and_codes_are_masked),
        cmocka_unit_test(log_1_a_line_has_at_most_4096_bytes),
        cmocka_unit_test(lines_below_the_level_are_dropped),
        cmocka_unit_test(a_failure_is_told_with_code_place_and_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
