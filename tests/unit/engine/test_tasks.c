/* test_tasks.c - what Min side says is to be done: the most urgent first, and each as long as it is
 * so. */
#include "applicant.h"

#include "engine/base/clock.h"
#include "engine/pages/say.h"
#include "engine/pages/tasks.h"
#include "engine/reuse/decide.h"
#include "engine/submit.h"
#include "storage/kept_posts.h"
#include "tests/application.h"

#include <string.h>

#define TAX "/data/dokumentasjon/skattemelding"
#define TAX_OF_PARTNER "/data/dokumentasjon/skattemelding2"

enum { DAY = 86400, DRAFT_DAYS = 30 };

/* ---- Kari, and what there is to do for her ---- */

static int set_up(void **state)
{
    struct applicant *kari = calloc(1, sizeof *kari);
    assert_non_null(kari);
    applicant_open(kari);
    kari->config.draft_days = DRAFT_DAYS;
    *state = kari;
    return 0;
}

static int tear_down(void **state)
{
    struct applicant *kari = *state;
    int status = applicant_close(kari);
    free(kari);
    return status;
}

static const char *citizen_of(const struct applicant *kari)
{
    return kari->visitor.session.citizen.id;
}

/* An application that was sent at that time, with a document promised for three weeks later. */
static struct submission apply(struct applicant *kari, int64_t at)
{
    struct store *store = kari->store;
    int64_t now = clock_now();
    clock_set(at);
    const char *draft_id = applicant_draft(kari), *id;
    CLEANUP(open_draft_close) struct open_draft draft = {0}, whole = {0};
    WORKS(store, open_draft_read(store->arena, store->db, kari->app.versions, citizen_of(kari),
                                 draft_id, &draft, &store->err));
    struct attachment promise = {.requirement =
                                     place_id(store->arena, application_at(draft.answers, TAX)),
                                 .source = ATTACHMENT_LATER,
                                 .name = "Siste skattemelding",
                                 .media_type = ""};
    WORKS(store, attachments_add(store->arena, store->db, citizen_of(kari), draft_id, &promise,
                                 NULL, &promise, &store->err));
    applicant_attach(kari, &draft, TAX_OF_PARTNER, ATTACHMENT_DISK);
    WORKS(store, open_draft_read(store->arena, store->db, kari->app.versions, citizen_of(kari),
                                 draft_id, &whole, &store->err));
    struct finding_list findings;
    finding_list_init(&findings, store->arena);
    bool is_new;
    WORKS(store, submit(&kari->visitor, store->arena, store->db, &whole, "request-1", &id, &is_new,
                        &findings, &store->err));
    struct submission submission;
    WORKS(store, submissions_read(store->arena, store->db, citizen_of(kari), id, &submission,
                                  &store->err));
    clock_set(now);
    return submission;
}

/* The letters that wait come to nothing. */
static void refuse_letters(struct applicant *kari, const char *reason)
{
    struct store *store = kari->store;
    for (bool found = true; found;) {
        struct delivery delivery;
        WORKS(store,
              outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
        if (found)
            WORKS(store, outbox_give_up(store->db, &delivery, reason, &store->err));
    }
}

static void open_decision(struct applicant *kari, const char *id)
{
    struct store *store = kari->store;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, decisions_opened(store->db, citizen_of(kari), id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
}

/* Saved at that time; the form is "hello". */
static struct draft draft_of(struct applicant *kari, int64_t saved_at)
{
    int64_t now = clock_now();
    clock_set(saved_at);
    struct draft draft = store_draft(kari->store, citizen_of(kari));
    clock_set(now);
    return draft;
}

static void keep_post(struct applicant *kari, const char *draft_id)
{
    struct store *store = kari->store;
    const struct kept_post_field field = {"navn", "Kari"};
    const struct kept_post post = {.draft_id = draft_id,
                                   .page = "hello",
                                   .reason = KEPT_POST_LOGGED_OUT,
                                   .fields = &field,
                                   .field_count = 1};
    WORKS(store, kept_posts_add(store->arena, store->db, &post, &store->err));
}

static struct overview look(struct applicant *kari)
{
    struct store *store = kari->store;
    struct overview overview = {0};
    WORKS(store, tasks_list(&kari->visitor, store->db, store->arena, &overview, &store->err));
    return overview;
}

static void must_be(const struct overview_task *task, const char *title_id, const char *address)
{
    assert_string_equal(task->title, say("nb", title_id));
    assert_string_equal(task->address, address);
}

/* The one there is. */
static struct overview_task only_task(struct applicant *kari)
{
    struct overview overview = look(kari);
    assert_int_equal(overview.task_count, 1);
    return overview.tasks[0];
}

/* ---- in which order ---- */

static void
what_is_due_soon_is_first_then_what_stopped_then_what_has_no_day_then_the_rest(void **state)
{
    struct applicant *kari = *state;
    struct store *store = kari->store;
    int64_t now = clock_now();
    apply(kari, now);
    refuse_letters(kari, "they said no");
    struct draft typed = draft_of(kari, now);
    keep_post(kari, typed.id);
    struct draft without = draft_of(kari, now);
    struct consent consent = store_consent(store, citizen_of(kari), without.id);
    WORKS(store, consents_become(store->arena, store->db, consent.id, CONSENT_REFUSED,
                                 "they said no", &store->err));
    apply(kari, now - 25 * DAY);
    draft_of(kari, now - (DRAFT_DAYS - 3) * DAY);
    apply(kari, now - 10 * DAY);

    struct overview overview = look(kari);

    assert_int_equal(overview.task_count, 7);
    const struct overview_task *tasks = overview.tasks;
    assert_in_range(tasks[0].due_at, now - 5 * DAY, now);
    assert_int_equal(tasks[1].due_at, now + 3 * DAY);
    assert_in_range(tasks[2].due_at, now + 10 * DAY, now + 13 * DAY);
    assert_string_equal(tasks[3].title, say("nb", "task.kept"));
    assert_string_equal(tasks[4].title, say("nb", "task.letter"));
    assert_string_equal(tasks[5].title, say("nb", "task.missing"));
    assert_in_range(tasks[6].due_at, now + 20 * DAY, now + 23 * DAY);
}

static void two_weeks_before_its_day_a_task_goes_before_what_has_stopped(void **state)
{
    struct applicant *kari = *state;
    apply(kari, clock_now());
    int64_t due_at = only_task(kari).due_at;
    struct draft draft = draft_of(kari, clock_now());
    keep_post(kari, draft.id);
    clock_set(due_at - 14 * DAY);
    assert_int_equal(look(kari).tasks[1].due_at, due_at);

    clock_set(clock_now() + 1);

    assert_int_equal(look(kari).tasks[0].due_at, due_at);
}

/* ---- which there are ---- */

static void what_was_typed_and_not_saved_is_a_task_until_it_is_settled(void **state)
{
    struct applicant *kari = *state;
    struct store *store = kari->store;
    struct draft draft = draft_of(kari, clock_now());
    assert_int_equal(look(kari).task_count, 0);
    keep_post(kari, draft.id);
    keep_post(kari, draft.id); /* both on one page */

    struct overview_task task = only_task(kari);

    must_be(&task, "task.kept", arena_printf(store->arena, "/utkast/%s/ikke-lagret", draft.id));
    assert_string_equal(task.about, "Si fra om noe i nærmiljøet");
    struct kept_post post;
    bool found = true;
    while (found) {
        WORKS(store, kept_posts_first(store->arena, store->db, citizen_of(kari), draft.id, &post,
                                      &found, &store->err));
        if (found)
            WORKS(store, kept_posts_remove(store->db, citizen_of(kari), post.id, &store->err));
    }
    assert_int_equal(look(kari).task_count, 0);
}

static void a_draft_is_a_task_in_its_last_week(void **state)
{
    struct applicant *kari = *state;
    int64_t saved_at = clock_now(), gone_at = saved_at + DRAFT_DAYS * DAY;
    draft_of(kari, saved_at);
    clock_set(gone_at - 7 * DAY);
    assert_int_equal(look(kari).task_count, 0);
    clock_set(gone_at - 7 * DAY + 1);

    struct overview_task task = only_task(kari);

    assert_string_equal(task.title, say("nb", "task.draft"));
    assert_int_equal(task.due_at, gone_at);
    clock_set(gone_at - 1);
    assert_int_equal(look(kari).task_count, 1);
    clock_set(gone_at);
    assert_int_equal(look(kari).task_count, 0);
}

static void a_letter_that_did_not_come_is_a_task_for_two_months(void **state)
{
    struct applicant *kari = *state;
    struct store *store = kari->store;
    int64_t sent_at = clock_now();
    struct submission sent = apply(kari, sent_at);
    assert_int_equal(look(kari).task_count, 1); /* the promise */
    refuse_letters(kari, "they said no");

    struct overview overview = look(kari);

    assert_int_equal(overview.task_count, 2);
    must_be(&overview.tasks[0], "task.letter",
            arena_printf(store->arena, "/kvittering/%s", sent.id));
    assert_non_null(strstr(overview.tasks[0].about, sent.reference));
    clock_set(sent_at + 60 * DAY - 1);
    assert_int_equal(look(kari).task_count, 2);
    clock_set(sent_at + 60 * DAY);
    assert_int_equal(look(kari).task_count, 1);
}

static void who_has_no_mailbox_is_not_told_that_a_letter_did_not_come(void **state)
{
    struct applicant *kari = *state;
    apply(kari, clock_now());
    refuse_letters(kari, "UNKNOWN_RECIPIENT: nobody");
    assert_string_not_equal(only_task(kari).title, say("nb", "task.letter"));
}

static void a_decision_whose_letter_did_not_come_is_a_task_until_it_is_opened(void **state)
{
    struct applicant *kari = *state;
    struct store *store = kari->store;
    struct submission sent = apply(kari, clock_now());
    struct delivery receipt;
    bool found;
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &receipt, &found, &store->err));
    const struct decide decide = {
        .forms = kari->app.forms,
        .origin = "https://site.example",
        .decision = {.submission = sent.reference,
                     .outcome = DECISION_GRANTED,
                     .title = "Vedtak",
                     .pdf = BYTES_OF("%PDF-1.7")},
        .key = "1",
        .actor = AUDIT_STAFF,
        .actor_id = "test",
        .request_id = "",
    };
    struct decision decision;
    WORKS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err));
    refuse_letters(kari, "they said no");

    struct overview overview = look(kari);

    assert_int_equal(overview.task_count, 2);
    must_be(&overview.tasks[0], "task.letter.decision",
            arena_printf(store->arena, "/min-side/vedtak/%s", decision.id));
    open_decision(kari, decision.id);
    assert_int_equal(look(kari).task_count, 1);
}

static void sql_3_what_another_has_to_do_is_not_told(void **state)
{
    struct applicant *kari = *state;
    struct draft draft = draft_of(kari, clock_now() - (DRAFT_DAYS - 3) * DAY);
    keep_post(kari, draft.id);
    apply(kari, clock_now());
    refuse_letters(kari, "they said no");
    assert_int_equal(look(kari).task_count, 4);

    kari->visitor.session.citizen.id = store_citizen(kari->store, OLA);

    assert_int_equal(look(kari).task_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_due_soon_is_first_then_what_stopped_then_what_has_no_day_then_the_rest),
        TEST(two_weeks_before_its_day_a_task_goes_before_what_has_stopped),
        TEST(what_was_typed_and_not_saved_is_a_task_until_it_is_settled),
        TEST(a_draft_is_a_task_in_its_last_week),
        TEST(a_letter_that_did_not_come_is_a_task_for_two_months),
        TEST(who_has_no_mailbox_is_not_told_that_a_letter_did_not_come),
        TEST(a_decision_whose_letter_did_not_come_is_a_task_until_it_is_opened),
        TEST(sql_3_what_another_has_to_do_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
