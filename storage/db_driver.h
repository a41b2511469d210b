/* db_driver.h - what a database must do to stand behind db.h: db_sqlite.c fills one in. */
#pragma once

#include "storage/db.h"

struct db_rows {
    struct arena *arena;
    size_t columns, count, capacity;
    size_t next; /* the current row is the one before it */
    struct db_value *cells;
};

/* Room for one more row: its cells, all null. */
struct db_value *db_rows_add(struct db_rows *rows, size_t columns);

/* A text or bytes cell in the rows' arena; text gets its NUL. */
struct db_value db_rows_cell(struct db_rows *rows, enum db_kind kind, struct bytes bytes);

struct db_driver {
    const char *scheme; /* "sqlite:" */
    bool single_writer; /* writers of one process take turns here, instead of the database making
                         * them poll for its lock */
    /* where: the URL after the scheme. first: nobody in this process has it open yet. */
    bool (*open)(const char *where, bool first, const struct db_options *options,
                 struct db_pool *pool, void **connection, struct error *err);
    void (*close)(void *connection);
    /* The statement, kept by the connection; SQL that does not prepare is our mistake. */
    bool (*prepare)(void *connection, struct db_sql sql, void **statement, bool *writes,
                    struct error *err);
    /* Runs it to its end; rows NULL: there are none. */
    bool (*run)(void *connection, void *statement, struct db_values values, struct db_rows *rows,
                int64_t *changed, struct error *err);
    bool (*run_script)(void *connection, const char *script, struct error *err);
    bool (*begin)(void *connection, struct error *err);
    bool (*commit)(void *connection, struct error *err);
    void (*rollback)(void *connection);                /* nothing when there is no transaction */
    bool (*look)(void *connection, struct error *err); /* see db_look; ended by rollback */
    /* Whether commits from now on wait for the disk; outside transactions. */
    bool (*wait_for_disk)(void *connection, bool waits, struct error *err);
    /* See db_checkpoint. A database whose log cannot be emptied by a client says that it was. */
    bool (*checkpoint)(void *connection, bool *emptied, struct error *err);
    bool (*copy)(void *connection, const char *path, struct error *err); /* see db_copy */
    bool (*is_sound)(void *connection, struct error *err);               /* see db_is_sound */
};

extern const struct db_driver db_sqlite;

/* A disk that did not say that bytes are safe: see db_options.on_loss. */
void db_lost(struct db_pool *pool, const char *why);
