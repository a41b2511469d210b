/* test_form_packages.c - versions of forms: in order, kept while somebody needs them. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/form_packages.h"
#include "storage/retention.h"

/* A version of "hello" whose bytes are its digest. */
static struct form_package keep(struct store *store, const char *digest, bool moves_drafts)
{
    struct form_package package = {.form_id = "hello",
                                   .digest = digest,
                                   .moves_drafts = moves_drafts,
                                   .content = BYTES_OF(digest)};
    WORKS(store, form_packages_keep(store->arena, store->db, &package, &store->err));
    WORKS(store,
          form_packages_read(store->arena, store->db, "hello", digest, &package, &store->err));
    return package;
}

static void versions_are_numbered_as_they_are_first_seen_in_each_form(void **state)
{
    struct store *store = *state;
    clock_set(1800000000);
    assert_int_equal(keep(store, "v1", false).number, 1);
    assert_int_equal(keep(store, "v2", true).number, 2);
    clock_set(1800000060);
    struct form_package again = keep(store, "v1", false); /* put back by its author */
    clock_set(0);
    assert_int_equal(again.number, 1);
    assert_int_equal(again.first_seen, 1800000000);

    struct form_package other = {.form_id = "other", .digest = "v2", .content = BYTES_OF("x")};
    WORKS(store, form_packages_keep(store->arena, store->db, &other, &store->err));
    WORKS(store,
          form_packages_content(store->arena, store->db, "other", "v2", &other, &store->err));
    assert_int_equal(other.number, 1);
    assert_int_equal(other.content.size, 1);
    FAILS(store, form_packages_read(store->arena, store->db, "other", "v1", &other, &store->err),
          ERROR_MISSING);
}

static bool moves(struct store *store, int64_t after, int64_t to)
{
    bool found;
    WORKS(store,
          form_packages_move(store->arena, store->db, "hello", after, to, &found, &store->err));
    return found;
}

static void a_draft_goes_over_when_any_version_since_its_own_says_so(void **state)
{
    struct store *store = *state;
    keep(store, "v1", true);
    keep(store, "v2", true);
    keep(store, "v3", false);

    assert_true(moves(store, 1, 3));
    assert_true(moves(store, 1, INT64_MAX));
    assert_false(moves(store, 2, 3));
    assert_false(moves(store, 2, 1)); /* never back */
    assert_false(moves(store, 1, 1));
}

static void a_version_that_was_changed_on_disk_is_not_given(void **state)
{
    struct store *store = *state;
    struct form_package package = keep(store, "v1", false);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE form_packages SET content = $1"),
                         DB_VALUES(DB_BYTES(BYTES_OF("v9"))), NULL, &store->err));
    FAILS(store,
          form_packages_content(store->arena, store->db, "hello", "v1", &package, &store->err),
          ERROR_BROKEN);
}

static bool is_there(struct store *store, const char *digest)
{
    struct form_package package;
    struct error err;
    return form_packages_content(store->arena, store->db, "hello", digest, &package, &err);
}

static size_t forget_packages(struct store *store)
{
    size_t count;
    WORKS(store, retention_forget_packages(store->db, 10, &count, &store->err));
    return count;
}

static void ret_1_a_version_stays_while_a_draft_or_submission_needs_it(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    keep(store, "v1", false);
    keep(store, "v2", true);
    keep(store, "v3", false);
    keep(store, "v4", false);
    struct draft moved = store_draft(store, kari); /* on v1 */
    moved.form_version = "v2";
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, drafts_move(store->arena, store->db, kari, &moved, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));

    assert_int_equal(forget_packages(store), 1); /* v3: v4 is the newest */
    assert_true(is_there(store, "v1") && is_there(store, "v2") && is_there(store, "v4"));

    struct draft before_sending = moved;
    store_submission(store, kari, &moved);
    WORKS(store, drafts_send(store->arena, store->db, kari, moved.id, before_sending.revision,
                             &store->err));
    assert_int_equal(forget_packages(store), 1); /* v1: the earlier answers went with sending */
    assert_true(is_there(store, "v2"));
}

static void a_version_that_comes_back_is_the_one_it_was(void **state)
{
    struct store *store = *state;
    keep(store, "v1", false);
    keep(store, "v2", true);
    keep(store, "v3", false);

    assert_int_equal(forget_packages(store), 2);
    assert_false(is_there(store, "v1") || is_there(store, "v2"));
    assert_true(moves(store, 1, 3));
    assert_int_equal(keep(store, "v2", true).number, 2); /* taken back by its author */

    assert_true(is_there(store, "v2"));
    assert_false(moves(store, 3, INT64_MAX)); /* drafts of v3 stay where they are */
}

static void a_draft_keeps_the_answers_it_had_before_it_went_over(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct draft other_window = draft;
    draft.form_version = "v2";
    draft.answers = BYTES_OF("<hello><new/></hello>");
    {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        WORKS(store, db_begin(store->db, &transaction, &store->err));
        WORKS(store, drafts_move(store->arena, store->db, kari, &draft, &store->err));
        WORKS(store, db_commit(&transaction, &store->err));
    }
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT form_version, answers FROM earlier_answers"), DB_NO_VALUES,
                          &rows, &store->err));
    assert_true(db_next(rows));
    assert_string_equal(db_text(rows, 0), "v1");
    struct bytes earlier;
    WORKS(store, keys_open(store->arena, store->db, (struct keys_owner){kari, draft.id},
                           "earlier_answers.answers", arena_printf(store->arena, "%s 1", draft.id),
                           db_bytes(rows, 1), &earlier, &store->err));
    assert_string_equal((const char *)earlier.data, "<hello/>");

    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    FAILS(store, drafts_move(store->arena, store->db, kari, &other_window, &store->err),
          ERROR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(versions_are_numbered_as_they_are_first_seen_in_each_form),
        WITH_STORE(a_draft_goes_over_when_any_version_since_its_own_says_so),
        WITH_STORE(a_version_that_was_changed_on_disk_is_not_given),
        WITH_STORE(ret_1_a_version_stays_while_a_draft_or_submission_needs_it),
        WITH_STORE(a_version_that_comes_back_is_the_one_it_was),
        WITH_STORE(a_draft_keeps_the_answers_it_had_before_it_went_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
