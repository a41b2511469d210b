/* test_retention.c - what is past its time goes, and nothing else. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/audit.h"
#include "storage/retention.h"

static void ret_1_old_drafts_go_oldest_first_in_batches_and_leave_an_audit_row(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    clock_set(1800000000);
    store_draft(store, kari);
    store_draft(store, kari);
    clock_set(1800000000 + 40 * 86400);
    struct draft fresh = store_draft(store, kari);
    int64_t before = clock_now() - 30 * 86400;

    size_t first, second;
    WORKS(store, retention_delete_drafts(store->arena, store->db, before, 1, &first, &store->err));
    WORKS(store,
          retention_delete_drafts(store->arena, store->db, before, 10, &second, &store->err));
    clock_set(0);

    assert_int_equal(first, 1);
    assert_int_equal(second, 1);
    struct draft *left;
    size_t count;
    WORKS(store, drafts_list(store->arena, store->db, kari, &left, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(left[0].id, fresh.id);
    struct audit_entry *entries;
    WORKS(store, audit_list(store->arena, store->db, kari, &entries, &count, &store->err));
    assert_int_equal(count, 2);
    assert_int_equal(entries[0].action, AUDIT_RETENTION_DELETED);
}

static void ret_1_a_sent_draft_is_not_touched(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    WORKS(store, drafts_send(store->arena, store->db, kari, draft.id, draft.revision, &store->err));

    size_t count;
    WORKS(store, retention_delete_drafts(store->arena, store->db, clock_now() + 10, 10, &count,
                                         &store->err));

    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(ret_1_old_drafts_go_oldest_first_in_batches_and_leave_an_audit_row),
        WITH_STORE(ret_1_a_sent_draft_is_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
