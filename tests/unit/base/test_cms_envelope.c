#include "engine/base/cms_envelope.h"

#include "engine/base/clock.h"
#include "business.h"

struct fixture {
    struct arena *arena;
    const char *folder;
    struct bytes certificate, key, other_key;
    int64_t now;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture.arena = arena_open();
    fixture.folder = folder_make(fixture.arena);
    business_make(fixture.arena, fixture.folder);
    fixture.certificate = business_file(fixture.arena, fixture.folder, "mailbox.pem");
    fixture.key = business_file(fixture.arena, fixture.folder, "mailbox.key");
    fixture.other_key = business_file(fixture.arena, fixture.folder, "agency.key");
    fixture.now = clock_now() + 60;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(fixture.folder);
    arena_close(&fixture.arena);
    return 0;
}

static struct bytes seal(struct bytes plain)
{
    struct bytes sealed;
    struct error err;
    if (!cms_envelope_seal(fixture.arena, plain, fixture.certificate, fixture.now, &sealed, &err))
        fail_msg("%s", err.text);
    return sealed;
}

static const char letter[] = "Til deg alene";

static void assert_opens(struct bytes sealed, struct cms_envelope *facts)
{
    struct bytes plain;
    struct error err;
    if (!cms_envelope_open(fixture.arena, sealed, fixture.key, facts, &plain, &err))
        fail_msg("%s", err.text);
    assert_string_equal(arena_text_of(fixture.arena, plain), letter);
}

static enum error_code refusal_of(struct bytes sealed, struct bytes key)
{
    struct cms_envelope facts;
    struct bytes plain;
    struct error err;
    assert_false(cms_envelope_open(fixture.arena, sealed, key, &facts, &plain, &err));
    return err.code;
}

static void what_is_sealed_opens_with_the_openssl_program(void **state)
{
    (void)state;
    business_write(fixture.arena, fixture.folder, "asic.cms", seal(BYTES_OF(letter)));

    business_must(fixture.arena, fixture.folder,
                  "openssl cms -decrypt -inform DER -in asic.cms -inkey mailbox.key "
                  "-recip mailbox.pem -binary -out plain");

    struct bytes plain = business_file(fixture.arena, fixture.folder, "plain");
    assert_string_equal(arena_text_of(fixture.arena, plain), letter);
}

static void what_is_sealed_has_the_fields_of_the_profile(void **state)
{
    (void)state;
    business_write(fixture.arena, fixture.folder, "asic.cms", seal(BYTES_OF(letter)));

    business_must(fixture.arena, fixture.folder,
                  "openssl cms -cmsout -print -inform DER -in asic.cms > printed");

    const char *printed =
        arena_text_of(fixture.arena, business_file(fixture.arena, fixture.folder, "printed"));
    static const char *const fields[] = {"pkcs7-envelopedData (1.2.840.113549.1.7.3)",
                                         "version: 0",
                                         "originatorInfo: <ABSENT>",
                                         "d.issuerAndSerialNumber",
                                         "rsaesOaep (1.2.840.113549.1.1.7)",
                                         ":mgf1",
                                         ":sha256",
                                         "pkcs7-data (1.2.840.113549.1.7.1)",
                                         "aes-256-cbc (2.16.840.1.101.3.4.1.42)",
                                         "unprotectedAttrs:\n      <ABSENT>"};
    for (size_t i = 0; i < COUNT(fields); i++)
        if (!strstr(printed, fields[i]))
            fail_msg("no %s in %s", fields[i], printed);
}

static void what_is_sealed_opens_again_and_says_how_it_is_sealed(void **state)
{
    (void)state;
    struct cms_envelope facts;

    assert_opens(seal(BYTES_OF(letter)), &facts);

    assert_string_equal(facts.content_cipher, "AES-256-CBC");
    assert_string_equal(facts.oaep_digest, "SHA256");
    assert_string_equal(facts.mask_digest, "SHA256");
    assert_string_equal(facts.issuer, "CN=Test root, O=TEST ONLY, C=NO");
    assert_true(strlen(facts.serial) == 8);
    assert_false(facts.is_ber);
}

static struct bytes sealed_by_openssl(const char *words)
{
    folder_write(fixture.arena, fixture.folder, "letter", letter);
    openssl_run(fixture.arena, fixture.folder,
                arena_printf(fixture.arena,
                             "cms -encrypt -binary -outform DER -in letter -out theirs.cms "
                             "-recip mailbox.pem %s",
                             words));
    return business_file(fixture.arena, fixture.folder, "theirs.cms");
}

static void one_with_indefinite_lengths_opens(void **state)
{
    (void)state;
    struct cms_envelope facts;

    assert_opens(sealed_by_openssl("-stream -aes-256-cbc -keyopt rsa_padding_mode:oaep "
                                   "-keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha256"),
                 &facts);

    assert_true(facts.is_ber);
}

static void one_with_sha_1_opens_and_says_so(void **state)
{
    (void)state;
    struct cms_envelope facts;

    assert_opens(sealed_by_openssl("-aes-256-cbc -keyopt rsa_padding_mode:oaep"), &facts);

    assert_string_equal(facts.oaep_digest, "SHA1");
    assert_string_equal(facts.mask_digest, "SHA1");
}

static void other_ways_of_sealing_are_refused(void **state)
{
    (void)state;
    static const char *const words[] = {
        "-aes-256-cbc",                                                 /* PKCS#1 v1.5 */
        "-aes-128-cbc -keyopt rsa_padding_mode:oaep",                   /* another cipher */
        "-aes-256-cbc -keyid -keyopt rsa_padding_mode:oaep",            /* named by its key */
        "-aes-256-cbc -keyopt rsa_padding_mode:oaep -recip agency.pem", /* two recipients */
    };
    for (size_t i = 0; i < COUNT(words); i++)
        assert_int_equal(refusal_of(sealed_by_openssl(words[i]), fixture.key), ERROR_INVALID);
}

static void another_key_does_not_open_it(void **state)
{
    (void)state;
    assert_int_equal(refusal_of(seal(BYTES_OF(letter)), fixture.other_key), ERROR_DENIED);
    assert_int_equal(refusal_of(seal(BYTES_OF(letter)), BYTES_OF("no key")), ERROR_INVALID);
}

/* CBC has no checksum: the envelope's own parts and its last block are what shows. */
static void one_that_is_cut_or_longer_is_refused(void **state)
{
    (void)state;
    struct bytes sealed = seal(BYTES_OF(letter));

    for (size_t size = 0; size < sealed.size; size += 7)
        refusal_of((struct bytes){sealed.data, size}, fixture.key);
    const char *more = arena_printf(fixture.arena, "%*s", (int)sealed.size + 1, "");
    memcpy((char *)more, sealed.data, sealed.size);
    assert_int_equal(
        refusal_of((struct bytes){(const unsigned char *)more, sealed.size + 1}, fixture.key),
        ERROR_INVALID);
}

static enum error_code refusal_to_seal(struct bytes certificate, int64_t at)
{
    struct bytes sealed;
    struct error err;
    assert_false(
        cms_envelope_seal(fixture.arena, BYTES_OF(letter), certificate, at, &sealed, &err));
    return err.code;
}

static void nothing_is_sealed_for_a_certificate_that_is_not_for_it(void **state)
{
    (void)state;
    enum { DAY = 86400 };
    business_certify(fixture.arena, fixture.folder, "signs", "/O=Signs", "root",
                     "-addext keyUsage=digitalSignature");

    assert_int_equal(refusal_to_seal(fixture.certificate, fixture.now + 40 * DAY),
                     ERROR_UNAVAILABLE);
    assert_int_equal(refusal_to_seal(fixture.certificate, fixture.now - 2 * DAY),
                     ERROR_UNAVAILABLE);
    assert_int_equal(
        refusal_to_seal(business_file(fixture.arena, fixture.folder, "root.pem"), fixture.now),
        ERROR_INVALID); /* an elliptic curve */
    assert_int_equal(
        refusal_to_seal(business_file(fixture.arena, fixture.folder, "signs.pem"), fixture.now),
        ERROR_INVALID);
    assert_int_equal(refusal_to_seal(BYTES_OF("none"), fixture.now), ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens_with_the_openssl_program),
        cmocka_unit_test(what_is_sealed_has_the_fields_of_the_profile),
        cmocka_unit_test(what_is_sealed_opens_again_and_says_how_it_is_sealed),
        cmocka_unit_test(one_with_indefinite_lengths_opens),
        cmocka_unit_test(one_with_sha_1_opens_and_says_so),
        cmocka_unit_test(other_ways_of_sealing_are_refused),
        cmocka_unit_test(another_key_does_not_open_it),
        cmocka_unit_test(one_that_is_cut_or_longer_is_refused),
        cmocka_unit_test(nothing_is_sealed_for_a_certificate_that_is_not_for_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
