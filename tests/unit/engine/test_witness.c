/* test_witness.c - heads of the log go out and are read back; settings and keys stand in the log.
 */
#include "engine/witness.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/files.h"
#include "tests/unit/storage/store.h"

#include <string.h>

static struct config serving(void)
{
    struct config config;
    config_init(&config);
    return config;
}

static struct audit_head head_of(struct store *store)
{
    struct audit_head head;
    WORKS(store, audit_find_head(store->db, &head, &store->err));
    return head;
}

static void start(struct store *store, const struct config *config)
{
    WORKS(store, witness_settings(store->db, config, &store->err));
    WORKS(store, witness_keys(store->db, store->keys, &store->err));
}

static int count_of(struct store *store, enum audit_action action)
{
    struct db_rows *rows = NULL;
    WORKS(store,
          db_query(store->arena, store->db, DB_SQL("SELECT count(*) FROM audit WHERE action = $1"),
                   DB_VALUES(DB_TEXT(audit_action_name(action))), &rows, &store->err));
    assert_true(db_next(rows));
    return (int)db_integer(rows, 0);
}

static void aud_1_each_start_and_each_change_of_master_keys_is_a_row(void **state)
{
    struct store *store = *state;
    struct config config = serving();
    const char *first, *second;
    char id[KEYRING_ID_MAX];

    start(store, &config);
    start(store, &config);
    assert_int_equal(count_of(store, AUDIT_STARTED), 2);
    assert_int_equal(count_of(store, AUDIT_KEYS_CHANGED), 1);
    WORKS(store, audit_last_object(store->arena, store->db, AUDIT_STARTED, &first, &store->err));

    config.draft_days = 7;
    WORKS(store, keyring_make(store->keys_folder, false, id, &store->err));
    WORKS(store, keyring_refresh(store->keys, &store->err));
    start(store, &config);
    assert_int_equal(count_of(store, AUDIT_KEYS_CHANGED), 2);
    WORKS(store, audit_last_object(store->arena, store->db, AUDIT_STARTED, &second, &store->err));
    assert_string_not_equal(first, second);
}

static void aud_2_heads_that_were_sent_are_read_back_also_from_syslog(void **state)
{
    struct store *store = *state;
    struct config config = serving();
    char *path = arena_printf(store->arena, "%s/heads", store->folder);
    struct bytes file;
    struct audit_head *heads;
    size_t count;
    WORKS(store, witness_send(store->db, path, &store->err)); /* no row: no head */
    start(store, &config);
    WORKS(store, witness_send(store->db, path, &store->err));
    start(store, &config);
    WORKS(store, witness_send(store->db, path, &store->err));
    WORKS(store, witness_send(store->db, "", &store->err));

    WORKS(store, files_read(store->arena, path, 4096, &file, &store->err));
    const char *log = arena_printf(
        store->arena, "-- Journal begins --\nNov 23 12:00:00 host skjema[1]: skjema audit head %s",
        arena_text_of(store->arena, file));
    WORKS(store,
          witness_read(store->arena, store->db, BYTES_OF(log), "log", &heads, &count, &store->err));
    assert_int_equal(count, 2);
    const struct audit_head head = head_of(store);
    assert_int_equal(heads[1].sequence, head.sequence);
    assert_memory_equal(heads[1].digest.bytes, head.digest.bytes, sizeof head.digest.bytes);
}

static void aud_2_a_head_that_somebody_else_wrote_is_refused(void **state)
{
    struct store *store = *state;
    struct config config = serving();
    const char *line;
    struct audit_head *heads;
    size_t count;
    start(store, &config);
    WORKS(store, witness_head(store->arena, store->db, &line, &store->err));
    size_t size = strlen(line) - 1;

    /* any one character of it, but for its time's shape: then it is a line without a head */
    int found = 0;
    for (size_t i = 0; i < size; i++) {
        char *other = arena_text(store->arena, line);
        other[i] = other[i] == '0' ? '1' : '0';
        store->err = (struct error){0};
        if (witness_read(store->arena, store->db, BYTES_OF(other), "heads", &heads, &count,
                         &store->err)) {
            assert_int_equal(count, 0);
            continue;
        }
        found++;
        assert_int_equal(store->err.code, ERROR_INVALID);
        assert_int_equal(store->err.line, 1);
    }
    assert_true(found > 128); /* both digests, at the least */
    WORKS(store, witness_read(store->arena, store->db, BYTES_OF(line), "heads", &heads, &count,
                              &store->err));
    assert_int_equal(count, 1);
}

static void a_head_that_cannot_be_written_is_told(void **state)
{
    struct store *store = *state;
    struct config config = serving();
    start(store, &config);
    FAILS(store, witness_send(store->db, "/nowhere/heads", &store->err), ERROR_BROKEN);
    assert_string_equal(store->err.file, "/nowhere/heads");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(aud_1_each_start_and_each_change_of_master_keys_is_a_row),
        WITH_STORE(aud_2_heads_that_were_sent_are_read_back_also_from_syslog),
        WITH_STORE(aud_2_a_head_that_somebody_else_wrote_is_refused),
        WITH_STORE(a_head_that_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
