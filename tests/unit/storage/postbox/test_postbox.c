#include "storage/postbox/postbox.h"

#include "engine/base/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

static const char uuid[] = "b4e0d3a2-5c6d-4f7e-8a90-112233445501";

static struct postbox_letter good_letter(void)
{
    return (struct postbox_letter){
        .message_id = "fb-2026-000123",
        .recipient = {.pid = "15838530181"},
        .language = "nb",
        .title = "Kvittering",
        .level = 3,
        .main = {uuid, "Kvittering – søknad", "pdf", BYTES_OF("%PDF")},
    };
}

static void a_letter_in_order_is_accepted(void **state)
{
    (void)state;
    struct postbox_letter letter = good_letter(), company = letter;
    company.recipient = (struct postbox_recipient){.organisation_number = "310123005"};

    assert_true(postbox_check(&letter, NULL));
    assert_true(postbox_check(&company, NULL));
}

static void assert_refused(const struct postbox_letter *letter, const char *why)
{
    struct error err = {0};
    assert_false(postbox_check(letter, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void a_message_id_is_a_plain_word(void **state)
{
    (void)state;
    char long_id[POSTBOX_MAX_ID + 2];
    memset(long_id, 'a', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    const char *const ids[] = {NULL, "", "a b", "a/b", "../x", ".hidden", "æ", "a\n", long_id};
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct postbox_letter letter = good_letter();
        letter.message_id = ids[i];
        assert_refused(&letter, "message id");
    }
    struct postbox_letter longest = good_letter();
    longest.message_id = long_id + 1;
    assert_true(postbox_check(&longest, NULL));
}

static void there_is_exactly_one_recipient_with_a_number_of_the_right_length(void **state)
{
    (void)state;
    static const struct postbox_recipient recipients[] = {
        {NULL, NULL, NULL},          {"15838530181", "310123005", NULL},
        {"1583853018", NULL, NULL},  {"158385301811", NULL, NULL},
        {"1583853018x", NULL, NULL}, {NULL, "31012300", NULL},
        {NULL, "NO3101230", NULL},
    };
    for (size_t i = 0; i < COUNT(recipients); i++) {
        struct postbox_letter letter = good_letter();
        letter.recipient = recipients[i];
        assert_refused(&letter, "recipient");
    }
}

static void a_letter_says_its_language_its_title_and_a_level_that_there_is(void **state)
{
    (void)state;
    const struct {
        const char *language, *title;
        int level;
        const char *why;
    } cases[] = {
        {"", "Kvittering", 3, "language"},
        {"b", "Kvittering", 3, "language"},
        {"NB", "Kvittering", 3, "language"},
        {NULL, "Kvittering", 3, "language"},
        {"nb", "", 3, "title"},
        {"nb", "Kvit\ntering", 3, "title"},
        {"nb", NULL, 3, "title"},
        {"nb", "Kvittering", 2, "level"},
        {"nb", "Kvittering", 5, "level"},
        {"nb", "Kvittering", 0, "level"},
    };
    struct postbox_letter letter = good_letter();
    for (size_t i = 0; i < COUNT(cases); i++) {
        letter.language = cases[i].language;
        letter.title = cases[i].title;
        letter.level = cases[i].level;
        assert_refused(&letter, cases[i].why);
    }
}

static void a_notice_is_short_and_given_on_up_to_ten_days_each_once(void **state)
{
    (void)state;
    static const int days[] = {0, 7, 25, 1, 2, 3, 4, 5, 6, 8, 9}, twice[] = {7, 7}, late[] = {26},
                     early[] = {-1};
    char sms[POSTBOX_MAX_SMS_NOTICE + 2], email[POSTBOX_MAX_EMAIL_NOTICE + 2];
    memset(sms, 'a', sizeof sms);
    memset(email, 'a', sizeof email);
    sms[POSTBOX_MAX_SMS_NOTICE] = email[POSTBOX_MAX_EMAIL_NOTICE] = '\0';
    struct postbox_letter letter = good_letter();
    letter.sms_notice = (struct postbox_notice){sms, days, POSTBOX_MAX_REPEATS};
    letter.email_notice = (struct postbox_notice){email, days, 2};
    assert_true(postbox_check(&letter, NULL));

    sms[POSTBOX_MAX_SMS_NOTICE] = 'a';
    sms[POSTBOX_MAX_SMS_NOTICE + 1] = '\0';
    assert_refused(&letter, "too long");
    letter.sms_notice.text = "Brev";
    email[POSTBOX_MAX_EMAIL_NOTICE] = 'a';
    email[POSTBOX_MAX_EMAIL_NOTICE + 1] = '\0';
    assert_refused(&letter, "too long");
    letter.email_notice.text = NULL;
    const struct postbox_notice wrong[] = {
        {"Brev", days, 0},  {"Brev", days, POSTBOX_MAX_REPEATS + 1},
        {"Brev", twice, 2}, {"Brev", late, 1},
        {"Brev", early, 1}, {"", days, 1}};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        letter.sms_notice = wrong[i];
        assert_refused(&letter, "notice");
    }
}

static void a_document_has_an_id_of_its_own_a_title_a_type_and_content(void **state)
{
    (void)state;
    char long_title[POSTBOX_MAX_TITLE + 2];
    memset(long_title, 'a', sizeof long_title - 1);
    long_title[sizeof long_title - 1] = '\0';
    const struct {
        struct postbox_document document;
        const char *why;
    } cases[] = {
        {{"B4E0D3A2-5c6d-4f7e-8a90-112233445501", "A", "pdf", BYTES_OF("x")}, "UUID"},
        {{NULL, "A", "pdf", BYTES_OF("x")}, "UUID"},
        {{"b4e0d3a2", "A", "pdf", BYTES_OF("x")}, "UUID"},
        {{uuid, NULL, "pdf", BYTES_OF("x")}, "title"},
        {{uuid, "", "pdf", BYTES_OF("x")}, "title"},
        {{uuid, long_title, "pdf", BYTES_OF("x")}, "title"},
        {{uuid, "a\nb", "pdf", BYTES_OF("x")}, "title"},
        {{uuid, "a\x01", "pdf", BYTES_OF("x")}, "title"},
        {{uuid, "\xff", "pdf", BYTES_OF("x")}, "title"},
        {{uuid, "\xef\xbf\xbf", "pdf", BYTES_OF("x")}, "title"},
        {{uuid, "A", "PDF", BYTES_OF("x")}, "file type"},
        {{uuid, "A", "pdf\"", BYTES_OF("x")}, "file type"},
        {{uuid, "A", NULL, BYTES_OF("x")}, "file type"},
        {{uuid, "A", "pdf", {NULL, 0}}, "empty"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct postbox_letter main = good_letter(), attached = main;
        main.main = cases[i].document;
        attached.main.id = "b4e0d3a2-5c6d-4f7e-8a90-112233445599";
        attached.attachments = &cases[i].document;
        attached.attachment_count = 1;
        assert_refused(&main, cases[i].why);
        assert_refused(&attached, cases[i].why);
    }
    struct postbox_letter longest = good_letter();
    longest.main.title = long_title + 1;
    assert_true(postbox_check(&longest, NULL));
}

static void no_document_id_is_there_twice_and_no_more_attachments_than_digipost_takes(void **state)
{
    (void)state;
    static struct postbox_document documents[POSTBOX_MAX_ATTACHMENTS + 1];
    static char ids[POSTBOX_MAX_ATTACHMENTS + 1][37];
    for (size_t i = 0; i < COUNT(documents); i++) {
        memcpy(ids[i], uuid, sizeof uuid);
        ids[i][0] = "0123456789abcdef"[i / 16];
        ids[i][1] = "0123456789abcdef"[i % 16];
        ids[i][2] = '0'; /* unlike the main document's */
        documents[i] = (struct postbox_document){ids[i], "Vedlegg", "pdf", BYTES_OF("x")};
    }
    struct postbox_letter letter = good_letter();
    letter.attachments = documents;

    letter.attachment_count = POSTBOX_MAX_ATTACHMENTS;
    assert_true(postbox_check(&letter, NULL));
    letter.attachment_count++;
    assert_refused(&letter, "too many");
    letter.attachment_count = 2;
    documents[1].id = documents[0].id;
    assert_refused(&letter, "one id");
    letter.attachment_count = 1;
    documents[0].id = uuid;
    assert_refused(&letter, "one id");
}

static void a_share_request_has_a_purpose_a_time_and_known_origins(void **state)
{
    (void)state;
    static const char *const number[] = {"310123005"}, *const odd[] = {"310123005", "x"};
    const struct {
        struct postbox_share_request share;
        const char *why;
    } cases[] = {
        {{"", 60, number, 1}, "purpose"},  {{NULL, 60, number, 1}, "purpose"},
        {{"Fordi", 0, number, 1}, "time"}, {{"Fordi", -1, number, 1}, "time"},
        {{"Fordi", 60, odd, 2}, "origin"},
    };
    struct postbox_letter letter = good_letter();
    struct postbox_share_request good = {"Fordi", 60, number, 1};
    letter.share = &good;
    assert_true(postbox_check(&letter, NULL));
    for (size_t i = 0; i < COUNT(cases); i++) {
        letter.share = &cases[i].share;
        assert_refused(&letter, cases[i].why);
    }
}

static void a_link_leads_to_the_web_and_its_button_is_short(void **state)
{
    (void)state;
    const struct {
        struct postbox_link link;
        const char *why;
    } cases[] = {
        {{.url = "ftp://example.test/x"}, "not an address"},
        {{.url = ""}, "not an address"},
        {{.url = "https://example.test/x", .button = "Svar på forespørselen fra etaten nå"},
         "button"},
        {{.url = "https://example.test/x", .description = ""}, "description"},
    };
    struct postbox_letter letter = good_letter();
    for (size_t i = 0; i < COUNT(cases); i++) {
        letter.link = &cases[i].link;
        assert_refused(&letter, cases[i].why);
    }
}

static void a_proof_has_a_holder_an_issuer_and_a_time_that_goes_forward(void **state)
{
    (void)state;
    const struct postbox_proof good = {.authorizer = "Testetaten",
                                       .title = "Tillatelse",
                                       .issued_at = 1,
                                       .valid_from = 1,
                                       .valid_until = 2,
                                       .first_name = "Test",
                                       .surname = "Testesen"};
    struct postbox_proof proof = good;
    struct postbox_letter letter = good_letter();
    struct error err = {0};
    letter.proof = &proof;
    assert_true(postbox_check(&letter, &err));

    proof.authorizer = "Direktoratet for lange navn og mer";
    assert_refused(&letter, "proof");
    proof = good;
    proof.surname = "";
    assert_refused(&letter, "proof");
    proof = good;
    proof.number = "1";
    assert_refused(&letter, "number");
    proof = good;
    proof.valid_until = 1;
    assert_refused(&letter, "ends before");
    proof = good;
    const struct postbox_link link = {.url = "https://example.test/x"};
    letter.link = &link;
    assert_refused(&letter, "more than one kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_in_order_is_accepted),
        cmocka_unit_test(a_message_id_is_a_plain_word),
        cmocka_unit_test(there_is_exactly_one_recipient_with_a_number_of_the_right_length),
        cmocka_unit_test(a_letter_says_its_language_its_title_and_a_level_that_there_is),
        cmocka_unit_test(a_notice_is_short_and_given_on_up_to_ten_days_each_once),
        cmocka_unit_test(a_document_has_an_id_of_its_own_a_title_a_type_and_content),
        cmocka_unit_test(no_document_id_is_there_twice_and_no_more_attachments_than_digipost_takes),
        cmocka_unit_test(a_share_request_has_a_purpose_a_time_and_known_origins),
        cmocka_unit_test(a_link_leads_to_the_web_and_its_button_is_short),
        cmocka_unit_test(a_proof_has_a_holder_an_issuer_and_a_time_that_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
