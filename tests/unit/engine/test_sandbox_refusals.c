/* test_sandbox_refusals.c - the sandbox refuses what the table says, in the order it says, and
 * signs its refusals. */
#include "asker.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "tests/cases.h"

#define SENT "22222222-1111-4111-8111-11111111111a"
#define SHARE_REQUEST "44444444-4444-4444-8444-444444444444"

struct fixture {
    struct asker asker;
    const char *data_path; /* of the share request, which is over */
};

/* A letter has been sent, and shared on a request; the sharing was withdrawn. */
static int open_fixture(void **state)
{
    static struct fixture fixture;
    struct asker *asker = &fixture.asker;
    static const char *const shared[] = {SENT};
    asker_open(asker, false);
    asker_send(asker, asker_letter(asker, "sendt", SENT, NULL));
    asker_send(asker, asker_share_request(asker, "deling", SHARE_REQUEST, NULL, 3600));
    struct asker_request question = {.path = "/1000077/share-documents-requests/" SHARE_REQUEST};
    struct fetch_answer answer = asker_ask(asker, &question);
    fixture.data_path = asker_link(asker, &answer, "stop_sharing");
    bool ok = sandbox_share(asker->sandbox, SHARE_REQUEST, shared, 1, NULL) &&
              sandbox_withdraw(asker->sandbox, SHARE_REQUEST, NULL);
    *state = &fixture;
    return ok ? 0 : -1;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    asker_close(&fixture->asker);
    return 0;
}

/* "@100000": so many letters. */
static const char *expand(struct arena *arena, const char *text)
{
    if (*text != '@')
        return text;
    size_t size = (size_t)strtol(text + 1, NULL, 10);
    char *letters = arena_alloc(arena, size + 1);
    return memset(letters, 'x', size);
}

static void replace(struct arena *arena, struct asker_request *request, char *change)
{
    char *arrow = strstr(change, " =>");
    assert_non_null(arrow);
    *arrow = '\0';
    const char *new_text = expand(arena, arrow + 3 + strspn(arrow + 3, " "));
    const char *body = arena_text_of(arena, request->body);
    const char *at = strstr(body, change);
    if (!at)
        fail_msg("\"%s\" is not in the body", change);
    const char *changed =
        arena_printf(arena, "%.*s%s%s", (int)(at - body), body, new_text, at + strlen(change));
    request->body = BYTES_OF(changed);
}

static struct bytes wrap(struct arena *arena, const char *root, const char *inner)
{
    const char *xml = arena_printf(arena, "<%s xmlns=\"http://api.digipost.no/schema/v8\">%s</%s>",
                                   root, inner, root);
    return BYTES_OF(xml);
}

static const char *date_of(struct arena *arena, const char *value)
{
    if ((*value != '+' && *value != '-') || !value[1])
        return value;
    return clock_rfc1123(arena, clock_now() + strtol(value, NULL, 10));
}

static void instead(struct asker_request *request, const char *path, const char *type,
                    struct bytes body)
{
    request->path = path;
    request->content_type = type;
    request->body = body;
}

static void apply(struct fixture *fixture, struct asker_request *request, char *change)
{
    struct arena *arena = fixture->asker.arena;
    char *value = strchr(change, ' ');
    assert_non_null(value);
    *value++ = '\0';
    if (text_equal(change, "user"))
        request->user = value;
    else if (text_equal(change, "date"))
        request->date = date_of(arena, value);
    else if (text_equal(change, "hash"))
        request->hash = value;
    else if (text_equal(change, "signature"))
        request->signature = value;
    else if (text_equal(change, "signed"))
        request->signed_path = value;
    else if (text_equal(change, "type"))
        request->content_type = value;
    else if (text_equal(change, "path"))
        request->path = value;
    else if (text_equal(change, "body"))
        replace(arena, request, value);
    else if (text_equal(change, "size"))
        request->body = (struct bytes){arena_alloc(arena, (size_t)strtol(value, NULL, 10)),
                                       (size_t)strtol(value, NULL, 10)};
    else if (text_equal(change, "get"))
        instead(request, value, NULL, (struct bytes){NULL, 0});
    else if (text_equal(change, "identify"))
        instead(request, "/identification", ASKER_XML, wrap(arena, "identification", value));
    else if (text_equal(change, "stop"))
        instead(request, fixture->data_path, ASKER_XML, wrap(arena, "additional-data", value));
    else
        fail_msg("no such change: %s", change);
}

static void refuses_what_the_table_says_in_that_order_and_signs_it(void **state)
{
    struct fixture *fixture = *state;
    struct asker *asker = &fixture->asker;
    struct cases cases;
    int wrong = 0, count = 0;
    for (cases_open(&cases, "tests/cases/digipost_refusals.tsv"); cases_next(&cases); count++) {
        struct asker_request request = {
            .path = "/messages",
            .content_type = ASKER_MULTIPART,
            .body = asker_letter(asker, "ny", "11111111-1111-4111-8111-11111111111a",
                                 "11111111-1111-4111-8111-11111111111b")};
        for (char *rest = arena_text(asker->arena, cases.fields[3]); rest;) {
            char *next = strstr(rest, " & ");
            if (next)
                *next = '\0';
            apply(fixture, &request, rest);
            rest = next ? next + 3 : NULL;
        }

        struct fetch_answer answer = asker_ask(asker, &request);

        const char *code = asker_element(asker, &answer, "error-code");
        if (answer.status != strtol(cases.fields[1], NULL, 10) ||
            !text_equal(code, cases.fields[2]) || !*asker_element(asker, &answer, "error-type")) {
            cases_complain(&cases, arena_printf(asker->arena, "%d %s %s", answer.status, code,
                                                asker_element(asker, &answer, "error-message")));
            wrong++;
        }
        assert_true(asker_is_signed(asker, request.path, &answer, NULL));
    }
    cases_close(&cases);
    assert_true(count > 80);
    assert_int_equal(wrong, 0);
}

static void nothing_refused_has_reached_a_mailbox(void **state)
{
    struct fixture *fixture = *state;
    struct sandbox_letter *letters;
    size_t count;
    sandbox_letters(fixture->asker.sandbox, fixture->asker.arena, "ingrid", &letters, &count);
    assert_int_equal(count, 2); /* the letter and the share request of the fixture */
}

static void a_date_exactly_five_minutes_off_is_accepted(void **state)
{
    struct fixture *fixture = *state;
    struct asker *asker = &fixture->asker;
    struct asker_request request = {.path = "/",
                                    .date = clock_rfc1123(asker->arena, clock_now() + 300)};
    assert_int_equal(asker_ask(asker, &request).status, 200);
}

static void a_path_signed_decoded_is_accepted_as_the_java_client_signs_it(void **state)
{
    struct fixture *fixture = *state;
    struct asker_request request = {.path = "/s%C3%B8k/K%C3%A5re",
                                    .signed_path = "/s\xC3\xB8k/k\xC3\xA5re"};
    struct fetch_answer answer = asker_ask(&fixture->asker, &request);
    assert_int_equal(answer.status, 404); /* no such address: the signature was good */
}

static void
an_invalid_signature_is_answered_with_the_string_that_should_have_been_signed(void **state)
{
    struct fixture *fixture = *state;
    struct asker_request request = {.path = "/", .signed_path = "/other"};
    struct fetch_answer answer = asker_ask(&fixture->asker, &request);
    const char *message = asker_element(&fixture->asker, &answer, "error-message");
    assert_non_null(strstr(message, "GET\n/\ndate: "));
    assert_non_null(strstr(message, "x-digipost-userid: 1000042\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_the_table_says_in_that_order_and_signs_it),
        cmocka_unit_test(nothing_refused_has_reached_a_mailbox),
        cmocka_unit_test(a_date_exactly_five_minutes_off_is_accepted),
        cmocka_unit_test(a_path_signed_decoded_is_accepted_as_the_java_client_signs_it),
        cmocka_unit_test(
            an_invalid_signature_is_answered_with_the_string_that_should_have_been_signed),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
