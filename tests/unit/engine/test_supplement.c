/* test_supplement.c - what was promised for later is sent once, whole, or not at all. */
#include "applicant.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/submit.h"
#include "engine/supplement.h"
#include "tests/application.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAX "/data/dokumentasjon/skattemelding"
#define TAX_OF_PARTNER "/data/dokumentasjon/skattemelding2"
#define DAY 86400

/* An application that was sent with a promise, and its citizen before it. */
struct desk {
    struct applicant kari;
    const char *draft_id, *submission_id, *promise_id;
    bool is_new;
    struct promise promise; /* taken up */
};

/* Sends the application, with one document promised. */
static void apply(struct desk *desk)
{
    struct store *store = desk->kari.store;
    const char *citizen_id = desk->kari.visitor.session.citizen.id;
    desk->draft_id = applicant_draft(&desk->kari);
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    WORKS(store, open_draft_read(store->arena, store->db, desk->kari.app.versions, citizen_id,
                                 desk->draft_id, &draft, &store->err));
    desk->promise_id = applicant_attach(&desk->kari, &draft, TAX, ATTACHMENT_LATER).id;
    applicant_attach(&desk->kari, &draft, TAX_OF_PARTNER, ATTACHMENT_DISK);
    open_draft_close(&draft);
    draft = (struct open_draft){0};
    WORKS(store, open_draft_read(store->arena, store->db, desk->kari.app.versions, citizen_id,
                                 desk->draft_id, &draft, &store->err));
    struct finding_list findings;
    finding_list_init(&findings, store->arena);
    bool is_new;
    WORKS(store, submit(&desk->kari.visitor, store->arena, store->db, &draft, "request-1",
                        &desk->submission_id, &is_new, &findings, &store->err));
}

static void take_up(struct desk *desk)
{
    struct store *store = desk->kari.store;
    supplement_close(&desk->promise);
    desk->promise = (struct promise){0};
    WORKS(store, supplement_open(&desk->kari.visitor, store->arena, store->db, desk->promise_id,
                                 &desk->promise, &store->err));
}

/* As the page does it: in memory, then saved. */
static void lay_up(struct desk *desk, const char *content)
{
    struct store *store = desk->kari.store;
    struct attachment wish = {.requirement = desk->promise.row.requirement,
                              .source = ATTACHMENT_DISK,
                              .name = "skattemelding.pdf",
                              .media_type = "application/pdf"};
    WORKS(store, open_draft_attach(store->arena, &desk->promise.draft, &wish, CONTENT(content),
                                   &store->err));
    WORKS(store, open_draft_save(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                 &desk->promise.draft, &store->err));
}

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    applicant_open(&desk->kari);
    apply(desk);
    take_up(desk);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    supplement_close(&desk->promise);
    int status = applicant_close(&desk->kari);
    free(desk);
    return status;
}

static bool sends(struct desk *desk)
{
    struct store *store = desk->kari.store;
    store->err = (struct error){0};
    return supplement_send(&desk->kari.visitor, store->arena, store->db, &desk->promise,
                           "request-2", &desk->is_new, &store->err);
}

/* What there is of everything that sending afterwards writes, beside what applying wrote. */
struct traces {
    int64_t supplements, letters, audit_rows, tied, waiting;
};

static struct traces look(struct desk *desk)
{
    struct store *store = desk->kari.store;
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT (SELECT count(*) FROM supplements), "
                                 "(SELECT count(*) FROM outbox WHERE kind = 'supplement'), "
                                 "(SELECT count(*) FROM audit WHERE action = 'supplemented'), "
                                 "(SELECT count(*) FROM attachments WHERE promise IS NOT NULL "
                                 "AND submission IS NOT NULL)"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    struct attachment *waiting;
    size_t count;
    WORKS(store,
          attachments_promised(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                               &waiting, &count, &store->err));
    return (struct traces){db_integer(rows, 0), db_integer(rows, 1), db_integer(rows, 2),
                           db_integer(rows, 3), (int64_t)count};
}

static void assert_traces(struct desk *desk, struct traces expected)
{
    struct traces found = look(desk);
    assert_int_equal(found.supplements, expected.supplements);
    assert_int_equal(found.letters, expected.letters);
    assert_int_equal(found.audit_rows, expected.audit_rows);
    assert_int_equal(found.tied, expected.tied);
    assert_int_equal(found.waiting, expected.waiting);
}

static const struct traces nothing = {.waiting = 1};
static const struct traces sent_once = {
    .supplements = 1, .letters = 1, .audit_rows = 1, .tied = 1, .waiting = 0};

static struct delivery lease(struct desk *desk)
{
    struct store *store = desk->kari.store;
    struct delivery delivery;
    for (;;) {
        bool found;
        WORKS(store,
              outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
        assert_true(found);
        if (delivery.kind == OUTBOX_SUPPLEMENT)
            return delivery;
    }
}

/* ---- D-3 ---- */

static void d_3_supplement_letter_and_audit_row_are_there_together(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    lay_up(desk, "%PDF-1.7 later");
    assert_traces(desk, nothing);

    WORKS(store, sends(desk));

    assert_traces(desk, sent_once);
    assert_true(desk->promise.is_kept);
    assert_string_equal(desk->promise.supplement.submission_id, desk->submission_id);
    struct bytes receipt, main, document;
    WORKS(store, supplements_receipt(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                     desk->promise.supplement.id, &receipt, &store->err));
    struct delivery delivery = lease(desk);
    assert_int_equal(delivery.document_count, 2);
    WORKS(store, outbox_document_bytes(store->arena, store->db, &delivery, 0, &main, &store->err));
    WORKS(store,
          outbox_document_bytes(store->arena, store->db, &delivery, 1, &document, &store->err));
    assert_int_equal(main.size, receipt.size);
    assert_memory_equal(main.data, receipt.data, main.size);
    assert_memory_equal(document.data, "%PDF-1.7 later", 14);
    struct attachment *sent;
    size_t count;
    WORKS(store,
          attachments_of_submission(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                    desk->submission_id, &sent, &count, &store->err));
    assert_int_equal(count, 3); /* the promise, what was sent with it, what kept it */
}

/* A statement of it fails. */
static void fails_whole(struct desk *desk, struct db_sql trigger)
{
    struct store *store = desk->kari.store;
    lay_up(desk, "%PDF-1.7 later");
    WORKS(store, db_exec(store->db, trigger, DB_NO_VALUES, NULL, &store->err));

    FAILS(store, sends(desk), ERROR_CONFLICT);
    assert_traces(desk, nothing);

    WORKS(store,
          db_exec(store->db, DB_SQL("DROP TRIGGER broken"), DB_NO_VALUES, NULL, &store->err));
    take_up(desk);
    WORKS(store, sends(desk));
    assert_traces(desk, sent_once);
}

#define BROKEN(what)                                                                               \
    DB_SQL("CREATE TRIGGER broken BEFORE " what " BEGIN SELECT RAISE(ABORT, 'broken'); END")

static void d_3_without_its_letter_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("INSERT ON outbox"));
}

static void d_3_without_its_supplement_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("INSERT ON supplements"));
}

static void d_3_without_its_documents_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("UPDATE OF submission ON attachments"));
}

static void d_3_without_its_audit_row_nothing_is_there(void **state)
{
    fails_whole(*state, BROKEN("INSERT ON audit"));
}

/* A process that dies in the middle: what it wrote is not there, and sending again works. */
static void d_3_killed_before_the_commit_nothing_is_there(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    lay_up(desk, "%PDF-1.7 later");
    pid_t child = fork();
    if (child == 0) {
        struct db_pool *pool = store_second_pool(store);
        struct db *db = NULL;
        struct db_transaction transaction;
        int64_t kept;
        if (db_borrow(pool, &db, &store->err) && db_begin(db, &transaction, &store->err) &&
            attachments_keep_promise(db, desk->kari.visitor.session.citizen.id, desk->promise_id,
                                     desk->submission_id, &kept, &store->err) &&
            kept == 1)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));

    assert_traces(desk, nothing);
    take_up(desk);
    WORKS(store, sends(desk));
    assert_traces(desk, sent_once);
}

/* ---- D-4 ---- */

static void d_4_sending_twice_sends_once(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    lay_up(desk, "%PDF-1.7 later");
    struct promise other; /* another window, which looked before the first sent */
    WORKS(store, supplement_open(&desk->kari.visitor, store->arena, store->db, desk->promise_id,
                                 &other, &store->err));

    WORKS(store, sends(desk));
    const char *first = desk->promise.supplement.id;
    assert_true(desk->is_new);
    WORKS(store, sends(desk));
    assert_false(desk->is_new);
    bool is_new;
    WORKS(store, supplement_send(&desk->kari.visitor, store->arena, store->db, &other, "request-3",
                                 &is_new, &store->err));
    assert_false(is_new);

    assert_string_equal(desk->promise.supplement.id, first);
    assert_string_equal(other.supplement.id, first);
    supplement_close(&other);
    take_up(desk);
    assert_true(desk->promise.is_kept);
    assert_traces(desk, sent_once);
}

static void documents_that_changed_meanwhile_are_not_sent_unseen(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    lay_up(desk, "%PDF-1.7 later");
    struct promise other;
    WORKS(store, supplement_open(&desk->kari.visitor, store->arena, store->db, desk->promise_id,
                                 &other, &store->err));
    WORKS(store, open_draft_detach(store->arena, &desk->promise.draft,
                                   desk->promise.draft.attachments[0].id, &store->err));
    lay_up(desk, "%PDF-1.7 another");

    store->err = (struct error){0};
    bool is_new;
    assert_false(supplement_send(&desk->kari.visitor, store->arena, store->db, &other, "request-2",
                                 &is_new, &store->err));

    assert_int_equal(store->err.code, ERROR_CONFLICT);
    supplement_close(&other);
    assert_traces(desk, nothing);
}

static void nothing_is_not_sent(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;

    FAILS(store, sends(desk), ERROR_INVALID);

    assert_traces(desk, nothing);
}

static void a_document_that_is_being_checked_is_not_sent(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    lay_up(desk, "%PDF-1.7 later");
    WORKS(store, db_exec(store->db,
                         DB_SQL("UPDATE attachments SET state = 'checking' "
                                "WHERE promise IS NOT NULL"),
                         DB_NO_VALUES, NULL, &store->err));
    take_up(desk);

    FAILS(store, sends(desk), ERROR_INVALID);

    assert_traces(desk, nothing);
}

static void what_comes_late_is_taken_and_marked(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    int64_t due_at = desk->promise.row.expected_by;
    clock_set(due_at + DAY);
    lay_up(desk, "%PDF-1.7 later");

    WORKS(store, sends(desk));

    assert_traces(desk, sent_once);
    assert_int_equal(desk->promise.supplement.due_at, due_at);
    assert_true(desk->promise.supplement.received_at > due_at);
}

static void only_a_promise_of_what_one_sent_is_taken_up(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->kari.store;
    struct promise promise;
    struct attachment *sent;
    size_t count;
    WORKS(store,
          attachments_of_submission(store->arena, store->db, desk->kari.visitor.session.citizen.id,
                                    desk->submission_id, &sent, &count, &store->err));
    for (size_t i = 0; i < count; i++)
        if (sent[i].source != ATTACHMENT_LATER)
            FAILS(store,
                  supplement_open(&desk->kari.visitor, store->arena, store->db, sent[i].id,
                                  &promise, &store->err),
                  ERROR_MISSING);

    struct visitor other = desk->kari.visitor;
    WORKS(store, citizens_know(store->arena, store->db, OLA, "Ola Test", &other.session.citizen,
                               &store->err));
    FAILS(store,
          supplement_open(&other, store->arena, store->db, desk->promise_id, &promise, &store->err),
          ERROR_MISSING);
}

#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(d_3_supplement_letter_and_audit_row_are_there_together),
        AT_DESK(d_3_without_its_letter_nothing_is_there),
        AT_DESK(d_3_without_its_supplement_nothing_is_there),
        AT_DESK(d_3_without_its_documents_nothing_is_there),
        AT_DESK(d_3_without_its_audit_row_nothing_is_there),
        AT_DESK(d_3_killed_before_the_commit_nothing_is_there),
        AT_DESK(d_4_sending_twice_sends_once),
        AT_DESK(documents_that_changed_meanwhile_are_not_sent_unseen),
        AT_DESK(nothing_is_not_sent),
        AT_DESK(a_document_that_is_being_checked_is_not_sent),
        AT_DESK(what_comes_late_is_taken_and_marked),
        AT_DESK(only_a_promise_of_what_one_sent_is_taken_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
