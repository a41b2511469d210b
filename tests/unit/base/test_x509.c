#include "engine/base/x509.h"

#include "engine/base/clock.h"
#include "business.h"

enum { DAY = 86400 };

struct fixture {
    struct arena *arena;
    const char *folder;
    int64_t now;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture.arena = arena_open();
    fixture.folder = folder_make(fixture.arena);
    fixture.now = clock_now() + 60;
    business_make(fixture.arena, fixture.folder);
    openssl_certify(fixture.arena, fixture.folder, "stranger", "/O=Stranger", NULL, "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(fixture.folder);
    arena_close(&fixture.arena);
    return 0;
}

static struct x509_certificate *read_file(const char *name, size_t *count)
{
    struct x509_certificate *list;
    struct error err;
    if (!x509_read_pem(fixture.arena, business_file(fixture.arena, fixture.folder, name), name,
                       &list, count, &err))
        fail_msg("%s", err.text);
    return list;
}

static void a_certificate_says_whose_it_is(void **state)
{
    (void)state;
    size_t count;
    struct x509_certificate *chain = read_file("chain.pem", &count);
    struct x509_certificate *mailbox = read_file("mailbox.pem", &(size_t){0});

    assert_int_equal(count, 2);
    assert_string_equal(chain[0].name, "Eksempeletaten");
    assert_string_equal(chain[0].organisation, AGENCY);
    assert_string_equal(chain[0].issuer, "CN=Test root, O=TEST ONLY, C=NO");
    assert_int_equal(chain[0].rsa_bits, 2048);
    assert_true(chain[0].may_sign && chain[0].may_encrypt);
    assert_string_equal(chain[1].organisation, "");
    assert_int_equal(chain[1].rsa_bits, 0);
    assert_false(chain[1].may_sign || chain[1].may_encrypt);
    assert_string_equal(mailbox->organisation, MAILBOX); /* by its serialNumber */
    assert_true(chain[0].valid_from < fixture.now && chain[0].expires > fixture.now + 29 * DAY);
}

static void a_number_that_only_looks_like_one_is_none(void **state)
{
    (void)state;
    static const char *const subjects[] = {"/organizationIdentifier=NTRSE-310000004",
                                           "/organizationIdentifier=NTRNO-31000000",
                                           "/organizationIdentifier=VATNO-1/serialNumber=310000004",
                                           "/serialNumber=31000000A", "/O=310000004"};
    for (size_t i = 0; i < COUNT(subjects); i++) {
        openssl_certify(fixture.arena, fixture.folder, "odd", subjects[i], NULL, "");
        assert_string_equal(read_file("odd.pem", &(size_t){0})->organisation, "");
    }
}

static void what_is_read_is_what_openssl_prints(void **state)
{
    (void)state;
    struct x509_certificate *agency = read_file("agency.pem", &(size_t){0});
    business_must(fixture.arena, fixture.folder,
                  "openssl x509 -in agency.pem -noout -fingerprint -sha1 > sha1");
    const char *printed =
        arena_text_of(fixture.arena, business_file(fixture.arena, fixture.folder, "sha1"));

    const char *hex = strchr(printed, '=') + 1;
    for (size_t i = 0; i < sizeof agency->sha1; i++)
        assert_int_equal(strtoul(hex + 3 * i, NULL, 16), agency->sha1[i]);
    folder_write(fixture.arena, fixture.folder, "again.pem", x509_pem(fixture.arena, agency));
    business_must(fixture.arena, fixture.folder, "cmp again.pem agency.pem");
}

static bool is_vouched(const char *name, const char *trusted, int64_t at)
{
    CLEANUP(x509_trust_close) struct x509_trust *trust = x509_trust_open();
    struct error err;
    size_t count;
    struct x509_certificate *chain = read_file(name, &count);
    assert_true(x509_trust_add(trust, business_file(fixture.arena, fixture.folder, trusted),
                               trusted, &err));
    return x509_vouched(trust, &chain[0], chain + 1, count - 1, at, &err);
}

static void a_chain_leads_to_one_that_is_trusted_while_all_of_it_is_valid(void **state)
{
    (void)state;
    assert_true(is_vouched("agency.pem", "root.pem", fixture.now));
    assert_true(is_vouched("chain.pem", "root.pem", fixture.now));
    assert_true(is_vouched("agency.pem", "agency.pem", fixture.now)); /* trusted itself */
    assert_false(is_vouched("agency.pem", "stranger.pem", fixture.now));
    assert_false(is_vouched("chain.pem", "stranger.pem", fixture.now)); /* its own root is nobody */
    assert_false(is_vouched("agency.pem", "root.pem", fixture.now + 31 * DAY));
    assert_false(is_vouched("agency.pem", "root.pem", fixture.now - 2 * DAY));
}

static void nobody_trusted_vouches_for_nobody(void **state)
{
    (void)state;
    struct x509_certificate *agency = read_file("agency.pem", &(size_t){0});
    struct error err;

    assert_false(x509_vouched(NULL, agency, NULL, 0, fixture.now, &err));

    assert_int_equal(err.code, ERROR_DENIED);
}

static void bytes_that_are_no_certificate_are_refused(void **state)
{
    (void)state;
    struct x509_certificate *agency = read_file("agency.pem", &(size_t){0}), out;
    CLEANUP(x509_trust_close) struct x509_trust *trust = x509_trust_open();
    struct error err;
    size_t count;

    for (size_t size = 0; size < agency->der.size; size += 5)
        assert_false(
            x509_read(fixture.arena, (struct bytes){agency->der.data, size}, "cut", &out, &err));
    assert_false(x509_read_pem(fixture.arena, BYTES_OF("hei"), "hei", &agency, &count, &err));
    assert_false(x509_trust_add(trust, BYTES_OF(""), "none", &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_says_whose_it_is),
        cmocka_unit_test(a_number_that_only_looks_like_one_is_none),
        cmocka_unit_test(what_is_read_is_what_openssl_prints),
        cmocka_unit_test(a_chain_leads_to_one_that_is_trusted_while_all_of_it_is_valid),
        cmocka_unit_test(nobody_trusted_vouches_for_nobody),
        cmocka_unit_test(bytes_that_are_no_certificate_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
