/* test_restored.c - a database that was put back knows it, and sends nothing before it has asked.
 */
#include "store.h"

#include "storage/backup.h"
#include "storage/restored.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEASE_MS = 120000 };

static const char *mark_file(struct store *store)
{
    return arena_printf(store->arena, "%s/mark", store->folder);
}

/* The start of a program on that database. */
static bool is_copy(struct store *store, struct db *db, int64_t *doubted)
{
    bool was;
    WORKS(store, restored_check(store->arena, db, mark_file(store), &was, doubted, &store->err));
    return was;
}

static struct delivery lease(struct store *store, struct db *db)
{
    struct delivery delivery;
    bool found = false;
    WORKS(store, outbox_lease(store->arena, db, "test", LEASE_MS, &delivery, &found, &store->err));
    assert_true(found);
    return delivery;
}

/* The database in another place, as somebody would put it back. */
static struct db_pool *open_at(struct store *store, const char *path, struct db **db)
{
    struct db_options options = {.url = arena_printf(store->arena, "sqlite:%s", path),
                                 .connections = 1,
                                 .wait_ms = 5000,
                                 .keys = store->keys};
    struct db_pool *pool = NULL;
    WORKS(store, db_pool_open(&options, &pool, &store->err));
    WORKS(store, db_borrow(pool, db, &store->err));
    return pool;
}

static void the_database_that_ran_here_last_is_no_copy(void **state)
{
    struct store *store = *state;
    int64_t doubted;
    store_delivery(store, store_citizen(store, KARI));
    assert_false(is_copy(store, store->db, &doubted));
    assert_false(is_copy(store, store->db, &doubted));
    WORKS(store, restored_turn(store->arena, store->db, mark_file(store), &store->err));
    assert_false(is_copy(store, store->db, &doubted));
    assert_int_equal(lease(store, store->db).state, OUTBOX_PENDING);
}

static void a_start_that_died_between_its_two_marks_is_no_copy(void **state)
{
    struct store *store = *state;
    int64_t doubted;
    assert_false(is_copy(store, store->db, &doubted));
    char *kept = arena_printf(store->arena, "%s.kept", mark_file(store));
    assert_int_equal(link(mark_file(store), kept), 0);
    WORKS(store, restored_turn(store->arena, store->db, mark_file(store), &store->err));
    assert_int_equal(rename(kept, mark_file(store)), 0);
    assert_false(is_copy(store, store->db, &doubted));
}

static void d_15_letters_of_a_backup_are_asked_about_before_they_are_sent(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    int64_t doubted;
    assert_false(is_copy(store, store->db, &doubted));
    const char *waiting = store_delivery(store, kari);
    const char *backup = arena_printf(store->arena, "%s/backup", store->folder);
    WORKS(store, backup_make(store->db, backup, &store->err));
    struct delivery sent = lease(store, store->db); /* after the backup, the letter goes out */
    WORKS(store, outbox_sending(store->db, &sent, "digipost", &store->err));
    WORKS(store, outbox_done(store->db, &sent, &store->err));

    struct db *db = NULL;
    struct db_pool *pool = open_at(store, arena_printf(store->arena, "%s/skjema.db", backup), &db);
    assert_true(is_copy(store, db, &doubted));
    assert_int_equal(doubted, 1);
    struct delivery delivery = lease(store, db);
    assert_string_equal(delivery.id, waiting);
    assert_int_equal(delivery.state, OUTBOX_UNKNOWN);
    assert_string_equal(delivery.channel, ""); /* nobody knows which way it went */
    assert_true(delivery.since_sending_ms >= 0);
    assert_false(is_copy(store, db, &doubted)); /* it is the one that runs here now */
    db_return(&db);
    db_pool_close(&pool);
}

static void d_15_a_copy_made_by_other_means_is_known_by_its_mark(void **state)
{
    struct store *store = *state;
    int64_t doubted;
    assert_false(is_copy(store, store->db, &doubted));
    const char *copy = arena_printf(store->arena, "%s/copied.db", store->folder);
    WORKS(store, db_copy(store->db, copy, &store->err));
    FAILS(store, db_copy(store->db, copy, &store->err), ERROR_CONFLICT);
    WORKS(store, restored_turn(store->arena, store->db, mark_file(store), &store->err));
    struct db *db = NULL;
    struct db_pool *pool = open_at(store, copy, &db);
    assert_true(is_copy(store, db, &doubted));
    db_return(&db);
    db_pool_close(&pool);
}

static void d_15_a_database_without_the_mark_beside_it_is_a_copy(void **state)
{
    struct store *store = *state;
    int64_t doubted;
    assert_false(is_copy(store, store->db, &doubted));
    assert_int_equal(unlink(mark_file(store)), 0);
    assert_true(is_copy(store, store->db, &doubted));
}

static void what_was_given_up_before_the_backup_is_asked_about_when_it_is_taken_up(void **state)
{
    struct store *store = *state;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    struct delivery delivery = lease(store, store->db);
    WORKS(store, outbox_give_up(store->db, &delivery, "no mailbox", &store->err));
    WORKS(store, restored_mark_copy(store->db, &store->err));
    int64_t doubted;
    assert_true(is_copy(store, store->db, &doubted));
    assert_int_equal(doubted, 0);
    WORKS(store, outbox_retry(store->db, id, &store->err));
    assert_int_equal(lease(store, store->db).state, OUTBOX_UNKNOWN);
}

static void no_reference_is_given_twice_after_a_backup_was_put_back(void **state)
{
    struct store *store = *state;
    const char *before, *after;
    int64_t doubted;
    WORKS(store,
          submissions_reference(store->arena, store->db, "FB", 1764000000, &before, &store->err));
    WORKS(store, restored_mark_copy(store->db, &store->err));
    assert_true(is_copy(store, store->db, &doubted));
    WORKS(store,
          submissions_reference(store->arena, store->db, "FB", 1764000000, &after, &store->err));
    assert_string_equal(before, "FB-2025-000001");
    assert_string_equal(after, "FB-2025-010002");
}

static void what_changed_in_a_backup_is_found(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    store_attachment(store, kari, draft.id, "%PDF-slip");
    store_submission(store, kari, &draft);
    store_delivery(store, kari);
    struct backup_findings found;
    WORKS(store, backup_look_through(store->db, &found, &store->err));
    assert_int_equal(found.failed, 0);
    assert_int_equal(found.submissions, 1);
    assert_int_equal(found.attachments, 1);
    assert_int_equal(found.letters, 1);
    assert_int_equal(found.under_way, 1);

    WORKS(store, db_exec(store->db, DB_SQL("UPDATE attachment_chunks SET sealed = x'00'"),
                         DB_NO_VALUES, NULL, &store->err));
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE submissions SET receipt = zeroblob(100)"),
                         DB_NO_VALUES, NULL, &store->err));
    WORKS(store, backup_look_through(store->db, &found, &store->err));
    assert_int_equal(found.failed, 2);
    assert_int_equal(found.letters, 1);
}

static void a_backup_is_readable_by_its_owner_only_and_replaces_nothing(void **state)
{
    struct store *store = *state;
    const char *backup = arena_printf(store->arena, "%s/backup", store->folder);
    WORKS(store, backup_make(store->db, backup, &store->err));
    struct stat about;
    assert_int_equal(stat(backup, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(stat(arena_printf(store->arena, "%s/skjema.db", backup), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    FAILS(store, backup_make(store->db, backup, &store->err), ERROR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(the_database_that_ran_here_last_is_no_copy),
        WITH_STORE(a_start_that_died_between_its_two_marks_is_no_copy),
        WITH_STORE(d_15_letters_of_a_backup_are_asked_about_before_they_are_sent),
        WITH_STORE(d_15_a_copy_made_by_other_means_is_known_by_its_mark),
        WITH_STORE(d_15_a_database_without_the_mark_beside_it_is_a_copy),
        WITH_STORE(what_was_given_up_before_the_backup_is_asked_about_when_it_is_taken_up),
        WITH_STORE(no_reference_is_given_twice_after_a_backup_was_put_back),
        WITH_STORE(what_changed_in_a_backup_is_found),
        WITH_STORE(a_backup_is_readable_by_its_owner_only_and_replaces_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
