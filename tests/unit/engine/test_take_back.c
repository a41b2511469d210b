/* test_take_back.c - an application is withdrawn once, whole, or not at all; and not after a
 * decision. */
#include "applicant.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/letter.h"
#include "engine/reuse/decide.h"
#include "engine/submit.h"
#include "engine/supplement.h"
#include "engine/take_back.h"
#include "tests/application.h"

#include <string.h>

#define TAX "/data/dokumentasjon/skattemelding"
#define TAX_OF_PARTNER "/data/dokumentasjon/skattemelding2"

/* An application that was sent with a promise, and its citizen before it. */
struct desk {
    struct applicant kari;
    const char *submission_id, *promise_id;
};

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    applicant_open(&desk->kari);
    struct store *store = desk->kari.store;
    const char *citizen_id = desk->kari.visitor.session.citizen.id;
    const char *draft_id = applicant_draft(&desk->kari);
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    WORKS(store, open_draft_read(store->arena, store->db, desk->kari.app.versions, citizen_id,
                                 draft_id, &draft, &store->err));
    desk->promise_id = applicant_attach(&desk->kari, &draft, TAX, ATTACHMENT_LATER).id;
    applicant_attach(&desk->kari, &draft, TAX_OF_PARTNER, ATTACHMENT_DISK);
    open_draft_close(&draft);
    draft = (struct open_draft){0};
    WORKS(store, open_draft_read(store->arena, store->db, desk->kari.app.versions, citizen_id,
                                 draft_id, &draft, &store->err));
    struct finding_list findings;
    finding_list_init(&findings, store->arena);
    bool is_new;
    WORKS(store, submit(&desk->kari.visitor, store->arena, store->db, &draft, "request-1",
                        &desk->submission_id, &is_new, &findings, &store->err));
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    int status = applicant_close(&desk->kari);
    free(desk);
    return status;
}

static bool takes_back(struct desk *desk, struct withdrawal *out)
{
    struct store *store = desk->kari.store;
    store->err = (struct error){0};
    return take_back(&desk->kari.visitor, store->arena, store->db, desk->submission_id, "request-2",
                     out, &store->err);
}

static struct submission read_submission(struct desk *desk)
{
    struct store *store = desk->kari.store;
    struct submission submission;
    WORKS(store, submissions_read(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                  desk->submission_id, &submission, &store->err));
    return submission;
}

/* What there is of everything that withdrawing writes. */
struct traces {
    int64_t withdrawals, letters, links, audit_rows;
    enum submission_state state;
};

static void assert_traces(struct desk *desk, struct traces expected)
{
    struct store *store = desk->kari.store;
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT (SELECT count(*) FROM withdrawals), "
                                 "(SELECT count(*) FROM outbox WHERE kind = 'withdrawal'), "
                                 "(SELECT count(*) - 1 FROM letter_links), "
                                 "(SELECT count(*) FROM audit WHERE action = 'withdrawn')"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    assert_int_equal(db_integer(rows, 0), expected.withdrawals);
    assert_int_equal(db_integer(rows, 1), expected.letters);
    assert_int_equal(db_integer(rows, 2), expected.links);
    assert_int_equal(db_integer(rows, 3), expected.audit_rows);
    assert_int_equal(read_submission(desk).state, expected.state);
}

static const struct traces nothing = {.state = SUBMISSION_SENT};
static const struct traces once = {1, 1, 1, 1, SUBMISSION_WITHDRAWN};

static struct delivery lease(struct desk *desk, enum outbox_kind kind)
{
    struct store *store = desk->kari.store;
    struct delivery delivery;
    for (;;) {
        bool found;
        WORKS(store,
              outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
        assert_true(found);
        if (delivery.kind == kind)
            return delivery;
    }
}

static void d_3_withdrawal_state_letter_and_audit_row_are_there_together(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    struct withdrawal withdrawal;
    struct bytes receipt;
    assert_traces(desk, nothing);

    WORKS(store, takes_back(desk, &withdrawal));

    assert_traces(desk, once);
    assert_int_equal(withdrawal.number, 1);
    assert_int_equal(withdrawal.delivery, OUTBOX_PENDING);
    WORKS(store, withdrawals_receipt(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                     desk->submission_id, &receipt, &store->err));
    struct delivery delivery = lease(desk, OUTBOX_WITHDRAWAL);
    struct postbox_letter letter;
    WORKS(store, letter_of_delivery(store->arena, store->db, &delivery, &letter, &store->err));
    assert_int_equal(letter.main.content.size, receipt.size);
    assert_memory_equal(letter.main.content.data, receipt.data, receipt.size);
    assert_true(text_starts_with(letter.title, "Trukket: "));
    assert_non_null(strstr(letter.link->url, "/brev/"));
    assert_null(strstr(letter.link->url, desk->submission_id));
}

static void the_receipt_of_what_was_sent_goes_on_to_the_postbox(void **state)
{
    struct desk *desk = *state;
    struct withdrawal withdrawal;
    WORKS(desk->kari.store, takes_back(desk, &withdrawal));
    assert_int_equal(lease(desk, OUTBOX_RECEIPT).state, OUTBOX_PENDING);
}

static void d_4_pressing_twice_withdraws_once(void **state)
{
    struct desk *desk = *state;
    struct withdrawal first, again;
    WORKS(desk->kari.store, takes_back(desk, &first));
    WORKS(desk->kari.store, takes_back(desk, &again));
    assert_string_equal(again.id, first.id);
    assert_traces(desk, once);
}

static void d_3_what_fails_leaves_nothing_behind(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    struct withdrawal withdrawal;
    static const struct db_sql triggers[] = {
        {"CREATE TRIGGER broken BEFORE INSERT ON audit WHEN NEW.action = 'withdrawn' "
         "BEGIN SELECT RAISE(ABORT, 'no'); END"},
        {"CREATE TRIGGER broken BEFORE INSERT ON withdrawals "
         "BEGIN SELECT RAISE(ABORT, 'no'); END"},
    };
    for (size_t i = 0; i < COUNT(triggers); i++) {
        WORKS(store, db_exec(store->db, triggers[i], DB_NO_VALUES, NULL, &store->err));
        assert_false(takes_back(desk, &withdrawal));
        assert_traces(desk, nothing);
        WORKS(store,
              db_exec(store->db, DB_SQL("DROP TRIGGER broken"), DB_NO_VALUES, NULL, &store->err));
    }
    WORKS(store, takes_back(desk, &withdrawal));
    assert_traces(desk, once);
}

/* One document laid up to keep the promise. */
static void lay_up(struct desk *desk)
{
    struct store *store = desk->kari.store;
    CLEANUP(supplement_close) struct promise promise = {0};
    WORKS(store, supplement_open(&desk->kari.visitor, store->arena, store->db, desk->promise_id,
                                 &promise, &store->err));
    struct attachment wish = {.requirement = promise.row.requirement,
                              .source = ATTACHMENT_DISK,
                              .name = "skattemelding.pdf",
                              .media_type = "application/pdf"};
    WORKS(store, open_draft_attach(store->arena, &promise.draft, &wish, CONTENT("%PDF-1.7 later"),
                                   &store->err));
    WORKS(store, open_draft_save(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                 &promise.draft, &store->err));
}

static void what_was_promised_is_expected_no_more_and_what_lay_ready_is_deleted(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    const char *citizen_id = desk->kari.visitor.session.citizen.id;
    struct withdrawal withdrawal;
    struct attachment *rows;
    size_t count;
    lay_up(desk);
    CLEANUP(supplement_close) struct promise promise = {0};
    WORKS(store, supplement_open(&desk->kari.visitor, store->arena, store->db, desk->promise_id,
                                 &promise, &store->err));

    WORKS(store, takes_back(desk, &withdrawal));

    WORKS(store,
          attachments_promised(store->arena, store->db, citizen_id, &rows, &count, &store->err));
    assert_int_equal(count, 0);
    WORKS(store, attachments_of_promise(store->arena, store->db, citizen_id, desk->promise_id,
                                        &rows, &count, &store->err));
    assert_int_equal(count, 0);
    /* the page was open in another window */
    bool is_new;
    FAILS(store,
          supplement_send(&desk->kari.visitor, store->arena, store->db, &promise, "request-3",
                          &is_new, &store->err),
          ERROR_CONFLICT);
}

static void what_was_decided_on_is_not_withdrawn(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    struct withdrawal withdrawal;
    struct decision decision;
    const struct decide decide = {
        .forms = desk->kari.app.forms,
        .origin = "https://site.example",
        .decision = {.submission = read_submission(desk).reference,
                     .outcome = DECISION_GRANTED,
                     .title = "Vedtak",
                     .pdf = BYTES_OF("%PDF-1.7")},
        .key = "1",
        .actor = AUDIT_STAFF,
        .actor_id = "test",
        .request_id = "",
    };
    WORKS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err));

    FAILS(store, takes_back(desk, &withdrawal), ERROR_CONFLICT);

    assert_traces(desk, (struct traces){.links = 1, .state = SUBMISSION_DECIDED});
}

static void what_was_withdrawn_is_not_decided_on(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    struct withdrawal withdrawal;
    struct decision decision;
    WORKS(store, takes_back(desk, &withdrawal));
    const struct decide decide = {
        .forms = desk->kari.app.forms,
        .origin = "https://site.example",
        .decision = {.submission = read_submission(desk).reference,
                     .outcome = DECISION_REFUSED,
                     .title = "Vedtak",
                     .pdf = BYTES_OF("%PDF-1.7")},
        .key = "1",
        .actor = AUDIT_STAFF,
        .actor_id = "test",
        .request_id = "",
    };

    FAILS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err),
          ERROR_CONFLICT);

    assert_traces(desk, once);
    struct withdrawal_told *told;
    size_t count;
    WORKS(store, withdrawals_after(store->arena, store->db, 0, &told, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(told[0].reference, decide.decision.submission);
    WORKS(store,
          withdrawals_after(store->arena, store->db, told[0].number, &told, &count, &store->err));
    assert_int_equal(count, 0);
}

static void sql_3_anothers_application_is_as_missing_as_none(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    struct withdrawal withdrawal;
    const char *kari = desk->kari.visitor.session.citizen.id;
    desk->kari.visitor.session.citizen.id = store_citizen(store, OLA);

    FAILS(store, takes_back(desk, &withdrawal), ERROR_MISSING);

    desk->kari.visitor.session.citizen.id = kari;
    assert_traces(desk, nothing);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(d_3_withdrawal_state_letter_and_audit_row_are_there_together),
        TEST(the_receipt_of_what_was_sent_goes_on_to_the_postbox),
        TEST(d_4_pressing_twice_withdraws_once),
        TEST(d_3_what_fails_leaves_nothing_behind),
        TEST(what_was_promised_is_expected_no_more_and_what_lay_ready_is_deleted),
        TEST(what_was_decided_on_is_not_withdrawn),
        TEST(what_was_withdrawn_is_not_decided_on),
        TEST(sql_3_anothers_application_is_as_missing_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
