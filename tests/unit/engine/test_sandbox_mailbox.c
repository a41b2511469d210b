/* test_sandbox_mailbox.c - what the citizen can do in the mailbox, and what tests can do through
 * the control interface. */
#include "asker.h"

#include "engine/base/text.h"

#include <jansson.h>
#include <string.h>

#define REQUEST "44444444-4444-4444-8444-444444444444"
#define FORM "application/x-www-form-urlencoded"

/* A mailbox with seeded documents and a share request for those of the tax administration. */
static int open_mailbox(void **state)
{
    static struct asker asker;
    asker_open(&asker, true);
    asker_send(&asker, asker_share_request(&asker, "deling", REQUEST, "974761076", 3600));
    *state = &asker;
    return 0;
}

static int close_mailbox(void **state)
{
    asker_close(*state);
    return 0;
}

static struct fetch_answer fetch(struct asker *asker, const char *method, const char *path,
                                 const char *fields, const char *from_site)
{
    const char *base = sandbox_mailbox_url(asker->sandbox);
    struct fetch_header headers[2] = {{"Content-Type", FORM}, {"Sec-Fetch-Site", from_site}};
    struct fetch_destination destination = {.base_url = base, .allow_private = true};
    struct fetch_request request = {.method = method,
                                    .url = arena_printf(asker->arena, "%s%s", base, path),
                                    .headers = headers,
                                    .header_count = !fields     ? 0
                                                    : from_site ? 2
                                                                : 1,
                                    .body = BYTES_OF(fields ? fields : ""),
                                    .has_body = fields != NULL,
                                    .max_bytes = 1024 * 1024,
                                    .timeout_ms = 20000};
    struct fetch_answer answer;
    assert_true(fetch_send(asker->arena, &destination, &request, &answer, NULL));
    return answer;
}

static const char *look(struct asker *asker, const char *path)
{
    struct fetch_answer answer = fetch(asker, "GET", path, NULL, NULL);
    assert_int_equal(answer.status, 200);
    return arena_text_of(asker->arena, answer.body);
}

static int press(struct asker *asker, const char *path, const char *fields)
{
    return fetch(asker, "POST", path, fields, "same-origin").status;
}

/* The address of the letter with that title. */
static const char *letter_path(struct asker *asker, const char *title)
{
    const char *inbox = look(asker, "/postkasse/ingrid");
    const char *at = strstr(inbox, arena_printf(asker->arena, "\">%s</a>", title));
    assert_non_null(at);
    while (*at != '/' || strncmp(at, "/postkasse", 10) != 0)
        at--;
    return arena_text_of(asker->arena,
                         (struct bytes){(const unsigned char *)at, strcspn(at, "\"")});
}

/* "dokument=N" for the document with that title among the choices. */
static const char *choice(struct asker *asker, const char *page, const char *title)
{
    const char *at = strstr(page, arena_printf(asker->arena, "\">%s</label>", title));
    assert_non_null(at);
    while (strncmp(at, "value=\"", 7) != 0)
        at--;
    return arena_printf(asker->arena, "dokument=%.*s", (int)strcspn(at + 7, "\""), at + 7);
}

static void the_inbox_shows_letters_and_requests_and_what_is_unread(void **state)
{
    struct asker *asker = *state;
    const char *inbox = look(asker, "/postkasse/ingrid");
    assert_non_null(strstr(inbox, "Testmiljø"));
    assert_non_null(strstr(inbox, "Skattemelding for "));
    assert_non_null(strstr(inbox, "Fra Nordlys Regnskap AS"));
    assert_non_null(strstr(inbox, "Lagt inn av deg"));
    assert_non_null(strstr(inbox, "Venter på svar fra deg"));
    assert_non_null(strstr(inbox, "Ulest"));
}

static void a_request_says_who_asks_why_how_long_and_offers_what_is_asked_for(void **state)
{
    struct asker *asker = *state;
    const char *page = look(asker, letter_path(asker, "Kvittering"));
    assert_non_null(strstr(page, "Fjordvik kommune ber deg dele dokumenter"));
    assert_non_null(strstr(page, "Vi trenger skattemeldingen din."));
    assert_non_null(strstr(page, "i én time"));
    assert_non_null(strstr(page, "Bare dokumenter du har fått fra Skatteetaten"));
    assert_non_null(strstr(page, ">Skatteattest</label>"));
    assert_null(strstr(page, ">Husleiekontrakt</label>"));
    assert_null(strstr(page, "Lønnsslipp"));
}

static void documents_are_shared_by_ticking_them_and_can_be_withdrawn(void **state)
{
    struct asker *asker = *state;
    const char *letter = letter_path(asker, "Kvittering");
    const char *chosen = choice(asker, look(asker, letter), "Skatteattest");

    int shared = press(asker, arena_printf(asker->arena, "%s/del", letter), chosen);
    const char *after_sharing = look(asker, letter);
    int withdrawn = press(asker, arena_printf(asker->arena, "%s/trekk-tilbake", letter), "");
    const char *after_withdrawing = look(asker, letter);

    assert_int_equal(shared, 303);
    assert_non_null(strstr(after_sharing, "Du deler dokumenter"));
    assert_int_equal(withdrawn, 303);
    assert_non_null(strstr(after_withdrawing, "Du har trukket delingen tilbake"));
    assert_int_equal(press(asker, arena_printf(asker->arena, "%s/del", letter), chosen), 409);
}

static void sharing_nothing_is_asked_about_again(void **state)
{
    struct asker *asker = *state;
    const char *letter = letter_path(asker, "Kvittering");
    assert_int_equal(press(asker, arena_printf(asker->arena, "%s/del", letter), ""), 422);
    assert_non_null(strstr(look(asker, letter), "Venter på svar fra deg"));
}

static void a_citizen_can_say_no(void **state)
{
    struct asker *asker = *state;
    const char *letter = letter_path(asker, "Kvittering");
    assert_int_equal(press(asker, arena_printf(asker->arena, "%s/ikke-del", letter), ""), 303);
    assert_non_null(strstr(look(asker, letter), "Du har svart nei"));
    struct asker_request question = {.path = "/1000077/share-documents-requests/" REQUEST};
    struct fetch_answer answer = asker_ask(asker, &question);
    assert_string_equal(asker_element(asker, &answer, "shared-at-time"), "");
}

static void another_site_cannot_press_the_buttons(void **state)
{
    struct asker *asker = *state;
    const char *letter = letter_path(asker, "Kvittering");
    const char *path = arena_printf(asker->arena, "%s/ikke-del", letter);
    assert_int_equal(fetch(asker, "POST", path, "", "cross-site").status, 403);
    assert_non_null(strstr(look(asker, letter), "Venter på svar fra deg"));
}

static void nobody_sees_another_persons_letter_in_their_mailbox(void **state)
{
    struct asker *asker = *state;
    const char *number = strrchr(letter_path(asker, "Kvittering"), '/');
    const char *path = arena_printf(asker->arena, "/postkasse/jonas/brev%s", number);
    assert_int_equal(fetch(asker, "GET", path, NULL, NULL).status, 404);
    assert_int_equal(fetch(asker, "GET", "/postkasse/kari", NULL, NULL).status, 404);
}

static void a_letter_counts_as_read_when_it_is_opened(void **state)
{
    struct asker *asker = *state;
    (void)look(asker, letter_path(asker, "Husleiekontrakt"));
    struct sandbox_letter *letters;
    size_t count;
    sandbox_letters(asker->sandbox, asker->arena, "ingrid", &letters, &count);
    for (size_t i = 0; i < count; i++)
        assert_true(letters[i].opened == text_equal(letters[i].subject, "Husleiekontrakt"));
}

static void a_one_time_address_is_good_once(void **state)
{
    struct asker *asker = *state;
    const char *letter = letter_path(asker, "Kvittering");
    const char *chosen = choice(asker, look(asker, letter), "Skatteattest");
    assert_int_equal(press(asker, arena_printf(asker->arena, "%s/del", letter), chosen), 303);
    struct asker_request question = {.path = "/1000077/share-documents-requests/" REQUEST};
    struct fetch_answer shared = asker_ask(asker, &question);
    struct asker_request view = {.path = asker_link(asker, &shared, "get_shared_document_content")};
    struct fetch_answer told = asker_ask(asker, &view);
    const char *address =
        asker_element(asker, &told, "uri") + strlen(sandbox_mailbox_url(asker->sandbox));

    struct fetch_answer first = fetch(asker, "GET", address, NULL, NULL);
    struct fetch_answer second = fetch(asker, "GET", address, NULL, NULL);

    assert_int_equal(first.status, 200);
    assert_memory_equal(first.body.data, "%PDF-", 5);
    assert_int_equal(second.status, 404);
}

static void controls_share_withdraw_and_switch_faults_on(void **state)
{
    struct asker *asker = *state;
    const char *list = look(asker, "/control/letters/ingrid");
    json_t *letters = json_loads(list, 0, NULL);
    const char *uuid = NULL;
    for (size_t i = 0; i < json_array_size(letters); i++) {
        const json_t *letter = json_array_get(letters, i);
        if (text_equal(json_string_value(json_object_get(letter, "subject")), "Skatteattest"))
            uuid = arena_text(asker->arena, json_string_value(json_object_get(letter, "uuid")));
    }
    json_decref(letters);
    assert_non_null(uuid);

    const char *share = arena_printf(asker->arena, "request=" REQUEST "&document=%s", uuid);
    assert_int_equal(fetch(asker, "POST", "/control/share", share, NULL).status, 200);
    assert_int_equal(fetch(asker, "POST", "/control/share", share, NULL).status, 409);
    assert_int_equal(fetch(asker, "POST", "/control/withdraw", "request=" REQUEST, NULL).status,
                     200);
    assert_int_equal(fetch(asker, "POST", "/control/open", "document=" REQUEST, NULL).status, 200);
    assert_int_equal(fetch(asker, "POST", "/control/open", "document=x", NULL).status, 404);
    assert_int_equal(fetch(asker, "POST", "/control/advance", "seconds=60", NULL).status, 200);
    assert_int_equal(
        fetch(asker, "POST", "/control/fault", "fault=error-before&count=1", NULL).status, 200);
    assert_int_equal(fetch(asker, "POST", "/control/fault", "fault=x&count=1", NULL).status, 422);
    struct asker_request entry_point = {.path = "/"};
    assert_int_equal(asker_ask(asker, &entry_point).status, 500);
}

#define IN_MAILBOX(test) cmocka_unit_test_setup_teardown(test, open_mailbox, close_mailbox)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MAILBOX(the_inbox_shows_letters_and_requests_and_what_is_unread),
        IN_MAILBOX(a_request_says_who_asks_why_how_long_and_offers_what_is_asked_for),
        IN_MAILBOX(documents_are_shared_by_ticking_them_and_can_be_withdrawn),
        IN_MAILBOX(sharing_nothing_is_asked_about_again),
        IN_MAILBOX(a_citizen_can_say_no),
        IN_MAILBOX(another_site_cannot_press_the_buttons),
        IN_MAILBOX(nobody_sees_another_persons_letter_in_their_mailbox),
        IN_MAILBOX(a_letter_counts_as_read_when_it_is_opened),
        IN_MAILBOX(a_one_time_address_is_good_once),
        IN_MAILBOX(controls_share_withdraw_and_switch_faults_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
