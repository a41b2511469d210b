/* test_migrate.c - the tables are brought up to date once, forward only. */
#include "store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t number(struct store *store, struct db_sql sql)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, sql, DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

static void migrating_again_changes_nothing(void **state)
{
    struct store *store = *state;
    WORKS(store, migrate_run(store->db, &store->err));
    assert_int_equal(number(store, DB_SQL("SELECT COUNT(*) FROM schema_files")),
                     migrate_schema_count);
}

/* The built-in ones, and two of the test's. */
static const struct migration *with_more(struct store *store, const char *second, const char *third,
                                         size_t *count)
{
    struct migration *all = ARENA_ARRAY(store->arena, migrate_schema_count + 2, struct migration);
    memcpy(all, migrate_schema, migrate_schema_count * sizeof *all);
    all[migrate_schema_count] = (struct migration){"more.sql", second};
    all[migrate_schema_count + 1] = (struct migration){"most.sql", third};
    *count = migrate_schema_count + 2;
    return all;
}

static void d_15_a_newer_database_is_refused_and_untouched(void **state)
{
    struct store *store = *state;
    size_t count = 0;
    const struct migration *more =
        with_more(store, "CREATE TABLE more (id TEXT)", "CREATE TABLE most (id TEXT)", &count);
    WORKS(store, migrate_apply(store->db, more, count, &store->err));

    FAILS(store, migrate_run(store->db, &store->err), ERROR_INVALID);
    assert_non_null(strstr(store->err.text, "newer"));
    assert_int_equal(number(store, DB_SQL("SELECT MAX(version) FROM schema_files")), count);
}

static void d_15_a_migration_that_fails_leaves_nothing_and_is_named(void **state)
{
    struct store *store = *state;
    size_t count = 0;
    const struct migration *more =
        with_more(store, "CREATE TABLE more (id TEXT)",
                  "CREATE TABLE most (id TEXT); CREATE TABLE most (id TEXT)", &count);

    FAILS(store, migrate_apply(store->db, more, count, &store->err), ERROR_BROKEN);
    assert_string_equal(store->err.file, "most.sql");
    assert_int_equal(number(store, DB_SQL("SELECT MAX(version) FROM schema_files")), count - 1);
    assert_int_equal(
        number(store, DB_SQL("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'most'")), 0);
}

static void d_15_a_database_made_with_another_file_is_refused_and_the_file_named(void **state)
{
    struct store *store = *state;
    struct migration *other = ARENA_ARRAY(store->arena, migrate_schema_count, struct migration);
    memcpy(other, migrate_schema, migrate_schema_count * sizeof *other);
    other[1].script = "CREATE TABLE otherwise (id TEXT)";

    FAILS(store, migrate_apply(store->db, other, migrate_schema_count, &store->err), ERROR_INVALID);
    assert_non_null(strstr(store->err.text, migrate_schema[1].name));
}

/* In a process of its own: opens the database and migrates it. */
static pid_t start_migrating(const struct store *store, const struct migration *migrations,
                             size_t count)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    struct db_options options = {.url = store->url, .connections = 1, .wait_ms = 20000};
    struct db_pool *pool = NULL;
    struct db *db = NULL;
    struct error err = {0};
    bool migrated = db_pool_open(&options, &pool, &err) && db_borrow(pool, &db, &err) &&
                    migrate_apply(db, migrations, count, &err);
    _exit(migrated ? 0 : 1);
}

static void d_15_processes_that_start_at_once_migrate_once(void **state)
{
    struct store *store = *state;
    size_t count = 0;
    const struct migration *more =
        with_more(store, "CREATE TABLE more (id TEXT); INSERT INTO more VALUES ('once')",
                  "INSERT INTO more VALUES ('twice')", &count);
    pid_t children[4];
    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = start_migrating(store, more, count);
    for (size_t i = 0; i < COUNT(children); i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(number(store, DB_SQL("SELECT COUNT(*) FROM more")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(migrating_again_changes_nothing),
        WITH_STORE(d_15_a_newer_database_is_refused_and_untouched),
        WITH_STORE(d_15_a_migration_that_fails_leaves_nothing_and_is_named),
        WITH_STORE(d_15_a_database_made_with_another_file_is_refused_and_the_file_named),
        WITH_STORE(d_15_processes_that_start_at_once_migrate_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
