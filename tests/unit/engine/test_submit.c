/* test_submit.c - what is sent is on disk whole, once, or not at all: with the form that people
 * fill in, and a database of its own for each test. */
#include "applicant.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/submit.h"
#include "tests/application.h"

#include <pthread.h>
#include <string.h>

#define TAX "/data/dokumentasjon/skattemelding"
#define TAX_OF_PARTNER "/data/dokumentasjon/skattemelding2"
#define PAYSLIPS "/data/dokumentasjon/lonn"

/* A draft that can be sent, open before a visitor who wants to. */
struct desk {
    struct applicant kari;
    struct open_draft draft;
    struct finding_list findings;
    const char *submission_id;
    bool is_new;
};

static void read_draft(struct desk *desk, const char *id)
{
    struct store *store = desk->kari.store;
    open_draft_close(&desk->draft);
    WORKS(store,
          open_draft_read(store->arena, store->db, desk->kari.app.versions,
                          desk->kari.visitor.session.citizen.id, id, &desk->draft, &store->err));
}

static void attach(struct desk *desk, const char *upload_path, enum attachment_source source)
{
    applicant_attach(&desk->kari, &desk->draft, upload_path, source);
}

static void save(struct desk *desk)
{
    struct store *store = desk->kari.store;
    WORKS(store, open_draft_save(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                 &desk->draft, &store->err));
}

/* The draft as it lies in the database now, with its documents. */
static void read_again(struct desk *desk)
{
    read_draft(desk, desk->draft.row.id);
}

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    applicant_open(&desk->kari);
    read_draft(desk, applicant_draft(&desk->kari));
    attach(desk, TAX, ATTACHMENT_DISK);
    attach(desk, TAX_OF_PARTNER, ATTACHMENT_DISK);
    read_again(desk);
    finding_list_init(&desk->findings, desk->kari.store->arena);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    open_draft_close(&desk->draft);
    int status = applicant_close(&desk->kari);
    free(desk);
    return status;
}

static bool sends(struct desk *desk)
{
    struct store *store = desk->kari.store;
    store->err = (struct error){0};
    return submit(&desk->kari.visitor, store->arena, store->db, &desk->draft, "request-1",
                  &desk->submission_id, &desk->is_new, &desk->findings, &store->err);
}

/* What there is of everything that sending writes. */
struct traces {
    int64_t submissions, letters, documents, audit_rows, frozen, sent_drafts;
};

static struct traces look(struct desk *desk)
{
    struct store *store = desk->kari.store;
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT (SELECT count(*) FROM submissions), "
                                 "(SELECT count(*) FROM outbox), "
                                 "(SELECT count(*) FROM outbox_documents), "
                                 "(SELECT count(*) FROM audit), "
                                 "(SELECT count(*) FROM attachments WHERE submission IS NOT NULL), "
                                 "(SELECT count(*) FROM drafts WHERE state = 'sent')"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    return (struct traces){db_integer(rows, 0), db_integer(rows, 1), db_integer(rows, 2),
                           db_integer(rows, 3), db_integer(rows, 4), db_integer(rows, 5)};
}

static void assert_traces(struct desk *desk, struct traces expected)
{
    struct traces found = look(desk);
    assert_int_equal(found.submissions, expected.submissions);
    assert_int_equal(found.letters, expected.letters);
    assert_int_equal(found.documents, expected.documents);
    assert_int_equal(found.audit_rows, expected.audit_rows);
    assert_int_equal(found.frozen, expected.frozen);
    assert_int_equal(found.sent_drafts, expected.sent_drafts);
}

static const struct traces nothing = {0};
static const struct traces sent_once = {.submissions = 1,
                                        .letters = 1,
                                        .documents = 3, /* receipt and two tax returns */
                                        .audit_rows = 1,
                                        .frozen = 2,
                                        .sent_drafts = 1};

static struct submission read_submission(struct desk *desk)
{
    struct store *store = desk->kari.store;
    struct submission submission;
    WORKS(store, submissions_read(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                  desk->submission_id, &submission, &store->err));
    return submission;
}

static bool holds(struct bytes bytes, const char *text)
{
    return memmem(bytes.data, bytes.size, text, strlen(text)) != NULL;
}

static struct delivery lease(struct desk *desk)
{
    struct store *store = desk->kari.store;
    struct delivery delivery;
    bool found;
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
    assert_true(found);
    return delivery;
}

/* ---- D-3: all of it or nothing ---- */

static void d_3_submission_letter_and_audit_row_are_there_together(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;

    WORKS(store, sends(desk));

    assert_traces(desk, sent_once);
    struct submission submission = read_submission(desk);
    assert_string_equal(submission.reference, "FB-2026-000001");
    assert_string_equal(submission.draft_id, desk->draft.row.id);
    assert_string_equal(submission.form_version, desk->draft.package->digest);
    assert_int_equal(submission.received_at / 60, APPLICATION_NOW / 60);
    struct audit_entry *entries;
    size_t count;
    WORKS(store, audit_list(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                            &entries, &count, &store->err));
    assert_int_equal(count, 1);
    assert_int_equal(entries[0].action, AUDIT_SUBMITTED);
    assert_string_equal(entries[0].object_id, desk->submission_id);
    assert_string_equal(entries[0].request_id, "request-1");
}

static void d_3_the_letter_holds_the_stored_receipt_and_the_documents(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    struct bytes receipt, main, document;

    WORKS(store, sends(desk));
    struct delivery delivery = lease(desk);

    WORKS(store, submissions_receipt(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                     desk->submission_id, &receipt, &store->err));
    WORKS(store, outbox_document_bytes(store->arena, store->db, &delivery, 0, &main, &store->err));
    WORKS(store,
          outbox_document_bytes(store->arena, store->db, &delivery, 1, &document, &store->err));
    assert_string_equal(delivery.submission_id, desk->submission_id);
    assert_int_equal(delivery.document_count, 3);
    assert_int_equal(main.size, receipt.size);
    assert_memory_equal(main.data, receipt.data, main.size);
    assert_memory_equal(main.data, "%PDF-", 5);
    assert_memory_equal(document.data, "%PDF-1.7 x", 10);
}

/* The last statement before the commit, or one on the way to it, fails. */
static void fails_whole(struct desk *desk, struct db_sql trigger)
{
    struct store *store = desk->kari.store;
    WORKS(store, db_exec(store->db, trigger, DB_NO_VALUES, NULL, &store->err));

    FAILS(store, sends(desk), ERROR_CONFLICT);
    assert_traces(desk, nothing);

    WORKS(store,
          db_exec(store->db, DB_SQL("DROP TRIGGER broken"), DB_NO_VALUES, NULL, &store->err));
    read_again(desk);
    WORKS(store, sends(desk));
    assert_traces(desk, sent_once);
}

#define BROKEN(table)                                                                              \
    DB_SQL("CREATE TRIGGER broken BEFORE INSERT ON " table                                         \
           " BEGIN SELECT RAISE(ABORT, 'broken'); END")

static void d_3_without_its_submission_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("submissions"));
}

static void d_3_without_its_letter_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("outbox"));
}

static void d_3_without_the_documents_of_its_letter_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("outbox_documents"));
}

static void d_3_without_its_audit_row_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("audit"));
}

static void d_3_answers_that_do_not_hold_are_not_sent(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    application_set(desk->draft.answers, "/data/husholdning/inntekt", "ca 420000");
    save(desk);

    FAILS(store, sends(desk), ERROR_INVALID);

    assert_traces(desk, nothing);
    assert_non_null(finding_find(&desk->findings, "/data/husholdning/inntekt"));
}

static void d_3_a_draft_that_was_saved_elsewhere_meanwhile_is_not_sent(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    int64_t revision = desk->draft.row.revision;
    save(desk);
    desk->draft.row.revision = revision;

    FAILS(store, sends(desk), ERROR_CONFLICT);

    assert_traces(desk, nothing);
}

static void d_3_a_document_that_comes_while_sending_is_not_sent_unseen(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    attach(desk, PAYSLIPS, ATTACHMENT_DISK); /* by the worker: the revision stays */

    FAILS(store, sends(desk), ERROR_CONFLICT);

    assert_traces(desk, nothing);
    read_again(desk);
    WORKS(store, sends(desk));
}

static void d_3_a_document_that_goes_while_sending_is_not_promised_in_a_letter(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    WORKS(store, attachments_remove(store->db, desk->kari.visitor.session.citizen.id,
                                    desk->draft.attachments[1].id, &store->err));

    FAILS(store, sends(desk), ERROR_CONFLICT);

    assert_traces(desk, nothing);
}

/* ---- D-4: once ---- */

static void d_4_the_same_key_twice_gives_the_same_submission(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    WORKS(store, sends(desk));
    const char *first = desk->submission_id;

    assert_true(desk->is_new);

    desk->submission_id = NULL;
    WORKS(store, sends(desk));
    assert_string_equal(desk->submission_id, first);
    assert_false(desk->is_new);

    read_again(desk);
    desk->submission_id = NULL;
    WORKS(store, sends(desk));
    assert_string_equal(desk->submission_id, first);
    assert_traces(desk, sent_once);
}

static void d_4_the_same_key_with_other_answers_conflicts_and_changes_nothing(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    WORKS(store, sends(desk));
    struct submission before = read_submission(desk);

    application_set(desk->draft.answers, "/data/husholdning/inntekt", "425001");
    FAILS(store, sends(desk), ERROR_CONFLICT);

    struct submission after = read_submission(desk);
    assert_int_equal(after.answers.size, before.answers.size);
    assert_memory_equal(after.answers.data, before.answers.data, before.answers.size);
    assert_memory_equal(&after.receipt_sha256, &before.receipt_sha256, CRYPTO_SHA256_BYTES);
    assert_traces(desk, sent_once);
}

static void d_4_the_same_key_with_other_documents_conflicts_and_changes_nothing(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    WORKS(store, sends(desk));

    desk->draft.attachments[0].sha256.bytes[0] ^= 1;
    FAILS(store, sends(desk), ERROR_CONFLICT);

    assert_traces(desk, sent_once);
}

enum { HANDS = 4 };

struct hand {
    struct desk *desk;
    pthread_barrier_t *start;
    struct arena *arena;
    char submission_id[64];
    struct error err;
};

/* One press of "Send" as a thread of the server does it: own arena, connection, answers. */
static void *press(void *context)
{
    struct hand *hand = context;
    struct desk *desk = hand->desk;
    struct visitor visitor = desk->kari.visitor;
    struct finding_list findings;
    finding_list_init(&findings, hand->arena);
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    const char *id;
    bool is_new,
        ready = db_borrow(desk->kari.app.db, &db, &hand->err) &&
                open_draft_read(hand->arena, db, desk->kari.app.versions,
                                visitor.session.citizen.id, desk->draft.row.id, &draft, &hand->err);
    pthread_barrier_wait(hand->start);
    if (ready &&
        submit(&visitor, hand->arena, db, &draft, "request", &id, &is_new, &findings, &hand->err))
        snprintf(hand->submission_id, sizeof hand->submission_id, "%s", id);
    return NULL;
}

static void d_4_pressing_send_in_several_windows_at_once_gives_one_submission(void **state)
{
    struct desk *desk = *state;
    db_return(&desk->kari.store->db); /* the pool has as many connections as there are hands */
    struct hand hands[HANDS] = {0};
    pthread_t threads[HANDS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, HANDS);

    for (size_t i = 0; i < HANDS; i++) {
        hands[i] = (struct hand){.desk = desk, .start = &start, .arena = arena_open()};
        pthread_create(&threads[i], NULL, press, &hands[i]);
    }
    for (size_t i = 0; i < HANDS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);

    for (size_t i = 0; i < HANDS; i++) {
        if (!*hands[i].submission_id)
            fail_msg("%s: %s", error_name(hands[i].err.code), hands[i].err.text);
        assert_string_equal(hands[i].submission_id, hands[0].submission_id);
        arena_close(&hands[i].arena);
    }
    struct store *store = desk->kari.store;
    WORKS(store, db_borrow(store->pool, &store->db, &store->err));
    assert_traces(desk, sent_once);
}

/* ---- what is sent ---- */

static void hidden_answers_and_documents_of_hidden_uploads_are_not_sent(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    application_set(desk->draft.answers, "/data/husholdning/sivil", "alene");
    save(desk);

    WORKS(store, sends(desk));

    struct submission submission = read_submission(desk);
    assert_true(holds(desk->draft.row.answers, "Jonas Lie Berg"));
    assert_false(holds(submission.answers, "Jonas Lie Berg"));
    assert_true(holds(submission.answers, "Nora Fjeld Berg"));
    struct attachment *kept;
    size_t count;
    WORKS(store,
          attachments_of_submission(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                    submission.id, &kept, &count, &store->err));
    assert_int_equal(count, 1);
    assert_true(text_ends_with(kept[0].requirement, "skattemelding"));
    assert_int_equal(lease(desk).document_count, 2);
}

static void what_is_promised_for_later_is_kept_but_not_in_the_letter(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    application_set(desk->draft.answers, "/data/husholdning/endret", "ja");
    application_set(desk->draft.answers, "/data/husholdning/endring", "Ny jobb");
    save(desk);
    attach(desk, PAYSLIPS, ATTACHMENT_LATER);
    read_again(desk);

    WORKS(store, sends(desk));

    assert_int_equal(look(desk).frozen, 3);
    assert_int_equal(lease(desk).document_count, 3);
}

/* Documents are counted before anything is written, so the count must still hold then (S-FILE-2).
 */
static void file_2_a_limit_that_was_held_against_other_documents_saves_nothing(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    const char *citizen_id = desk->kari.visitor.session.citizen.id;
    WORKS(store, open_draft_usage(store->arena, store->db, citizen_id, &desk->draft, &store->err));
    struct place *upload = application_at(desk->draft.answers, TAX);
    struct attachment file = {.requirement = place_id(store->arena, upload),
                              .source = ATTACHMENT_DISK,
                              .name = "en.pdf",
                              .media_type = "application/pdf"};
    WORKS(store, open_draft_detach(store->arena, &desk->draft, desk->draft.attachments[0].id,
                                   &store->err));
    WORKS(store,
          open_draft_attach(store->arena, &desk->draft, &file, CONTENT("%PDF-1.7 y"), &store->err));
    attach(desk, PAYSLIPS, ATTACHMENT_DISK); /* another window meanwhile */

    FAILS(store, open_draft_save(store->arena, store->db, citizen_id, &desk->draft, &store->err),
          ERROR_CONFLICT);
    int64_t revision = desk->draft.row.revision;
    read_again(desk);
    assert_int_equal(desk->draft.row.revision, revision);
    assert_int_equal(desk->draft.attachment_count, 3);
}

static void answers_too_large_to_be_read_again_are_not_saved(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    char *large = arena_alloc(store->arena, ANSWERS_MAX_VALUE_BYTES + 1);
    memset(large, '&', ANSWERS_MAX_VALUE_BYTES); /* each is five bytes in XML */
    large[ANSWERS_MAX_VALUE_BYTES] = '\0';
    answers_begin(desk->draft.answers);
    for (int i = 1; i <= 7; i++) {
        if (i > 2)
            application_add_child(desk->draft.answers);
        application_set(desk->draft.answers, arena_printf(store->arena, "/data/barn[%d]/navn", i),
                        large);
    }
    answers_end(desk->draft.answers);

    assert_false(open_draft_save(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                 &desk->draft, &store->err));

    assert_int_equal(store->err.code, ERROR_LIMIT);
    read_again(desk);
    assert_string_equal(place_value(application_at(desk->draft.answers, "/data/barn[1]/navn")),
                        "Nora Fjeld Berg");
}

#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(d_3_submission_letter_and_audit_row_are_there_together),
        AT_DESK(d_3_the_letter_holds_the_stored_receipt_and_the_documents),
        AT_DESK(d_3_without_its_submission_nothing_is_there),
        AT_DESK(d_3_without_its_letter_nothing_is_there),
        AT_DESK(d_3_without_the_documents_of_its_letter_nothing_is_there),
        AT_DESK(d_3_without_its_audit_row_nothing_is_there),
        AT_DESK(d_3_answers_that_do_not_hold_are_not_sent),
        AT_DESK(d_3_a_draft_that_was_saved_elsewhere_meanwhile_is_not_sent),
        AT_DESK(d_3_a_document_that_comes_while_sending_is_not_sent_unseen),
        AT_DESK(d_3_a_document_that_goes_while_sending_is_not_promised_in_a_letter),
        AT_DESK(d_4_the_same_key_twice_gives_the_same_submission),
        AT_DESK(d_4_the_same_key_with_other_answers_conflicts_and_changes_nothing),
        AT_DESK(d_4_the_same_key_with_other_documents_conflicts_and_changes_nothing),
        AT_DESK(d_4_pressing_send_in_several_windows_at_once_gives_one_submission),
        AT_DESK(hidden_answers_and_documents_of_hidden_uploads_are_not_sent),
        AT_DESK(what_is_promised_for_later_is_kept_but_not_in_the_letter),
        AT_DESK(file_2_a_limit_that_was_held_against_other_documents_saves_nothing),
        AT_DESK(answers_too_large_to_be_read_again_are_not_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
