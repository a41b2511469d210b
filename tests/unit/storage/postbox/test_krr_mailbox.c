/* test_krr_mailbox.c - which mailbox a person has, as the register may answer. */
#include "tests/unit/storage/postbox/postman.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/registers/krr_mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#define PID "15838530181"
#define ASKED "POST /rest/v2/personer"
#define JSON "Content-Type: application/json\r\n"
#define POST                                                                                       \
    "\"digital_post\":{\"postkasseadresse\":\"test.person#0AAA\","                                 \
    "\"postkasseleverandoeradresse\":\"984661185\"}"
#define BARE "\"sertifikat\":\"AQIDBA==\""
#define PEM                                                                                        \
    "\"sertifikat\":\"-----BEGIN CERTIFICATE-----\\nAQID\\nBA==\\n-----END CERTIFICATE-----\\n\""

struct world {
    struct arena *arena;
    struct postman *postman;
    struct register_settings settings;
};

static int set_up(void **state)
{
    struct arena *arena = arena_open();
    struct world *world = ARENA_NEW(arena, struct world);
    world->arena = arena;
    world->postman = postman_open();
    world->settings = (struct register_settings){.base_url = postman_url(world->postman),
                                                 .bearer_token = "t",
                                                 .allow_private = true,
                                                 .timeout_ms = 5000};
    clock_set(1795000000); /* November 2026 */
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    postman_close(&world->postman);
    clock_set(0);
    struct arena *arena = world->arena; /* world lies in it */
    arena_close(&arena);
    return 0;
}

/* What it makes of a person with these members. */
static struct krr_mailbox ask(struct world *world, const char *members)
{
    postman_forget(world->postman);
    postman_says(
        world->postman,
        (struct postman_answer){
            .target = ASKED,
            .status = 200,
            .body = arena_printf(
                world->arena, "{\"personer\":[{\"personidentifikator\":\"" PID "\",%s}]}", members),
            .headers = JSON});
    struct krr_mailbox mailbox;
    krr_mailbox(world->arena, &world->settings, PID, &mailbox);
    return mailbox;
}

static const char *person(struct world *world, const char *status, const char *reserved,
                          const char *rest)
{
    return arena_printf(world->arena,
                        "\"status\":\"%s\",\"reservasjon\":\"%s\",\"varslingsstatus\":"
                        "\"KAN_VARSLES\"%s%s",
                        status, reserved, *rest ? "," : "", rest);
}

static void only_an_active_person_who_is_not_reserved_has_a_mailbox_to_send_to(void **state)
{
    struct world *world = *state;
    static const char *const words[] = {[KRR_ACTIVE] = "AKTIV",
                                        [KRR_DELETED] = "SLETTET",
                                        [KRR_NOT_REGISTERED] = "IKKE_REGISTRERT"};
    static const char *const contents[] = {POST "," BARE, POST, BARE, ""};
    for (size_t status = 0; status < COUNT(words); status++)
        for (int reserved = 0; reserved <= 1; reserved++)
            for (size_t i = 0; i < COUNT(contents); i++) {
                struct krr_mailbox mailbox =
                    ask(world, person(world, words[status], reserved ? "JA" : "NEI", contents[i]));
                bool open = status == KRR_ACTIVE && !reserved && i == 0;
                assert_int_equal(mailbox.outcome, open ? REGISTER_FOUND : REGISTER_NOTHING);
                assert_int_equal(mailbox.status, status);
                assert_int_equal(mailbox.reserved, reserved);
                assert_int_equal(mailbox.address != NULL, open);
                assert_int_equal(mailbox.certificate.size, open ? 4 : 0);
            }
}

static void the_certificate_is_read_as_pem_and_as_bare_base64(void **state)
{
    struct world *world = *state;
    static const char *const written[] = {POST "," BARE, POST "," PEM};
    for (size_t i = 0; i < COUNT(written); i++) {
        struct krr_mailbox mailbox = ask(world, person(world, "AKTIV", "NEI", written[i]));
        assert_int_equal(mailbox.outcome, REGISTER_FOUND);
        assert_string_equal(mailbox.address, "test.person#0AAA");
        assert_string_equal(mailbox.provider, "984661185");
        assert_memory_equal(mailbox.certificate.data, "\1\2\3\4", 4);
    }
}

static void each_address_may_be_used_for_eighteen_months_in_both_layouts_of_time(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *email_at, *phone_at;
        bool email, phone;
    } cases[] = {{"2026-10-01T10:14:52+02", "2026-10-01T10:45:15.768Z", true, true},
                 {"2024-10-01T10:14:52+02", "2026-10-01T10:45:15.768Z", false, true},
                 {"2026-10-01T10:14:52.1Z", "2024-10-01T10:45:15+02", true, false},
                 {"i går", "", false, false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *contact = arena_printf(
            world->arena,
            "\"kontaktinformasjon\":{\"epostadresse\":\"a@example.no\",\"epostadresse_oppdatert\":"
            "\"%s\",\"mobiltelefonnummer\":\"+4790000000\","
            "\"mobiltelefonnummer_sist_verifisert\":\"%s\"},\"spraak\":\"nn\"",
            cases[i].email_at, cases[i].phone_at);
        struct krr_mailbox mailbox = ask(world, person(world, "AKTIV", "NEI", contact));
        assert_string_equal(mailbox.email.address, "a@example.no");
        assert_string_equal(mailbox.phone.address, "+4790000000");
        assert_int_equal(mailbox.email.may_be_used, cases[i].email);
        assert_int_equal(mailbox.phone.may_be_used, cases[i].phone);
        assert_string_equal(mailbox.language, "nn");
    }
}

static void nobody_is_notified_whom_the_register_says_not_to(void **state)
{
    struct world *world = *state;
    struct krr_mailbox mailbox =
        ask(world, "\"status\":\"AKTIV\",\"reservasjon\":\"NEI\",\"varslingsstatus\":"
                   "\"KAN_IKKE_VARSLES\",\"kontaktinformasjon\":{\"epostadresse\":\"a@example.no\","
                   "\"epostadresse_oppdatert\":\"2026-10-01T10:14:52+02\"}");
    assert_string_equal(mailbox.email.address, "a@example.no");
    assert_false(mailbox.email.may_be_used);
}

static void an_answer_that_cannot_be_trusted_is_none(void **state)
{
    struct world *world = *state;
    const char *const members[] = {
        person(world, "KANSKJE", "NEI", POST "," BARE),
        person(world, "AKTIV", "KANSKJE", POST "," BARE),
        person(world, "AKTIV", "NEI", POST ",\"sertifikat\":\"%%%\""),
        person(world, "AKTIV", "NEI",
               "\"digital_post\":{\"postkasseadresse\":\"x\",\"postkasseleverandoeradresse\":"
               "\"0192:984661185\"}," BARE),
    };
    for (size_t i = 0; i < COUNT(members); i++) {
        struct krr_mailbox mailbox = ask(world, members[i]);
        assert_int_equal(mailbox.outcome, REGISTER_UNAVAILABLE);
        assert_true(*mailbox.reason);
        assert_null(mailbox.address);
    }
}

static void a_register_that_fails_or_speaks_of_another_is_unavailable(void **state)
{
    struct world *world = *state;
    static const struct postman_answer answers[] = {
        {ASKED, 500, "{}", JSON, FLAW_NONE},
        {ASKED, 401, NULL, NULL, FLAW_NONE},
        {ASKED, 200, "{\"personer\":[]}", JSON, FLAW_NONE},
        {ASKED, 200, "{\"personer\": [{", JSON, FLAW_NONE},
        {ASKED, 200, NULL, NULL, FLAW_DROPPED},
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        postman_forget(world->postman);
        postman_says(world->postman, answers[i]);
        struct krr_mailbox mailbox;
        krr_mailbox(world->arena, &world->settings, PID, &mailbox);
        assert_int_equal(mailbox.outcome, REGISTER_UNAVAILABLE);
        assert_true(*mailbox.reason);
        assert_null(strstr(mailbox.reason, PID));
    }
}

static void nothing_is_kept_between_two_questions(void **state)
{
    struct world *world = *state;
    assert_int_equal(ask(world, person(world, "AKTIV", "NEI", POST "," BARE)).outcome,
                     REGISTER_FOUND);
    assert_int_equal(ask(world, person(world, "AKTIV", "JA", POST "," BARE)).outcome,
                     REGISTER_NOTHING);
    assert_int_equal(postman_count(world->postman, ASKED), 1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(only_an_active_person_who_is_not_reserved_has_a_mailbox_to_send_to),
        CASE(the_certificate_is_read_as_pem_and_as_bare_base64),
        CASE(each_address_may_be_used_for_eighteen_months_in_both_layouts_of_time),
        CASE(nobody_is_notified_whom_the_register_says_not_to),
        CASE(an_answer_that_cannot_be_trusted_is_none),
        CASE(a_register_that_fails_or_speaks_of_another_is_unavailable),
        CASE(nothing_is_kept_between_two_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
