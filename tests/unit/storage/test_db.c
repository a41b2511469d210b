/* test_db.c - the database: settings, files, values, transactions, and a disk that fails. */
#include "store.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void sql_2_the_folder_and_its_files_are_for_the_owner_only(void **state)
{
    struct store *store = *state;
    char path[128];
    static const char *const files[] = {"skjema.db", "skjema.db-wal", "skjema.db-shm"};
    for (size_t i = 0; i < COUNT(files); i++) {
        struct stat status;
        snprintf(path, sizeof path, "%s/%s", store->folder, files[i]);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    struct stat status;
    assert_int_equal(stat(store->folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void d_5_sql_2_the_settings_hold_on_every_connection(void **state)
{
    struct store *store = *state;
    static const struct {
        struct db_sql sql;
        int64_t expected;
    } numbers[] = {
        {{"PRAGMA synchronous"}, 2},   {{"PRAGMA foreign_keys"}, 1}, {{"PRAGMA trusted_schema"}, 0},
        {{"PRAGMA secure_delete"}, 1}, {{"PRAGMA temp_store"}, 2},
    };
    struct db *all[4] = {store->db};
    for (size_t i = 1; i < COUNT(all); i++)
        WORKS(store, db_borrow(store->pool, &all[i], &store->err));

    for (size_t i = 0; i < COUNT(all); i++) {
        struct db_rows *rows = NULL;
        WORKS(store, db_query(store->arena, all[i], DB_SQL("PRAGMA journal_mode"), DB_NO_VALUES,
                              &rows, &store->err));
        assert_true(db_next(rows));
        assert_string_equal(db_text(rows, 0), "wal");
        for (size_t j = 0; j < COUNT(numbers); j++) {
            WORKS(store,
                  db_query(store->arena, all[i], numbers[j].sql, DB_NO_VALUES, &rows, &store->err));
            assert_true(db_next(rows));
            assert_int_equal(db_integer(rows, 0), numbers[j].expected);
        }
    }
    for (size_t i = 1; i < COUNT(all); i++)
        db_return(&all[i]);
}

static void sql_2_what_sqlite_could_be_talked_into_is_off(void **state)
{
    struct store *store = *state;
    static const char *const scripts[] = {
        "UPDATE sqlite_schema SET name = 'x'",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema",
        "INSERT INTO citizens VALUES (\"a column, not a text\", '', '', 0)",
        "INSERT INTO citizens VALUES (load_extension('/nowhere.so'), '', '', 0)",
    };
    for (size_t i = 0; i < COUNT(scripts); i++) {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        WORKS(store, db_begin(store->db, &transaction, &store->err));
        if (db_run_script(store->db, scripts[i], &store->err))
            fail_msg("this ran: %s", scripts[i]);
    }
}

static void refused_to_open(const char *url, const char *told)
{
    struct db_options options = {.url = url, .connections = 1, .wait_ms = 100};
    struct db_pool *pool = NULL;
    struct error err = {0};
    assert_false(db_pool_open(&options, &pool, &err));
    assert_null(pool);
    if (!strstr(err.text, told))
        fail_msg("\"%s\" does not say \"%s\"", err.text, told);
}

static void what_cannot_be_a_database_is_told_in_one_line(void **state)
{
    struct store *store = *state;
    char url[160];

    refused_to_open("mysql:x", "sqlite:");
    refused_to_open("sqlite:", "not the name of a database file");
    refused_to_open("sqlite:/nowhere/at/all/skjema.db", "cannot make the folder '/nowhere/at/all'");
    snprintf(url, sizeof url, "sqlite:%s/skjema.db/x.db", store->folder);
    refused_to_open(url, "is not a folder");
    snprintf(url, sizeof url, "sqlite:%s", store->folder);
    refused_to_open(url, "");
}

static void a_folder_open_to_others_is_refused_with_what_to_do(void **state)
{
    struct store *store = *state;
    assert_int_equal(chmod(store->folder, 0755), 0);
    refused_to_open(store->url, "chmod 700");
    assert_int_equal(chmod(store->folder, 0700), 0);
}

static void a_file_that_is_no_database_is_refused_and_left_alone(void **state)
{
    struct store *store = *state;
    char path[128], url[160];
    snprintf(path, sizeof path, "%s/letter.txt", store->folder);
    snprintf(url, sizeof url, "sqlite:%s", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 200; i++)
        fputs("this is a letter and not a database\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);

    refused_to_open(url, "not a database");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 200 * 36);
}

static void values_come_back_as_they_went_in(void **state)
{
    struct store *store = *state;
    static const unsigned char raw[] = {0, 255, '\'', 0};
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT $2, $1, $3, $4, $1, $5"),
                          DB_VALUES(DB_TEXT("'; DROP TABLE drafts; --"), DB_INTEGER(INT64_MIN),
                                    DB_BYTES(((struct bytes){raw, sizeof raw})), DB_NULL,
                                    DB_BYTES(((struct bytes){NULL, 0}))),
                          &rows, &store->err));

    assert_int_equal(db_count(rows), 1);
    assert_true(db_next(rows));
    assert_true(db_integer(rows, 0) == INT64_MIN);
    assert_string_equal(db_text(rows, 1), "'; DROP TABLE drafts; --");
    assert_int_equal(db_bytes(rows, 2).size, sizeof raw);
    assert_memory_equal(db_bytes(rows, 2).data, raw, sizeof raw);
    assert_true(db_is_null(rows, 3));
    assert_null(db_text(rows, 3));
    assert_string_equal(db_text(rows, 4), db_text(rows, 1));
    assert_false(db_is_null(rows, 5));
    assert_int_equal(db_bytes(rows, 5).size, 0);
    assert_false(db_next(rows));
}

static int64_t citizens(struct store *store, struct db *db)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, db, DB_SQL("SELECT COUNT(*) FROM citizens"), DB_NO_VALUES,
                          &rows, &store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

static void what_was_not_committed_never_was(void **state)
{
    struct store *store = *state;
    {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        WORKS(store, db_begin(store->db, &transaction, &store->err));
        store_citizen(store, KARI);
        assert_int_equal(citizens(store, store->db), 1);
    }
    assert_int_equal(citizens(store, store->db), 0);

    struct db *other = NULL;
    WORKS(store, db_borrow(store->pool, &other, &store->err));
    struct db_transaction forgotten = {0};
    WORKS(store, db_begin(other, &forgotten, &store->err));
    db_return(&other); /* with a transaction still open */
    assert_non_null(store_citizen(store, KARI));
    assert_int_equal(citizens(store, store->db), 1);
}

static void a_joined_transaction_ends_with_its_callers(void **state)
{
    struct store *store = *state;
    {
        CLEANUP(db_end) struct db_transaction outer = {0};
        WORKS(store, db_begin(store->db, &outer, &store->err));
        CLEANUP(db_end) struct db_transaction inner = {0};
        WORKS(store, db_join(store->db, &inner, &store->err));
        store_citizen(store, KARI);
        WORKS(store, db_commit(&inner, &store->err));
        assert_true(db_in_transaction(store->db));
    }
    assert_int_equal(citizens(store, store->db), 0);
}

static void what_is_looked_at_is_of_one_moment_until_something_is_written(void **state)
{
    struct store *store = *state;
    CLEANUP(db_return) struct db *other = NULL;
    WORKS(store, db_borrow(store->pool, &other, &store->err));
    WORKS(store, db_look(other, &store->err));
    assert_int_equal(citizens(store, other), 0);
    store_citizen(store, KARI);
    assert_int_equal(citizens(store, other), 0);
    WORKS(store, db_look(other, &store->err)); /* of another moment */
    assert_int_equal(citizens(store, other), 1);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE citizens SET created_at = 7"), DB_NO_VALUES,
                         NULL, &store->err));
    WORKS(store,
          db_exec(other,
                  DB_SQL("UPDATE citizens SET created_at = created_at + 1 WHERE created_at = 7"),
                  DB_NO_VALUES, NULL, &store->err)); /* over what it has not seen */
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, other, DB_SQL("SELECT created_at FROM citizens"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    assert_int_equal(db_integer(rows, 0), 8);

    WORKS(store, db_look(other, &store->err));
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(other, &transaction, &store->err));
    WORKS(store, db_exec(other, DB_SQL("DELETE FROM citizens WHERE created_at = 8"), DB_NO_VALUES,
                         NULL, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    assert_int_equal(citizens(store, store->db), 0);
}

static void a_connection_that_looked_is_given_back_without(void **state)
{
    struct store *store = *state;
    struct db *other = NULL;
    WORKS(store, db_borrow(store->pool, &other, &store->err));
    WORKS(store, db_look(other, &store->err));
    assert_int_equal(citizens(store, other), 0);
    db_return(&other);
    store_citizen(store, KARI);
    WORKS(store, db_borrow(store->pool, &other, &store->err));
    assert_int_equal(citizens(store, other), 1);
    bool emptied = false; /* nobody reads any more */
    WORKS(store, db_checkpoint(other, &emptied, &store->err));
    assert_true(emptied);
    db_return(&other);
}

static void breaking_a_rule_is_a_conflict(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    FAILS(store,
          db_exec(store->db,
                  DB_SQL("INSERT INTO citizens (id, pid_lookup, sealed, created_at) "
                         "VALUES ($1, x'00', x'00', 0)"),
                  DB_VALUES(DB_TEXT(kari)), NULL, &store->err),
          ERROR_CONFLICT);
    FAILS(store,
          db_exec(store->db,
                  DB_SQL("INSERT INTO sessions (cookie_sha256, id, citizen, sealed, auth_time, "
                         "created_at, used_at) VALUES (x'00', 'id', 'nobody', x'00', 0, 0, 0)"),
                  DB_NO_VALUES, NULL, &store->err),
          ERROR_CONFLICT);
}

static void a_busy_writer_is_waited_for_and_then_given_up(void **state)
{
    struct store *store = *state;
    struct db_options options = {
        .url = store->url, .connections = 2, .wait_ms = 50, .keys = store->keys};
    struct db_pool *impatient = NULL;
    WORKS(store, db_pool_open(&options, &impatient, &store->err));
    struct db *first = NULL, *second = NULL, *third = NULL;
    WORKS(store, db_borrow(impatient, &first, &store->err));
    WORKS(store, db_borrow(impatient, &second, &store->err));
    FAILS(store, db_borrow(impatient, &third, &store->err), ERROR_UNAVAILABLE);

    struct db_transaction held = {0}, other = {0};
    WORKS(store, db_begin(first, &held, &store->err));
    FAILS(store, db_begin(second, &other, &store->err), ERROR_UNAVAILABLE); /* same process */
    db_end(&held);
    WORKS(store, db_begin(store->db, &held, &store->err));
    FAILS(store, db_begin(second, &other, &store->err), ERROR_UNAVAILABLE); /* as another one */
    db_end(&held);
    WORKS(store, db_begin(second, &other, &store->err));
    db_end(&other);

    db_return(&first);
    db_return(&second);
    db_pool_close(&impatient);
}

enum { WRITERS = 4, WRITES = 50 };

static void *write_many(void *shared)
{
    struct store *store = shared;
    for (int i = 0; i < WRITES; i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        CLEANUP(db_return) struct db *db = NULL;
        struct error err = {0};
        struct citizen citizen;
        const char *pid = crypto_random_id(arena, 64);
        if (!db_borrow(store->pool, &db, &err) ||
            !citizens_know(arena, db, pid, "", &citizen, &err))
            return "failed";
    }
    return NULL;
}

static void writers_take_turns_and_none_is_lost(void **state)
{
    struct store *store = *state;
    pthread_t threads[WRITERS];
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, store), 0);
    for (size_t i = 0; i < WRITERS; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(citizens(store, store->db), WRITERS * WRITES);
}

/* A disk of the test's: SQLite's own, but saying no when told to. The database and its log have
 * different tables of functions; each gets a copy with two of them replaced. */
static sqlite3_vfs *real_disk;
static sqlite3_vfs test_disk;
static _Atomic int sync_answer, sync_count;
static struct functions {
    sqlite3_io_methods own; /* first, so that a file's pMethods points to all of it */
    const sqlite3_io_methods *real;
} functions[4];

static const sqlite3_io_methods *real_of(sqlite3_file *file)
{
    return ((const struct functions *)(const void *)file->pMethods)->real;
}

static int answer_sync(sqlite3_file *file, int flags)
{
    int answer = atomic_load(&sync_answer);
    atomic_fetch_add(&sync_count, 1);
    return answer != SQLITE_OK ? answer : real_of(file)->xSync(file, flags);
}

static int answer_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
    if (atomic_load(&sync_answer) == SQLITE_FULL)
        return SQLITE_FULL;
    return real_of(file)->xWrite(file, data, size, at);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    int result = real_disk->xOpen(real_disk, name, file, flags, out);
    if (!file->pMethods)
        return result;
    size_t at = 0;
    while (functions[at].real && functions[at].real != file->pMethods)
        at++;
    assert_true(at < COUNT(functions) - 1);
    functions[at].real = file->pMethods;
    functions[at].own = *file->pMethods;
    functions[at].own.xSync = answer_sync;
    functions[at].own.xWrite = answer_write;
    file->pMethods = &functions[at].own;
    return result;
}

static int own_disk_setup(void **state)
{
    real_disk = sqlite3_vfs_find(NULL);
    test_disk = *real_disk;
    test_disk.zName = "test_disk";
    test_disk.xOpen = open_file;
    sqlite3_vfs_register(&test_disk, 1);
    return store_setup(state);
}

static int own_disk_teardown(void **state)
{
    atomic_store(&sync_answer, SQLITE_OK);
    int result = store_teardown(state);
    sqlite3_vfs_unregister(&test_disk);
    return result;
}

static void count_loss(void *context, const char *why)
{
    assert_non_null(why);
    ++*(int *)context;
}

static void d_6_a_disk_that_cannot_say_that_bytes_are_safe_ends_it(void **state)
{
    struct store *store = *state;
    int losses = 0;
    struct db_options options = {.url = store->url,
                                 .keys = store->keys,
                                 .connections = 2,
                                 .wait_ms = 100,
                                 .on_loss = count_loss,
                                 .context = &losses};
    CLEANUP(db_pool_close) struct db_pool *pool = NULL;
    WORKS(store, db_pool_open(&options, &pool, &store->err));
    CLEANUP(db_return) struct db *db = NULL;
    WORKS(store, db_borrow(pool, &db, &store->err));
    struct citizen citizen;

    atomic_store(&sync_answer, SQLITE_IOERR_FSYNC);
    FAILS(store, citizens_know(store->arena, db, KARI, "", &citizen, &store->err), ERROR_BROKEN);
    assert_int_equal(losses, 1);

    atomic_store(&sync_answer, SQLITE_OK); /* the kernel forgets the error; we do not */
    FAILS(store, citizens_know(store->arena, db, KARI, "", &citizen, &store->err), ERROR_BROKEN);
    struct db *other = NULL;
    FAILS(store, db_borrow(pool, &other, &store->err), ERROR_BROKEN);
    assert_int_equal(losses, 1);
}

/* Nothing here waits for the disk but emptying the log, which no answer depends on. */
static void d_6_a_disk_that_does_not_keep_what_was_in_the_log_ends_it(void **state)
{
    enum { COMMITS = 3000 };
    struct store *store = *state;
    int losses = 0;
    struct db_options options = {.url = store->url,
                                 .keys = store->keys,
                                 .connections = 1,
                                 .wait_ms = 100,
                                 .on_loss = count_loss,
                                 .context = &losses};
    CLEANUP(db_pool_close) struct db_pool *pool = NULL;
    WORKS(store, db_pool_open(&options, &pool, &store->err));
    CLEANUP(db_return) struct db *db = NULL;
    WORKS(store, db_borrow(pool, &db, &store->err));
    atomic_store(&sync_answer, SQLITE_IOERR_FSYNC);

    for (int i = 0; i < COMMITS && !losses; i++) {
        struct citizen citizen;
        CLEANUP(db_end) struct db_transaction transaction = {0};
        WORKS(store, db_join_soon(db, &transaction, &store->err));
        WORKS(store, citizens_know(store->arena, db, KARI, i % 2 ? "Kari" : "Karin", &citizen,
                                   &store->err));
        WORKS(store, db_commit(&transaction, &store->err));
    }

    assert_int_equal(losses, 1);
}

/* What is asked of the disk by fsync, which SQLite does not use; its own asking for the folder is
 * not looked at by itself. */
static const char *kept_folder; /* to look for */
static int keep_answer, empty_logs_kept;

int fsync(int file)
{
    char link[64], path[512] = "", log[600];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (kept_folder && size > 0 && strcmp(path, kept_folder) == 0) {
        struct stat status;
        snprintf(log, sizeof log, "%s/skjema.db-wal", path);
        empty_logs_kept += stat(log, &status) == 0 && status.st_size == 0;
        errno = keep_answer;
        if (keep_answer)
            return -1;
    }
    return (int)syscall(SYS_fsync, file);
}

static void d_6_the_name_of_the_log_is_on_disk_before_anything_is_in_it(void **state)
{
    struct store *store = *state;
    char folder[80], url[120];
    snprintf(folder, sizeof folder, "%s/second", store->folder);
    kept_folder = folder;
    snprintf(url, sizeof url, "sqlite:%s/skjema.db", folder);
    const struct db_options options = {.url = url, .connections = 2, .wait_ms = 100};
    struct db_pool *pool = NULL;
    struct error err = {0};

    keep_answer = EIO;
    assert_false(db_pool_open(&options, &pool, &err));
    assert_non_null(strstr(err.text, "cannot be kept on disk"));
    assert_int_equal(empty_logs_kept, 1);

    keep_answer = 0;
    assert_true(db_pool_open(&options, &pool, &err));
    assert_int_equal(empty_logs_kept, 2);
    db_pool_close(&pool);
    kept_folder = NULL;
}

static const char *add_soon(struct store *store, bool commits)
{
    struct citizen citizen = {0};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_join_soon(store->db, &transaction, &store->err));
    WORKS(store, citizens_know(store->arena, store->db, KARI, "", &citizen, &store->err));
    if (commits)
        WORKS(store, db_commit(&transaction, &store->err));
    return citizen.id;
}

static void d_5_what_may_come_soon_goes_to_disk_with_what_is_committed_next(void **state)
{
    struct store *store = *state;
    struct citizen citizen;
    const char *kari = store_citizen(store, KARI);
    atomic_store(&sync_count, 0);
    add_soon(store, true);
    assert_int_equal(atomic_load(&sync_count), 0);
    assert_string_equal(add_soon(store, true), kari);

    store_citizen(store, OLA);
    assert_true(atomic_load(&sync_count) > 0);
    add_soon(store, false); /* rolled back */
    atomic_store(&sync_count, 0);
    WORKS(store, citizens_know(store->arena, store->db, OLA, "Ola", &citizen, &store->err));
    assert_true(atomic_load(&sync_count) > 0);
}

static void d_6_a_full_disk_is_told_and_got_over(void **state)
{
    struct store *store = *state;
    struct citizen citizen;
    atomic_store(&sync_answer, SQLITE_FULL);
    FAILS(store, citizens_know(store->arena, store->db, KARI, "", &citizen, &store->err),
          ERROR_UNAVAILABLE);
    assert_int_equal(citizens(store, store->db), 0); /* reading goes on */

    atomic_store(&sync_answer, SQLITE_OK);
    store_citizen(store, KARI);
    assert_int_equal(citizens(store, store->db), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(sql_2_the_folder_and_its_files_are_for_the_owner_only),
        WITH_STORE(d_5_sql_2_the_settings_hold_on_every_connection),
        WITH_STORE(sql_2_what_sqlite_could_be_talked_into_is_off),
        WITH_STORE(what_cannot_be_a_database_is_told_in_one_line),
        WITH_STORE(a_folder_open_to_others_is_refused_with_what_to_do),
        WITH_STORE(a_file_that_is_no_database_is_refused_and_left_alone),
        WITH_STORE(values_come_back_as_they_went_in),
        WITH_STORE(what_was_not_committed_never_was),
        WITH_STORE(a_joined_transaction_ends_with_its_callers),
        WITH_STORE(what_is_looked_at_is_of_one_moment_until_something_is_written),
        WITH_STORE(a_connection_that_looked_is_given_back_without),
        WITH_STORE(breaking_a_rule_is_a_conflict),
        WITH_STORE(a_busy_writer_is_waited_for_and_then_given_up),
        WITH_STORE(writers_take_turns_and_none_is_lost),
        cmocka_unit_test_setup_teardown(d_6_a_disk_that_cannot_say_that_bytes_are_safe_ends_it,
                                        own_disk_setup, own_disk_teardown),
        cmocka_unit_test_setup_teardown(d_6_a_disk_that_does_not_keep_what_was_in_the_log_ends_it,
                                        own_disk_setup, own_disk_teardown),
        cmocka_unit_test_setup_teardown(
            d_5_what_may_come_soon_goes_to_disk_with_what_is_committed_next, own_disk_setup,
            own_disk_teardown),
        cmocka_unit_test_setup_teardown(d_6_the_name_of_the_log_is_on_disk_before_anything_is_in_it,
                                        store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(d_6_a_full_disk_is_told_and_got_over, own_disk_setup,
                                        own_disk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
