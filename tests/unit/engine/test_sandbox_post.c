/* test_sandbox_post.c - every rule that corner 2 and the mailboxes behind it have, tried one by one
 * with letters made by hand. */
#include "parcel.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "tests/cases.h"

#include <stdlib.h>
#include <string.h>

static int open_fixture(void **state)
{
    static struct asker asker;
    asker_open(&asker, false);
    parcel_prepare(&asker);
    *state = &asker;
    return 0;
}

static int close_fixture(void **state)
{
    asker_close(*state);
    return 0;
}

static void change_all(struct parcel *parcel, const char *changes)
{
    for (char *rest = arena_text(parcel->arena, changes); rest;) {
        char *next = strstr(rest, " & ");
        if (next)
            *next = '\0';
        parcel_change(parcel, rest);
        rest = next ? next + strlen(" & ") : NULL;
    }
}

/* "leveringskvittering", or the rule that `feil` names. */
static const char *outcome(struct parcel *parcel)
{
    const char *receipt = parcel_receipt(parcel->asker);
    if (strstr(receipt, "\"type\":\"leveringskvittering\""))
        return "leveringskvittering";
    char *details = strstr(receipt, "\"detaljer\":\"");
    if (!details || !strstr(receipt, "\"feiltype\":\"KLIENT\""))
        return receipt;
    details += strlen("\"detaljer\":\"");
    return arena_text_of(parcel->arena,
                         (struct bytes){(const unsigned char *)details, strcspn(details, ":\"")});
}

static void the_mailbox_names_the_rule_that_a_letter_breaks(void **state)
{
    struct asker *asker = *state;
    struct cases cases;
    int wrong = 0;
    for (cases_open(&cases, "tests/cases/dpi_refusals.tsv"); cases_next(&cases);) {
        struct parcel parcel;
        parcel_open(&parcel, asker);
        change_all(&parcel, cases.fields[1]);
        parcel_make(&parcel);
        struct fetch_answer answer = parcel_post(&parcel, "");
        if (answer.status != 201)
            fail_msg("line %d: %d %s", cases.line, answer.status,
                     arena_text_of(asker->arena, answer.body));

        const char *got = outcome(&parcel);

        if (!text_equal(got, cases.fields[0])) {
            print_error("line %d: %s, not %s\n", cases.line, got, cases.fields[0]);
            wrong++;
        }
        parcel_close(&parcel);
    }
    cases_close(&cases);
    assert_int_equal(wrong, 0);
}

/* The words of corner2_refusals.tsv beside those of parcel.c. */
static const char *told(const struct parcel *parcel, const char *word)
{
    for (size_t i = 0; i < parcel->change_count; i++)
        if (text_equal(parcel->changes[i].where, word))
            return parcel->changes[i].old_text;
    return NULL;
}

static struct bytes changed_form(struct parcel *parcel)
{
    struct bytes form = parcel_form(parcel->arena, parcel->jws, parcel->cms);
    const char *from = told(parcel, "form");
    if (!from)
        return form;
    const char *to = "";
    for (size_t i = 0; i < parcel->change_count; i++)
        if (text_equal(parcel->changes[i].where, "form"))
            to = parcel->changes[i].new_text;
    const unsigned char *at = memmem(form.data, form.size, from, strlen(from));
    assert_non_null(at);
    struct buf changed;
    buf_init(&changed, parcel->arena);
    buf_add(&changed, (struct bytes){form.data, (size_t)(at - form.data)});
    buf_add_text(&changed, to);
    at += strlen(from);
    buf_add(&changed, (struct bytes){at, (size_t)(form.data + form.size - at)});
    return buf_bytes(&changed);
}

/* The token that goes into Authorization, which the message holds too unless told otherwise. */
static const char *take_token(struct parcel *parcel)
{
    const char *word = told(parcel, "token");
    if (!word)
        return parcel->token;
    if (text_equal(word, "-"))
        return NULL;
    if (text_equal(word, "again"))
        return parcel_token(parcel->asker, "");
    return parcel->token = parcel_token(parcel->asker, word);
}

static void corner_2_refuses_what_the_table_says(void **state)
{
    struct asker *asker = *state;
    struct cases cases;
    int wrong = 0;
    for (cases_open(&cases, "tests/cases/corner2_refusals.tsv"); cases_next(&cases);) {
        struct parcel parcel;
        parcel_open(&parcel, asker);
        change_all(&parcel, cases.fields[2]);
        const char *token = take_token(&parcel), *channel = told(&parcel, "kanal");
        const char *type = told(&parcel, "as") ? told(&parcel, "as") : PARCEL_FORM;
        const char *query = channel ? arena_printf(asker->arena, "?kanal=%s", channel) : "";
        parcel_make(&parcel);

        struct fetch_answer answer =
            parcel_ask(asker, "POST", arena_printf(asker->arena, "/messages/out%s", query), token,
                       type, changed_form(&parcel));

        const char *body = arena_text_of(asker->arena, answer.body);
        const char *problem =
            arena_printf(asker->arena, "https://sandkasse.example/problem/%s\"", cases.fields[1]);
        if (answer.status != (int)strtol(cases.fields[0], NULL, 10) || !strstr(body, problem)) {
            print_error("line %d: %d %s\n", cases.line, answer.status, body);
            wrong++;
        }
        parcel_close(&parcel);
    }
    cases_close(&cases);
    assert_int_equal(wrong, 0);
    assert_string_equal(parcel_receipt(asker), "");
}

int main(void)
{
    if (system("command -v xmlsec1 >/dev/null && command -v openssl >/dev/null") != 0) {
        print_message("skipped: xmlsec1 or openssl is not here\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mailbox_names_the_rule_that_a_letter_breaks),
        cmocka_unit_test(corner_2_refuses_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
