/* test_api_body.c - what machines may send, and what is refused. */
#include "engine/reuse/api_body.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#define QUESTION                                                                                   \
    "{\"person\":\"15838530181\",\"evidence_type\":\"serving-licence\","                           \
    "\"requester\":\"Nordvik kommune\",\"purpose\":{\"nb\":\"Vi må se bevillingen.\","            \
    "\"en\":\"We must see the licence.\"},\"procedure\":{\"nb\":\"Skjenkebevilling\"}}"

static int open_arena(void **state)
{
    *state = arena_open();
    return 0;
}

static int close_arena(void **state)
{
    arena_close((struct arena **)state);
    return 0;
}

static void a_question_says_about_whom_for_what_and_why(void **state)
{
    struct api_body_question question;
    struct error err = {0};

    assert_true(api_body_read_question(*state, BYTES_OF(QUESTION), &question, &err));

    assert_string_equal(question.person, "15838530181");
    assert_string_equal(question.evidence_type, "serving-licence");
    assert_string_equal(question.requester, "Nordvik kommune");
    assert_string_equal(question.purpose.in[0], "Vi må se bevillingen.");
    assert_null(question.purpose.in[1]);
    assert_string_equal(evidence_say(&question.purpose, "en"), "We must see the licence.");
    assert_string_equal(evidence_say(&question.purpose, "nn"), "Vi må se bevillingen.");
}

/* The question with one piece of it put in place of another. */
static struct bytes changed(struct arena *arena, const char *from, const char *to)
{
    const char *at = strstr(QUESTION, from);
    assert_non_null(at);
    return BYTES_OF(
        arena_printf(arena, "%.*s%s%s", (int)(at - QUESTION), QUESTION, to, at + strlen(from)));
}

static void what_is_wrong_with_a_question_is_pointed_to_without_what_was_sent(void **state)
{
    static const struct {
        const char *from, *to, *pointer;
    } cases[] = {
        {"15838530181", "15838530182", "/person"},
        {"\"15838530181\"", "15838530181", "/person"},
        {"serving-licence", "Serving licence", "/evidence_type"},
        {"serving-licence", "", "/evidence_type"},
        {"Nordvik kommune", "", "/requester"},
        {"Nordvik kommune", "Nordvik\\nkommune", "/requester"},
        {"Nordvik kommune", "Nordvik \\u202ekommune", "/requester"},
        {"\"nb\":\"Vi må se bevillingen.\",", "", "/purpose/nb"},
        {"\"en\"", "\"de\"", "/purpose/de"},
        {"{\"nb\":\"Skjenkebevilling\"}", "\"Skjenkebevilling\"", "/procedure"},
        {"\"requester\"", "\"x\":1,\"requester\"", "/x"},
        {"\"requester\"", "\"person\":\"x\",\"requester\"", ""},
        {"{\"person\"", "[{\"person\"", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct api_body_question question;
        struct error err = {0};
        struct bytes body = changed(*state, cases[i].from, cases[i].to);
        assert_false(api_body_read_question(*state, body, &question, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        if (!text_equal(err.file, cases[i].pointer) || strstr(err.text, "Nordvik"))
            fail_msg("case %zu: %s %s", i, err.file, err.text);
    }
}

static void texts_end_at_their_limit(void **state)
{
    struct arena *arena = *state;
    for (int over = 0; over <= 1; over++) {
        struct buf buf;
        buf_init(&buf, arena);
        for (int i = 0; i < API_BODY_MAX_NAME + over; i++)
            buf_add_text(&buf, "å");
        struct api_body_question question;
        struct error err = {0};
        struct bytes body = changed(arena, "Nordvik kommune", buf_text(&buf));
        assert_int_equal(api_body_read_question(arena, body, &question, &err), !over);
    }
    char *spaces = arena_alloc(arena, API_BODY_MAX_QUESTION_BYTES + 2);
    memset(spaces, ' ', API_BODY_MAX_QUESTION_BYTES + 1);
    spaces[API_BODY_MAX_QUESTION_BYTES + 1] = '\0';
    struct api_body_question question;
    struct error err = {0};
    assert_false(api_body_read_question(arena, BYTES_OF(spaces), &question, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

static void a_certificate_may_be_made_or_come_as_a_pdf(void **state)
{
    struct api_body_certificate certificate;
    struct error err = {0};

    assert_true(api_body_read_certificate(
        *state,
        BYTES_OF("{\"submission\":\"SB-2026-000001\",\"type\":\"serving-licence\","
                 "\"title\":\"Serveringsbevilling\"}"),
        &certificate, &err));
    assert_null(certificate.number);
    assert_int_equal(certificate.valid_until, 0);
    assert_int_equal(certificate.pdf.size, 0);

    assert_true(api_body_read_certificate(
        *state,
        BYTES_OF("{\"submission\":\"SB-2026-000001\",\"type\":\"serving-licence\","
                 "\"title\":\"Serveringsbevilling\",\"valid_until\":\"2031-11-23\","
                 "\"pdf\":\"JVBERi0xLjcKJSVFT0YK\"}"),
        &certificate, &err));
    assert_int_equal(certificate.pdf.size, 15);
    assert_string_equal(clock_iso_oslo(*state, certificate.valid_until),
                        "2031-11-24T00:00:00+01:00");

    assert_false(api_body_read_certificate(
        *state,
        BYTES_OF("{\"submission\":\"SB-2026-000001\",\"type\":\"serving-licence\","
                 "\"title\":\"Serveringsbevilling\",\"pdf\":\"R0lGODlhAAAAAA==\"}"),
        &certificate, &err));
    assert_string_equal(err.file, "/pdf");
}

static void a_day_ends_at_midnight_in_norway(void **state)
{
    struct error err = {0};
    int64_t at;
    assert_true(api_body_read_day("2031-06-30", &at, &err));
    assert_string_equal(clock_iso_oslo(*state, at), "2031-07-01T00:00:00+02:00");
    assert_true(api_body_read_day("2028-02-29", &at, &err));
    assert_string_equal(clock_iso_oslo(*state, at), "2028-03-01T00:00:00+01:00");
    static const char *const wrong[] = {"2031-02-29", "2031-6-30",  "30.06.2031",
                                        "",           "2031-06-31", "2031-06-30 "};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(api_body_read_day(wrong[i], &at, &err));
    assert_false(api_body_read_day(NULL, &at, &err));
}

static void a_key_is_visible_ascii(void **state)
{
    (void)state;
    assert_true(api_body_is_key("8e03978e-40d5-43e8-bc93-6894a57f9324"));
    assert_false(api_body_is_key(""));
    assert_false(api_body_is_key(NULL));
    assert_false(api_body_is_key("a b"));
    assert_false(api_body_is_key("å"));
    char long_key[API_BODY_MAX_KEY + 2] = {0};
    memset(long_key, 'k', API_BODY_MAX_KEY);
    assert_true(api_body_is_key(long_key));
    long_key[API_BODY_MAX_KEY] = 'k';
    assert_false(api_body_is_key(long_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_says_about_whom_for_what_and_why),
        cmocka_unit_test(what_is_wrong_with_a_question_is_pointed_to_without_what_was_sent),
        cmocka_unit_test(texts_end_at_their_limit),
        cmocka_unit_test(a_certificate_may_be_made_or_come_as_a_pdf),
        cmocka_unit_test(a_day_ends_at_midnight_in_norway),
        cmocka_unit_test(a_key_is_visible_ascii),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
