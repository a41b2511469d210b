/* test_attachment_checks.c - the queue of documents that wait for the virus check. */
#include "store.h"

#include "storage/attachment_bytes.h"
#include "storage/attachment_checks.h"

enum { LEASE_MS = 45000 };

static struct attachment waiting(struct store *store, const char *citizen_id, const char *draft_id)
{
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_DISK,
                              .state = ATTACHMENT_CHECKING,
                              .name = "a.pdf",
                              .media_type = "application/pdf"};
    struct attachment added;
    WORKS(store, attachments_add(store->arena, store->db, citizen_id, draft_id, &wish,
                                 CONTENT("%PDF-a"), &added, &store->err));
    return added;
}

/* False when none is due. */
static bool lease(struct store *store, struct attachment_check *check)
{
    bool found;
    WORKS(store,
          attachment_checks_lease(store->arena, store->db, LEASE_MS, check, &found, &store->err));
    return found;
}

static struct attachment now(struct store *store, const struct attachment *attachment)
{
    struct attachment found;
    WORKS(store, attachments_find(store->arena, store->db, attachment->citizen_id, attachment->id,
                                  &found, &store->err));
    return found;
}

static bool has_bytes(struct store *store, const struct attachment *attachment)
{
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
    struct attachment row = now(store, attachment);
    struct error err;
    return attachment_bytes_open(store->db, &row, &bytes, &err);
}

static void file_5_what_passes_is_ready_and_waits_no_more(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = waiting(store, kari, draft.id);
    struct attachment_check check;
    bool mine;

    assert_true(lease(store, &check));
    assert_string_equal(check.attachment_id, attachment.id);
    assert_string_equal(check.citizen_id, kari);
    assert_string_equal(check.draft_id, draft.id);
    WORKS(store, attachment_checks_passed(store->db, &check, &mine, &store->err));

    assert_true(mine);
    assert_int_equal(now(store, &attachment).state, ATTACHMENT_READY);
    db_clock_advance(LEASE_MS + 1);
    assert_false(lease(store, &check));
}

static void file_5_of_what_is_refused_the_bytes_are_gone_and_the_reason_stays(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = waiting(store, kari, draft.id);
    struct attachment_check check;
    struct attachments_usage usage;
    bool mine;
    assert_true(has_bytes(store, &attachment));

    assert_true(lease(store, &check));
    WORKS(store, attachment_checks_refused(store->db, &check, "file.virus", &mine, &store->err));

    assert_true(mine);
    assert_int_equal(now(store, &attachment).state, ATTACHMENT_REFUSED);
    assert_string_equal(now(store, &attachment).reason, "file.virus");
    assert_string_equal(now(store, &attachment).name, "a.pdf"); /* to be told of */
    assert_false(has_bytes(store, &attachment));
    WORKS(store, attachments_count(store->arena, store->db, kari, draft.id, &usage, &store->err));
    assert_int_equal(usage.draft_bytes, 0);
    struct submission submission = store_submission(store, kari, &draft);
    WORKS(store, attachments_freeze(store->db, kari, draft.id, submission.id, &store->err));
    assert_null(now(store, &attachment).submission_id);
}

static void file_5_what_is_held_is_leased_again_when_it_is_due(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = waiting(store, kari, draft.id);
    struct attachment_check check;
    int64_t due_ms;
    bool mine;

    assert_true(lease(store, &check));
    WORKS(store, attachment_checks_held(store->db, &check, "file.held", 4000, &mine, &store->err));

    assert_true(mine);
    assert_int_equal(now(store, &attachment).state, ATTACHMENT_HELD);
    assert_false(lease(store, &check));
    WORKS(store, attachment_checks_due_in_ms(store->arena, store->db, &due_ms, &store->err));
    assert_in_range(due_ms, 1, 4000);
    db_clock_advance(4000);
    assert_true(lease(store, &check));
    assert_int_equal(check.attempts, 2);
    WORKS(store, attachment_checks_passed(store->db, &check, &mine, &store->err));
    assert_int_equal(now(store, &attachment).state, ATTACHMENT_READY);
}

static void a_check_that_was_never_ended_comes_back_and_the_first_one_is_not_heard(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = waiting(store, kari, draft.id);
    struct attachment_check slow, quick;
    bool mine;
    assert_true(lease(store, &slow));
    assert_false(lease(store, &quick));
    db_clock_advance(LEASE_MS);
    assert_true(lease(store, &quick));

    WORKS(store, attachment_checks_refused(store->db, &slow, "file.virus", &mine, &store->err));
    assert_false(mine);
    assert_int_equal(now(store, &attachment).state, ATTACHMENT_CHECKING);
    WORKS(store, attachment_checks_passed(store->db, &quick, &mine, &store->err));
    assert_true(mine);
    assert_int_equal(now(store, &attachment).state, ATTACHMENT_READY);
}

static void a_check_that_is_given_back_is_due_at_once(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    waiting(store, kari, draft.id);
    struct attachment_check check;
    assert_true(lease(store, &check));

    WORKS(store, attachment_checks_release(store->db, &check, &store->err));

    assert_true(lease(store, &check));
}

static void what_is_removed_meanwhile_is_nothing_to_settle(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = waiting(store, kari, draft.id);
    struct attachment_check check;
    int64_t due_ms;
    bool mine = true;
    assert_true(lease(store, &check));
    WORKS(store, attachments_remove(store->db, kari, attachment.id, &store->err));

    WORKS(store, attachment_checks_passed(store->db, &check, &mine, &store->err));

    assert_false(mine);
    WORKS(store, attachment_checks_due_in_ms(store->arena, store->db, &due_ms, &store->err));
    assert_true(due_ms == ATTACHMENT_CHECKS_NONE);
}

static void what_comes_in_ready_waits_for_nothing(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    store_attachment(store, kari, draft.id, "%PDF-a");
    struct attachment_check check;

    assert_false(lease(store, &check));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(file_5_what_passes_is_ready_and_waits_no_more),
        WITH_STORE(file_5_of_what_is_refused_the_bytes_are_gone_and_the_reason_stays),
        WITH_STORE(file_5_what_is_held_is_leased_again_when_it_is_due),
        WITH_STORE(a_check_that_was_never_ended_comes_back_and_the_first_one_is_not_heard),
        WITH_STORE(a_check_that_is_given_back_is_due_at_once),
        WITH_STORE(what_is_removed_meanwhile_is_nothing_to_settle),
        WITH_STORE(what_comes_in_ready_waits_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
