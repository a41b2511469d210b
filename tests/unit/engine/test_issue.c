/* test_issue.c - a certificate issued from a submission: all of it or nothing, once for each key.
 */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/letter.h"
#include "engine/pdf_signature.h"
#include "engine/proof.h"
#include "engine/receipt_signature.h"
#include "engine/reuse/issue.h"

#include <string.h>

enum { NOW = 1795431600, YEARS_5 = 5 * 365 * 86400 };

static const struct frame_agency agency = {.name = "Fjordvik kommune", .number = "310245682"};

struct desk {
    struct store *store;
    struct catalogue *forms;
    const char *citizen_id;
    struct submission submission;
};

static int set_up(void **state)
{
    clock_set(NOW);
    if (store_setup(state) != 0)
        return -1;
    struct store *store = *state;
    struct desk *desk = ARENA_NEW(store->arena, struct desk);
    desk->store = store;
    WORKS(store,
          catalogue_open("examples", FORM_AGENCY_UNSAID, NULL, NULL, &desk->forms, &store->err));
    desk->citizen_id = store_citizen(store, KARI);
    struct draft draft = store_draft(store, desk->citizen_id);
    desk->submission = store_submission(store, desk->citizen_id, &draft);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    void *store = desk->store;
    catalogue_close(&desk->forms);
    clock_set(0);
    return store_teardown(&store);
}

static struct issue licence(const struct desk *desk, const char *key)
{
    return (struct issue){
        .agency = &agency,
        .forms = desk->forms,
        .certificate = {.submission = desk->submission.reference,
                        .type = "serving-licence",
                        .title = "Serveringsbevilling",
                        .valid_until = NOW + YEARS_5},
        .key = key,
        .actor = AUDIT_STAFF,
        .actor_id = "test",
        .request_id = "",
    };
}

static int64_t count_of(struct desk *desk, struct db_sql sql)
{
    struct db_rows *rows = NULL;
    WORKS(desk->store, db_query(desk->store->arena, desk->store->db, sql, DB_NO_VALUES, &rows,
                                &desk->store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

/* An application of somebody whose name nobody said. */
static struct submission send_without_name(struct desk *desk)
{
    struct store *store = desk->store;
    struct citizen nameless;
    WORKS(store, citizens_know(store->arena, store->db, OLA, "", &nameless, &store->err));
    struct draft draft = store_draft(store, nameless.id);
    return store_submission(store, nameless.id, &draft);
}

static void who_has_no_known_name_is_told_by_the_number_as_it_is_shown(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct submission sent = send_without_name(desk);
    struct issue issue = licence(desk, NULL);
    issue.certificate.submission = sent.reference;
    struct certificate certificate;

    WORKS(store, issue_certificate(store->arena, store->db, &issue, &certificate, &store->err));

    struct delivery delivery;
    struct postbox_letter letter;
    bool found = false;
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
    WORKS(store, letter_of_delivery(store->arena, store->db, &delivery, &letter, &store->err));
    assert_true(postbox_check(&letter, &store->err));
    assert_string_equal(letter.proof->first_name, "028791\u00A0*****");
    assert_string_equal(letter.proof->surname, "–");
    assert_null(memmem(letter.main.content.data, letter.main.content.size, OLA, strlen(OLA)));
}

static void what_is_issued_is_kept_sent_and_says_of_itself_how_long_it_holds(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct issue issue = licence(desk, NULL);
    struct certificate certificate;

    WORKS(store, issue_certificate(store->arena, store->db, &issue, &certificate, &store->err));

    struct bytes kept;
    WORKS(store, certificates_content(store->arena, store->db, desk->citizen_id, certificate.id,
                                      &kept, &store->err));
    assert_string_equal(certificate.issuer_name, "Fjordvik kommune");
    assert_string_equal(certificate.number, desk->submission.reference);
    assert_string_equal(certificate.submission_id, desk->submission.id);

    struct delivery delivery;
    struct postbox_letter letter;
    bool found = false;
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
    assert_true(found);
    WORKS(store, letter_of_delivery(store->arena, store->db, &delivery, &letter, &store->err));
    assert_true(postbox_check(&letter, &store->err));
    assert_string_equal(letter.proof->title, "Serveringsbevilling");
    assert_string_equal(letter.proof->first_name, "Test");
    assert_string_equal(letter.proof->surname, "Person");
    assert_int_equal(letter.main.content.size, kept.size);
    assert_memory_equal(letter.main.content.data, kept.data, kept.size);

    struct content content = content_of(kept);
    struct proof proof;
    WORKS(store, proof_find(store->arena, &content, &proof, &found, &store->err));
    assert_true(found);
    assert_string_equal(proof.issuer, "Fjordvik kommune");
    assert_int_equal(proof.valid_until, NOW + YEARS_5 - 1);
    assert_int_equal(count_of(desk, DB_SQL("SELECT count(*) FROM audit "
                                           "WHERE action = 'certificate_issued'")),
                     1);
}

static void what_is_issued_is_signed_by_the_agency(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct issue issue = licence(desk, NULL);
    struct bytes key, chain, kept;
    struct receipt_signature *signature;
    struct certificate certificate;
    crypto_make_signer(store->arena, "Fjordvik kommune", NOW - 60, &key, &chain);
    WORKS(store, receipt_signature_open(key, "key.pem", chain, "chain.pem", "Fjordvik kommune",
                                        &signature, &store->err));
    issue.signature = signature;

    WORKS(store, issue_certificate(store->arena, store->db, &issue, &certificate, &store->err));
    receipt_signature_close(&signature);

    WORKS(store, certificates_content(store->arena, store->db, desk->citizen_id, certificate.id,
                                      &kept, &store->err));
    const struct content content = content_of(kept);
    struct pdf_signature said;
    struct proof proof;
    bool found;
    WORKS(store, pdf_signature_check(store->arena, &content, NULL, NOW + 60, &said, &store->err));
    assert_int_equal(said.outcome, PDF_SIGNATURE_UNKNOWN); /* whole; nobody was asked who it is */
    assert_string_equal(said.signer, "Fjordvik kommune");
    assert_int_equal(said.signed_at, NOW);
    WORKS(store, proof_find(store->arena, &content, &proof, &found, &store->err));
    assert_true(found); /* as before */
}

static void a_pdf_that_was_given_stays_as_it_is(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct issue issue = licence(desk, NULL);
    issue.certificate.pdf = BYTES_OF("%PDF-1.7 decided\n%%EOF\n");
    struct certificate certificate;
    struct bytes kept;

    WORKS(store, issue_certificate(store->arena, store->db, &issue, &certificate, &store->err));

    WORKS(store, certificates_content(store->arena, store->db, desk->citizen_id, certificate.id,
                                      &kept, &store->err));
    assert_int_equal(kept.size, issue.certificate.pdf.size);
    assert_memory_equal(kept.data, issue.certificate.pdf.data, kept.size);
}

static void the_same_key_issues_once_and_nothing_else(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct issue issue = licence(desk, "case 17");
    struct certificate first, again;
    WORKS(store, issue_certificate(store->arena, store->db, &issue, &first, &store->err));

    WORKS(store, issue_certificate(store->arena, store->db, &issue, &again, &store->err));

    assert_string_equal(again.id, first.id);
    assert_int_equal(count_of(desk, DB_SQL("SELECT count(*) FROM outbox")), 1);
    issue.certificate.type = "other-licence";
    FAILS(store, issue_certificate(store->arena, store->db, &issue, &again, &store->err),
          ERROR_CONFLICT);
}

static void nothing_is_issued_from_nothing_or_for_a_time_that_is_over(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct issue issue = licence(desk, NULL);
    struct certificate certificate;
    issue.certificate.submission = "SB-2026-999999";
    FAILS(store, issue_certificate(store->arena, store->db, &issue, &certificate, &store->err),
          ERROR_MISSING);
    issue = licence(desk, NULL);
    issue.certificate.valid_until = NOW;
    FAILS(store, issue_certificate(store->arena, store->db, &issue, &certificate, &store->err),
          ERROR_INVALID);
    assert_int_equal(count_of(desk, DB_SQL("SELECT (SELECT count(*) FROM certificates) + "
                                           "(SELECT count(*) FROM outbox)")),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_is_issued_is_kept_sent_and_says_of_itself_how_long_it_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_no_known_name_is_told_by_the_number_as_it_is_shown,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_issued_is_signed_by_the_agency, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pdf_that_was_given_stays_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_key_issues_once_and_nothing_else, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_issued_from_nothing_or_for_a_time_that_is_over,
                                        set_up, tear_down),
    };
    xml_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
