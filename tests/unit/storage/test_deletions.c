/* test_deletions.c - what was deleted stays deleted: in no file after the checkpoint, in a ledger
 * that outlives a crash, and again when a backup was put back. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/deletions.h"
#include "storage/retention.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *ledger(struct store *store)
{
    return arena_printf(store->arena, "%s/deletions", store->folder);
}

static struct bytes read_file(struct store *store, const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return (struct bytes){NULL, 0};
    unsigned char *bytes = arena_alloc(store->arena, (size_t)about.st_size + 1);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    struct bytes all = {bytes, fread(bytes, 1, (size_t)about.st_size, file)};
    bytes[all.size] = '\0';
    fclose(file);
    return all;
}

static void write_file(const char *path, const char *mode, struct bytes bytes)
{
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static size_t write_ledger(struct store *store)
{
    size_t count;
    WORKS(store, deletions_write(store->arena, store->db, ledger(store), &count, &store->err));
    return count;
}

static size_t replay(struct store *store)
{
    size_t count;
    WORKS(store, retention_replay(store->arena, store->db, ledger(store), &count, &store->err));
    return count;
}

static void note(struct store *store, const char *owner_id)
{
    WORKS(store, deletions_note(store->db, owner_id, &store->err));
}

static int64_t number_of(struct store *store, struct db_sql sql)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, sql, DB_NO_VALUES, &rows, &store->err));
    return db_next(rows) ? db_integer(rows, 0) : -1;
}

/* The ledger -------------------------------------------------------------------------------- */

static void key_6_a_deletion_is_a_line_of_the_ledger_with_an_id_and_a_time_only(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    clock_set(1800000000);
    WORKS(store, drafts_delete(store->db, kari, draft.id, &store->err));
    clock_set(0);

    assert_int_equal(write_ledger(store), 1);

    assert_string_equal((const char *)read_file(store, ledger(store)).data,
                        arena_printf(store->arena, "2027-01-15T08:00:00Z %s\n", draft.id));
    struct stat about;
    assert_int_equal(stat(ledger(store), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(number_of(store, DB_SQL("SELECT COUNT(*) FROM deletions")), 0);
    assert_int_equal(write_ledger(store), 0);
    assert_int_equal(replay(store), 0); /* all of it is known here */
}

static void key_6_many_deletions_are_all_written(void **state)
{
    struct store *store = *state;
    enum { MANY = 1203 };
    for (int i = 0; i < MANY; i++)
        note(store, arena_printf(store->arena, "owner-%d", i));
    assert_int_equal(write_ledger(store), MANY);
    const char *const *owner_ids;
    size_t count;
    int64_t end;
    WORKS(store, deletions_mark(store->db, 0, &store->err)); /* as a backup from before knows it */
    WORKS(store, deletions_read(store->arena, store->db, ledger(store), &owner_ids, &count, &end,
                                &store->err));
    assert_int_equal(count, MANY);
    assert_int_equal(end, read_file(store, ledger(store)).size);
}

static void key_6_a_line_that_a_crash_cut_is_written_again(void **state)
{
    struct store *store = *state;
    note(store, "first");
    write_ledger(store);
    write_file(ledger(store), "a", BYTES_OF("2027-01-15T08:0")); /* killed while it wrote */
    note(store, "second");
    assert_int_equal(replay(store), 0); /* not to be read either */

    assert_int_equal(write_ledger(store), 1);

    const char *text = (const char *)read_file(store, ledger(store)).data;
    assert_non_null(strstr(text, " first\n2"));
    assert_non_null(strstr(text, " second\n"));
    assert_null(strstr(text, "08:02"));
}

static void key_6_killed_after_writing_and_before_knowing_it_the_line_stands_twice(void **state)
{
    struct store *store = *state;
    note(store, "first");
    write_ledger(store);
    note(store, "first");
    WORKS(store, deletions_mark(store->db, 0, &store->err));

    assert_int_equal(write_ledger(store), 1);

    const char *text = (const char *)read_file(store, ledger(store)).data;
    assert_non_null(strstr(strstr(text, "first") + 1, "first"));
    assert_int_equal(replay(store), 0);
}

static void must_be_broken(struct store *store, const char *says)
{
    size_t count;
    FAILS(store, retention_replay(store->arena, store->db, ledger(store), &count, &store->err),
          ERROR_BROKEN);
    assert_non_null(strstr(store->err.text, says));
    assert_string_equal(store->err.file, ledger(store));
}

static void key_6_a_ledger_that_is_not_ours_stops_everything(void **state)
{
    struct store *store = *state;
    size_t count;
    note(store, "first");
    write_ledger(store);
    const struct bytes good = arena_bytes(store->arena, read_file(store, ledger(store)));

    unlink(ledger(store));
    must_be_broken(store, "shorter than the database knows it");
    write_file(ledger(store), "w", BYTES_OF("2027-01-15T08:00:00Z f\n"));
    must_be_broken(store, "shorter than the database knows it");
    note(store, "second");
    FAILS(store, deletions_write(store->arena, store->db, ledger(store), &count, &store->err),
          ERROR_BROKEN);

    static const char *const lines[] = {"# nothing\n", "2027-01-15T08:00:00Z \n",
                                        "2027-01-15T08:00:00Z a b\n", "2027-13-15T08:00:00Z a\n",
                                        "2027-01-15T08:00:00Zabc\n"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        write_file(ledger(store), "w", good);
        write_file(ledger(store), "a", BYTES_OF(lines[i]));
        must_be_broken(store, "a line that was not written by us");
    }
}

/* A backup put back ------------------------------------------------------------------------- */

static const char *database(struct store *store)
{
    return arena_printf(store->arena, "%s/skjema.db", store->folder);
}

static struct bytes backup(struct store *store)
{
    bool emptied = false;
    WORKS(store, db_checkpoint(store->db, &emptied, &store->err));
    assert_true(emptied);
    return read_file(store, database(store));
}

static void put_back(struct store *store, struct bytes copy)
{
    db_return(&store->db);
    db_pool_close(&store->pool);
    unlink(arena_printf(store->arena, "%s-wal", database(store)));
    unlink(arena_printf(store->arena, "%s-shm", database(store)));
    write_file(database(store), "w", copy);
    store->pool = store_second_pool(store);
    WORKS(store, db_borrow(store->pool, &store->db, &store->err));
    WORKS(store, keys_prepare(store->db, &store->err));
}

static bool opens(struct store *store, struct keys_owner owner, struct bytes sealed)
{
    struct bytes out;
    return keys_open(store->arena, store->db, owner, "drafts.note", "x", sealed, &out, &store->err);
}

static struct bytes seal(struct store *store, struct keys_owner owner)
{
    struct bytes sealed;
    WORKS(store, keys_seal(store->arena, store->db, owner, "drafts.note", "x",
                           BYTES_OF("1234 kroner"), &sealed, &store->err));
    return sealed;
}

static void key_6_what_was_discarded_is_discarded_again_from_a_backup(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft gone = store_draft(store, kari), kept = store_draft(store, kari);
    store_attachment(store, kari, gone.id, "%PDF-1");
    struct bytes of_gone = seal(store, (struct keys_owner){kari, gone.id});
    struct bytes of_kept = seal(store, (struct keys_owner){kari, kept.id});
    struct bytes copy = backup(store);
    WORKS(store, drafts_delete(store->db, kari, gone.id, &store->err));
    write_ledger(store);

    put_back(store, copy);
    assert_true(opens(store, (struct keys_owner){kari, gone.id}, of_gone)); /* so it is needed */
    put_back(store, copy);
    assert_int_equal(replay(store), 1);

    assert_false(opens(store, (struct keys_owner){kari, gone.id}, of_gone));
    assert_true(opens(store, (struct keys_owner){kari, kept.id}, of_kept));
    struct draft none;
    FAILS(store, drafts_read(store->arena, store->db, kari, gone.id, &none, &store->err),
          ERROR_MISSING);
    assert_int_equal(number_of(store, DB_SQL("SELECT COUNT(*) FROM attachments")), 0);
    assert_int_equal(replay(store), 0);
    assert_int_equal(write_ledger(store), 1); /* done again, so it stands there again */
    assert_int_equal(replay(store), 0);
}

static void key_6_what_was_sent_and_past_its_time_goes_again_from_a_backup(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct keys_owner owner = {kari, draft.id};
    struct bytes sealed = seal(store, owner);
    struct submission sent = store_submission(store, kari, &draft);
    WORKS(store, drafts_send(store->arena, store->db, kari, draft.id, draft.revision, &store->err));
    struct bytes copy = backup(store);
    size_t count;
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE submissions SET keep_until = 1"), DB_NO_VALUES,
                         NULL, &store->err));
    WORKS(store, retention_delete_submissions(store->arena, store->db, 2, 10, &count, &store->err));
    assert_int_equal(count, 1);
    assert_false(opens(store, owner, sealed)); /* its key went, not its rows only */
    assert_int_equal(write_ledger(store), 1);

    put_back(store, copy);
    assert_int_equal(replay(store), 1);

    struct submission none;
    FAILS(store, submissions_read(store->arena, store->db, kari, sent.id, &none, &store->err),
          ERROR_MISSING);
    assert_false(opens(store, owner, sealed));
}

/* When the backup was made it was a draft; then it was sent, and its time ran out. */
static void key_6_a_draft_of_the_backup_that_was_sent_and_deleted_since_goes_too(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct bytes sealed = seal(store, (struct keys_owner){kari, draft.id});
    struct bytes copy = backup(store);
    store_submission(store, kari, &draft);
    size_t count;
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE submissions SET keep_until = 1"), DB_NO_VALUES,
                         NULL, &store->err));
    WORKS(store, retention_delete_submissions(store->arena, store->db, 2, 10, &count, &store->err));
    write_ledger(store);

    put_back(store, copy);
    assert_int_equal(replay(store), 1);
    assert_false(opens(store, (struct keys_owner){kari, draft.id}, sealed));
}

static void key_6_a_citizens_key_is_destroyed_again_with_those_of_all_drafts(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    struct draft draft = store_draft(store, kari);
    struct bytes own = seal(store, (struct keys_owner){kari, NULL});
    struct bytes of_draft = seal(store, (struct keys_owner){kari, draft.id});
    struct bytes of_ola = seal(store, (struct keys_owner){ola, NULL});
    struct bytes copy = backup(store);
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, keys_shred(store->db, (struct keys_owner){.citizen_id = kari}, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    write_ledger(store);

    put_back(store, copy);
    assert_int_equal(replay(store), 1);

    assert_false(opens(store, (struct keys_owner){kari, NULL}, own));
    assert_false(opens(store, (struct keys_owner){kari, draft.id}, of_draft));
    assert_true(opens(store, (struct keys_owner){ola, NULL}, of_ola));
}

/* In no file ---------------------------------------------------------------------------------- */

static bool is_in(struct bytes all, struct bytes some)
{
    return all.size && memmem(all.data, all.size, some.data, some.size);
}

static void key_6_a_destroyed_key_is_in_no_file_after_the_checkpoint(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct db_rows *rows = NULL;
    WORKS(store,
          db_query(store->arena, store->db, DB_SQL("SELECT wrapped FROM keys WHERE owner = $1"),
                   DB_VALUES(DB_TEXT(draft.id)), &rows, &store->err));
    assert_true(db_next(rows));
    const struct bytes wrapped = db_bytes(rows, 0);
    const char *wal = arena_printf(store->arena, "%s-wal", database(store));
    assert_true(is_in(read_file(store, wal), wrapped));

    WORKS(store, drafts_delete(store->db, kari, draft.id, &store->err));
    bool emptied = false;
    WORKS(store, db_checkpoint(store->db, &emptied, &store->err));

    assert_true(emptied);
    assert_int_equal(read_file(store, wal).size, 0);
    assert_true(read_file(store, database(store)).size > 0);
    assert_false(is_in(read_file(store, database(store)), wrapped));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(key_6_a_deletion_is_a_line_of_the_ledger_with_an_id_and_a_time_only),
        WITH_STORE(key_6_many_deletions_are_all_written),
        WITH_STORE(key_6_a_line_that_a_crash_cut_is_written_again),
        WITH_STORE(key_6_killed_after_writing_and_before_knowing_it_the_line_stands_twice),
        WITH_STORE(key_6_a_ledger_that_is_not_ours_stops_everything),
        WITH_STORE(key_6_what_was_discarded_is_discarded_again_from_a_backup),
        WITH_STORE(key_6_what_was_sent_and_past_its_time_goes_again_from_a_backup),
        WITH_STORE(key_6_a_draft_of_the_backup_that_was_sent_and_deleted_since_goes_too),
        WITH_STORE(key_6_a_citizens_key_is_destroyed_again_with_those_of_all_drafts),
        WITH_STORE(key_6_a_destroyed_key_is_in_no_file_after_the_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
