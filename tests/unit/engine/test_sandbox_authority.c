/* test_sandbox_authority.c - the sandbox's certificates, judged by the openssl program. */
#include "engine/sandbox/sandbox_authority.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "tests/unit/base/openssl.h"

#define AGENCY_NUMBER "310245682"

struct fixture {
    struct arena *arena;
    char *folder;
    struct sandbox_authority *authority;
    struct error err;
};

static void open_for(struct fixture *fixture, const char *number)
{
    const struct sandbox_authority_settings settings = {
        .folder = fixture->folder,
        .agency_name = "Fjordvik kommune",
        .agency_number = number,
    };
    if (!sandbox_authority_open(&settings, &fixture->authority, &fixture->err))
        fail_msg("%s: %s", fixture->err.file, fixture->err.text);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_open();
    fixture->folder = folder_make(fixture->arena);
    open_for(fixture, AGENCY_NUMBER);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sandbox_authority_close(&fixture->authority);
    folder_remove(fixture->folder);
    arena_close(&fixture->arena);
    free(fixture);
    return 0;
}

static const struct sandbox_authority_pair *find(struct fixture *fixture,
                                                 enum sandbox_authority_who who)
{
    const struct sandbox_authority_pair *pair;
    if (!sandbox_authority_find(fixture->authority, who, &pair, &fixture->err))
        fail_msg("%s: %s", fixture->err.file, fixture->err.text);
    return pair;
}

static void the_openssl_program_verifies_every_chain_up_to_the_root(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"agency", "digipost", "eboks", "other"};
    for (int who = 0; who < SANDBOX_AUTHORITY_COUNT; who++) {
        find(fixture, (enum sandbox_authority_who)who);

        const char *command = arena_printf(
            fixture->arena,
            "cd '%s/dpi' && openssl verify -x509_strict -CAfile trust/root.pem -untrusted "
            "trust/intermediate.pem %s.certificate.pem >/dev/null && openssl pkey -in %s.key.pem "
            "-noout",
            fixture->folder, names[who], names[who]);

        assert_int_equal(system(command), 0);
    }
}

static void a_business_is_known_by_its_number_wherever_it_stands(void **state)
{
    struct fixture *fixture = *state;
    static const char *const numbers[] = {AGENCY_NUMBER, "984661185", "922020175", "314400801"};
    for (int who = 0; who < SANDBOX_AUTHORITY_COUNT; who++) {
        const struct sandbox_authority_pair *pair = find(fixture, (enum sandbox_authority_who)who);
        char *number;
        const char *why;

        assert_true(sandbox_authority_knows(fixture->authority, fixture->arena, pair->certificate,
                                            NULL, 0, clock_now(), &number, &why));

        assert_string_equal(number, numbers[who]);
    }
}

static void a_certificate_from_elsewhere_or_past_its_time_is_not_known(void **state)
{
    struct fixture *fixture = *state;
    struct bytes key_pem, certificate_pem, der;
    crypto_make_signer(fixture->arena, "Noen andre", clock_now(), &key_pem, &certificate_pem);
    char *text = arena_text_of(fixture->arena, certificate_pem);
    char *body = strchr(text, '\n') + 1, *to = body;
    *strstr(body, "-----END") = '\0';
    for (const char *from = body; *from; from++)
        if (*from != '\n')
            *to++ = *from;
    *to = '\0';
    assert_true(codec_unbase64(fixture->arena, body, &der));
    const struct sandbox_authority_pair *pair = find(fixture, SANDBOX_AUTHORITY_AGENCY);
    char *number;
    const char *why;

    assert_false(sandbox_authority_knows(fixture->authority, fixture->arena, der, NULL, 0,
                                         clock_now(), &number, &why));
    assert_false(sandbox_authority_knows(fixture->authority, fixture->arena, pair->certificate,
                                         NULL, 0, clock_now() + 20LL * 365 * 24 * 3600, &number,
                                         &why));

    assert_string_equal(why, "certificate has expired");
}

static void the_same_pair_is_there_at_the_next_start_and_another_for_another_number(void **state)
{
    struct fixture *fixture = *state;
    struct bytes before =
        arena_bytes(fixture->arena, find(fixture, SANDBOX_AUTHORITY_AGENCY)->certificate);

    sandbox_authority_close(&fixture->authority);
    open_for(fixture, AGENCY_NUMBER);
    assert_true(crypto_equal(find(fixture, SANDBOX_AUTHORITY_AGENCY)->certificate, before));

    sandbox_authority_close(&fixture->authority);
    open_for(fixture, "314400801");
    assert_false(crypto_equal(find(fixture, SANDBOX_AUTHORITY_AGENCY)->certificate, before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_openssl_program_verifies_every_chain_up_to_the_root),
        cmocka_unit_test(a_business_is_known_by_its_number_wherever_it_stands),
        cmocka_unit_test(a_certificate_from_elsewhere_or_past_its_time_is_not_known),
        cmocka_unit_test(the_same_pair_is_there_at_the_next_start_and_another_for_another_number),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
