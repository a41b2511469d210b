#include "engine/base/cms.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "openssl.h"

/* What is signed: all but the dots. */
static const char document[] = "PDF begins....and ends";
static const struct cms_part parts[] = {{0, 10}, {14, 8}};

struct fixture {
    struct arena *arena;
    char *folder;
    struct bytes key, certificate;
    struct cms_trust *trust;
    struct crypto_sha256 fingerprint;
    int64_t now;
    struct cms_signature signature;
    struct error err;
};

/* Made once, since it takes its time. */
static struct arena *of_all;
static struct bytes first_key, first_certificate;

static int set_up_all(void **state)
{
    (void)state;
    of_all = arena_open();
    crypto_make_certificate(of_all, "Nordlys", &first_key, &first_certificate);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    arena_close(&of_all);
    return 0;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_open();
    fixture->folder = folder_make(fixture->arena);
    fixture->trust = cms_trust_open();
    fixture->now = clock_now() + 60; /* certificates that tests make are valid then */
    fixture->key = first_key;
    fixture->certificate = first_certificate;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    cms_trust_close(&fixture->trust);
    folder_remove(fixture->folder);
    arena_close(&fixture->arena);
    free(fixture);
    return 0;
}

static void trust(struct fixture *fixture, struct bytes pem)
{
    assert_true(cms_trust_add(fixture->trust, pem, "a.pem", &fixture->fingerprint, &fixture->err));
}

static struct bytes sign_with(struct fixture *fixture, struct bytes key, struct bytes certificate,
                              int64_t at)
{
    const struct content content = content_of(BYTES_OF(document));
    struct bytes signature;
    assert_true(cms_sign(fixture->arena, &content, parts, COUNT(parts), key, certificate, at,
                         &signature, &fixture->err));
    return signature;
}

static struct bytes sign(struct fixture *fixture)
{
    return sign_with(fixture, fixture->key, fixture->certificate, fixture->now);
}

static enum cms_verdict verdict_at(struct fixture *fixture, struct bytes signature,
                                   const char *text, int64_t at)
{
    const struct content content = content_of(BYTES_OF(text));
    assert_true(cms_verify(fixture->arena, signature, &content, parts, COUNT(parts), fixture->trust,
                           at, &fixture->signature, &fixture->err));
    return fixture->signature.verdict;
}

static enum cms_verdict verdict(struct fixture *fixture, struct bytes signature)
{
    return verdict_at(fixture, signature, document, fixture->now);
}

static struct bytes file(struct fixture *fixture, const char *name)
{
    return openssl_file(fixture->arena, fixture->folder, name);
}

/* The signed parts as a file, and a signature of it by the openssl program. */
static struct bytes sign_outside(struct fixture *fixture, const char *words)
{
    folder_write(fixture->arena, fixture->folder, "signed", "PDF beginsand ends");
    openssl_run(fixture->arena, fixture->folder,
                arena_printf(fixture->arena,
                             "cms -sign -binary -in signed -outform DER -out signature %s", words));
    return file(fixture, "signature");
}

static void a_signature_is_trusted_when_the_signers_certificate_is(void **state)
{
    struct fixture *fixture = *state;
    trust(fixture, fixture->certificate);

    assert_int_equal(verdict(fixture, sign(fixture)), CMS_TRUSTED);

    const struct cms_signature *signature = &fixture->signature;
    assert_string_equal(signature->name, "Nordlys");
    assert_int_equal(signature->signed_at, fixture->now);
    assert_true(signature->anchor_is_signer);
    assert_memory_equal(&signature->anchor, &fixture->fingerprint, sizeof signature->anchor);
}

static void a_signer_whom_nobody_vouches_for_is_unknown(void **state)
{
    struct fixture *fixture = *state;
    struct bytes other_key, other;
    crypto_make_certificate(fixture->arena, "Nordlys", &other_key, &other);
    trust(fixture, other);

    assert_int_equal(verdict(fixture, sign(fixture)), CMS_UNKNOWN);
    assert_string_equal(fixture->signature.name, "Nordlys");
}

static void a_byte_that_is_changed_breaks_it_and_what_is_not_signed_may_change(void **state)
{
    struct fixture *fixture = *state;
    trust(fixture, fixture->certificate);
    struct bytes signature = sign(fixture);

    assert_int_equal(verdict_at(fixture, signature, "PDF begins!!!!and ends", fixture->now),
                     CMS_TRUSTED);
    assert_int_equal(verdict_at(fixture, signature, "PDF begins....and endz", fixture->now),
                     CMS_BROKEN);
    assert_int_equal(verdict_at(fixture, signature, "pDF begins....and ends", fixture->now),
                     CMS_BROKEN);
}

static void an_authority_vouches_for_whom_its_certificates_name(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    openssl_certify(arena, fixture->folder, "ca", "/CN=Rot", NULL, "");
    openssl_certify(arena, fixture->folder, "old", "/O=Etaten/serialNumber=974761076/CN=Segl", "ca",
                    "-addext keyUsage=nonRepudiation");
    openssl_certify(arena, fixture->folder, "new",
                    "/O=Etaten/organizationIdentifier=NTRNO-974761076", "ca", "");
    openssl_certify(arena, fixture->folder, "person", "/CN=Kari/serialNumber=UN:NO-9578-4050", "ca",
                    "");
    trust(fixture, file(fixture, "ca.pem"));
    static const struct {
        const char *signer, *name, *organisation;
    } all[] = {
        {"old", "Etaten", "974761076"}, {"new", "Etaten", "974761076"}, {"person", "Kari", ""}};

    for (size_t i = 0; i < COUNT(all); i++) {
        struct bytes signature =
            sign_outside(fixture, arena_printf(arena, "-signer %s.pem -inkey %s.key", all[i].signer,
                                               all[i].signer));

        assert_int_equal(verdict(fixture, signature), CMS_TRUSTED);
        assert_string_equal(fixture->signature.name, all[i].name);
        assert_string_equal(fixture->signature.organisation, all[i].organisation);
        assert_false(fixture->signature.anchor_is_signer);
        assert_memory_equal(&fixture->signature.anchor, &fixture->fingerprint,
                            sizeof fixture->fingerprint);
    }
}

static void a_certificate_must_be_valid_when_the_signature_was_there(void **state)
{
    struct fixture *fixture = *state;
    trust(fixture, fixture->certificate);
    const int64_t ten_years = 10LL * 365 * 86400, made = clock_now();
    struct bytes signature = sign(fixture);

    assert_int_equal(verdict_at(fixture, signature, document, made + ten_years - 100), CMS_TRUSTED);
    assert_int_equal(verdict_at(fixture, signature, document, made + ten_years + 100), CMS_UNKNOWN);
    assert_string_equal(fixture->signature.why, "certificate has expired");
}

static void a_signature_is_not_made_after_it_was_there(void **state)
{
    struct fixture *fixture = *state;
    trust(fixture, fixture->certificate);

    struct bytes later =
        sign_with(fixture, fixture->key, fixture->certificate, fixture->now + 3600);

    assert_int_equal(verdict(fixture, later), CMS_UNKNOWN);
    assert_int_equal(verdict_at(fixture, later, document, fixture->now + 3600), CMS_TRUSTED);
}

static void weak_digests_and_keys_for_other_things_are_not_trusted(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    openssl_certify(arena, fixture->folder, "a", "/CN=A", NULL, "");
    openssl_certify(arena, fixture->folder, "box", "/CN=B", NULL,
                    "-addext keyUsage=keyEncipherment");
    openssl_run(arena, fixture->folder,
                "req -x509 -newkey rsa:1024 -nodes -keyout small.key -out small.pem -subj /CN=C");
    trust(fixture, file(fixture, "a.pem"));
    trust(fixture, file(fixture, "box.pem"));
    trust(fixture, file(fixture, "small.pem"));

    const char *with = "-signer a.pem -inkey a.key";
    assert_int_equal(verdict(fixture, sign_outside(fixture, with)), CMS_TRUSTED);
    with = "-signer a.pem -inkey a.key -md sha1";
    assert_int_equal(verdict(fixture, sign_outside(fixture, with)), CMS_UNKNOWN);
    with = "-signer small.pem -inkey small.key";
    assert_int_equal(verdict(fixture, sign_outside(fixture, with)), CMS_UNKNOWN);
    with = "-signer box.pem -inkey box.key";
    assert_int_equal(verdict(fixture, sign_outside(fixture, with)), CMS_UNKNOWN);
    assert_string_equal(fixture->signature.why, "the key is not for signing");
}

static void other_shapes_are_broken(void **state)
{
    struct fixture *fixture = *state;
    openssl_certify(fixture->arena, fixture->folder, "a", "/CN=A", NULL, "");
    openssl_certify(fixture->arena, fixture->folder, "b", "/CN=B", NULL, "");
    trust(fixture, file(fixture, "a.pem"));
    trust(fixture, file(fixture, "b.pem"));
    static const char *const shapes[] = {
        "-signer a.pem -inkey a.key -nodetach", /* holds a text of its own */
        "-signer a.pem -inkey a.key -nocerts",  /* nothing to check it with */
        "-signer a.pem -inkey a.key -signer b.pem -inkey b.key",
    };

    for (size_t i = 0; i < COUNT(shapes); i++)
        assert_int_equal(verdict(fixture, sign_outside(fixture, shapes[i])), CMS_BROKEN);
    assert_int_equal(verdict(fixture, BYTES_OF("0")), CMS_BROKEN);
    assert_int_equal(verdict(fixture, (struct bytes){0}), CMS_BROKEN);
}

static void only_zeros_may_follow_and_nothing_may_lack(void **state)
{
    struct fixture *fixture = *state;
    trust(fixture, fixture->certificate);
    struct bytes signature = sign(fixture);
    unsigned char *more = arena_alloc(fixture->arena, signature.size + 8);
    memset(more, 0, signature.size + 8);
    memcpy(more, signature.data, signature.size);

    assert_int_equal(verdict(fixture, (struct bytes){more, signature.size + 8}), CMS_TRUSTED);
    assert_int_equal(verdict(fixture, (struct bytes){more, signature.size - 1}), CMS_BROKEN);
    more[signature.size + 5] = 1;
    assert_int_equal(verdict(fixture, (struct bytes){more, signature.size + 8}), CMS_BROKEN);
}

static bool fail_to_read(void *context, int64_t at, unsigned char *to, size_t size,
                         struct error *err)
{
    (void)context, (void)at, (void)to, (void)size;
    return error_set(err, ERROR_BROKEN, "not what was stored");
}

static void a_document_that_cannot_be_read_is_a_failure_and_no_verdict(void **state)
{
    struct fixture *fixture = *state;
    const struct content content = {.size_bytes = 22, .read = fail_to_read};
    struct bytes made;

    assert_false(cms_verify(fixture->arena, sign(fixture), &content, parts, COUNT(parts),
                            fixture->trust, fixture->now, &fixture->signature, &fixture->err));
    assert_int_equal(fixture->err.code, ERROR_BROKEN);
    assert_false(cms_sign(fixture->arena, &content, parts, COUNT(parts), fixture->key,
                          fixture->certificate, fixture->now, &made, &fixture->err));
    assert_int_equal(fixture->err.code, ERROR_BROKEN);
}

static void a_key_that_is_not_the_certificates_cannot_sign(void **state)
{
    struct fixture *fixture = *state;
    const struct content content = content_of(BYTES_OF(document));
    struct bytes other_key, other, made;
    crypto_make_certificate(fixture->arena, "Nordlys", &other_key, &other);

    assert_false(cms_sign(fixture->arena, &content, parts, COUNT(parts), other_key,
                          fixture->certificate, fixture->now, &made, &fixture->err));
    assert_int_equal(fixture->err.code, ERROR_INVALID);
}

#define WITH_KEY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEY(a_signature_is_trusted_when_the_signers_certificate_is),
        WITH_KEY(a_signer_whom_nobody_vouches_for_is_unknown),
        WITH_KEY(a_byte_that_is_changed_breaks_it_and_what_is_not_signed_may_change),
        WITH_KEY(an_authority_vouches_for_whom_its_certificates_name),
        WITH_KEY(a_certificate_must_be_valid_when_the_signature_was_there),
        WITH_KEY(a_signature_is_not_made_after_it_was_there),
        WITH_KEY(weak_digests_and_keys_for_other_things_are_not_trusted),
        WITH_KEY(other_shapes_are_broken),
        WITH_KEY(only_zeros_may_follow_and_nothing_may_lack),
        WITH_KEY(a_document_that_cannot_be_read_is_a_failure_and_no_verdict),
        WITH_KEY(a_key_that_is_not_the_certificates_cannot_sign),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
