/* The log of who did what, with one value of one row changed by a hand in the database: it is told,
 * and at that row. And what is said to be heads of it, from anywhere.
 *
 *   'c' row column kind value...   the change: of column 0 to 11, to a number, a text, or bytes
 *   anything else                  a file of heads */
#include "fuzz.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/witness.h"
#include "tests/unit/storage/store.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 4 };

static struct store *store;

static void close_store(void)
{
    store_teardown((void **)&store);
}

static void ready(void)
{
    static const struct audit_entry entry = {.actor = AUDIT_AGENCY,
                                             .actor_id = "974761076",
                                             .action = AUDIT_EVIDENCE_READ,
                                             .object_id = "request",
                                             .consent_id = "consent",
                                             .succeeded = true,
                                             .request_id = "r"};
    void *state;
    if (store)
        return;
    store_setup(&state);
    store = state;
    atexit(close_store);
    for (int i = 0; i < ROWS; i++) {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        if (!db_begin(store->db, &transaction, NULL) ||
            !audit_add(store->arena, store->db, &entry, NULL) || !db_commit(&transaction, NULL))
            abort();
    }
}

static const struct db_sql changes[] = {
    {"UPDATE audit SET sequence = $1 WHERE sequence = $2"},
    {"UPDATE audit SET at_ms = $1 WHERE sequence = $2"},
    {"UPDATE audit SET actor = $1 WHERE sequence = $2"},
    {"UPDATE audit SET actor_id = $1 WHERE sequence = $2"},
    {"UPDATE audit SET citizen = $1 WHERE sequence = $2"},
    {"UPDATE audit SET action = $1 WHERE sequence = $2"},
    {"UPDATE audit SET object_id = $1 WHERE sequence = $2"},
    {"UPDATE audit SET consent = $1 WHERE sequence = $2"},
    {"UPDATE audit SET outcome = $1 WHERE sequence = $2"},
    {"UPDATE audit SET request_id = $1 WHERE sequence = $2"},
    {"UPDATE audit SET previous = $1 WHERE sequence = $2"},
    {"UPDATE audit SET digest = $1 WHERE sequence = $2"},
};

static struct db_value take_value(struct bytes *left)
{
    static const enum db_kind kinds[] = {DB_KIND_INTEGER, DB_KIND_TEXT, DB_KIND_BYTES};
    struct db_value value = {.kind = kinds[fuzz_take_byte(left) % COUNT(kinds)]};
    if (value.kind == DB_KIND_INTEGER)
        memcpy(&value.integer, left->data,
               left->size < sizeof value.integer ? left->size : sizeof value.integer);
    else
        value.bytes = left->size ? *left : (struct bytes){(const unsigned char *)"", 0};
    return value;
}

/* A text as its bytes: quote() would end it at a NUL. */
#define SHOWN(column) "typeof(" column ") || hex(" column ") || "

/* Everything that lies there, as text. */
static const char *all_of(struct arena *arena)
{
    struct db_rows *rows = NULL;
    if (!db_query(
            arena, store->db,
            DB_SQL("SELECT group_concat(" SHOWN("sequence") SHOWN("at_ms") SHOWN("actor") SHOWN(
                "actor_id") SHOWN("citizen") SHOWN("action") SHOWN("object_id") SHOWN("consent")
                       SHOWN("outcome") SHOWN("request_id") SHOWN("previous") SHOWN(
                           "digest") "' ') FROM (SELECT * FROM audit ORDER BY sequence) AS log"),
            DB_NO_VALUES, &rows, NULL) ||
        !db_next(rows))
        abort();
    return db_text(rows, 0);
}

static void change(struct arena *arena, struct bytes left)
{
    int64_t row = 1 + fuzz_take_byte(&left) % ROWS;
    size_t column = fuzz_take_byte(&left) % COUNT(changes);
    struct db_value value = take_value(&left);
    struct audit_verdict verdict;
    struct error err = {0};
    CLEANUP(db_end) struct db_transaction transaction = {0}; /* undone */
    if (!db_begin(store->db, &transaction, NULL))
        abort();
    const char *before = all_of(arena);
    if (!db_exec(store->db, changes[column], DB_VALUES(value, DB_INTEGER(row)), NULL, &err))
        return; /* another row has it, or nothing may stand there */
    bool same = text_equal(before, all_of(arena));
    fuzz_promise(audit_verify(store->db, NULL, 0, &verdict, &err), "a log is gone through",
                 err.text);
    fuzz_promise((verdict.harm == AUDIT_WHOLE) == same, "a change is told, and nothing else",
                 changes[column].text);
    fuzz_promise(same || column == 0 || verdict.wrong == row, "the row that was changed is named",
                 changes[column].text);
}

static void read_heads(struct arena *arena, struct bytes file)
{
    struct audit_head *heads = NULL, head;
    size_t count = 0;
    struct error err = {0};
    if (!witness_read(arena, store->db, file, "heads", &heads, &count, &err)) {
        fuzz_promise(err.code == ERROR_INVALID && *err.text, "wrong heads are told", err.text);
        return;
    }
    fuzz_promise(count == 0, "nobody writes a head without our key", NULL);
    const char *line;
    if (!witness_head(arena, store->db, &line, NULL) || !audit_find_head(store->db, &head, NULL))
        abort();
    struct buf mixed; /* what stands around ours does not matter */
    buf_init(&mixed, arena);
    buf_add(&mixed, file);
    buf_printf(&mixed, "\n%s", line);
    fuzz_promise(witness_read(arena, store->db, buf_bytes(&mixed), "heads", &heads, &count, &err) &&
                     count == 1 && heads[0].sequence == head.sequence,
                 "our head is found among others' lines", err.text);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    ready();
    struct bytes left = input;
    if (input.size && fuzz_take_byte(&left) == 'c')
        change(arena, left);
    else
        read_heads(arena, input);
}
