#include "storage/postbox/digipost_message.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/xml.h"
#include "tests/shared.h"

#include <string.h>

#define SAMPLES "protocols/digipost-samples"

enum { SENDER = 1000077 };

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

static const char *const origins[] = {"310123005", "314500806"};

static const struct postbox_share_request pay_slips = {
    .purpose = "Vi trenger lønnsslippene dine for å behandle søknaden.",
    .duration_s = 1209600,
    .organisation_numbers = origins,
    .organisation_number_count = COUNT(origins),
};

static const int at_once[] = {0};

/* The letter of the published sample 20 and vector V4. */
static struct postbox_letter share_letter(struct bytes pdf)
{
    return (struct postbox_letter){
        .message_id = "soknad-2026-000123-del-1",
        .recipient = {.pid = "15838530181"},
        .language = "nb",
        .title = "Kvittering",
        .level = 4,
        .sensitive = true,
        .sms_notice = {"Du har fått et brev.", at_once, 1},
        .main = {"7a1c2f7e-0d1b-4c52-9a55-0b6f3c1e2a01",
                 "Be om innsyn i dokumenter til søknaden din", "pdf", pdf},
        .share = &pay_slips,
    };
}

static const struct postbox_document enclosed[] = {
    {"b4e0d3a2-5c6d-4f7e-8a90-112233445502", "Søknadsskjema", "pdf", {(unsigned char *)"two", 3}},
    {"b4e0d3a2-5c6d-4f7e-8a90-112233445503", "Vedlegg 1", "xml", {(unsigned char *)"three", 5}},
};

static struct postbox_letter receipt_letter(void)
{
    return (struct postbox_letter){
        .message_id = "soknad-2026-000123-kvittering",
        .recipient = {.pid = "15838530181"},
        .language = "nb",
        .title = "Kvittering",
        .level = 4,
        .main = {"b4e0d3a2-5c6d-4f7e-8a90-112233445501",
                 "Kvittering for innsendt søknad 2026/000123", "pdf", BYTES_OF("one")},
        .attachments = enclosed,
        .attachment_count = COUNT(enclosed),
    };
}

/* The letter of the published sample 32. */
static const struct postbox_link to_the_form = {
    .url = "https://skjema.example.test/ettersend/000124",
    .deadline = 1775080740, /* 1 April 2026, 23.59 in Norway */
    .description = "Åpne skjemaet og send inn opplysningene som mangler.",
    .button = "Gå til skjemaet",
};

static struct postbox_letter link_letter(void)
{
    return (struct postbox_letter){
        .message_id = "soknad-2026-000124-ettersend",
        .recipient = {.pid = "15838530181"},
        .language = "nb",
        .title = "Kvittering",
        .level = 3,
        .main = {"c0ffee00-1111-4222-8333-444455556601", "Vi mangler opplysninger i søknaden din",
                 "pdf", BYTES_OF("one")},
        .link = &to_the_form,
    };
}

static const struct postbox_proof permit = {
    .authorizer = "Testetaten",
    .title = "Tillatelse til testing",
    .issued_at = 1772352000,
    .valid_from = 1772319600,
    .valid_until = 1803855600,
    .first_name = "Test",
    .surname = "Testesen",
    .number_name = "Tillatelsesnummer",
    .number = "T-2026-000126",
};

static struct postbox_letter proof_letter(void)
{
    struct postbox_letter letter = link_letter();
    letter.link = NULL;
    letter.proof = &permit;
    return letter;
}

static void assert_same_bytes(struct bytes found, struct bytes expected)
{
    assert_int_equal(found.size, expected.size);
    assert_memory_equal(found.data, expected.data, expected.size);
}

static void the_published_share_request_is_written_byte_for_byte(void **state)
{
    shared_or_skip(*state, SAMPLES);
    struct postbox_letter letter = share_letter(BYTES_OF("%PDF"));

    struct bytes message = digipost_message_write(*state, SENDER, &letter);

    assert_same_bytes(
        message, shared_read(*state, SAMPLES "/20-message-share-documents-request.request.xml"));
}

static void the_published_multipart_body_is_written_byte_for_byte(void **state)
{
    shared_or_skip(*state, SAMPLES);
    struct postbox_letter letter =
        share_letter(shared_read(*state, SAMPLES "/signing/tiny-primary.pdf"));

    struct bytes message = digipost_message_write(*state, SENDER, &letter);
    struct bytes body =
        digipost_message_multipart(*state, message, &letter, "----test-boundary-7f3a9c");

    assert_same_bytes(body, shared_read(*state, SAMPLES "/signing/v4-multipart-body.bin"));
}

/* The sample has an empty line before the end of its document, which we have not. */
static void the_published_link_is_written_byte_for_byte(void **state)
{
    shared_or_skip(*state, SAMPLES);
    struct postbox_letter letter = link_letter();

    const char *written = arena_text_of(*state, digipost_message_write(*state, SENDER, &letter));
    const char *published =
        arena_text_of(*state, shared_read(*state, SAMPLES "/32-message-external-link.request.xml"));

    const char *from = strstr(published, "<data-type>");
    size_t size = (size_t)(strstr(published, "</data-type>") - from);
    assert_non_null(strstr(written, "<data-type>"));
    assert_memory_equal(strstr(written, "<data-type>"), from, size);
}

static void a_proof_says_who_issued_it_to_whom_and_how_long_it_holds(void **state)
{
    struct postbox_letter letter = proof_letter();
    const char *written = arena_text_of(*state, digipost_message_write(*state, SENDER, &letter));
    static const char *const said[] = {
        "<authorizer-name>Testetaten</authorizer-name>",
        "<issued-time>2026-03-01T09:00:00+01:00</issued-time>",
        "<from>2026-03-01T00:00:00</from>",
        "<to>2027-03-01T00:00:00</to>",
        "<firstname>Test</firstname>",
        "<proof-id-value>T-2026-000126</proof-id-value>",
    };
    for (size_t i = 0; i < COUNT(said); i++)
        assert_non_null(strstr(written, said[i]));
}

static void the_published_identification_and_stop_are_written_byte_for_byte(void **state)
{
    shared_or_skip(*state, SAMPLES);
    struct postbox_recipient person = {.pid = "15838530181"};

    assert_same_bytes(digipost_message_identification(*state, &person),
                      shared_read(*state, SAMPLES "/03-identification.request.xml"));
    assert_same_bytes(digipost_message_stop_sharing(*state, SENDER),
                      shared_read(*state, SAMPLES "/28-stop-sharing.request.xml"));
}

static struct bytes golden(struct arena *arena, const char *name, struct bytes now)
{
    const char *path = arena_printf(arena, "tests/golden/digipost/%s", name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "wbe");
        assert_non_null(file);
        assert_int_equal(fwrite(now.data, 1, now.size, file), now.size);
        assert_int_equal(fclose(file), 0);
    }
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_msg("%s cannot be read", path);
    enum { MOST = 64 * 1024 };
    unsigned char *data = arena_alloc(arena, MOST);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    return (struct bytes){data, size};
}

static void level_delay_and_text_messages_are_written_where_digipost_has_them(void **state)
{
    struct postbox_letter letter = receipt_letter();
    static const int days[] = {0, 7};
    letter.level = 3;
    letter.sms_notice = (struct postbox_notice){"Du har fått et brev.", days, COUNT(days)};
    letter.visible_from = clock_now() + 3600;
    const char *written = arena_text_of(*state, digipost_message_write(*state, SENDER, &letter));
    assert_non_null(strstr(written, arena_printf(*state, "<delivery-time>%s</delivery-time>",
                                                 clock_iso_oslo(*state, letter.visible_from))));
    assert_non_null(strstr(written, "<after-hours>0</after-hours>"));
    assert_non_null(strstr(written, "<after-hours>168</after-hours>"));
    assert_non_null(strstr(written, "<authentication-level>PASSWORD</authentication-level>"));
    assert_null(strstr(written, letter.sms_notice.text)); /* that takes a permission */

    letter.visible_from = clock_now() - 60; /* they refuse a time that has passed */
    letter.level = 4;
    written = arena_text_of(*state, digipost_message_write(*state, SENDER, &letter));
    assert_null(strstr(written, "<delivery-time>"));
    assert_non_null(strstr(written, "<authentication-level>TWO_FACTOR</authentication-level>"));
}

static void a_letter_with_attachments_is_written_as_it_was(void **state)
{
    struct postbox_letter letter = receipt_letter();

    struct bytes message = digipost_message_write(*state, SENDER, &letter);
    const char *boundary = digipost_message_boundary(*state, message, &letter);
    struct bytes body = digipost_message_multipart(*state, message, &letter, boundary);

    assert_same_bytes(body, golden(*state, "letter.multipart", body));
}

static void the_same_letter_is_the_same_bytes_again(void **state)
{
    struct postbox_letter letter = receipt_letter();
    struct bytes bodies[2];
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct bytes message = digipost_message_write(*state, SENDER, &letter);
        bodies[i] = digipost_message_multipart(*state, message, &letter,
                                               digipost_message_boundary(*state, message, &letter));
    }
    assert_same_bytes(bodies[0], bodies[1]);
}

static void a_boundary_that_stands_in_a_document_is_not_used(void **state)
{
    struct postbox_letter letter = receipt_letter();
    struct bytes message = digipost_message_write(*state, SENDER, &letter);
    const char *first = digipost_message_boundary(*state, message, &letter);

    letter.main.content = BYTES_OF(arena_printf(*state, "before\r\n--%s\r\nafter", first));
    const char *second = digipost_message_boundary(*state, message, &letter);

    assert_string_not_equal(first, second);
}

static void text_from_people_cannot_become_markup(void **state)
{
    struct postbox_letter letter = receipt_letter();
    letter.main.title = "<b>&amp;\"]]></subject>\xc4\x8d";
    CLEANUP(xml_close) xmlDoc *doc = NULL;

    struct bytes message = digipost_message_write(*state, SENDER, &letter);

    assert_true(xml_parse(message, "message", &doc, NULL));
    const char *api = "http://api.digipost.no/schema/v8";
    xmlNode *main = xml_child(xmlDocGetRootElement(doc), api, "primary-document");
    assert_string_equal(xml_text(*state, xml_child(main, api, "subject")), letter.main.title);
}

/* ---- by Digipost's own schema, with a program that is not ours ---- */

static void write_file(const char *path, struct bytes content)
{
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
    assert_int_equal(fclose(file), 0);
}

static bool is_valid(struct arena *arena, struct bytes xml)
{
    char folder[] = "/tmp/skjema-xmllint-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *file = arena_printf(arena, "%s/message.xml", folder);
    write_file(file, xml);
    const char *command =
        arena_printf(arena, "xmllint --nonet --noout --schema '%s' %s >%s/output 2>&1",
                     shared_path(arena, "protocols/xsd/digipost-all.xsd"), file, folder);
    bool valid = system(command) == 0;
    assert_int_equal(system(arena_printf(arena, "rm -r %s", folder)), 0);
    return valid;
}

static void what_we_write_is_valid_by_digiposts_schema(void **state)
{
    shared_or_skip(*state, "protocols/xsd/digipost-all.xsd");
    struct postbox_letter share = share_letter(BYTES_OF("%PDF"));
    struct postbox_letter open_to_all = share, receipt = receipt_letter(), company = receipt;
    struct postbox_letter link = link_letter(), proof = proof_letter();
    struct postbox_share_request anybody = {"Fordi «vi» <må> & vil", 60, NULL, 0};
    struct postbox_recipient organisation = {.organisation_number = "310123005"};
    open_to_all.share = &anybody;
    company.recipient = organisation;

    assert_true(is_valid(*state, digipost_message_write(*state, SENDER, &share)));
    assert_true(is_valid(*state, digipost_message_write(*state, SENDER, &open_to_all)));
    assert_true(is_valid(*state, digipost_message_write(*state, SENDER, &receipt)));
    assert_true(is_valid(*state, digipost_message_write(*state, SENDER, &company)));
    assert_true(is_valid(*state, digipost_message_write(*state, SENDER, &link)));
    assert_true(is_valid(*state, digipost_message_write(*state, SENDER, &proof)));
    assert_true(is_valid(*state, digipost_message_identification(*state, &share.recipient)));
    assert_true(is_valid(*state, digipost_message_identification(*state, &organisation)));
    assert_true(is_valid(*state, digipost_message_stop_sharing(*state, SENDER)));
}

static void the_schema_would_have_found_a_mistake(void **state)
{
    shared_or_skip(*state, "protocols/xsd/digipost-all.xsd");
    struct postbox_letter letter = share_letter(BYTES_OF("%PDF"));
    letter.main.id = "7A1C2F7E-0D1B-4C52-9A55-0B6F3C1E2A01";

    assert_false(is_valid(*state, digipost_message_write(*state, SENDER, &letter)));
}

int main(void)
{
    xml_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_share_request_is_written_byte_for_byte),
        cmocka_unit_test(the_published_multipart_body_is_written_byte_for_byte),
        cmocka_unit_test(the_published_link_is_written_byte_for_byte),
        cmocka_unit_test(a_proof_says_who_issued_it_to_whom_and_how_long_it_holds),
        cmocka_unit_test(the_published_identification_and_stop_are_written_byte_for_byte),
        cmocka_unit_test(level_delay_and_text_messages_are_written_where_digipost_has_them),
        cmocka_unit_test(a_letter_with_attachments_is_written_as_it_was),
        cmocka_unit_test(the_same_letter_is_the_same_bytes_again),
        cmocka_unit_test(a_boundary_that_stands_in_a_document_is_not_used),
        cmocka_unit_test(text_from_people_cannot_become_markup),
        cmocka_unit_test(what_we_write_is_valid_by_digiposts_schema),
        cmocka_unit_test(the_schema_would_have_found_a_mistake),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
