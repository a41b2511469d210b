/* test_sandbox_dpi.c - corner 2 and the mailboxes behind it: what becomes of a letter, and of its
 * receipts. */
#include "parcel.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include "folder.h"
#include "tests/shared.h"

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

static const char *body_of(struct asker *asker, const struct fetch_answer *answer)
{
    return arena_text_of(asker->arena, answer->body);
}

static void send(struct parcel *parcel, const char *query)
{
    struct fetch_answer answer = parcel_post(parcel, query);
    if (answer.status != 201)
        fail_msg("%d %s", answer.status, body_of(parcel->asker, &answer));
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void a_letter_reaches_either_mailbox_and_its_receipt_comes_back(void **state)
{
    struct asker *asker = *state;
    for (int i = 0; i < 2; i++) {
        struct parcel parcel;
        parcel_open(&parcel, asker);
        if (i == 1)
            parcel_to_lise(&parcel);
        parcel_make(&parcel);

        send(&parcel, "?kanal=Prove");

        const char *receipt = parcel_receipt(asker);
        assert_has(receipt, "\"type\":\"leveringskvittering\"");
        assert_has(receipt, parcel.conversation_id);
        assert_string_equal(parcel_receipt(asker), "");
        parcel_close(&parcel);
    }
}

/* A letter to Ingrid, sent. Closed by the caller. */
static void send_letter(struct asker *asker, struct parcel *parcel, const char *change)
{
    parcel_open(parcel, asker);
    if (change)
        parcel_change(parcel, change);
    parcel_make(parcel);
    send(parcel, "");
}

static size_t count_letters(struct asker *asker, const char *person, const char *message_id)
{
    struct sandbox_letter *letters;
    size_t count, found = 0;
    sandbox_letters(asker->sandbox, asker->arena, person, &letters, &count);
    for (size_t i = 0; i < count; i++)
        found += text_equal(letters[i].message_id, message_id) && !letters[i].is_attachment;
    return found;
}

static const char *statuses(struct asker *asker, const char *id)
{
    struct fetch_answer answer =
        parcel_ask(asker, "GET", arena_printf(asker->arena, "/messages/out/%s/statuses", id),
                   parcel_token(asker, ""), NULL, BYTES_OF(""));
    return answer.status == 200 ? body_of(asker, &answer)
                                : arena_printf(asker->arena, "%d", answer.status);
}

static const char *waiting(struct asker *asker, const char *query)
{
    struct fetch_answer answer =
        parcel_ask(asker, "GET", arena_printf(asker->arena, "/messages/in%s", query),
                   parcel_token(asker, ""), NULL, BYTES_OF(""));
    return answer.status == 204 ? "" : body_of(asker, &answer);
}

static void read_all(struct asker *asker)
{
    while (*parcel_receipt(asker))
        ;
}

static void d_9_a_message_id_is_taken_once_unless_told_otherwise(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    send_letter(asker, &parcel, NULL);

    struct fetch_answer again = parcel_post(&parcel, "");
    assert_int_equal(again.status, 400);
    assert_has(body_of(asker, &again), "/message-id-used\"");
    assert_int_equal(count_letters(asker, "ingrid", parcel.message_id), 1);

    sandbox_dedupe(asker->sandbox, false);
    assert_int_equal(parcel_post(&parcel, "").status, 201);
    sandbox_dedupe(asker->sandbox, true);
    assert_int_equal(count_letters(asker, "ingrid", parcel.message_id), 2);
    read_all(asker);
    parcel_close(&parcel);
}

static void a_message_is_created_first_and_sent_when_its_time_has_come(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    assert_int_equal(parcel_control(asker, "/control/delay", "seconds=60"), 200);
    send_letter(asker, &parcel, NULL);
    assert_int_equal(parcel_control(asker, "/control/delay", "seconds=0"), 200);

    const char *before = statuses(asker, parcel.message_id);
    assert_has(before, "OPPRETTET");
    assert_null(strstr(before, "SENDT"));
    assert_string_equal(parcel_receipt(asker), "");

    sandbox_advance(asker->sandbox, 61);
    assert_has(statuses(asker, parcel.message_id), "SENDT");
    assert_has(parcel_receipt(asker), "leveringskvittering");
    assert_string_equal(statuses(asker, "9d1f6c0e-3f55-4c0a-8a5c-6f2d9b1c7a42"), "404");
    parcel_close(&parcel);
}

static void receipts_are_told_by_channel_and_stay_until_they_are_read(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    parcel_open(&parcel, asker);
    parcel_make(&parcel);
    send(&parcel, "?kanal=Skjema-1");

    assert_string_equal(waiting(asker, "?kanal=skjema-2"), "");
    assert_string_equal(waiting(asker, "?avsenderidentifikator=ukjent"), "");
    assert_string_equal(waiting(asker, "?page_size=1&page=1"), "");
    const char *theirs = waiting(asker, "?kanal=SKJEMA-1");
    assert_has(theirs, "forretningsmelding");
    assert_string_equal(waiting(asker, ""), theirs);

    parcel_receipt(asker);
    assert_string_equal(waiting(asker, ""), "");
    parcel_close(&parcel);
}

static void somebody_else_sees_neither_messages_nor_receipts(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    send_letter(asker, &parcel, NULL);
    const char *token = parcel_token(asker, "organisation=314400801");

    const char *path = arena_printf(asker->arena, "/messages/out/%s/statuses", parcel.message_id);
    assert_int_equal(parcel_ask(asker, "GET", path, token, NULL, BYTES_OF("")).status, 404);
    assert_int_equal(parcel_ask(asker, "GET", "/messages/in", token, NULL, BYTES_OF("")).status,
                     204);

    read_all(asker);
    parcel_close(&parcel);
}

static void opening_a_letter_gives_the_receipt_that_was_asked_for_once(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    struct error err;
    send_letter(asker, &parcel, NULL);
    read_all(asker);
    const char *uuid = arena_printf(asker->arena, "%s/0", parcel.message_id);

    assert_true(sandbox_open_letter(asker->sandbox, uuid, &err));
    assert_true(sandbox_open_letter(asker->sandbox, uuid, &err));

    const char *receipt = parcel_receipt(asker);
    assert_has(receipt, "\"type\":\"aapningskvittering\"");
    assert_has(receipt, parcel.conversation_id);
    assert_string_equal(parcel_receipt(asker), "");
    parcel_close(&parcel);
}

/* What each fault makes of a letter: the receipts that come, in order. */
static void a_letter_misbehaves_as_it_is_told_to(void **state)
{
    static const struct {
        const char *fault;
        const char *receipts[4];
    } cases[] = {
        {"no-sms", {"leveringskvittering", "\"varslingskanal\":\"sms\""}},
        {"no-email", {"leveringskvittering", "\"varslingskanal\":\"epost\""}},
        {"receipt-twice", {"leveringskvittering", "leveringskvittering"}},
        {"receipt-order", {"aapningskvittering", "leveringskvittering"}},
        {"receipt-unknown", {"leveringskvittering", "leveringskvittering"}},
        {"mailbox-broken", {"\"feiltype\":\"SERVER\""}},
        {"receipt-schema", {"maskinportentoken"}},
        {"receipt-signature", {"leveringskvittering"}},
        {"receipt-stranger", {"leveringskvittering"}},
        {"receipt-lost", {NULL}},
        {"not-sent", {NULL}},
    };
    struct asker *asker = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct parcel parcel;
        enum sandbox_fault fault;
        assert_true(sandbox_fault_parse(cases[i].fault, &fault));
        sandbox_fault(asker->sandbox, fault, NULL, 1);

        send_letter(asker, &parcel, NULL);

        for (size_t k = 0; k < COUNT(cases[i].receipts) && cases[i].receipts[k]; k++)
            assert_has(parcel_receipt(asker), cases[i].receipts[k]);
        assert_string_equal(parcel_receipt(asker), "");
        assert_has(statuses(asker, parcel.message_id),
                   text_equal(cases[i].fault, "not-sent") ? "FEILET" : "SENDT");
        parcel_close(&parcel);
    }
}

static void a_late_receipt_comes_an_hour_later(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    sandbox_fault(asker->sandbox, SANDBOX_FAULT_RECEIPT_LATE, NULL, 1);
    send_letter(asker, &parcel, NULL);
    assert_string_equal(parcel_receipt(asker), "");

    sandbox_advance(asker->sandbox, 3601);

    assert_has(parcel_receipt(asker), "leveringskvittering");
    parcel_close(&parcel);
}

static void requests_misbehave_as_they_are_told_to(void **state)
{
    static const struct {
        enum sandbox_fault fault;
        int status;
        size_t letters;
    } cases[] = {
        {SANDBOX_FAULT_ERROR_BEFORE, 500, 0}, {SANDBOX_FAULT_ERROR_AFTER, 500, 1},
        {SANDBOX_FAULT_GATEWAY, 503, 0},      {SANDBOX_FAULT_TOO_MANY, 429, 0},
        {SANDBOX_FAULT_REFUSE, 403, 0},       {SANDBOX_FAULT_UNKNOWN_USER, 401, 0},
        {SANDBOX_FAULT_GARBAGE, 200, 0},      {SANDBOX_FAULT_EMPTY_ERROR, 400, 0},
    };
    struct asker *asker = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct parcel parcel;
        parcel_open(&parcel, asker);
        parcel_make(&parcel);
        sandbox_fault(asker->sandbox, cases[i].fault, "DPI_SEND", 1);

        struct fetch_answer answer = parcel_post(&parcel, "");

        assert_int_equal(answer.status, cases[i].status);
        assert_int_equal(count_letters(asker, "ingrid", parcel.message_id), cases[i].letters);
        parcel_close(&parcel);
    }
    read_all(asker);
}

static void d_10_what_was_taken_is_there_after_a_new_start(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    assert_int_equal(parcel_control(asker, "/control/delay", "seconds=1"), 200);
    send_letter(asker, &parcel, NULL); /* taken, and not yet with the mailbox */

    asker_stop(asker);
    asker_start(asker, false);

    sandbox_advance(asker->sandbox, 2 * 3600); /* what was advanced before is forgotten */
    assert_int_equal(count_letters(asker, "ingrid", parcel.message_id), 1);
    assert_has(parcel_receipt(asker), parcel.conversation_id);
    asker_stop(asker);
    asker_start(asker, false);
    assert_string_equal(parcel_receipt(asker), "");
    parcel_close(&parcel);
}

/* The published schemas, held against what the mailboxes write, by Python's jsonschema. */
static void receipts_are_as_the_published_schemas_say(void **state)
{
    static const struct {
        enum sandbox_fault fault;
        int receipts;
    } cases[] = {{SANDBOX_FAULT_RECEIPT_ORDER, 2},
                 {SANDBOX_FAULT_NO_SMS, 2},
                 {SANDBOX_FAULT_NO_EMAIL, 2},
                 {SANDBOX_FAULT_MAILBOX_BROKEN, 1}};
    struct asker *asker = *state;
    shared_or_skip(asker->arena, "protocols/json-schema/validate.py");
    if (system("python3 -c 'import jsonschema' 2>/dev/null") != 0) {
        print_message("skipped: python3 with jsonschema is not here\n");
        skip();
    }
    int written = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct parcel parcel;
        sandbox_fault(asker->sandbox, cases[i].fault, NULL, 1);
        send_letter(asker, &parcel, NULL);
        for (int k = 0; k < cases[i].receipts; k++)
            folder_write(asker->arena, asker->folder,
                         arena_printf(asker->arena, "sbd-%d.json", written++),
                         parcel_receipt(asker));
        parcel_close(&parcel);
    }

    const char *script =
        realpath(shared_path(asker->arena, "protocols/json-schema/validate.py"), NULL);
    const char *command = arena_printf(asker->arena, "cd '%s' && python3 '%s' sbd-*.json >log 2>&1",
                                       asker->folder, script);

    assert_int_equal(system(command), 0);
    free((char *)script);
}

/* ---- the pages ---- */

static const char *look(struct asker *asker, const char *path)
{
    const char *base = sandbox_mailbox_url(asker->sandbox);
    const struct fetch_destination destination = {.base_url = base, .allow_private = true};
    const struct fetch_request request = {.method = "GET",
                                          .url = arena_printf(asker->arena, "%s%s", base, path),
                                          .max_bytes = 1024 * 1024,
                                          .timeout_ms = 20000};
    struct fetch_answer answer;
    assert_true(fetch_send(asker->arena, &destination, &request, &answer, NULL));
    return body_of(asker, &answer);
}

/* The newest letter in somebody's inbox. */
static const char *letter_path(struct asker *asker, const char *person)
{
    const char *inbox = look(asker, arena_printf(asker->arena, "/postkasse/%s", person));
    const char *start = arena_printf(asker->arena, "/postkasse/%s/post/", person);
    const char *at = strstr(inbox, start);
    assert_non_null(at);
    return arena_text_of(asker->arena,
                         (struct bytes){(const unsigned char *)at, strcspn(at, "\"")});
}

static void a_letter_is_opened_by_a_button_and_then_shows_its_link_and_documents(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    send_letter(asker, &parcel, NULL);
    const char *path = letter_path(asker, "ingrid");

    const char *closed = look(asker, path);
    assert_has(closed, "Åpne brevet");
    assert_has(closed, "Svar fra kommunen"); /* the title that may stand in an SMS */
    assert_null(strstr(closed, "Vedtak om plass"));
    assert_null(strstr(closed, "https://skjema.example/brev/x"));
    assert_has(look(asker, arena_printf(asker->arena, "%s/dokument/0", path)), "Feil 404");

    assert_int_equal(parcel_control(asker, arena_printf(asker->arena, "%s/apne", path), ""), 303);
    const char *open = look(asker, path);
    assert_has(open, "Vedtak om plass");
    assert_has(open, "Om klage");
    assert_has(open, "Ettersend vitnemål");
    assert_has(open, "href=\"https://skjema.example/brev/x\"");
    assert_has(open, "Frist: ");
    assert_has(open, "4: innlogging på høyt nivå");
    assert_has(open, "Til syntetisk@example.no, dag 0 og 7: «Du har fått post.»");
    assert_string_equal(look(asker, arena_printf(asker->arena, "%s/dokument/0", path)), ASKER_PDF);
    read_all(asker);
    parcel_close(&parcel);
}

static void a_mailbox_that_drops_the_link_still_has_the_letter(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    sandbox_fault(asker->sandbox, SANDBOX_FAULT_LINK_DROPPED, NULL, 1);
    send_letter(asker, &parcel, "sbd \"aapningskvittering\":true => \"aapningskvittering\":false");

    const char *page = look(asker, letter_path(asker, "ingrid"));

    assert_has(page, "Vedtak om plass");
    assert_null(strstr(page, "https://skjema.example/brev/x"));
    read_all(asker);
    parcel_close(&parcel);
}

static void a_letter_for_later_is_delivered_now_and_seen_then(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    const char *later = clock_iso_oslo(asker->arena, clock_now() + 24 * 3600);
    send_letter(asker, &parcel,
                arena_printf(asker->arena,
                             "sbd \"aapningskvittering\":true => \"virkningstidspunkt\":\"%s\"",
                             later));
    assert_has(parcel_receipt(asker), "leveringskvittering");
    assert_has(look(asker, "/postkasse/ingrid"), "Levert, men vises først");

    sandbox_advance(asker->sandbox, 24 * 3600 + 60);

    assert_null(strstr(look(asker, "/postkasse/ingrid"), "Levert, men vises først"));
    assert_has(look(asker, letter_path(asker, "ingrid")), "Vedtak om plass");
    parcel_close(&parcel);
}

static void eboks_has_a_house_of_its_own_and_what_was_refused_is_told_in_front(void **state)
{
    struct asker *asker = *state;
    struct parcel parcel;
    parcel_open(&parcel, asker);
    parcel_to_lise(&parcel);
    parcel_change(&parcel, "sbd \"spraak\":\"nb\" => \"spraak\":\"nob\"");
    parcel_make(&parcel);
    send(&parcel, "");
    read_all(asker);

    assert_has(look(asker, "/postkasse/lise"), "e-Boks-sandkasse");
    assert_null(strstr(look(asker, "/postkasse/ingrid"), "e-Boks-sandkasse"));
    const char *front = look(asker, "/");
    assert_has(front, "Digital post som ikke ble levert");
    assert_has(front, "schema: $.standardBusinessDocument.digital.spraak");
    parcel_close(&parcel);
}

int main(void)
{
    if (system("command -v xmlsec1 >/dev/null && command -v openssl >/dev/null") != 0) {
        print_message("skipped: xmlsec1 or openssl is not here\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_reaches_either_mailbox_and_its_receipt_comes_back),
        cmocka_unit_test(d_9_a_message_id_is_taken_once_unless_told_otherwise),
        cmocka_unit_test(a_message_is_created_first_and_sent_when_its_time_has_come),
        cmocka_unit_test(receipts_are_told_by_channel_and_stay_until_they_are_read),
        cmocka_unit_test(somebody_else_sees_neither_messages_nor_receipts),
        cmocka_unit_test(opening_a_letter_gives_the_receipt_that_was_asked_for_once),
        cmocka_unit_test(a_letter_misbehaves_as_it_is_told_to),
        cmocka_unit_test(a_late_receipt_comes_an_hour_later),
        cmocka_unit_test(requests_misbehave_as_they_are_told_to),
        cmocka_unit_test(d_10_what_was_taken_is_there_after_a_new_start),
        cmocka_unit_test(receipts_are_as_the_published_schemas_say),
        cmocka_unit_test(a_letter_is_opened_by_a_button_and_then_shows_its_link_and_documents),
        cmocka_unit_test(a_mailbox_that_drops_the_link_still_has_the_letter),
        cmocka_unit_test(a_letter_for_later_is_delivered_now_and_seen_then),
        cmocka_unit_test(eboks_has_a_house_of_its_own_and_what_was_refused_is_told_in_front),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
