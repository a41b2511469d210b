#include "storage/db.h"

#include "engine/base/clock.h"
#include "storage/db_driver.h"
#include "storage/keys.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_CONNECTIONS = 64 };

struct db {
    struct db_pool *pool;
    void *connection; /* the driver's */
    bool borrowed, in_transaction;
    bool looking; /* db_look; not in a transaction */
    bool soon;    /* the transaction does not wait for the disk */
    struct keys_kept kept;
};

struct db_pool {
    const struct db_driver *driver;
    struct db_options options;
    pthread_mutex_t lock;    /* over borrowed and writing */
    pthread_cond_t returned; /* a connection came back */
    pthread_cond_t written;  /* a writer's turn ended */
    bool writing;
    atomic_bool lost;
    size_t count;
    struct db connections[MOST_CONNECTIONS];
};

static const struct db_driver *const drivers[] = {&db_sqlite};

/* The clock --------------------------------------------------------------------------------- */

static pthread_once_t clock_once = PTHREAD_ONCE_INIT;
static int64_t clock_start_ms;
static _Atomic int64_t clock_ahead_ms;

static void start_clock(void)
{
    clock_start_ms = clock_now_ms() - clock_monotonic_ms();
}

int64_t db_now_ms(void)
{
    pthread_once(&clock_once, start_clock);
    return clock_start_ms + clock_monotonic_ms() + atomic_load(&clock_ahead_ms);
}

void db_clock_advance(int64_t by_ms)
{
    atomic_fetch_add(&clock_ahead_ms, by_ms);
}

/* The pool ---------------------------------------------------------------------------------- */

static struct timespec deadline(int wait_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += wait_ms % 1000 * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

static struct db_pool *new_pool(const struct db_driver *driver, const struct db_options *options)
{
    struct db_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        abort();
    pool->driver = driver;
    pool->options = *options;
    pool->options.url = NULL; /* the caller's, and not looked at again */

    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->returned, &monotonic);
    pthread_cond_init(&pool->written, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

bool db_pool_open(const struct db_options *options, struct db_pool **out, struct error *err)
{
    assert(options->connections >= 1 && options->connections <= MOST_CONNECTIONS);

    const struct db_driver *driver = NULL;
    for (size_t i = 0; i < COUNT(drivers); i++)
        if (strncmp(options->url, drivers[i]->scheme, strlen(drivers[i]->scheme)) == 0)
            driver = drivers[i];
    if (!driver)
        return error_set(err, ERROR_INVALID,
                         "the database's URL must begin with sqlite:, as in sqlite:data/skjema.db");

    const char *where = options->url + strlen(driver->scheme);
    CLEANUP(db_pool_close) struct db_pool *pool = new_pool(driver, options);
    for (; pool->count < options->connections; pool->count++) {
        struct db *db = &pool->connections[pool->count];
        db->pool = pool;
        if (!driver->open(where, pool->count == 0, options, pool, &db->connection, err))
            return false;
    }
    *out = pool;
    pool = NULL;
    return true;
}

void db_pool_close(struct db_pool **pool)
{
    struct db_pool *gone = *pool;
    *pool = NULL;
    if (!gone)
        return;
    for (size_t i = 0; i < gone->count; i++) {
        assert(!gone->connections[i].borrowed);
        gone->driver->close(gone->connections[i].connection);
    }
    pthread_cond_destroy(&gone->returned);
    pthread_cond_destroy(&gone->written);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

void db_lost(struct db_pool *pool, const char *why)
{
    if (atomic_exchange(&pool->lost, true))
        return;
    if (!pool->options.on_loss)
        abort();
    pool->options.on_loss(pool->options.context, why);
}

static bool still_whole(const struct db_pool *pool, struct error *err)
{
    if (atomic_load(&pool->lost))
        return error_set(err, ERROR_BROKEN, "the disk failed to keep what was written before");
    return true;
}

static struct db *free_connection(struct db_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        if (!pool->connections[i].borrowed)
            return &pool->connections[i];
    return NULL;
}

bool db_borrow(struct db_pool *pool, struct db **out, struct error *err)
{
    if (!still_whole(pool, err))
        return false;
    struct timespec until = deadline(pool->options.wait_ms);
    pthread_mutex_lock(&pool->lock);
    struct db *db = free_connection(pool);
    while (!db && pthread_cond_timedwait(&pool->returned, &pool->lock, &until) == 0)
        db = free_connection(pool);
    if (db)
        db->borrowed = true;
    pthread_mutex_unlock(&pool->lock);

    if (!db)
        return error_set(err, ERROR_UNAVAILABLE, "all database connections are in use");
    *out = db;
    return true;
}

/* A writer's turn --------------------------------------------------------------------------- */

static bool take_turn(struct db_pool *pool, struct error *err)
{
    if (!pool->driver->single_writer)
        return true;
    struct timespec until = deadline(pool->options.wait_ms);
    pthread_mutex_lock(&pool->lock);
    while (pool->writing && pthread_cond_timedwait(&pool->written, &pool->lock, &until) == 0)
        ;
    bool mine = !pool->writing;
    if (mine)
        pool->writing = true;
    pthread_mutex_unlock(&pool->lock);
    return mine || error_set(err, ERROR_UNAVAILABLE, "the database is busy with other writers");
}

static void end_turn(struct db_pool *pool)
{
    if (!pool->driver->single_writer)
        return;
    pthread_mutex_lock(&pool->lock);
    assert(pool->writing);
    pool->writing = false;
    pthread_cond_signal(&pool->written);
    pthread_mutex_unlock(&pool->lock);
}

static void end_look(struct db *db)
{
    if (db->looking)
        db->pool->driver->rollback(db->connection);
    db->looking = false;
}

bool db_look(struct db *db, struct error *err)
{
    assert(!db->in_transaction);
    end_look(db);
    db->looking = still_whole(db->pool, err) && db->pool->driver->look(db->connection, err);
    return db->looking;
}

/* The connection is as it was before the transaction. */
static void end_transaction(struct db *db)
{
    struct error err;
    db->in_transaction = false;
    if (db->soon && !db->pool->driver->wait_for_disk(db->connection, true, &err))
        db_lost(db->pool, err.text); /* what it commits from now on could be lost */
    db->soon = false;
}

static void rollback(struct db *db)
{
    db->pool->driver->rollback(db->connection);
    end_transaction(db);
    keys_forget(&db->kept); /* some may have been made in it */
    end_turn(db->pool);
}

void db_return(struct db **db)
{
    struct db *back = *db;
    *db = NULL;
    if (!back)
        return;
    if (back->in_transaction)
        rollback(back);
    end_look(back);
    keys_forget(&back->kept);
    pthread_mutex_lock(&back->pool->lock);
    assert(back->borrowed);
    back->borrowed = false;
    pthread_cond_signal(&back->pool->returned);
    pthread_mutex_unlock(&back->pool->lock);
}

static bool begin(struct db *db, bool soon, struct db_transaction *out, struct error *err)
{
    const struct db_driver *driver = db->pool->driver;
    assert(!db->in_transaction);
    end_look(db);
    if (!still_whole(db->pool, err) || !take_turn(db->pool, err))
        return false;
    db->soon = soon;
    if ((soon && !driver->wait_for_disk(db->connection, false, err)) ||
        !driver->begin(db->connection, err)) {
        end_transaction(db);
        end_turn(db->pool);
        return false;
    }
    db->in_transaction = true;
    *out = (struct db_transaction){.db = db};
    return true;
}

bool db_begin(struct db *db, struct db_transaction *out, struct error *err)
{
    return begin(db, false, out, err);
}

bool db_join_soon(struct db *db, struct db_transaction *out, struct error *err)
{
    if (!db->in_transaction)
        return begin(db, true, out, err);
    *out = (struct db_transaction){.db = db, .joined = true};
    return true;
}

bool db_join(struct db *db, struct db_transaction *out, struct error *err)
{
    if (!db->in_transaction)
        return db_begin(db, out, err);
    *out = (struct db_transaction){.db = db, .joined = true};
    return true;
}

bool db_commit(struct db_transaction *transaction, struct error *err)
{
    struct db *db = transaction->db;
    assert(db && db->in_transaction);
    if (transaction->joined)
        return true;
    if (!still_whole(db->pool, err) || !db->pool->driver->commit(db->connection, err))
        return false;
    end_transaction(db);
    transaction->db = NULL;
    end_turn(db->pool);
    return true;
}

void db_end(struct db_transaction *transaction)
{
    if (transaction->db && !transaction->joined)
        rollback(transaction->db);
    transaction->db = NULL;
}

bool db_in_transaction(const struct db *db)
{
    return db->in_transaction;
}

bool db_checkpoint(struct db *db, bool *emptied, struct error *err)
{
    assert(!db->in_transaction);
    end_look(db);
    if (!still_whole(db->pool, err) || !take_turn(db->pool, err))
        return false;
    bool worked = db->pool->driver->checkpoint(db->connection, emptied, err);
    end_turn(db->pool);
    return worked;
}

bool db_copy(struct db *db, const char *path, struct error *err)
{
    assert(!db->in_transaction);
    return still_whole(db->pool, err) && db->pool->driver->copy(db->connection, path, err);
}

bool db_is_sound(struct db *db, struct error *err)
{
    return still_whole(db->pool, err) && db->pool->driver->is_sound(db->connection, err);
}

struct keyring *db_keys(struct db *db)
{
    assert(db->pool->options.keys);
    return db->pool->options.keys;
}

struct keys_kept *db_kept_keys(struct db *db)
{
    return &db->kept;
}

/* Statements -------------------------------------------------------------------------------- */

static bool run(struct db *db, struct db_sql sql, struct db_values values, struct db_rows *rows,
                int64_t *changed, struct error *err)
{
    const struct db_driver *driver = db->pool->driver;
    void *statement = NULL;
    bool writes = false;
    if (!still_whole(db->pool, err) ||
        !driver->prepare(db->connection, sql, &statement, &writes, err))
        return false;

    if (writes)
        end_look(db);
    bool own_turn = writes && !db->in_transaction;
    if (own_turn && !take_turn(db->pool, err))
        return false;
    bool ran = driver->run(db->connection, statement, values, rows, changed, err);
    if (own_turn)
        end_turn(db->pool);
    return ran;
}

bool db_exec(struct db *db, struct db_sql sql, struct db_values values, int64_t *changed,
             struct error *err)
{
    return run(db, sql, values, NULL, changed, err);
}

bool db_query(struct arena *arena, struct db *db, struct db_sql sql, struct db_values values,
              struct db_rows **out, struct error *err)
{
    struct db_rows *rows = ARENA_NEW(arena, struct db_rows);
    rows->arena = arena;
    if (!run(db, sql, values, rows, NULL, err))
        return false;
    *out = rows;
    return true;
}

bool db_run_script(struct db *db, const char *script, struct error *err)
{
    assert(db->in_transaction);
    return still_whole(db->pool, err) && db->pool->driver->run_script(db->connection, script, err);
}

/* Values and rows --------------------------------------------------------------------------- */

struct db_value db_value_text(const char *text)
{
    if (!text)
        return DB_NULL;
    return (struct db_value){.kind = DB_KIND_TEXT, .bytes = BYTES_OF(text)};
}

struct db_value *db_rows_add(struct db_rows *rows, size_t columns)
{
    assert(rows->count == 0 || rows->columns == columns);
    rows->columns = columns;
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 4;
        struct db_value *more = ARENA_ARRAY(rows->arena, rows->capacity * columns, struct db_value);
        if (rows->count)
            memcpy(more, rows->cells, rows->count * columns * sizeof *more);
        rows->cells = more;
    }
    return &rows->cells[rows->count++ * columns];
}

struct db_value db_rows_cell(struct db_rows *rows, enum db_kind kind, struct bytes bytes)
{
    return (struct db_value){.kind = kind, .bytes = arena_bytes(rows->arena, bytes)};
}

size_t db_count(const struct db_rows *rows)
{
    return rows->count;
}

bool db_next(struct db_rows *rows)
{
    if (rows->next == rows->count)
        return false;
    rows->next++;
    return true;
}

static const struct db_value *any_cell(const struct db_rows *rows, int column)
{
    assert(rows->next > 0 && column >= 0 && (size_t)column < rows->columns);
    return &rows->cells[(rows->next - 1) * rows->columns + (size_t)column];
}

static const struct db_value *cell(const struct db_rows *rows, int column, enum db_kind kind)
{
    const struct db_value *value = any_cell(rows, column);
    assert(value->kind == kind || value->kind == DB_KIND_NULL);
    return value;
}

int64_t db_integer(const struct db_rows *rows, int column)
{
    return cell(rows, column, DB_KIND_INTEGER)->integer;
}

const char *db_text(const struct db_rows *rows, int column)
{
    return (const char *)cell(rows, column, DB_KIND_TEXT)->bytes.data;
}

struct bytes db_bytes(const struct db_rows *rows, int column)
{
    return cell(rows, column, DB_KIND_BYTES)->bytes;
}

bool db_is_null(const struct db_rows *rows, int column)
{
    return any_cell(rows, column)->kind == DB_KIND_NULL;
}

struct bytes db_stored(const struct db_rows *rows, int column)
{
    return any_cell(rows, column)->bytes;
}

enum db_kind db_kind_of(const struct db_rows *rows, int column)
{
    return any_cell(rows, column)->kind;
}

int db_choice(const struct db_rows *rows, int column, const char *const *words, size_t count)
{
    const char *word = db_text(rows, column);
    assert(word);
    size_t at = 0;
    while (at < count && strcmp(words[at], word) != 0)
        at++;
    assert(at < count);
    return (int)at;
}

struct crypto_sha256 db_sha256(const struct db_rows *rows, int column)
{
    struct crypto_sha256 digest = {{0}};
    struct bytes bytes = db_bytes(rows, column);
    if (bytes.size == sizeof digest.bytes)
        memcpy(digest.bytes, bytes.data, sizeof digest.bytes);
    return digest;
}

bool db_is_intact(struct bytes bytes, const struct crypto_sha256 *digest)
{
    struct crypto_sha256 now = crypto_sha256(bytes);
    return crypto_equal((struct bytes){now.bytes, sizeof now.bytes},
                        (struct bytes){digest->bytes, sizeof digest->bytes});
}
