/* db.h - the small interface to the database: open by URL, exec, query, transaction. Nothing of a
 * particular database shows here. SQL is one dialect (see schema/) with values as $1, $2, ...
 *
 *     CLEANUP(db_return) struct db *db = NULL;
 *     if (!db_borrow(pool, &db, err))
 *         return false;
 *     struct db_rows *rows = NULL;
 *     if (!db_query(arena, db, DB_SQL("SELECT name FROM citizens WHERE id = $1"),
 *                   DB_VALUES(DB_TEXT(id)), &rows, err))
 *         return false;
 *     while (db_next(rows))
 *         use(db_text(rows, 0)); */
#pragma once

#include "engine/base/crypto.h"

#include <string.h>

struct db_pool; /* the database; shared by threads */
struct db;      /* one connection; one thread at a time */
struct db_rows; /* the answer to a query, in an arena */
struct keyring; /* the master keys: keyring.h */
struct keys_kept;

/* SQL text that can only be made from a string literal: no value ever becomes part of it (S-SQL-1).
 * Prepared once per connection and kept; the literal's address is the key. */
struct db_sql {
    const char *text;
};
#define DB_SQL(literal) ((struct db_sql){"" literal})

/* What stands at $1, $2, ...; only looked at during the call. */
enum db_kind { DB_KIND_NULL, DB_KIND_INTEGER, DB_KIND_TEXT, DB_KIND_BYTES };
struct db_value {
    enum db_kind kind;
    int64_t integer;
    struct bytes bytes; /* of text: without the NUL */
};
struct db_values {
    const struct db_value *at;
    size_t count;
};
struct db_value db_value_text(const char *text); /* NULL becomes null */
#define DB_NULL ((struct db_value){.kind = DB_KIND_NULL})
#define DB_INTEGER(number) ((struct db_value){.kind = DB_KIND_INTEGER, .integer = (number)})
#define DB_BYTES(run) ((struct db_value){.kind = DB_KIND_BYTES, .bytes = (run)})
#define DB_TEXT(text) db_value_text(text)
#define DB_SHA256(digest) DB_BYTES(((struct bytes){(digest).bytes, CRYPTO_SHA256_BYTES}))
#define DB_VALUES(...)                                                                             \
    ((struct db_values){(const struct db_value[]){__VA_ARGS__},                                    \
                        COUNT(((const struct db_value[]){__VA_ARGS__}))})
#define DB_NO_VALUES ((struct db_values){NULL, 0})

struct db_options {
    const char *url;    /* "sqlite:data/skjema.db": a path as the shell takes it */
    size_t connections; /* 1..64 */
    int wait_ms;        /* at most so long for a connection or a writer's turn */
    /* Called once, on the thread that saw it, when the disk failed to say that bytes are safe
     * (fsync). Nothing written since can be trusted and retrying can lie, so it must log and end
     * the process (security.md D-6). NULL: abort(). Should it return, every later call fails with
     * ERROR_BROKEN. */
    void (*on_loss)(void *context, const char *why);
    void *context;
    /* What keys.h seals and opens with; the caller's, and outlives the pool. NULL: nothing sealed
     * is read or written through this pool. */
    struct keyring *keys;
};

/* Opens all connections with the settings of S-SQL-2 and D-5 set and read back. A missing folder is
 * made (mode 0700), a missing database too (0600). Fails with one line for an operator:
 * ERROR_INVALID for a URL of no known kind, else ERROR_BROKEN (no such folder, read-only, readable
 * by others, not a database). Tables are migrate_run's business. */
CHECKED bool db_pool_open(const struct db_options *options, struct db_pool **out,
                          struct error *err);

/* All connections must have been returned. Checkpoints the log. */
void db_pool_close(struct db_pool **pool);

/* A connection for one use; ERROR_UNAVAILABLE when none came free within wait_ms.
 * db_return gives it back, rolling back what was not committed; takes NULL. */
CHECKED bool db_borrow(struct db_pool *pool, struct db **out, struct error *err);
void db_return(struct db **db);

/* Failures of db_exec, db_query, db_begin, db_commit:
 *   ERROR_CONFLICT     a UNIQUE, CHECK, NOT NULL or FOREIGN KEY rule said no
 *   ERROR_UNAVAILABLE  another writer was busy for wait_ms, or the disk is full; try later
 *   ERROR_BROKEN       the disk or the file; or, after a loss, everything (see on_loss)
 * SQL that does not prepare, or values that do not fit its $n, are our mistakes: assert. */

/* Runs a statement without rows. changed: rows inserted, updated or deleted; may be NULL. */
CHECKED bool db_exec(struct db *db, struct db_sql sql, struct db_values values, int64_t *changed,
                     struct error *err);

/* Runs a statement to its end and keeps its rows in the arena, so put a LIMIT on what can grow. */
CHECKED bool db_query(struct arena *arena, struct db *db, struct db_sql sql,
                      struct db_values values, struct db_rows **out, struct error *err);

size_t db_count(const struct db_rows *rows);

/* The next row becomes the current one; false after the last. Call it before the first. */
bool db_next(struct db_rows *rows);

/* Columns of the current row, from 0. Text and bytes live as long as the arena given to db_query;
 * null is 0, NULL or no bytes. Asking for another kind than the column holds is our mistake. */
int64_t db_integer(const struct db_rows *rows, int column);
const char *db_text(const struct db_rows *rows, int column);
struct bytes db_bytes(const struct db_rows *rows, int column);
bool db_is_null(const struct db_rows *rows, int column);

/* The bytes of a text or bytes column as they are stored, with a NUL among them; and which kind a
 * column holds: for who looks whether somebody else has written there. */
struct bytes db_stored(const struct db_rows *rows, int column);
enum db_kind db_kind_of(const struct db_rows *rows, int column);

/* A bytes column that holds a digest; zeros when it is not one, which no bytes have. */
struct crypto_sha256 db_sha256(const struct db_rows *rows, int column);

/* Whether bytes are still what was stored under that digest. */
bool db_is_intact(struct bytes bytes, const struct crypto_sha256 *digest);

/* A text column that holds one of these words (a CHECK says so): its place in the list. */
int db_choice(const struct db_rows *rows, int column, const char *const *words, size_t count);

/* A write transaction (BEGIN IMMEDIATE; READ COMMITTED where there are row locks). Not nested.
 *     CLEANUP(db_end) struct db_transaction transaction = {0};
 *     if (!db_begin(db, &transaction, err)) return false;
 *     ...
 *     return db_commit(&transaction, err);
 * db_end rolls back unless db_commit succeeded. After db_commit succeeded the rows are on disk. */
struct db_transaction {
    struct db *db;
    bool joined;
};
CHECKED bool db_begin(struct db *db, struct db_transaction *out, struct error *err);

/* The same for a function that may be called inside its caller's transaction: then that is the one,
 * and this db_commit and db_end leave it to the caller. */
CHECKED bool db_join(struct db *db, struct db_transaction *out, struct error *err);

/* As db_join, for what need not be on disk by itself: a transaction of its own is there for
 * everybody when db_commit returns, and on disk with the next one of anybody, without which a power
 * cut may take it back. Nobody outside may have been told of it until then. */
CHECKED bool db_join_soon(struct db *db, struct db_transaction *out, struct error *err);
CHECKED bool db_commit(struct db_transaction *transaction, struct error *err);
void db_end(struct db_transaction *transaction);
bool db_in_transaction(const struct db *db);

/* What is read from now on is of one moment, for several readings in a row, which cost less so.
 * Until something is written with this connection, or it is returned. Outside transactions. */
CHECKED bool db_look(struct db *db, struct error *err);

/* Writes all that is committed into the database itself and empties the log beside it, so that what
 * was deleted is nowhere (S-KEY-6). Outside transactions. False in *emptied: somebody was reading
 * or writing for wait_ms; later, then. */
CHECKED bool db_checkpoint(struct db *db, bool *emptied, struct error *err);

/* Copies the database as it is at this moment to a new file (0600), on disk when it returns;
 * outside transactions. Others read and write meanwhile. ERROR_CONFLICT: there is such a file. */
CHECKED bool db_copy(struct db *db, const char *path, struct error *err);

/* The database's own structures are whole: its pages and indexes. ERROR_BROKEN: they are not. */
CHECKED bool db_is_sound(struct db *db, struct error *err);

/* The master keys of the pool (db_options.keys), never NULL; and the opened keys that this
 * connection keeps until it is returned or rolled back: both for keys.c. */
struct keyring *db_keys(struct db *db);
struct keys_kept *db_kept_keys(struct db *db);

/* Several statements without values or rows: only for schema/, from migrate.c. */
CHECKED bool db_run_script(struct db *db, const char *script, struct error *err);

/* The database's clock in milliseconds, the same as db_now_ms() in SQL: for leases and back-off. It
 * does not follow when somebody sets the machine's clock (D-12). db_clock_advance moves it for the
 * whole process, for tests. */
int64_t db_now_ms(void);
void db_clock_advance(int64_t by_ms);

/* Its version, as it calls itself: "SQLite 3.40.1". In the arena. */
const char *db_library(struct arena *arena);
