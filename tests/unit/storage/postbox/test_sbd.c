#include "storage/postbox/sbd.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "tests/cases.h"
#include "tests/shared.h"
#include "tests/unit/base/business.h"

#include <jansson.h>

struct fixture {
    struct arena *arena;
    const char *folder;
    struct crypto_key *agency_key, *mailbox_key;
    struct x509_trust *trust;
    int64_t now;
    struct error err;
};

static struct fixture fixture;

static struct crypto_key *open_key(const char *name)
{
    struct crypto_key *key = NULL;
    assert_true(crypto_private_key_open(business_file(fixture.arena, fixture.folder, name), name,
                                        &key, NULL));
    return key;
}

static int set_up(void **state)
{
    (void)state;
    fixture.arena = arena_open();
    fixture.folder = folder_make(fixture.arena);
    fixture.now = clock_now() + 60;
    business_make(fixture.arena, fixture.folder);
    fixture.agency_key = open_key("agency.key");
    fixture.mailbox_key = open_key("mailbox.key");
    fixture.trust = x509_trust_open();
    assert_true(x509_trust_add(fixture.trust,
                               business_file(fixture.arena, fixture.folder, "root.pem"), "root",
                               &fixture.err));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    x509_trust_close(&fixture.trust);
    crypto_key_close(&fixture.agency_key);
    crypto_key_close(&fixture.mailbox_key);
    folder_remove(fixture.folder);
    arena_close(&fixture.arena);
    return 0;
}

static const int days[] = {0, 7};

static struct sbd_digital a_letter(void)
{
    return (struct sbd_digital){
        .message_id = "0b5f9a52-6f0e-4c5e-9a39-2f7a6c1d0e11",
        .conversation_id = "7d1f6c0e-3f55-4c0a-8a5c-6f2d9b1c7a42",
        .created_at = 1768465800,
        .sender = AGENCY,
        .receiver = MAILBOX,
        .agency = "310000012",
        .agency_unit = "soknad",
        .invoice = "SKJEMA-2041",
        .mailbox = "syntetisk.person#0AAA",
        .package = crypto_sha256(BYTES_OF("package")),
        .token = "eyJhbGciOiJSUzI1NiJ9.e30.c2FtcGxl",
        .level = 4,
        .visible_from = 1768552200,
        .wants_opening_receipt = true,
        .title = "Kvittering for «søknad» / \"innsendt\"",
        .language = "nb",
        .email = {"syntetisk@example.no", "Du har fått post.", days, COUNT(days)},
        .sms = {"+4799999999", "Du har fått post.", days, 1},
    };
}

static struct bytes write_letter(const struct sbd_digital *letter)
{
    struct bytes document;
    if (!sbd_write(fixture.arena, letter, &document, &fixture.err))
        fail_msg("%s", fixture.err.text);
    return document;
}

/* From the mailbox, about a_letter. */
static const char *a_receipt(const char *type, const char *more)
{
    return arena_printf(
        fixture.arena,
        "{\"standardBusinessDocument\":{\"standardBusinessDocumentHeader\":{\"headerVersion\":"
        "\"1.0\",\"sender\":[{\"identifier\":{\"authority\":\"iso6523-actorid-upis\",\"value\":"
        "\"0192:" MAILBOX "\"}}],\"receiver\":[{\"identifier\":{\"authority\":\"iso6523-actorid-"
        "upis\",\"value\":\"0192:" AGENCY "\"}}],\"documentIdentification\":{\"standard\":\"urn\","
        "\"typeVersion\":\"1.0\",\"instanceIdentifier\":\"C1A4D6F2-9A0B-4A6A-BB52-0F1F2A3B4C02\","
        "\"type\":\"%s\",\"creationDateAndTime\":\"2026-01-15T09:31:10.000+01:00\"},"
        "\"businessScope\":{\"scope\":[{\"type\":\"ConversationId\",\"instanceIdentifier\":"
        "\"7d1f6c0e-3f55-4c0a-8a5c-6f2d9b1c7a42\",\"identifier\":\"urn:x\"}]}},\"%s\":{"
        "\"avsender\":{\"virksomhetsidentifikator\":{\"authority\":\"iso6523-actorid-upis\","
        "\"value\":\"0192:310000012\"}},\"mottaker\":{\"virksomhetsidentifikator\":{\"authority\":"
        "\"iso6523-actorid-upis\",\"value\":\"0192:" MAILBOX "\"}},\"tidspunkt\":"
        "\"2026-01-15T09:31:09.000+01:00\"%s}}}",
        type, type, more);
}

/* ---- writing ---- */

static void assert_same_notice(const struct sbd_notice *a, const struct sbd_notice *b)
{
    assert_string_equal(a->address, b->address);
    assert_string_equal(a->text, b->text);
    assert_int_equal(a->repeat_count, b->repeat_count);
    assert_memory_equal(a->repeat_days, b->repeat_days, a->repeat_count * sizeof(int));
}

static void a_letter_that_is_written_is_read_the_same(void **state)
{
    (void)state;
    struct sbd_digital letter = a_letter(), read;

    assert_true(sbd_digital_parse(fixture.arena, write_letter(&letter), &read, &fixture.err));

    assert_string_equal(read.message_id, letter.message_id);
    assert_string_equal(read.conversation_id, letter.conversation_id);
    assert_int_equal(read.created_at, letter.created_at);
    assert_string_equal(read.sender, letter.sender);
    assert_string_equal(read.receiver, letter.receiver);
    assert_string_equal(read.agency, letter.agency);
    assert_string_equal(read.agency_unit, letter.agency_unit);
    assert_string_equal(read.invoice, letter.invoice);
    assert_string_equal(read.mailbox, letter.mailbox);
    assert_memory_equal(&read.package, &letter.package, sizeof letter.package);
    assert_string_equal(read.token, letter.token);
    assert_int_equal(read.level, letter.level);
    assert_int_equal(read.visible_from, letter.visible_from);
    assert_true(read.wants_opening_receipt);
    assert_string_equal(read.title, letter.title);
    assert_string_equal(read.language, letter.language);
    assert_same_notice(&read.email, &letter.email);
    assert_same_notice(&read.sms, &letter.sms);
}

static void a_letter_without_what_may_be_left_out_is_read_the_same(void **state)
{
    (void)state;
    struct sbd_digital letter = a_letter(), read;
    letter.agency_unit = letter.invoice = letter.email.address = letter.sms.address = NULL;
    letter.visible_from = 0;
    letter.wants_opening_receipt = false;

    struct bytes document = write_letter(&letter);

    assert_true(sbd_digital_parse(fixture.arena, document, &read, &fixture.err));
    assert_null(read.agency_unit);
    assert_null(read.invoice);
    assert_null(read.email.address);
    assert_null(read.sms.address);
    assert_int_equal(read.visible_from, 0);
    assert_false(read.wants_opening_receipt);
    assert_non_null(strstr(arena_text_of(fixture.arena, document), "\"varsler\":{}"));
}

/* Each breaks one rule, and is not written. */
static void what_breaks_a_rule_is_not_written(void **state)
{
    (void)state;
    const int thrice[] = {1, 2, 1}, far[] = {26};
    const char *wide = arena_printf(fixture.arena, "%0256d", 0);
    struct sbd_digital wrong[16];
    for (size_t i = 0; i < COUNT(wrong); i++)
        wrong[i] = a_letter();
    wrong[0].message_id = "0b5f9a52";
    wrong[1].conversation_id = NULL;
    wrong[2].sender = "31000000";
    wrong[3].receiver = "0192:984661185";
    wrong[4].agency = "";
    wrong[5].level = 2;
    wrong[6].title = wide;
    wrong[7].title = "\xff\xfe";
    wrong[8].language = "nob";
    wrong[9].token = "a\nb";
    wrong[10].email.repeat_days = thrice;
    wrong[10].email.repeat_count = 3;
    wrong[11].sms.repeat_days = far;
    wrong[12].sms.repeat_count = 0;
    wrong[13].sms.text = wide;
    wrong[14].invoice = "\xff"; /* may be left out, but not silently */
    wrong[15].mailbox = "";

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct bytes document;
        if (sbd_write(fixture.arena, &wrong[i], &document, &fixture.err))
            fail_msg("wrong[%zu] is written", i);
        assert_int_equal(fixture.err.code, ERROR_INVALID);
        assert_null(strstr(fixture.err.text, "syntetisk"));
    }
}

/* ---- the rules, against the published schemas too ---- */

static json_t *document_of(const char *type)
{
    struct sbd_digital letter = a_letter();
    const char *more = text_equal(type, "feil") ? ",\"feiltype\":\"KLIENT\",\"detaljer\":\"Nei\""
                       : text_equal(type, "varslingfeiletkvittering")
                           ? ",\"varslingskanal\":\"sms\",\"beskrivelse\":\"Nei\""
                           : "";
    const char *text = text_equal(type, "digital")
                           ? arena_text_of(fixture.arena, write_letter(&letter))
                           : a_receipt(type, more);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void change(json_t *document, const char *path, const char *value)
{
    json_t *at = json_object_get(document, "standardBusinessDocument");
    char *rest = arena_text(fixture.arena, path), *name = strsep(&rest, ".");
    for (; rest; name = strsep(&rest, ".")) {
        at = json_object_get(at,
                             text_equal(name, "header") ? "standardBusinessDocumentHeader" : name);
        assert_non_null(at);
    }
    if (text_equal(name, "header"))
        name = "standardBusinessDocumentHeader";
    if (text_equal(value, "-")) {
        assert_int_equal(json_object_del(at, name), 0);
        return;
    }
    json_t *new = json_loads(value, JSON_DECODE_ANY, NULL);
    if (!new)
        fail_msg("%s is not JSON", value);
    json_object_set_new(at, name, new);
}

static bool is_read(const char *type, const char *text)
{
    struct sbd_digital letter;
    struct sbd_receipt receipt;
    return text_equal(type, "digital")
               ? sbd_digital_parse(fixture.arena, BYTES_OF(text), &letter, &fixture.err)
               : sbd_receipt_parse(fixture.arena, BYTES_OF(text), &receipt, &fixture.err);
}

/* Files whose names end in what the schemas say of them: "12-leveringskvittering-valid". */
static void write_for_validator(int line, const char *type, const char *verdict, const char *text)
{
    const char *says = text_equal(verdict, "schema")   ? "INVALID"
                       : text_equal(verdict, "format") ? "either" /* as validators differ */
                                                       : "valid";
    folder_write(fixture.arena, fixture.folder,
                 arena_printf(fixture.arena, "%d-%s-%s.json", line, type, says), text);
}

static void the_rules_are_those_of_the_schemas_and_the_prose(void **state)
{
    (void)state;
    struct cases cases;
    int wrong = 0, count = 0;
    for (cases_open(&cases, "tests/cases/sbd.tsv"); cases_next(&cases); count++) {
        const char *type = cases.fields[0], *verdict = cases.fields[3];
        json_t *document = document_of(type);
        change(document, cases.fields[1], cases.fields[2]);
        char *text = json_dumps(document, 0);
        bool good = text_equal(verdict, "good");
        assert_true(good || text_has_word("schema format prose", verdict));
        if (is_read(type, text) != good) {
            cases_complain(&cases, good ? fixture.err.text : "read");
            wrong++;
        }
        write_for_validator(cases.line, type, verdict, text);
        free(text);
        json_decref(document);
    }
    cases_close(&cases);
    assert_int_equal(wrong, 0);
    assert_true(count > 100);
}

/* After the test before, which wrote the files. The validator prints "FILE TYPE valid" or
 * "INVALID", but stops at a document whose type it cannot see. */
static void a_validator_says_the_same_of_them(void **state)
{
    (void)state;
    shared_or_skip(fixture.arena, "protocols/json-schema/validate.py");
    const char *script = business_absolute(
        fixture.arena, shared_path(fixture.arena, "protocols/json-schema/validate.py"));

    business_run(fixture.arena, fixture.folder,
                 arena_printf(fixture.arena,
                              "grep -L '\"type\": \"digital\"' *-digital-*.json | xargs -r rm; "
                              "ls *-*.json | wc -l > made; python3 %s *-*.json > verdicts; "
                              "grep -cE '^[0-9]+-[a-z]+-[a-zA-Z]+.json ' verdicts > judged; "
                              "grep -vE '^ |-either' verdicts | "
                              "grep -vE '^[0-9]+-[a-z]+-(valid|INVALID).json [a-z]+ \\1$' > differ",
                              script));

    if (business_run(fixture.arena, fixture.folder, "test -s verdicts && cmp made judged") &&
        !business_run(fixture.arena, fixture.folder, "test -s differ"))
        return;
    business_run(fixture.arena, fixture.folder, "cat differ verdicts | head -40");
    fail_msg("%s",
             arena_text_of(fixture.arena, business_file(fixture.arena, fixture.folder, "said")));
}

static void the_published_samples_are_read(void **state)
{
    (void)state;
    shared_or_skip(fixture.arena, "protocols/dpi-samples");
    static const char *const names[] = {"digital", "leveringskvittering", "aapningskvittering",
                                        "feil", "varslingfeiletkvittering"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *path =
            arena_printf(fixture.arena, "protocols/dpi-samples/sbd-%s.json", names[i]);
        if (!is_read(names[i], arena_text_of(fixture.arena, shared_read(fixture.arena, path))))
            fail_msg("%s: %s", names[i], fixture.err.text);
    }
}

static void odd_documents_are_refused(void **state)
{
    (void)state;
    const char *receipt = a_receipt("leveringskvittering", "");
    const char *other_root = arena_printf(fixture.arena, "{\"annet\":1,%s", receipt + 1);
    const char *const wrong[] = {"",
                                 "[]",
                                 "null",
                                 "{}",
                                 "{\"standardBusinessDocument\":{}}",
                                 "{\"standardBusinessDocument\":7}",
                                 other_root,
                                 a_receipt("levertkvittering", ""),
                                 a_receipt("leveringskvittering", ",\"tidspunkt\":\"2026\""),
                                 a_receipt("flyttet", "")};
    assert_true(is_read("leveringskvittering", receipt));
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(is_read("leveringskvittering", wrong[i]));
    assert_false(is_read("digital", receipt));
}

/* ---- signing ---- */

static const char *sign(const char *document, const struct crypto_key *key, const char *name)
{
    char *jws;
    if (!sbd_sign(fixture.arena, BYTES_OF(document), key,
                  business_file(fixture.arena, fixture.folder, name), &jws, &fixture.err))
        fail_msg("%s", fixture.err.text);
    return jws;
}

static void openssl_verifies_the_signature_with_the_one_certificate_in_it(void **state)
{
    (void)state;
    struct sbd_digital letter = a_letter();
    const char *document = arena_text_of(fixture.arena, write_letter(&letter));

    const char *jws = sign(document, fixture.agency_key, "chain.pem");

    char *first = arena_text(fixture.arena, jws), *second = strchr(first, '.') + 1;
    char *third = strrchr(first, '.') + 1;
    struct bytes header, payload, signature;
    second[-1] = third[-1] = '\0';
    assert_true(codec_unbase64url(fixture.arena, first, &header));
    assert_true(codec_unbase64url(fixture.arena, second, &payload));
    assert_true(codec_unbase64url(fixture.arena, third, &signature));
    json_t *json = json_loadb((const char *)header.data, header.size, 0, NULL);
    assert_int_equal(json_object_size(json), 2);
    assert_string_equal(json_string_value(json_object_get(json, "alg")), "RS256");
    assert_int_equal(json_array_size(json_object_get(json, "x5c")), 1);
    json_decref(json);
    assert_string_equal(arena_text_of(fixture.arena, payload), document);
    business_write(fixture.arena, fixture.folder, "signature", signature);
    folder_write(fixture.arena, fixture.folder, "signed",
                 arena_printf(fixture.arena, "%s.%s", first, second));
    business_must(fixture.arena, fixture.folder,
                  "openssl x509 -in agency.pem -noout -pubkey > public.pem && openssl dgst -sha256 "
                  "-verify public.pem -signature signature signed");
}

/* ---- receipts ---- */

static bool read_receipt(const char *jws, const struct x509_trust *trust, int64_t at,
                         struct sbd_receipt *out)
{
    return sbd_receipt_read(fixture.arena, jws, trust, at, out, &fixture.err);
}

static void a_receipt_says_what_became_of_the_letter(void **state)
{
    (void)state;
    static const struct {
        enum sbd_type type;
        const char *name, *more;
    } kinds[] = {
        {SBD_DELIVERED, "leveringskvittering", ""},
        {SBD_OPENED, "aapningskvittering", ""},
        {SBD_RECEIVED, "mottakskvittering", ""},
        {SBD_RETURNED, "returpostkvittering", ""},
        {SBD_NOTICE_FAILED, "varslingfeiletkvittering",
         ",\"varslingskanal\":\"epost\",\"beskrivelse\":\"Ugyldig\""},
        {SBD_ERROR, "feil", ",\"feiltype\":\"KLIENT\",\"detaljer\":\"Finnes ikke\""},
    };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct sbd_receipt receipt;
        const char *jws =
            sign(a_receipt(kinds[i].name, kinds[i].more), fixture.mailbox_key, "mailbox.pem");
        if (!read_receipt(jws, fixture.trust, fixture.now, &receipt))
            fail_msg("%s", fixture.err.text);
        assert_int_equal(receipt.type, kinds[i].type);
        assert_string_equal(sbd_type_name(receipt.type), kinds[i].name);
        assert_string_equal(receipt.message_id, "c1a4d6f2-9a0b-4a6a-bb52-0f1f2a3b4c02");
        assert_string_equal(receipt.conversation_id, a_letter().conversation_id);
        assert_string_equal(receipt.sender, MAILBOX);
        assert_string_equal(receipt.receiver, AGENCY);
        assert_string_equal(receipt.agency, "310000012");
        assert_int_equal(receipt.created_at, 1768465870);
        assert_int_equal(receipt.happened_at, 1768465869);
        assert_string_equal(receipt.channel, receipt.type == SBD_NOTICE_FAILED ? "epost" : "");
        assert_string_equal(receipt.description, receipt.type == SBD_NOTICE_FAILED ? "Ugyldig"
                                                 : receipt.type == SBD_ERROR       ? "Finnes ikke"
                                                                                   : "");
        assert_int_equal(receipt.is_our_fault, receipt.type == SBD_ERROR);
    }
}

static void assert_refused(const char *jws, int64_t at, enum error_code code, const char *why)
{
    struct sbd_receipt receipt;
    assert_false(read_receipt(jws, fixture.trust, at, &receipt));
    assert_int_equal(fixture.err.code, code);
    if (!strstr(fixture.err.text, why))
        fail_msg("%s, not %s", fixture.err.text, why);
}

static void a_receipt_is_believed_only_from_the_provider_that_signed_it(void **state)
{
    (void)state;
    enum { DAY = 86400 };
    const char *receipt = a_receipt("leveringskvittering", "");
    const char *jws = sign(receipt, fixture.mailbox_key, "mailbox.pem");
    char *bent = arena_text(fixture.arena, jws);
    char *middle = strchr(bent, '.') + 40;
    *middle = *middle == 'A' ? 'B' : 'A';
    openssl_certify(fixture.arena, fixture.folder, "stranger", "/O=TEST ONLY/CN=Stranger", NULL,
                    "-addext keyUsage=keyCertSign");
    business_certify(fixture.arena, fixture.folder, "false", "/serialNumber=" MAILBOX, "stranger",
                     BUSINESS_USE);
    business_certify(fixture.arena, fixture.folder, "seals", "/serialNumber=" MAILBOX, "root",
                     "-addext keyUsage=keyEncipherment");
    CLEANUP(crypto_key_close) struct crypto_key *false_key = open_key("false.key");
    CLEANUP(crypto_key_close) struct crypto_key *seals_key = open_key("seals.key");

    assert_refused(bent, fixture.now, ERROR_DENIED, "signature");
    assert_refused(jws, fixture.now + 31 * DAY, ERROR_DENIED, "expired");
    assert_refused(jws, fixture.now - 2 * DAY, ERROR_DENIED, "not yet valid");
    assert_refused(sign(receipt, false_key, "false.pem"), fixture.now, ERROR_DENIED, "vouches");
    assert_refused(sign(receipt, seals_key, "seals.pem"), fixture.now, ERROR_DENIED,
                   "not for signing");
    assert_refused(sign(receipt, fixture.agency_key, "agency.pem"), fixture.now, ERROR_DENIED,
                   "another organisation");
    assert_refused(sign(receipt, fixture.agency_key, "mailbox.pem"), fixture.now, ERROR_DENIED,
                   "signature"); /* the certificate of somebody else */
    assert_refused("", fixture.now, ERROR_DENIED, "three parts");
    assert_refused(arena_printf(fixture.arena, "%0*d", SBD_MAX_BYTES + 1, 0), fixture.now,
                   ERROR_LIMIT, "bytes");
}

static void a_receipt_with_a_token_is_refused_with_a_word_about_the_sample(void **state)
{
    (void)state;
    const char *receipt = a_receipt("leveringskvittering", ",\"maskinportentoken\":\"e30\"");

    assert_refused(sign(receipt, fixture.mailbox_key, "mailbox.pem"), fixture.now, ERROR_INVALID,
                   "has maskinportentoken, which the schema forbids");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_that_is_written_is_read_the_same),
        cmocka_unit_test(a_letter_without_what_may_be_left_out_is_read_the_same),
        cmocka_unit_test(what_breaks_a_rule_is_not_written),
        cmocka_unit_test(the_rules_are_those_of_the_schemas_and_the_prose),
        cmocka_unit_test(a_validator_says_the_same_of_them),
        cmocka_unit_test(the_published_samples_are_read),
        cmocka_unit_test(odd_documents_are_refused),
        cmocka_unit_test(openssl_verifies_the_signature_with_the_one_certificate_in_it),
        cmocka_unit_test(a_receipt_says_what_became_of_the_letter),
        cmocka_unit_test(a_receipt_is_believed_only_from_the_provider_that_signed_it),
        cmocka_unit_test(a_receipt_with_a_token_is_refused_with_a_word_about_the_sample),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
