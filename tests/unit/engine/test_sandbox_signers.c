/* test_sandbox_signers.c - the sandbox's signed documents, judged by us, by poppler's pdfsig and by
 * the openssl program, none of which knows the others. */
#include "engine/sandbox/sandbox_signers.h"

#include "engine/base/clock.h"
#include "engine/pdf_signature.h"
#include "engine/proof.h"
#include "tests/unit/base/openssl.h"
#include "tests/unit/render/pdf_tools.h"

enum { DAYS_AGO = 19 * 24 * 3600 };

struct fixture {
    struct arena *arena;
    char *folder;
    struct sandbox_signers signers;
    struct issuers issuers;
    struct error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_open();
    fixture->folder = folder_make(fixture->arena);
    struct sandbox_ledger *ledger;
    if (!sandbox_ledger_open(fixture->folder, &ledger, &fixture->err) ||
        !sandbox_signers_read(ledger, fixture->arena, &fixture->signers, &fixture->err))
        fail_msg("%s", fixture->err.text);
    sandbox_ledger_close(&ledger);
    issuers_init(&fixture->issuers, fixture->arena);
    const char *file = arena_printf(fixture->arena, "%s/" SANDBOX_SIGNERS_ISSUERS, fixture->folder);
    if (!issuers_read(&fixture->issuers, file, &fixture->err))
        fail_msg("%s", fixture->err.text);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    issuers_finish(&fixture->issuers);
    folder_remove(fixture->folder);
    arena_close(&fixture->arena);
    free(fixture);
    return 0;
}

static struct bytes document(struct fixture *fixture, enum sandbox_signed kind)
{
    struct bytes pdf;
    if (!sandbox_signers_document(fixture->arena, &fixture->signers, kind,
                                  sandbox_people_find("siri"), clock_now() - DAYS_AGO, &pdf,
                                  &fixture->err))
        fail_msg("%s", fixture->err.text);
    return pdf;
}

static struct pdf_signature judge(struct fixture *fixture, struct bytes pdf)
{
    const struct content content = content_of(pdf);
    struct pdf_signature signature;
    assert_true(pdf_signature_check(fixture->arena, &content, &fixture->issuers,
                                    clock_now() - DAYS_AGO, &signature, &fixture->err));
    return signature;
}

static const struct {
    enum pdf_signature_outcome outcome;
    const char *signer, *integrity, *coverage; /* the last two as pdfsig says them */
} expected[SANDBOX_SIGNED_COUNT] = {
    [SANDBOX_SIGNED] = {PDF_SIGNATURE_ISSUER, "Skatteetaten", "Signature is Valid",
                        "- Total document signed"},
    [SANDBOX_SIGNED_TAMPERED] = {PDF_SIGNATURE_BROKEN, "", "Digest Mismatch",
                                 "- Total document signed"},
    [SANDBOX_SIGNED_IN_PART] = {PDF_SIGNATURE_BROKEN, "", "Signature is Valid",
                                "Not total document signed"},
    [SANDBOX_SIGNED_EXPIRED] = {PDF_SIGNATURE_ISSUER, "Skatteetaten", "Signature is Valid",
                                "- Total document signed"},
    [SANDBOX_SIGNED_STRANGER] = {PDF_SIGNATURE_UNKNOWN, "Solbakken Utleie AS", "Signature is Valid",
                                 "- Total document signed"},
};

static void each_kind_gets_its_verdict(void **state)
{
    struct fixture *fixture = *state;
    for (int kind = 0; kind < SANDBOX_SIGNED_COUNT; kind++) {
        struct pdf_signature signature =
            judge(fixture, document(fixture, (enum sandbox_signed)kind));

        assert_int_equal(signature.outcome, expected[kind].outcome);
        assert_string_equal(signature.signer, expected[kind].signer);
    }
}

static void poppler_says_the_same_of_each(void **state)
{
    struct fixture *fixture = *state;
    if (system("command -v pdfsig >/dev/null") != 0) {
        print_message("pdfsig is not here (poppler-utils): not compared with it\n");
        skip();
    }
    for (int kind = 0; kind < SANDBOX_SIGNED_COUNT; kind++) {
        struct bytes pdf = document(fixture, (enum sandbox_signed)kind);

        const char *told = pdf_tools_run(fixture->arena, "pdfsig -nocert %s || true", pdf);

        if (!strstr(told, expected[kind].integrity) || !strstr(told, expected[kind].coverage))
            fail_msg("%s: %s", sandbox_signers_title((enum sandbox_signed)kind), told);
    }
}

/* The two ranges and the signature between them, taken out by the test's own reading. */
static void take_apart(struct fixture *fixture, struct bytes pdf)
{
    const char *at = memmem(pdf.data, pdf.size, "/ByteRange[", 11);
    assert_non_null(at);
    size_t from = 0, hole = 0, after = 0, rest = 0;
    assert_int_equal(sscanf(at, "/ByteRange[%zu %zu %zu %zu]", &from, &hole, &after, &rest), 4);
    assert_int_equal(after + rest, pdf.size);
    FILE *covered = fopen(arena_printf(fixture->arena, "%s/covered", fixture->folder), "wbe");
    assert_non_null(covered);
    assert_int_equal(fwrite(pdf.data, 1, hole, covered), hole);
    assert_int_equal(fwrite(pdf.data + after, 1, rest, covered), rest);
    assert_int_equal(fclose(covered), 0);
    FILE *signature = fopen(arena_printf(fixture->arena, "%s/cms", fixture->folder), "wbe");
    assert_non_null(signature);
    for (size_t i = hole + 1; i + 2 < after; i += 2) {
        unsigned byte;
        assert_int_equal(sscanf((const char *)pdf.data + i, "%2x", &byte), 1);
        fputc((int)byte, signature);
    }
    assert_int_equal(fclose(signature), 0);
}

static void the_openssl_program_verifies_what_is_signed_and_not_what_was_changed(void **state)
{
    struct fixture *fixture = *state;
    const char *verify =
        arena_printf(fixture->arena,
                     "cd %s && openssl cms -verify -binary -inform DER -in cms -content covered "
                     "-CAfile issuer.certificate.pem -purpose any -out /dev/null 2>openssl.out",
                     fixture->folder);

    take_apart(fixture, document(fixture, SANDBOX_SIGNED));
    assert_int_equal(system(verify), 0);

    take_apart(fixture, document(fixture, SANDBOX_SIGNED_TAMPERED));
    assert_int_not_equal(system(verify), 0);
    take_apart(fixture, document(fixture, SANDBOX_SIGNED_STRANGER));
    assert_int_not_equal(system(verify), 0);
}

static void one_says_that_it_is_past_its_time(void **state)
{
    struct fixture *fixture = *state;
    const struct content content = content_of(document(fixture, SANDBOX_SIGNED_EXPIRED));
    struct proof proof;
    bool found = false;

    assert_true(proof_find(fixture->arena, &content, &proof, &found, &fixture->err));

    assert_true(found);
    assert_true(proof.valid_until < clock_now());
}

static void the_keys_are_made_once(void **state)
{
    struct fixture *fixture = *state;
    struct sandbox_ledger *ledger;
    struct sandbox_signers again;
    assert_true(sandbox_ledger_open(fixture->folder, &ledger, &fixture->err));

    assert_true(sandbox_signers_read(ledger, fixture->arena, &again, &fixture->err));

    sandbox_ledger_close(&ledger);
    assert_int_equal(again.issuer.key_pem.size, fixture->signers.issuer.key_pem.size);
    assert_memory_equal(again.issuer.key_pem.data, fixture->signers.issuer.key_pem.data,
                        again.issuer.key_pem.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_gets_its_verdict),
        cmocka_unit_test(poppler_says_the_same_of_each),
        cmocka_unit_test(the_openssl_program_verifies_what_is_signed_and_not_what_was_changed),
        cmocka_unit_test(one_says_that_it_is_past_its_time),
        cmocka_unit_test(the_keys_are_made_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
