/* test_audit.c - the chain holds, and shows where it was touched. */
#include "store.h"

static void add(struct store *store, const char *citizen_id, enum audit_action action,
                const char *object_id)
{
    struct audit_entry entry = {.actor = AUDIT_CITIZEN,
                                .actor_id = citizen_id,
                                .citizen_id = citizen_id,
                                .action = action,
                                .object_id = object_id,
                                .succeeded = true,
                                .request_id = "r1"};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, audit_add(store->arena, store->db, &entry, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
}

static void add_five(struct store *store)
{
    const char *kari = store_citizen(store, KARI);
    for (int i = 0; i < 5; i++)
        add(store, kari, AUDIT_LOGIN, "");
}

static struct audit_verdict verdict(struct store *store)
{
    struct audit_verdict verdict;
    WORKS(store, audit_verify(store->db, NULL, 0, &verdict, &store->err));
    return verdict;
}

static int64_t wrong(struct store *store)
{
    return verdict(store).wrong;
}

static void a_citizen_sees_the_own_entries_newest_first(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    add(store, kari, AUDIT_LOGIN, "");
    add(store, ola, AUDIT_LOGIN, "");
    add(store, kari, AUDIT_SUBMITTED, "submission-1");
    struct audit_entry *list = NULL;
    size_t count = 0;
    WORKS(store, audit_list(store->arena, store->db, kari, &list, &count, &store->err));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].action, AUDIT_SUBMITTED);
    assert_string_equal(list[0].object_id, "submission-1");
    assert_true(list[0].succeeded);
    assert_int_equal(list[0].sequence, 3);
    assert_int_equal(list[1].sequence, 1);
}

static void aud_1_the_entry_is_undone_with_the_act(void **state)
{
    struct store *store = *state;
    struct audit_entry entry = {.actor = AUDIT_SYSTEM,
                                .actor_id = "",
                                .citizen_id = "",
                                .action = AUDIT_RETENTION_DELETED,
                                .object_id = "",
                                .request_id = ""};
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, audit_add(store->arena, store->db, &entry, &store->err));
    db_end(&transaction);
    assert_int_equal(wrong(store), 0);
    assert_int_equal(verdict(store).head.sequence, 0);
}

static void aud_2_an_untouched_chain_verifies_also_over_many_rows(void **state)
{
    struct store *store = *state;
    enum { ROWS = 1203 }; /* more than are looked at at once */
    struct audit_entry entry = {.actor = AUDIT_STAFF,
                                .actor_id = "staff",
                                .citizen_id = store_citizen(store, KARI),
                                .action = AUDIT_ACCESS_REFUSED,
                                .object_id = "x",
                                .request_id = ""};
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    for (int i = 0; i < ROWS; i++)
        WORKS(store, audit_add(store->arena, store->db, &entry, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));

    const struct audit_head head = verdict(store).head;
    assert_int_equal(wrong(store), 0);
    assert_int_equal(head.sequence, ROWS);
    WORKS(store, db_exec(store->db, DB_SQL("DELETE FROM audit WHERE sequence = 1203"), DB_NO_VALUES,
                         NULL, &store->err));
    assert_int_equal(wrong(store), 0); /* a tail cut off shows only against a head kept elsewhere */
    struct audit_verdict cut;
    WORKS(store, audit_verify(store->db, &head, 1, &cut, &store->err));
    assert_int_equal(cut.cut, ROWS);
}

/* Each does one thing that must not go unseen, and what is told of it. */
static const struct {
    struct db_sql sql[3];
    enum audit_harm harm;
    int64_t wrong, other;
} touches[] = {
    {{{"UPDATE audit SET actor_id = 'ola' WHERE sequence = 3"}}, AUDIT_CHANGED, 3, 0},
    {{{"UPDATE audit SET at_ms = at_ms + 1 WHERE sequence = 3"}}, AUDIT_CHANGED, 3, 0},
    {{{"UPDATE audit SET outcome = 'failed' WHERE sequence = 3"}}, AUDIT_CHANGED, 3, 0},
    {{{"UPDATE audit SET object_id = x'00' WHERE sequence = 3"}}, AUDIT_CHANGED, 3, 0},
    {{{"UPDATE audit SET actor_id = substr(actor_id, 1, length(actor_id) - 1), "
       "citizen = substr(actor_id, -1) || citizen WHERE sequence = 3"}},
     AUDIT_CHANGED,
     3,
     0},
    {{{"UPDATE audit SET digest = x'00' WHERE sequence = 3"}}, AUDIT_CHANGED, 3, 0},
    {{{"UPDATE audit SET previous = x'00' WHERE sequence = 3"}}, AUDIT_CHANGED, 3, 0},
    {{{"UPDATE audit SET previous = x'' WHERE sequence = 1"}}, AUDIT_CHANGED, 1, 0},
    {{{"UPDATE audit SET at_ms = 1.5 WHERE sequence = 2"}}, AUDIT_CHANGED, 2, 0},
    {{{"UPDATE audit SET sequence = 3.5 WHERE sequence = 4"}}, AUDIT_CHANGED, 4, 0},
    {{{"DELETE FROM audit WHERE sequence = 1"}}, AUDIT_REMOVED, 1, 0},
    {{{"DELETE FROM audit WHERE sequence = 3"}}, AUDIT_REMOVED, 3, 0},
    {{{"DELETE FROM audit WHERE sequence = 3"},
      {"UPDATE audit SET sequence = 3 WHERE sequence = 4"},
      {"UPDATE audit SET sequence = 4 WHERE sequence = 5"}},
     AUDIT_REMOVED,
     3,
     0},
    {{{"UPDATE audit SET sequence = sequence * 10 WHERE sequence >= 3"}}, AUDIT_MOVED, 3, 30},
    {{{"UPDATE audit SET sequence = -3 WHERE sequence = 3"},
      {"UPDATE audit SET sequence = 3 WHERE sequence = 5"},
      {"UPDATE audit SET sequence = 5 WHERE sequence = -3"}},
     AUDIT_SWAPPED,
     3,
     5},
    {{{"UPDATE audit SET sequence = -sequence WHERE sequence >= 3"},
      {"UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0"},
      {"INSERT INTO audit SELECT 3, at_ms, actor, actor_id, citizen, action, object_id, "
       "consent, outcome, request_id, x'01', x'02' FROM audit WHERE sequence = 1"}},
     AUDIT_INSERTED,
     3,
     0},
    {{{"INSERT INTO audit SELECT -6, at_ms, actor, actor_id, citizen, action, object_id, "
       "consent, outcome, request_id, x'01', x'02' FROM audit WHERE sequence = 3"}},
     AUDIT_INSERTED,
     -6,
     0},
    {{{"INSERT INTO audit SELECT 6, at_ms, actor, actor_id, citizen, action, object_id, "
       "consent, outcome, request_id, x'01', x'02' FROM audit WHERE sequence = 3"}},
     AUDIT_CHANGED,
     6,
     0},
};

static void aud_2_what_was_touched_is_named(void **state)
{
    struct store *store = *state;
    for (size_t i = 0; i < COUNT(touches); i++) {
        WORKS(store,
              db_exec(store->db, DB_SQL("DELETE FROM audit"), DB_NO_VALUES, NULL, &store->err));
        add_five(store);
        assert_int_equal(wrong(store), 0);
        for (size_t k = 0; k < COUNT(touches[i].sql) && touches[i].sql[k].text; k++)
            WORKS(store, db_exec(store->db, touches[i].sql[k], DB_NO_VALUES, NULL, &store->err));
        const struct audit_verdict told = verdict(store);
        if (told.harm != touches[i].harm || told.wrong != touches[i].wrong ||
            told.other != touches[i].other)
            fail_msg("%s: %d, row %lld, %lld", touches[i].sql[0].text, (int)told.harm,
                     (long long)told.wrong, (long long)told.other);
    }
}

/* Whoever can write to the database can also count digests. */
static void aud_2_a_chain_that_was_written_anew_shows_against_a_head(void **state)
{
    struct store *store = *state;
    add_five(store);
    const struct audit_head head = verdict(store).head;
    WORKS(store, db_exec(store->db, DB_SQL("DELETE FROM audit WHERE sequence >= 3"), DB_NO_VALUES,
                         NULL, &store->err));
    add(store, store_citizen(store, OLA), AUDIT_LOGIN, "");
    for (int i = 0; i < 5; i++)
        add(store, store_citizen(store, KARI), AUDIT_LOGIN, "");

    assert_int_equal(wrong(store), 0);
    struct audit_verdict told;
    WORKS(store, audit_verify(store->db, &head, 1, &told, &store->err));
    assert_int_equal(told.remade, 5);
    assert_int_equal(told.cut, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_citizen_sees_the_own_entries_newest_first),
        WITH_STORE(aud_1_the_entry_is_undone_with_the_act),
        WITH_STORE(aud_2_an_untouched_chain_verifies_also_over_many_rows),
        WITH_STORE(aud_2_what_was_touched_is_named),
        WITH_STORE(aud_2_a_chain_that_was_written_anew_shows_against_a_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
