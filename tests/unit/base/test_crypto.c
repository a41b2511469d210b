#include "engine/base/codec.h"
#include "engine/base/crypto.h"

#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* One key pair for all tests, since making one takes a while. */
struct world {
    struct arena *arena;
    struct bytes key_pem, certificate_pem;
    struct crypto_key *key, *certificate;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_open();
    crypto_make_certificate(world->arena, "test", &world->key_pem, &world->certificate_pem);
    *state = world;
    return crypto_private_key_open(world->key_pem, "key", &world->key, NULL) &&
                   crypto_certificate_open(world->certificate_pem, "certificate",
                                           &world->certificate, NULL)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    crypto_key_close(&world->key);
    crypto_key_close(&world->certificate);
    crypto_key_close(&world->certificate); /* twice does nothing */
    arena_close(&world->arena);
    free(world);
    return 0;
}

static void digests_are_those_of_the_standard(void **state)
{
    struct world *world = *state;
    assert_string_equal(crypto_sha256_hex(world->arena, (struct bytes){0}),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(crypto_sha256_hex(world->arena, BYTES_OF("abc")),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void hmac_is_that_of_rfc_4231(void **state)
{
    struct world *world = *state;
    struct crypto_sha256 mac =
        crypto_hmac(BYTES_OF("Jefe"), BYTES_OF("what do ya want for nothing?"));
    assert_string_equal(codec_hex(world->arena, (struct bytes){mac.bytes, sizeof mac.bytes}),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    mac = crypto_hmac((struct bytes){0}, (struct bytes){0});
    assert_string_equal(codec_hex(world->arena, (struct bytes){mac.bytes, sizeof mac.bytes}),
                        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void hkdf_is_that_of_rfc_5869(void **state)
{
    struct world *world = *state;
    struct bytes secret, salt, purpose;
    assert_true(codec_unhex(world->arena, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", &secret));
    assert_true(codec_unhex(world->arena, "000102030405060708090a0b0c", &salt));
    assert_true(codec_unhex(world->arena, "f0f1f2f3f4f5f6f7f8f9", &purpose));
    struct crypto_sha256 key = crypto_hkdf(secret, salt, purpose);
    assert_string_equal(codec_hex(world->arena, (struct bytes){key.bytes, sizeof key.bytes}),
                        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    key = crypto_hkdf(secret, (struct bytes){0}, (struct bytes){0});
    assert_string_equal(codec_hex(world->arena, (struct bytes){key.bytes, sizeof key.bytes}),
                        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

static void digests_have_the_names_that_forms_use(void **state)
{
    struct world *world = *state;
    struct bytes digest;
    assert_true(crypto_digest(world->arena, "MD5", BYTES_OF("abc"), &digest));
    assert_string_equal(codec_hex(world->arena, digest), "900150983cd24fb0d6963f7d28e17f72");
    assert_true(crypto_digest(world->arena, "SHA-1", (struct bytes){0}, &digest));
    assert_string_equal(codec_hex(world->arena, digest),
                        "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    assert_true(crypto_hmac_by(world->arena, "SHA-256", BYTES_OF("Jefe"),
                               BYTES_OF("what do ya want for nothing?"), &digest));
    assert_string_equal(codec_hex(world->arena, digest),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(crypto_knows_digest("SHA-512"));
    assert_false(crypto_knows_digest("sha-512"));
    assert_false(crypto_digest(world->arena, "SHA-3", BYTES_OF("abc"), &digest));
    assert_false(crypto_hmac_by(world->arena, "", BYTES_OF("k"), BYTES_OF("abc"), &digest));
}

static void equal_needs_the_same_size_and_bytes(void **state)
{
    (void)state;
    assert_true(crypto_equal(BYTES_OF("abc"), BYTES_OF("abc")));
    assert_true(crypto_equal((struct bytes){0}, BYTES_OF("")));
    assert_false(crypto_equal(BYTES_OF("abc"), BYTES_OF("abd")));
    assert_false(crypto_equal(BYTES_OF("abc"), BYTES_OF("abcd")));
    assert_false(crypto_equal(BYTES_OF("abc"), (struct bytes){0}));
}

static void random_ids_have_their_length_and_do_not_repeat(void **state)
{
    struct world *world = *state;
    char *ids[200];
    for (size_t i = 0; i < COUNT(ids); i++) {
        ids[i] = crypto_random_id(world->arena, 128);
        assert_int_equal(strlen(ids[i]), 22);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(ids[i], ids[j]);
    }
    assert_int_equal(strlen(crypto_random_id(world->arena, 256)), 43);
}

static void a_uuid_is_a_version_4_in_lower_case(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 100; i++) {
        const char *uuid = crypto_uuid(world->arena);
        assert_int_equal(strlen(uuid), 36);
        assert_int_equal(strspn(uuid, "0123456789abcdef-"), 36);
        assert_true(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
        assert_int_equal(uuid[14], '4');
        assert_non_null(strchr("89ab", uuid[19]));
    }
}

static void what_the_key_signs_its_certificate_verifies(void **state)
{
    struct world *world = *state;
    static const char *const messages[] = {"", "a", "POST\n/documents\n"};
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct bytes signature;
        struct error err;
        assert_true(
            crypto_sign_rs256(world->arena, world->key, BYTES_OF(messages[i]), &signature, &err));
        assert_int_equal(signature.size, 256);
        assert_true(crypto_verify_rs256(world->certificate, BYTES_OF(messages[i]), signature));
        assert_false(crypto_verify_rs256(world->certificate, BYTES_OF("b"), signature));
    }
}

static void a_signature_that_was_touched_does_not_verify(void **state)
{
    struct world *world = *state;
    struct bytes signature;
    struct error err;
    assert_true(crypto_sign_rs256(world->arena, world->key, BYTES_OF("a"), &signature, &err));
    unsigned char *changed = arena_alloc(world->arena, signature.size);
    for (size_t i = 0; i < signature.size; i += 17) {
        memcpy(changed, signature.data, signature.size);
        changed[i] ^= 1;
        assert_false(crypto_verify_rs256(world->certificate, BYTES_OF("a"),
                                         (struct bytes){changed, signature.size}));
    }
    assert_false(crypto_verify_rs256(world->certificate, BYTES_OF("a"), (struct bytes){0}));
    assert_false(crypto_verify_rs256(world->certificate, BYTES_OF("a"),
                                     (struct bytes){signature.data, signature.size - 1}));

    struct bytes other_key_pem, other_certificate_pem;
    crypto_make_certificate(world->arena, "other", &other_key_pem, &other_certificate_pem);
    CLEANUP(crypto_key_close) struct crypto_key *other = NULL;
    assert_true(crypto_certificate_open(other_certificate_pem, "other", &other, &err));
    assert_false(crypto_verify_rs256(other, BYTES_OF("a"), signature));
}

static void a_certificate_cannot_sign(void **state)
{
    struct world *world = *state;
    struct bytes signature = {0};
    struct error err;
    assert_false(
        crypto_sign_rs256(world->arena, world->certificate, BYTES_OF("a"), &signature, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_null(signature.data);
}

static void a_certificate_is_known_by_its_fingerprint(void **state)
{
    struct world *world = *state;
    struct crypto_sha256 zeros = {0};
    struct crypto_sha256 a = crypto_certificate_fingerprint(world->certificate);
    struct crypto_sha256 b = crypto_certificate_fingerprint(world->key);
    assert_memory_not_equal(a.bytes, zeros.bytes, sizeof a.bytes);
    assert_memory_equal(b.bytes, zeros.bytes, sizeof b.bytes);
}

static void what_is_no_key_is_refused_by_name(void **state)
{
    struct world *world = *state;
    const struct bytes bad[] = {
        {0},
        BYTES_OF("no key"),
        BYTES_OF("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        {world->key_pem.data, world->key_pem.size / 2},
        world->certificate_pem,
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct crypto_key *key = NULL;
        struct error err;
        assert_false(crypto_private_key_open(bad[i], "broker.key.pem", &key, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        assert_string_equal(err.file, "broker.key.pem");
        assert_null(key);
    }
    struct crypto_key *key = NULL;
    assert_false(crypto_certificate_open(world->key_pem, "x", &key, NULL));
    assert_false(crypto_certificate_open((struct bytes){0}, "x", &key, NULL));
    assert_null(key);
}

/* RSA of 1024 bits, made for this test. */
static const char short_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALToWEya835eLasK\n"
                                "wLp7hKSl2PPnLvbmxbz3cqEDTAqHdwz/SwbOu5G5ZDmaa2MSUr4y5ADJbj447GfG\n"
                                "qzMc0v9Rh754GXaOiqQWsKzwGSmfk812D4odJ3tGk9i7Fe5y/tmuNtkYbQ6zMasH\n"
                                "xpfN1m3/h05woE+yJTkD/jik2w9BAgMBAAECgYEAii32U/z/A4TYCQ9bipUSCdkL\n"
                                "z7DDtJ8sZlvzWHz2NgymqGzPV9HMf1BF96G1aKT0QocIlHlHFYvRNqsO1SmtF0J7\n"
                                "MTIXNlZkGq6kQQRehR1Xgk8TYqgMYVkc0Yt9piKxS/o9oSvrMBy97qCEO4Alf6GO\n"
                                "CObZ9aSinnNp2a5ywSkCQQDiNV+ilkOdT+cAHZQsYMWsFs0g4dkBAYz4srWgdQL6\n"
                                "J49LzliU/JGpsRshYAcuaRlFCVqmp8dscahQsyefuihPAkEAzLumeb5bOQS6hGEK\n"
                                "v7FYjCZ2fDNMWGL3Gl6kqYetvlV2H02tNnNNDqrMHFmDhMHY4X5b7WLu3h6okppB\n"
                                "4NjbbwJAYNFbV2ldEy2pvyDp1Hyu3lL8BQDlMksJnUBQAJdUaOEZseZlf48CgVCu\n"
                                "PgCt0i1lhWjVhdL1xfJ3ieLEKNcyfQJAbhcl4OdclF+XkGHCbuwFim+QXR8UmZ61\n"
                                "84cbElJ0Ohooh5K0Zsg/kniDg2cbEsNORYs2EYOWoPhpe1PZwve5nwJAKLgoDQo6\n"
                                "UiGepvupOgy0P9ukwzksNGEmLaxaQWKBQDmXYvMlscIDqka/T1Uo+IBFcERPn7L5\n"
                                "flv4OeOyQ905sQ==\n"
                                "-----END PRIVATE KEY-----\n";

static void jwt_2_a_short_rsa_key_is_refused(void **state)
{
    (void)state;
    struct crypto_key *key = NULL;
    struct error err;
    assert_false(crypto_private_key_open(BYTES_OF(short_key), "short", &key, &err));
    assert_non_null(strstr(err.text, "1024 bits"));
    assert_null(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(hmac_is_that_of_rfc_4231),
        cmocka_unit_test(hkdf_is_that_of_rfc_5869),
        cmocka_unit_test(digests_have_the_names_that_forms_use),
        cmocka_unit_test(equal_needs_the_same_size_and_bytes),
        cmocka_unit_test(random_ids_have_their_length_and_do_not_repeat),
        cmocka_unit_test(a_uuid_is_a_version_4_in_lower_case),
        cmocka_unit_test(what_the_key_signs_its_certificate_verifies),
        cmocka_unit_test(a_signature_that_was_touched_does_not_verify),
        cmocka_unit_test(a_certificate_cannot_sign),
        cmocka_unit_test(a_certificate_is_known_by_its_fingerprint),
        cmocka_unit_test(what_is_no_key_is_refused_by_name),
        cmocka_unit_test(jwt_2_a_short_rsa_key_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
