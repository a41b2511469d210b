#include "storage/db_driver.h"

#include "engine/base/durable.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A statement for each piece of SQL text there is in storage/, and room to grow. */
enum { MOST_STATEMENTS = 256 };

enum { LONG_LOG_PAGES = 1000 }; /* SQLite's own */

enum {
    MOST_SQL_BYTES = 64 * 1024, /* the longest is a file of schema/ */
    MOST_VALUES = 64,
    MOST_VALUE_BYTES = 64 * 1024 * 1024,
};

struct connection {
    sqlite3 *handle;
    struct db_pool *pool;
    size_t count;
    struct {
        const char *key; /* the literal */
        sqlite3_stmt *statement;
    } statements[MOST_STATEMENTS];
};

/* Failing ----------------------------------------------------------------------------------- */

static enum error_code code_of(int result)
{
    if (result == SQLITE_IOERR_SHMSIZE || /* the disk is full where the index of the log grows */
        result == SQLITE_IOERR_NOMEM)
        return ERROR_UNAVAILABLE;
    switch (result & 0xff) {
    case SQLITE_CONSTRAINT:
        return ERROR_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_NOMEM: /* nothing is wrong with what is stored */
        return ERROR_UNAVAILABLE;
    case SQLITE_TOOBIG:
        return ERROR_LIMIT;
    default:
        return ERROR_BROKEN;
    }
}

static void look_for_loss(const struct connection *connection, int result)
{
    if (result == SQLITE_IOERR_FSYNC || result == SQLITE_IOERR_DIR_FSYNC)
        db_lost(connection->pool, sqlite3_errmsg(connection->handle));
}

static bool failed(const struct connection *connection, int result, struct error *err)
{
    look_for_loss(connection, result);
    return error_set(err, code_of(result), "database: %s (%d)", sqlite3_errmsg(connection->handle),
                     result);
}

/* Opening ----------------------------------------------------------------------------------- */

/* The folder of path, cut out of it into folder. */
static bool folder_of(const char *path, char folder[PATH_MAX], struct error *err)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) : 1;
    if (slash == path)
        size = 1;
    if (size >= PATH_MAX || !path[0] || path[strlen(path) - 1] == '/')
        return error_set(err, ERROR_INVALID, "'%s' is not the name of a database file", path);
    memcpy(folder, slash ? path : ".", size);
    folder[size] = '\0';
    return true;
}

/* Others must not even list the folder: the log and its index lie beside the database. */
static bool prepare_folder(const char *folder, struct error *err)
{
    if (mkdir(folder, 0700) == 0 ? !durable_folder_of(folder) : errno != EEXIST)
        return error_set(err, ERROR_BROKEN, "cannot make the folder '%s' for the database: %s",
                         folder, strerror(errno));
    struct stat status;
    if (stat(folder, &status) != 0)
        return error_set(err, ERROR_BROKEN, "cannot look at the folder '%s': %s", folder,
                         strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ERROR_BROKEN, "'%s' is not a folder", folder);
    if (status.st_mode & 077)
        return error_set(err, ERROR_BROKEN,
                         "the folder '%s' is open to others than its owner: chmod 700 %s", folder,
                         folder);
    if (access(folder, R_OK | W_OK | X_OK) != 0)
        return error_set(err, ERROR_BROKEN, "cannot write in the folder '%s': %s", folder,
                         strerror(errno));
    return true;
}

/* Makes it before SQLite does, which would take the mode from the umask; log and index get the
 * mode of the database. An existing file is not opened here: closing it again would drop the locks
 * that this process may hold on it. */
static bool prepare_file(const char *path, struct error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0)
        return close(file) == 0 || error_set(err, ERROR_BROKEN, "cannot make '%s'", path);
    if (errno != EEXIST)
        return error_set(err, ERROR_BROKEN, "cannot make the database '%s': %s", path,
                         strerror(errno));

    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(err, ERROR_BROKEN, "'%s' is not a file", path);
    if (status.st_mode & 077)
        return error_set(err, ERROR_BROKEN,
                         "the database '%s' is open to others than its owner: chmod 600 %s", path,
                         path);
    if (access(path, R_OK | W_OK) != 0)
        return error_set(err, ERROR_BROKEN, "cannot write the database '%s': %s", path,
                         strerror(errno));
    return true;
}

/* Runs fixed text at open, and compares the first column of its only row. */
static bool answers(struct connection *connection, const char *sql, const char *expected,
                    struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(connection->handle, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    bool same = true;
    if (result == SQLITE_ROW) {
        const char *value = (const char *)sqlite3_column_text(statement, 0);
        same = !expected || (value && strcmp(value, expected) == 0);
        result = sqlite3_step(statement);
    }
    bool ran = result == SQLITE_DONE || failed(connection, result, err);
    sqlite3_finalize(statement);
    if (ran && !same)
        return error_set(err, ERROR_BROKEN, "the database does not keep the setting of %s", sql);
    return ran;
}

/* Each is set, then read back (security.md S-SQL-2, D-5). */
static const struct {
    const char *set, *read, *expected;
} pragmas[] = {
    {"PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal"},
    {"PRAGMA synchronous = FULL", "PRAGMA synchronous", "2"},
    {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1"},
    {"PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0"},
    {"PRAGMA secure_delete = ON", "PRAGMA secure_delete", "1"},
    {"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", "2"},
};

static const struct {
    const char *name;
    int option, value;
} switches[] = {
    {"defensive", SQLITE_DBCONFIG_DEFENSIVE, 1},
    {"DQS in DDL", SQLITE_DBCONFIG_DQS_DDL, 0},
    {"DQS in DML", SQLITE_DBCONFIG_DQS_DML, 0},
    {"extensions", SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {"attached schema trust", SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {"schema writing", SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
};

static const struct {
    int limit, value;
} limits[] = {
    {SQLITE_LIMIT_SQL_LENGTH, MOST_SQL_BYTES},
    {SQLITE_LIMIT_VARIABLE_NUMBER, MOST_VALUES},
    {SQLITE_LIMIT_LENGTH, MOST_VALUE_BYTES},
};

static bool settle(struct connection *connection, struct error *err)
{
    for (size_t i = 0; i < COUNT(switches); i++) {
        int now = -1;
        int result =
            sqlite3_db_config(connection->handle, switches[i].option, switches[i].value, &now);
        if (result != SQLITE_OK || now != switches[i].value)
            return error_set(err, ERROR_BROKEN, "the database does not take the setting: %s",
                             switches[i].name);
    }
    for (size_t i = 0; i < COUNT(limits); i++) {
        sqlite3_limit(connection->handle, limits[i].limit, limits[i].value);
        if (sqlite3_limit(connection->handle, limits[i].limit, -1) != limits[i].value)
            return error_set(err, ERROR_BROKEN, "the database does not take its limits");
    }
    for (size_t i = 0; i < COUNT(pragmas); i++)
        if (!answers(connection, pragmas[i].set, NULL, err) ||
            !answers(connection, pragmas[i].read, pragmas[i].expected, err))
            return false;
    return true;
}

/* The log's name is on disk before anything is written to the log. SQLite asks for that too, at
 * each connection's first commit, and does not look at the answer (D-6). Reading makes the log. */
static bool keep_names(struct connection *connection, const char *path, struct error *err)
{
    if (!answers(connection, "SELECT count(*) FROM sqlite_schema", NULL, err))
        return false;
    return durable_folder_of(path) ||
           error_set(err, ERROR_BROKEN, "the names in its folder cannot be kept on disk: %s",
                     strerror(errno));
}

static void now_ms(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    sqlite3_result_int64(context, db_now_ms());
}

/* After each commit: moves what is in the log into the database once it is long, as SQLite itself
 * does, which tells nobody when the disk did not keep it, and believes it the next time (D-6). All
 * else that may be wrong is over by then, or is the next commit's to tell. */
static int after_commit(void *self, sqlite3 *handle, const char *name, int pages)
{
    if (pages >= LONG_LOG_PAGES)
        look_for_loss(
            self, sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
    return SQLITE_OK;
}

static void sqlite_close(void *gone)
{
    struct connection *connection = gone;
    if (!connection)
        return;
    for (size_t i = 0; i < connection->count; i++)
        sqlite3_finalize(connection->statements[i].statement);
    sqlite3_close(connection->handle);
    free(connection);
}

static void close_connection(struct connection **connection)
{
    sqlite_close(*connection);
}

static bool sqlite_open(const char *where, bool first, const struct db_options *options,
                        struct db_pool *pool, void **out, struct error *err)
{
    char folder[PATH_MAX];
    if (first && (!folder_of(where, folder, err) || !prepare_folder(folder, err) ||
                  !prepare_file(where, err)))
        return false;

    CLEANUP(close_connection) struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        abort();
    connection->pool = pool;
    int result =
        sqlite3_open_v2(where, &connection->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_busy_timeout(connection->handle, options->wait_ms);
    if (result == SQLITE_OK)
        result = sqlite3_create_function_v2(connection->handle, "db_now_ms", 0,
                                            SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, now_ms, NULL,
                                            NULL, NULL);
    if (result == SQLITE_OK)
        sqlite3_wal_hook(connection->handle, after_commit, connection);
    struct error why = {0};
    bool opened = result == SQLITE_OK
                      ? settle(connection, &why) && (!first || keep_names(connection, where, &why))
                      : failed(connection, result, &why);
    if (!opened)
        return error_set(err, why.code, "cannot open '%.100s': %.120s", where, why.text);

    *out = connection;
    connection = NULL;
    return true;
}

/* Running ----------------------------------------------------------------------------------- */

static bool sqlite_prepare(void *self, struct db_sql sql, void **statement, bool *writes,
                           struct error *err)
{
    struct connection *connection = self;
    sqlite3_stmt *found = NULL;
    for (size_t i = 0; i < connection->count && !found; i++)
        if (connection->statements[i].key == sql.text)
            found = connection->statements[i].statement;
    if (!found) {
        const char *rest = NULL;
        int result = sqlite3_prepare_v3(connection->handle, sql.text, -1, SQLITE_PREPARE_PERSISTENT,
                                        &found, &rest);
        if (result != SQLITE_OK) {
            failed(connection, result, err);
            assert((result & 0xff) != SQLITE_ERROR); /* our SQL */
            return false;
        }
        assert(found && !*rest && connection->count < MOST_STATEMENTS);
        connection->statements[connection->count].key = sql.text;
        connection->statements[connection->count++].statement = found;
    }
    *writes = !sqlite3_stmt_readonly(found);
    *statement = found;
    return true;
}

static int bind_value(sqlite3_stmt *statement, int at, const struct db_value *value)
{
    switch (value->kind) {
    case DB_KIND_INTEGER:
        return sqlite3_bind_int64(statement, at, value->integer);
    case DB_KIND_TEXT:
        return sqlite3_bind_text64(statement, at, (const char *)value->bytes.data,
                                   value->bytes.size, SQLITE_STATIC, SQLITE_UTF8);
    case DB_KIND_BYTES:
        return sqlite3_bind_blob64(statement, at,
                                   value->bytes.size ? (const void *)value->bytes.data : "",
                                   value->bytes.size, SQLITE_STATIC);
    case DB_KIND_NULL:
        break;
    }
    return sqlite3_bind_null(statement, at);
}

/* To SQLite "$2" is a name and not a number: its parameters are counted as they first occur. */
static int bind_all(sqlite3_stmt *statement, struct db_values values)
{
    size_t used = 0;
    int count = sqlite3_bind_parameter_count(statement);
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(statement, i);
        assert(name && name[0] == '$');
        size_t number = strtoul(name + 1, NULL, 10);
        assert(number >= 1 && number <= values.count);
        if (number > used)
            used = number;
        int result = bind_value(statement, i, &values.at[number - 1]);
        if (result != SQLITE_OK)
            return result;
    }
    assert(used == values.count);
    return SQLITE_OK;
}

static struct db_value column(sqlite3_stmt *statement, int at, struct db_rows *rows)
{
    int type = sqlite3_column_type(statement, at);
    if (type == SQLITE_INTEGER)
        return DB_INTEGER(sqlite3_column_int64(statement, at));
    if (type == SQLITE_NULL)
        return DB_NULL;
    /* a number with a fraction was not written by us: read as its text, it is of the wrong kind */
    bool is_text = type != SQLITE_BLOB;
    const void *data = is_text ? (const void *)sqlite3_column_text(statement, at)
                               : sqlite3_column_blob(statement, at);
    struct bytes bytes = {data, (size_t)sqlite3_column_bytes(statement, at)};
    return db_rows_cell(rows, is_text ? DB_KIND_TEXT : DB_KIND_BYTES, bytes);
}

static int step_through(sqlite3_stmt *statement, struct db_rows *rows)
{
    int columns = sqlite3_column_count(statement);
    int result = SQLITE_OK;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        assert(rows); /* db_exec is for statements without rows */
        struct db_value *row = db_rows_add(rows, (size_t)columns);
        for (int i = 0; i < columns; i++)
            row[i] = column(statement, i, rows);
    }
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static bool sqlite_run(void *self, void *prepared, struct db_values values, struct db_rows *rows,
                       int64_t *changed, struct error *err)
{
    struct connection *connection = self;
    sqlite3_stmt *statement = prepared;
    int result = bind_all(statement, values);
    if (result == SQLITE_OK)
        result = step_through(statement, rows);
    bool ran = result == SQLITE_OK || failed(connection, result, err);
    if (ran && changed)
        *changed = sqlite3_changes64(connection->handle);
    sqlite3_reset(statement); /* tells again what step told */
    sqlite3_clear_bindings(statement);
    return ran;
}

static bool sqlite_run_script(void *self, const char *script, struct error *err)
{
    struct connection *connection = self;
    int result = SQLITE_OK;
    for (const char *rest = script; result == SQLITE_OK && *rest;) {
        sqlite3_stmt *statement = NULL;
        result = sqlite3_prepare_v2(connection->handle, rest, -1, &statement, &rest);
        if (result == SQLITE_OK && statement)
            result = step_through(statement, NULL);
        sqlite3_finalize(statement);
    }
    return result == SQLITE_OK || failed(connection, result, err);
}

/* A statement without values, kept like those of others. */
static bool run_own(struct connection *connection, struct db_sql sql, struct error *err)
{
    void *statement;
    bool writes;
    return sqlite_prepare(connection, sql, &statement, &writes, err) &&
           sqlite_run(connection, statement, DB_NO_VALUES, NULL, NULL, err);
}

static bool sqlite_begin(void *self, struct error *err)
{
    return run_own(self, DB_SQL("BEGIN IMMEDIATE"), err);
}

static bool sqlite_look(void *self, struct error *err)
{
    return run_own(self, DB_SQL("BEGIN"), err);
}

static bool sqlite_commit(void *self, struct error *err)
{
    return run_own(self, DB_SQL("COMMIT"), err);
}

static void sqlite_rollback(void *self)
{
    struct connection *connection = self;
    /* Some failures have rolled back already. */
    if (!sqlite3_get_autocommit(connection->handle))
        (void)run_own(connection, DB_SQL("ROLLBACK"), NULL);
}

/* Without, the log is written and not synced: the next commit that is syncs all that stands before
 * it, since the log is one file that is read from its beginning until something is missing. */
static bool sqlite_wait_for_disk(void *self, bool waits, struct error *err)
{
    return answers(self, waits ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", NULL,
                   err) &&
           answers(self, "PRAGMA synchronous", waits ? "2" : "1", err);
}

static bool sqlite_checkpoint(void *self, bool *emptied, struct error *err)
{
    struct connection *connection = self;
    int result =
        sqlite3_wal_checkpoint_v2(connection->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    *emptied = result == SQLITE_OK;
    return (result & 0xff) == SQLITE_BUSY || result == SQLITE_OK || failed(connection, result, err);
}

/* Copying ----------------------------------------------------------------------------------- */

static void close_handle(sqlite3 **handle)
{
    sqlite3_close(*handle);
}

/* Everything in one step: in WAL that holds up no writer, and none makes it begin again. */
static bool copy_pages(struct connection *connection, sqlite3 *to, struct error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", connection->handle, "main");
    int result = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(to);
    if (backup && result == SQLITE_DONE)
        result = SQLITE_OK;
    if (backup) {
        int finished = sqlite3_backup_finish(backup);
        result = result == SQLITE_OK ? finished : result;
    }
    return result == SQLITE_OK ||
           error_set(err, code_of(result), "the copy: %s (%d)", sqlite3_errstr(result), result);
}

static bool sync_copy(const char *path, struct error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;
    int why = errno;
    if (file >= 0)
        close(file);
    return synced || error_set(err, ERROR_BROKEN, "the copy '%s': %s", path, strerror(why));
}

static bool sqlite_copy(void *self, const char *path, struct error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set(err, errno == EEXIST ? ERROR_CONFLICT : ERROR_BROKEN,
                         "cannot make '%s': %s", path, strerror(errno));
    close(file);
    CLEANUP(close_handle) sqlite3 *to = NULL;
    int result = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    if (result != SQLITE_OK)
        return error_set(err, code_of(result), "cannot open '%s': %s", path,
                         sqlite3_errstr(result));
    return copy_pages(self, to, err) && sync_copy(path, err);
}

static bool sqlite_is_sound(void *self, struct error *err)
{
    struct error why = {0};
    return answers(self, "PRAGMA integrity_check", "ok", &why) ||
           error_set(err, ERROR_BROKEN, "the database file is damaged: PRAGMA integrity_check");
}

const struct db_driver db_sqlite = {
    .scheme = "sqlite:",
    .single_writer = true,
    .open = sqlite_open,
    .close = sqlite_close,
    .prepare = sqlite_prepare,
    .run = sqlite_run,
    .run_script = sqlite_run_script,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .look = sqlite_look,
    .wait_for_disk = sqlite_wait_for_disk,
    .checkpoint = sqlite_checkpoint,
    .copy = sqlite_copy,
    .is_sound = sqlite_is_sound,
};

const char *db_library(struct arena *arena)
{
    return arena_printf(arena, "SQLite %s", sqlite3_libversion());
}
